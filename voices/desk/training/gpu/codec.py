"""Mimi as pure functions over named tensors (src/CsmAgent.Models/Mimi)."""
import json
import math

import torch
import torch.nn.functional as F

from checkpoint import DEVICE, read, write

SEMANTIC, ACOUSTIC = "quantizer.semantic_residual_vector_quantizer", "quantizer.acoustic_residual_vector_quantizer"


class Codec:
    def __init__(self, folder):
        self.config = json.load(open(f"{folder}/config.json"))
        self.codebooks, self.width = self.config["num_quantizers"], self.config["codebook_dim"]
        stored = read(f"{folder}/model.safetensors")
        self.weights = {name: tensor.to(DEVICE) for name, tensor in stored.items() if "codebook" not in name}
        self.sums = [stored[self._name(k) + "embed_sum"].to(DEVICE) for k in range(self.codebooks)]
        self.uses = [stored[self._name(k) + "cluster_usage"].to(DEVICE) for k in range(self.codebooks)]

    def save(self, folder, step):
        tensors = {name: tensor.bfloat16() for name, tensor in self.weights.items()}
        for k in range(self.codebooks):
            tensors |= {
                self._name(k) + "embed_sum": self.sums[k],
                self._name(k) + "cluster_usage": self.uses[k],
                self._name(k) + "initialized": torch.ones(1),
            }
        write(folder, self.config, tensors, step)

    def books(self):
        """(entries, d) of every codebook."""
        return [total / use.clamp(min=1e-5)[:, None] for total, use in zip(self.sums, self.uses)]

    def latent(self, weights, audio):
        """(B, 1, T) to (B, D, T / 1920), before the quantiser."""
        x, layer = self._convolve(weights, audio[:, :, None], "encoder.layers.0"), 1
        for ratio in reversed(self.config["upsampling_ratios"]):
            for unit in range(self.config["num_residual_layers"]):
                x, layer = self._residual(weights, x, f"encoder.layers.{layer}", unit), layer + 1
            x, layer = self._convolve(weights, F.elu(x), f"encoder.layers.{layer + 1}", ratio), layer + 2
        x = self._attend(weights, self._convolve(weights, F.elu(x), f"encoder.layers.{layer + 1}")[:, :, 0], "encoder_transformer")
        kernel = weights["downsample.conv.weight"]
        return F.conv1d(torch.cat([x[..., :1].expand(-1, -1, kernel.shape[2] - 2), x], 2), kernel, stride=2)

    def sound(self, weights, latent):
        """(B, D, T) to (B, 1, 1920 T)."""
        x = self._attend(weights, self._twice(weights["upsample.conv.weight"], latent), "decoder_transformer")
        x, layer = self._convolve(weights, x[:, :, None], "decoder.layers.0"), 1
        for ratio in self.config["upsampling_ratios"]:
            x, layer = self._raise(weights, F.elu(x), f"decoder.layers.{layer + 1}", ratio), layer + 2
            for unit in range(self.config["num_residual_layers"]):
                x, layer = self._residual(weights, x, f"decoder.layers.{layer}", unit), layer + 1
        return self._convolve(weights, F.elu(x), f"decoder.layers.{layer + 1}")[:, :1, 0]

    def project(self, weights, latent):
        """(B, D, T) to what codebook 0 and what the others quantise, (B, T, d) each."""
        return [F.conv1d(latent, weights[f"{part}.input_proj.weight"]).transpose(1, 2) for part in (SEMANTIC, ACOUSTIC)]

    def join(self, weights, semantic, acoustic):
        """(B, T, d) each to (B, D, T)."""
        parts = ((semantic, SEMANTIC), (acoustic, ACOUSTIC))
        return sum(F.conv1d(x.transpose(1, 2), weights[f"{part}.output_proj.weight"]) for x, part in parts)

    def of_codes(self, weights, codes, books):
        """(B, T, codebooks) to (B, D, T)."""
        vectors = [book[codes[..., k]] for k, book in enumerate(books)]
        return self.join(weights, vectors[0], sum(vectors[1:]))

    @staticmethod
    def _name(codebook):
        return (f"{SEMANTIC}.layers.0" if codebook == 0 else f"{ACOUSTIC}.layers.{codebook - 1}") + ".codebook."

    # Sound is (B, C, 1, T) in between, with channels last in memory, as matrix units want it.

    @staticmethod
    def _convolve(weights, x, name, stride=1, dilation=1):
        """Where C is no multiple of 8, further channels say nothing; a layer after such a one hears nothing of them."""
        kernel, bias = weights[name + ".conv.weight"], weights.get(name + ".conv.bias")
        history = (kernel.shape[2] - 1) * dilation + 1 - stride
        unused = -len(kernel) % 8
        kernel = F.pad(kernel, (0, 0, 0, x.shape[1] - kernel.shape[1], 0, unused))[:, :, None]
        bias = bias if bias is None else F.pad(bias, (0, unused))
        x = F.pad(x, (history, 0)).contiguous(memory_format=torch.channels_last)
        return F.conv2d(x, kernel.contiguous(memory_format=torch.channels_last), bias, (1, stride), 0, (1, dilation))

    @staticmethod
    def _raise(weights, x, name, ratio):
        kernel = weights[name + ".conv.weight"][:, :, None].contiguous(memory_format=torch.channels_last)
        return F.conv_transpose2d(x, kernel, weights.get(name + ".conv.bias"), (1, ratio))[..., : x.shape[3] * ratio]

    @staticmethod
    def _twice(kernel, x):
        """(B, C, T) to (B, C, 2 T): a transposed convolution for each channel, with a kernel (C, 1, 4)."""
        before = F.pad(x, (1, 0))[..., :-1]
        return (x[..., None] * kernel[:, :, :2] + before[..., None] * kernel[:, :, 2:]).flatten(2)

    def _residual(self, weights, x, name, unit):
        wide = self._convolve(weights, F.elu(x), name + ".block.1", 1, self.config["dilation_growth_rate"] ** unit)
        return x + self._convolve(weights, F.elu(wide), name + ".block.3")

    def _attend(self, weights, x, name):
        heads, size, epsilon = (self.config[key] for key in ("num_attention_heads", "head_dim", "norm_eps"))
        x = x.transpose(1, 2)
        batch, time, width = x.shape
        at = torch.arange(time, device=x.device)
        angles = at[:, None].double() * self.config["rope_theta"] ** (-2 * torch.arange(size // 2, device=x.device).double() / size)
        cosine, sine = angles.cos().float(), angles.sin().float()
        seen = (at[:, None] >= at) & (at[:, None] - at < self.config["sliding_window"])

        def rotate(y):
            a, b = y.float().chunk(2, -1)
            return torch.cat([a * cosine - b * sine, b * cosine + a * sine], -1).to(y.dtype)

        for layer in range(self.config["num_hidden_layers"]):
            of = lambda part: weights[f"{name}.layers.{layer}.{part}"]
            y = F.layer_norm(x, (width,), of("input_layernorm.weight"), of("input_layernorm.bias"), epsilon)
            qkv = F.linear(y, torch.cat([of(f"self_attn.{part}_proj.weight") for part in "qkv"])).view(batch, time, 3 * heads, size).transpose(1, 2)
            (q, k), v = rotate(qkv[:, : 2 * heads]).chunk(2, 1), qkv[:, 2 * heads :]
            mixed = F.scaled_dot_product_attention(q, k, v, seen).transpose(1, 2).reshape(batch, time, -1)
            x = x + F.linear(mixed, of("self_attn.o_proj.weight")) * of("self_attn_layer_scale.scale")
            y = F.layer_norm(x, (width,), of("post_attention_layernorm.weight"), of("post_attention_layernorm.bias"), epsilon)
            x = x + F.linear(F.gelu(F.linear(y, of("mlp.fc1.weight"))), of("mlp.fc2.weight")) * of("mlp_layer_scale.scale")
        return x.transpose(1, 2)


def nearest(vectors, book):
    return (book.square().sum(1) * 0.5 - vectors @ book.t()).argmin(1)


def gumbel(logits):
    """One draw for each row."""
    return (logits - torch.log(-torch.log(torch.rand_like(logits).clamp(1e-9, 1 - 1e-7)))).argmax(1)


def near(vectors, book, temperature):
    """Entries drawn from the near ones (LatentCache.Draw); the nearest without a temperature."""
    if temperature is None:
        return nearest(vectors, book)
    distances = vectors.square().sum(1, keepdim=True) + book.square().sum(1) - 2 * vectors @ book.t()
    return gumbel(-distances / distances.amin(1, keepdim=True).clamp(min=1e-6) / temperature)


def codes_of(projected, books, temperature=None):
    """(N, 2 d), both projections side by side, to (N, codebooks)."""
    semantic, rest = projected.float().chunk(2, 1)
    codes = [near(semantic, books[0], temperature)]
    for book in books[1:]:
        codes.append(near(rest, book, temperature))
        rest = rest - book[codes[-1]]
    return torch.stack(codes, 1)
