"""How far what a decoder says is from what it should (MelLoss, CepstralLoss, PhoneEar, Discriminators of src/CsmAgent.Training/Codec).

Two things are new here: the ear's inner features are compared as well, and the discriminators are wider, with a fifth period and a third window.
"""
import functools
import math

import numpy as np
import torch
import torch.nn.functional as F

from checkpoint import DEVICE, read
from steps import half

FLOOR = 1e-2


def bank(window, bands, bottom=0.0, top=12000.0):
    """(bands, bins): triangles with centres evenly spaced on the mel scale."""
    low, high = (2595 * math.log10(1 + hertz / 700) for hertz in (bottom, top))
    centres = [700 * (10 ** ((low + (high - low) * i / (bands + 1)) / 2595) - 1) for i in range(bands + 2)]
    hertz = np.arange(window // 2 + 1) * 12000.0 / (window // 2)
    rows = [np.maximum(0, np.minimum((hertz - a) / (b - a), (c - hertz) / (c - b))) for a, b, c in zip(centres, centres[1:], centres[2:])]
    return torch.tensor(np.stack(rows), dtype=torch.float32, device=DEVICE)


@functools.lru_cache
def hann(window):
    return torch.hann_window(window, device=DEVICE)


def magnitudes(sound, size, hop, window):
    return torch.stft(sound, size, hop, window, hann(window), return_complex=True).abs()


def log_mel(spectrum, filters):
    return (filters @ spectrum).clamp(min=FLOOR).log10()


SCALES = [(window, bank(window, bands)) for window, bands in ((128, 20), (512, 64), (1024, 80), (2048, 100))]


def mel_distance(said, wanted):
    total = 0.0
    for window, filters in SCALES:
        a, b = magnitudes(said, window, window // 4, window), magnitudes(wanted, window, window // 4, window)
        total = total + (log_mel(a, filters) - log_mel(b, filters)).abs().mean()
        if window >= 512:
            convergence = ((a - b).square().sum((1, 2)) + 1e-8).sqrt() / (b.square().sum((1, 2)).sqrt() + 2)
            total = total + 0.5 * convergence.mean()
    return total


# What an error is worth to tell phones apart: cepstra, first and second changes (CepstralLoss).
WORTH = 0.05 + torch.tensor(
    [
        [0.65, 1.88, 0.60, 1.07, 0.42, 0.20, 0.19, 0.11, 0.10, 0.12, 0.02, 0.03, 0.03],
        [0.41, 0.25, 0.20, 0.19, 0.15, 0.06, 0.06, 0.05, 0.03, 0.03, 0.01, 0.02, 0.01],
        [0.19, 0.23, 0.09, 0.12, 0.09, 0.03, 0.03, 0.03, 0.02, 0.02, 0.01, 0.01, 0.01],
    ],
    device=DEVICE,
)
WORTH = WORTH / WORTH.sum()
CEPSTRAL_BANK = bank(1024, 25, 130.0, 6800.0)
COSINES = torch.tensor([[math.cos(math.pi * k * (band + 0.5) / 25) for band in range(25)] for k in range(25)], device=DEVICE)


def cepstra(sound):
    """(B, 3, 25, frames of 10 ms): cepstra, their change over 40 ms, and the change of that."""
    still = COSINES @ (CEPSTRAL_BANK @ magnitudes(sound, 1024, 240, 600)).clamp(min=FLOOR).log()
    moving, frames = still[..., 4:] - still[..., :-4], still.shape[2] - 6
    return torch.stack([still[..., 3 : 3 + frames], moving[..., 1 : 1 + frames], moving[..., 2:] - moving[..., :-2]], 1)


def cepstral_distance(said, wanted):
    """Distance, and difference of the variances in time."""
    spread = lambda features: features.var(3, unbiased=False).mean(0) + 1e-3
    with torch.no_grad():
        target = cepstra(wanted)
        deviation = target.std((0, 3), unbiased=False, keepdim=True) + 1e-3
    got = cepstra(said)
    errors = ((got - target) / deviation)[:, :, :13].square().mean((0, 3))
    return (errors * WORTH).sum(), (spread(got) / spread(target)).log().square().mean()


class Ear:
    """A PhoneEar that a run of `train codec` taught (its ear.safetensors)."""

    def __init__(self, path):
        self.weights = {name.removeprefix("ear."): tensor.to(DEVICE) for name, tensor in read(path).items()}
        self.filters = bank(1024, 80)

    def __call__(self, sound):
        """(B, 1, T) to scores (B, phones, T / 480) and the features of the layers."""

        def convolve(name, x, stride=1, dilation=1, kernel=5):
            return F.conv1d(x, self.weights[name + ".weight"], self.weights[name + ".bias"], stride, kernel // 2 * dilation, dilation)

        mel = log_mel(magnitudes(sound[:, 0], 1024, 240, 1024), self.filters)[..., : sound.shape[2] // 240] + 2
        stream = F.gelu(convolve("second", F.gelu(convolve("first", mel)), 2))
        features = [stream]
        for layer, dilation in enumerate((1, 2, 4, 1, 2, 4)):
            level = F.layer_norm(stream.transpose(1, 2), (stream.shape[1],)).transpose(1, 2)
            stream = stream + F.gelu(convolve(f"inner.{layer}", level, 1, dilation))
            features.append(stream)
        return convolve("last", stream, kernel=1), features


PERIODS, WINDOWS, MELS = (2, 3, 5, 7, 11), (2048, 1024, 512), [(1024, bank(1024, 80)), (512, bank(512, 40))]


def fresh_judges():
    judges = {}

    def network(name, widths, kernel, last):
        for layer, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
            judges[f"{name}.{layer}.weight"] = torch.randn(outputs, inputs, *kernel) * math.sqrt(2 / (inputs * kernel[0] * kernel[1]))
            judges[f"{name}.{layer}.bias"] = torch.zeros(outputs)
        judges[f"{name}.last.weight"] = torch.randn(1, widths[-1], *last) * math.sqrt(2 / (widths[-1] * last[0] * last[1]))
        judges[f"{name}.last.bias"] = torch.zeros(1)

    for period in PERIODS:
        network(f"period{period}", (1, 24, 64, 96, 96), (5, 1), (3, 1))
    for window in WINDOWS:
        network(f"spectrum{window}", (2, 24, 24, 24, 24), (3, 9), (3, 3))
    for window, _ in MELS:
        network(f"mel{window}", (1, 48, 48, 48, 48), (5, 7), (3, 3))
    return {name: layout(tensor.to(DEVICE)).requires_grad_(True) for name, tensor in judges.items()}


def layout(tensor):
    """Kernels with channels last in memory, as matrix units want them."""
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor


def verdicts(sound, judges):
    """Per network: verdicts, features, and what a verdict and a layer's features count for who is judged."""
    results = []

    def run(name, x, stride, padding, last, weights):
        features = []
        for layer in range(4):
            x = F.leaky_relu(F.conv2d(x, judges[f"{name}.{layer}.weight"], judges[f"{name}.{layer}.bias"], stride, padding), 0.1)
            features.append(x)
        results.append((F.conv2d(x, judges[f"{name}.last.weight"], judges[f"{name}.last.bias"], 1, last), features, weights))

    for period in PERIODS:
        folded = F.pad(sound, (0, -sound.shape[2] % period)).view(len(sound), 1, -1, period)
        run(f"period{period}", folded, (3, 1), (2, 0), (1, 0), (0.4, 0.08))
    for window in WINDOWS:
        spectrum = torch.stft(sound[:, 0], window, window // 4, window, hann(window), return_complex=True)
        run(f"spectrum{window}", torch.view_as_real(spectrum).permute(0, 3, 2, 1) * 8 / math.sqrt(window), (1, 2), (1, 4), 1, (0.35, 0.07))
    for window, filters in MELS:
        energies = log_mel(magnitudes(sound[:, 0], window, window // 4, window), filters)
        run(f"mel{window}", energies.transpose(1, 2)[:, None], (1, 2), (2, 3), 1, (0.05, 0.1))
    return results


def ratio(got, wanted):
    return (got.float() - wanted.float()).abs().mean() / (wanted.float().abs().mean() + 1e-3)


def distance(said, wanted, labels, ear, judges, trust, skipped=2, judged=8):
    """The decoder's loss, the judges', and what to log, for all but the first frames of crops, which lack a past."""
    said, wanted, labels = said[..., skipped * 1920 :].float(), wanted[..., skipped * 1920 :], labels[:, skipped * 4 :]
    mel, (near, spread) = mel_distance(said[:, 0], wanted[:, 0]), cepstral_distance(said[:, 0], wanted[:, 0])
    with half():
        heard, features = ear(said)
        with torch.no_grad():
            target = ear(wanted)[1]
    misheard = F.cross_entropy(heard.float(), labels)
    unlike = sum(ratio(got, real) for got, real in zip(features, target))
    tail = max(0, said.shape[2] - judged * 1920)
    said_tail, wanted_tail = said[..., tail:].contiguous(), wanted[..., tail:].contiguous()
    fixed, learnt, blame, features = {name: tensor.detach() for name, tensor in judges.items()}, 0.0, 0.0, 0.0
    with half():
        both, fooled = verdicts(torch.cat([wanted_tail, said_tail.detach()]), judges), verdicts(said_tail, fixed)
    for (verdict, real_features, _), (got, got_features, (weight, feature)) in zip(both, fooled):
        real, false = verdict.float().chunk(2)
        learnt = learnt + (real - 1).square().mean() + false.square().mean()
        blame = blame + (got.float() - 1).square().mean() * weight
        features = features + sum(ratio(a, b.detach()[: len(a)]) for a, b in zip(got_features, real_features)) * feature
    loss = 3 * (mel + 5 * (said - wanted).abs().mean()) + 0.6 * misheard + 0.3 * unlike + 15 * near + 12 * spread + trust * (blame + features)
    right = (heard.argmax(1) == labels).float().mean()
    parts = {
        "mel": mel,
        "cepstra": near,
        "spread": spread,
        "phones": misheard,
        "phones_right": right,
        "ear": unlike,
        "judges": learnt,
        "features": features,
    }
    return loss, learnt, {name: part.detach() for name, part in parts.items()}
