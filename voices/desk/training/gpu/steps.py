"""What the steps of all phases have in common."""
import contextlib

import torch

from checkpoint import DEVICE

ON_GPU = DEVICE == "cuda"


def half():
    """bfloat16 where there is a GPU."""
    return torch.autocast("cuda", torch.bfloat16) if ON_GPU else contextlib.nullcontext()


class Step:
    """A function of numbers and of tensors whose shapes stay, captured on a GPU as a CUDA graph after three calls.

    From then on its thousands of kernels are launched at once. It must not ask the GPU for a number, nor choose by one; what it returns is
    overwritten by its next call. On a processor it is called as it is.
    """

    def __init__(self, function):
        self.function, self.inputs, self.outputs, self.calls, self.graph = function, None, None, 0, None

    def __call__(self, *given):
        if self.inputs is None:
            self.inputs = [x.to(DEVICE).clone() if torch.is_tensor(x) else torch.tensor(float(x), device=DEVICE) for x in given]
        for own, x in zip(self.inputs, given):
            own.copy_(x, non_blocking=True) if torch.is_tensor(x) else own.fill_(x)
        self.calls += 1
        if not ON_GPU:
            return self.function(*self.inputs)
        if self.calls <= 3:
            aside = torch.cuda.Stream()
            aside.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(aside):
                self.outputs = self.function(*self.inputs)
            torch.cuda.current_stream().wait_stream(aside)
            return self.outputs
        if self.graph is None:
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph, capture_error_mode="thread_local"):
                self.outputs = self.function(*self.inputs)
        self.graph.replay()
        return self.outputs


class Average:
    """Running average of named tensors, with a short memory at first."""

    def __init__(self, tensors):
        self.tensors = {name: tensor.detach().clone() for name, tensor in tensors.items()}
        self.steps = 0

    @torch.no_grad()
    def take(self, tensors, decay):
        decay = min(decay, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        own = list(self.tensors.values())
        torch._foreach_mul_(own, decay)
        torch._foreach_add_(own, [tensors[name].detach() for name in self.tensors], alpha=1 - decay)


def adam(tensors, betas, decay):
    """AdamW; vectors do not decay."""
    groups = [
        {"params": [tensor for tensor in tensors.values() if tensor.dim() > 1], "weight_decay": decay},
        {"params": [tensor for tensor in tensors.values() if tensor.dim() <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, betas=betas, **({"lr": torch.zeros((), device=DEVICE), "fused": True, "capturable": True} if ON_GPU else {}))


def advance(optimiser, tensors, clip, rate):
    """One step at a rate (a tensor); none where the gradient is not finite. Returns its norm."""
    norm = torch.nn.utils.clip_grad_norm_(list(tensors.values()), clip)
    if ON_GPU:
        # The fused optimiser's own way to skip a step, which does not wait for the GPU.
        optimiser.found_inf = (~torch.isfinite(norm)).float()
    for group in optimiser.param_groups:
        if ON_GPU:
            group["lr"].copy_(rate)
        else:
            group["lr"] = float(rate)
    if ON_GPU or torch.isfinite(norm):
        optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return norm.detach()
