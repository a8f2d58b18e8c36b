"""CSM and its losses (src/CsmAgent.Models/Csm; CsmObjective, AttentionGuide, TagGuide, SpokenPhones of src/CsmAgent.Training/Speech)."""
import json
import math

import torch
import torch.nn.functional as F

from checkpoint import DEVICE, read, write
from corpus import ABSENT, Packer

AUDIO_TABLE, TEXT_TABLE = "backbone_model.embed_tokens.embed_audio_tokens.weight", "embed_text_tokens.weight"
BACKBONE, DEPTH = "backbone_model.", "depth_decoder.model."
TAGS = range(ord("0"), ord("4"))


class Csm:
    def __init__(self, folder, backbone_layers=0, depth_layers=0):
        """A model from a folder, with so many further layers, after the second of each stack, that say nothing at first."""
        self.config = json.load(open(f"{folder}/config.json"))
        self.depth_config = self.config["depth_decoder_config"]
        tensors = read(f"{folder}/model.safetensors")
        for stack, config, added in ((BACKBONE, self.config, backbone_layers), (DEPTH, self.depth_config, depth_layers)):
            self._deepen(tensors, stack + "layers.", 2, added)
            config["num_hidden_layers"] += added
        self.layers, self.codebooks, self.entries = self.config["num_hidden_layers"], self.config["num_codebooks"], self.config["vocab_size"]
        self.config["alignment_head"] = {"head": 0, "layer": self.layers - 2}
        self.weights = {name: tensor.to(DEVICE) for name, tensor in tensors.items()}
        self.offsets = torch.arange(self.codebooks, device=DEVICE) * self.entries

    def save(self, folder, tensors, step):
        write(folder, self.config, {name: tensor.bfloat16() for name, tensor in tensors.items()}, step)

    def hidden(self, weights, text, codes, heard, dropout=0.0, attending=None, after=None):
        """text (B, S), below 0 for none; codes (B, S, codebooks); heard (B, S): how many codebooks of a row count. To (B, S, width)."""
        counts = (torch.arange(self.codebooks, device=DEVICE) < heard[..., None])[..., None]
        audio = (F.embedding(codes + self.offsets, weights[AUDIO_TABLE]) * counts).sum(2)
        rows = audio + F.embedding(text.clamp(min=0), weights[TEXT_TABLE]) * (text >= 0)[..., None]
        return self._run(weights, rows, BACKBONE, self.config, dropout, attending, after)

    def depth(self, weights, hidden, codes, dropout=0.0):
        """hidden (N, width), codes (N, K) to outputs (N, K + 1, depth width)."""
        embedded = F.embedding(codes + self.offsets[: codes.shape[1]], weights[AUDIO_TABLE])
        rows = F.linear(torch.cat([hidden[:, None].to(embedded.dtype), embedded], 1), weights[DEPTH + "inputs_embeds_projector.weight"])
        return self._run(weights, rows, DEPTH, self.depth_config, dropout)

    def depth_logits(self, weights, hidden, codes, dropout=0.0):
        """(N, codebooks - 1, entries), with the true codes before each."""
        output = self.depth(weights, hidden, codes[:, :-1], dropout)[:, 1:].transpose(0, 1)
        return torch.bmm(output, weights["depth_decoder.codebooks_head.weight"]).transpose(0, 1).float()

    @staticmethod
    def _deepen(tensors, stack, at, added):
        moved = {}
        for name in [name for name in tensors if name.startswith(stack)]:
            layer, part = name[len(stack) :].split(".", 1)
            if int(layer) == at - 1:
                for new in range(added):
                    moved[f"{stack}{at + new}.{part}"] = tensors[name] * (0 if "o_proj" in part or "down_proj" in part else 1)
            if int(layer) >= at:
                moved[f"{stack}{int(layer) + added}.{part}"] = tensors.pop(name)
        tensors |= moved

    @staticmethod
    def _frequencies(config):
        rope, size = config["rope_scaling"], config["head_dim"]
        plain = config["rope_theta"] ** -(torch.arange(0, size, 2, device=DEVICE).double() / size)
        turns = rope["original_max_position_embeddings"] * plain / (2 * math.pi)
        kept = ((turns - rope["low_freq_factor"]) / (rope["high_freq_factor"] - rope["low_freq_factor"])).clamp(0, 1)
        return (1 - kept) * plain / rope["factor"] + kept * plain

    def _run(self, weights, x, stack, config, dropout, attending=None, after=None):
        size, heads, (batch, time, width) = config["head_dim"], config["num_attention_heads"], x.shape
        angles = (torch.arange(time, device=DEVICE)[:, None] * self._frequencies(config)).repeat(1, 2)
        x, cosine, sine = x.float(), angles.cos().float(), angles.sin().float()

        def rotate(y):
            return (y * cosine + torch.cat([-y[..., size // 2 :], y[..., : size // 2]], -1) * sine).to(y.dtype)

        def attend(q, k, v):
            if time > 16:
                return F.scaled_dot_product_attention(q, k, v, is_causal=True)
            # Kernels for long sequences do most of their work in vain here.
            later = torch.ones(time, time, dtype=torch.bool, device=DEVICE).triu(1)
            return ((q * size**-0.5) @ k.transpose(2, 3)).masked_fill(later, -math.inf).softmax(-1).to(v.dtype) @ v

        def norm(y, name):
            return F.rms_norm(y, (width,), weights[name], 1e-5)

        for layer in range(config["num_hidden_layers"]):
            name = f"{stack}layers.{layer}."
            y = norm(x, name + "input_layernorm.weight")
            q, k, v = (F.linear(y, weights[f"{name}self_attn.{part}_proj.weight"]).view(batch, time, heads, size).transpose(1, 2) for part in "qkv")
            q, k = rotate(q), rotate(k)
            if attending:
                attending(layer, q, k)
            mixed = attend(q, k, v).transpose(1, 2).reshape(batch, time, -1)
            x = x + F.dropout(F.linear(mixed, weights[name + "self_attn.o_proj.weight"]), dropout)
            y = norm(x, name + "post_attention_layernorm.weight")
            gated = F.silu(F.linear(y, weights[name + "mlp.gate_proj.weight"])) * F.linear(y, weights[name + "mlp.up_proj.weight"])
            x = x + F.dropout(F.linear(gated, weights[name + "mlp.down_proj.weight"]), dropout)
            if after:
                after(layer, x)
        return norm(x, stack + "norm.weight")


class Guides:
    """Shows a model where to look before each frame, and lets frames carry the tag of their turn."""

    def __init__(self, model, weights, spoken, turns):
        self.last, self.tag_layer, self.first = model.layers - 2, max(model.layers // 3 - 1, 0), model.layers // 3
        self.rows = torch.arange(spoken.shape[1], device=DEVICE)
        self.reachable = self.rows <= self.rows[:-1, None]
        self.turns, self.spoken, self.next = turns, spoken[:, 1:], turns[:, 1:]
        self.tags = F.normalize(weights[TEXT_TABLE][TAGS.start : TAGS.stop].float(), dim=1)
        self.found = {"reading": [], "voice": [], "tag": [], "carried": []}

    def attending(self, layer, q, k):
        (speaker, number, tag), seen = self.next.split(1, 2), self.turns[:, None]
        if self.first <= layer <= self.last:
            self._look("reading", 0, q, k, (self.rows >= self.spoken[..., :1] - 1) & (self.rows <= self.spoken[..., 1:] + 2), self.spoken[..., 0])
        if max(self.last - 1, 0) <= layer <= self.last:
            self._look("voice", 1, q, k, (seen[..., 0] == speaker) & (seen[..., 1] < number) & (seen[..., 0] != ABSENT), speaker[..., 0])
        if layer == self.tag_layer:
            self._look("tag", 2, q, k, self.rows == tag, tag[..., 0])

    def after(self, layer, x):
        if layer == self.tag_layer:
            cosines = F.normalize(x[:, :-1].float(), dim=-1) @ self.tags.t()
            self.found["carried"].append(F.cross_entropy(cosines.flatten(0, 1) * 10, self.next[..., 0].flatten(), ignore_index=ABSENT))

    def losses(self):
        means = {name: sum(found) / max(len(found), 1) for name, found in self.found.items()}
        means["alike"] = (self.tags @ self.tags.t()).square().triu(1).sum() / 6
        return means

    def _look(self, name, head, q, k, wanted, frame):
        scores = (q[:, head, :-1] @ k[:, head].transpose(1, 2)).float() * q.shape[-1] ** -0.5
        wanted = wanted & self.reachable
        counts = (frame != ABSENT) & wanted.any(-1)
        missed = scores.masked_fill(~self.reachable, -1e9).logsumexp(-1) - scores.masked_fill(~wanted, -1e9).logsumexp(-1)
        self.found[name].append((missed * counts).sum() / counts.sum().clamp(min=1))


def audio_rows(is_audio, share=0.47):
    """Numbers of the audio rows of (B, S) and which of them count: always so many, with others behind where there are fewer.

    Of a packed batch of 28 conversations 43 % are audio (0.6 points of deviation); what is more than the share is left out.
    """
    flat = is_audio.flatten()
    rows = torch.argsort((~flat).byte(), stable=True)[: int(share * len(flat))]
    return rows, flat[rows]


def losses(
    model, weights, phone_head, batch, codes, learning, dropout=0.12, depth_dropout=0.05, corruption=0.2, codebook_dropout=0.3, depth_decay=0.5
):
    """The loss of a batch (corpus.Packer) with these codes, and its parts."""
    text, frame, spoken, turns, phones, mute = batch
    is_frame, codebooks = frame >= 0, model.codebooks
    is_audio = is_frame | (frame == Packer.END)
    given, heard = codes, is_audio * codebooks
    if learning:
        chance = lambda share: torch.rand(frame.shape, device=DEVICE) < share
        corrupt = (chance(corruption) & is_frame)[..., None] & (torch.rand(codes.shape, device=DEVICE) < 0.5)
        given = torch.where(corrupt, torch.randint(0, model.entries - 3, codes.shape, device=DEVICE), codes)
        few = torch.where(chance(codebook_dropout), torch.randint(1, codebooks, frame.shape, device=DEVICE), codebooks)
        heard = torch.where(is_frame, torch.where(mute > 0, 1, few), heard)
    else:
        dropout = depth_dropout = 0.0
    guides = Guides(model, weights, spoken.long(), turns.long())
    hidden = model.hidden(weights, text.long(), given, heard, dropout, guides.attending, guides.after)[:, :-1]
    rows, counts = audio_rows(is_audio[:, 1:])
    before, wanted, said = (x.flatten(0, 1)[rows] for x in (hidden, codes[:, 1:], phones[:, 1:].long()))
    mean = lambda each: (each.view(len(rows), -1) * counts[:, None]).sum(0) / counts.sum()
    logits = F.linear(before, weights["lm_head.weight"]).float()
    first = mean(F.cross_entropy(logits, wanted[:, 0], reduction="none")).sum()
    others = model.depth_logits(weights, before, wanted, depth_dropout)
    each = mean(F.cross_entropy(others.flatten(0, 1), wanted[:, 1:].flatten(), reduction="none"))
    shares = depth_decay ** torch.arange(codebooks - 1, device=DEVICE).float()
    told = F.linear(before, phone_head).float().view(said.numel(), -1)
    spoken_phones = mean(F.cross_entropy(told, said.flatten(), reduction="none")).mean()
    guided = guides.losses()
    total = first + (each * shares / shares.sum()).sum() + 0.5 * spoken_phones + 0.25 * guided["reading"]
    total = total + guided["voice"] + guided["tag"] + guided["carried"] + 5 * guided["alike"]
    right = mean((logits.argmax(1) == wanted[:, 0]).float()).sum()
    parts = {
        "backbone": first,
        "depth": each.mean(),
        "codebook_1": each[0],
        "phones": spoken_phones,
        "reading": guided["reading"],
        "voice": guided["voice"],
        "tag": guided["carried"],
        "right": right,
    }
    return total, {name: part.detach() for name, part in parts.items()}
