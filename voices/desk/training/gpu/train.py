"""Trains the desk voice's codec and speech model on one GPU, in phases of so many seconds each.

    python3 train.py CORPUS START STATE OUT codec:225,encode:0,csm:225,draw:30,sharpen:70

CORPUS: a prepared corpus with letters.txt. START: mimi/, csm/, ear.safetensors. STATE: what later calls go on from. OUT: mimi/, csm/, log.jsonl.
"""
import argparse
import json
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

import sound
from checkpoint import DEVICE
from codec import Codec, codes_of, gumbel, nearest
from corpus import FRAME, LABEL, Corpus, Packer, Variants, augmented
from speech import Csm, audio_rows, losses
from steps import ON_GPU, Average, Step, adam, advance, half

BEGIN = time.time()
CROP_FRAMES, CODE_TEMPERATURE, DRAWN_TEMPERATURE = 20, 0.06, 0.5
# Delays in labels of 20 ms at the corpus's own speed, then the same speech a little slower and faster.
TRUE = [(1, delay) for delay in range(4)]
OTHERS = [(speed, delay) for speed in (0.93, 1.07) for delay in (0, 2)] + [(speed, delay) for speed in (0.965, 1.035) for delay in (1, 3)]


class Run:
    def __init__(self, options):
        self.options = options
        os.makedirs(options.state, exist_ok=True)
        os.makedirs(options.out, exist_ok=True)
        torch.manual_seed(options.seed)
        self.corpus = Corpus(options.corpus)
        self.true = Variants(self.corpus.items, TRUE)
        self.variants = Variants(self.corpus.items, TRUE + OTHERS)
        phases = [name for name, _ in options.phases]
        # The workers are forked, and must be before CUDA begins.
        self.all_feed = self._feed(self.variants, 1) if "csm" in phases else None
        self.true_feed = self._feed(self.true, 2) if "csm" in phases or "draw" in phases else None
        self.held = next(iter(Packer(self.corpus, self.true, options.rows, options.length, held=True, seed=3)))
        self.corpus.to_device()
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
        self.codec, self.judges, self.table, self.speech, self.drawn = Codec(f"{options.start}/mimi"), None, None, None, None
        for phase in ("sharpen", "codec"):
            if os.path.exists(self._file(phase)):
                self._restore(torch.load(self._file(phase), map_location=DEVICE))
                break
        self.say(
            f"{len(self.corpus.items)} utterances, {self.variants.rows} frames in {len(self.variants.kinds)} variants, torch {torch.__version__} on {DEVICE}"
        )

    def go(self):
        for name, seconds in self.options.phases:
            {"codec": self.train_codec, "encode": self.encode, "csm": self.train_csm, "draw": self.draw, "sharpen": self.sharpen}[name](seconds)

    # ---- the codec

    def train_codec(self, seconds):
        """Encoder, codebooks and decoder against discriminators; codebook 0 has to tell the phones."""
        codec, batch = self.codec, self.options.crops
        weights, judges, ear = codec.weights, sound.fresh_judges(), self._ear()
        phones = 4 * self.corpus.phones
        head = {
            "inner": torch.randn(256, codec.width) / codec.width**0.5,
            "inner_bias": torch.zeros(256),
            "outer": torch.randn(phones, 256) / 16,
            "outer_bias": torch.zeros(phones),
        }
        head = {name: tensor.to(DEVICE) for name, tensor in head.items()}
        learnt = {name: tensor.requires_grad_(True) for name, tensor in {**weights, **head}.items()}
        optimiser, judging, average = adam(learnt, (0.8, 0.99), 1e-3), adam(judges, (0.8, 0.99), 1e-2), Average(weights)

        def errors(crop, labels, telling, trust, learning):
            wanted, heard = augmented(crop) if learning else (crop, crop)
            with half():
                latent = codec.latent(weights, heard)
            plain = [x.reshape(-1, codec.width) for x in codec.project(weights, latent.float())]
            some = torch.randint(2, codec.codebooks + 1, (batch,), device=DEVICE)
            active = torch.where(torch.rand(batch, device=DEVICE) < (0.125 if learning else 0), some, codec.codebooks)
            (semantic, acoustic), commitment = self._quantise(plain, active.repeat_interleave(CROP_FRAMES)[:, None], learning)
            # A head that knows nothing yet does not move the codebook.
            moving = semantic.detach() + telling * (semantic - semantic.detach())
            inner = F.gelu(F.linear(moving, learnt["inner"], learnt["inner_bias"]))
            told = F.linear(inner, learnt["outer"], learnt["outer_bias"]).view(batch, 4 * CROP_FRAMES, -1).transpose(1, 2)
            told = F.cross_entropy(told, labels)
            with half():
                said = codec.sound(weights, codec.join(weights, semantic.view(batch, CROP_FRAMES, -1), acoustic.view(batch, CROP_FRAMES, -1)))
            loss, verdict, parts = sound.distance(said, wanted, labels, ear, judges, trust)
            return loss + 1.5 * told + commitment, verdict, parts | {"told": told.detach(), "commitment": commitment.detach()}

        def learn(rate, telling, trust):
            loss, verdict, parts = errors(*self.corpus.crop(*self.corpus.draw(batch, CROP_FRAMES), CROP_FRAMES), telling, trust, learning=True)
            verdict.backward()
            loss.backward()
            advance(judging, judges, 10.0, rate)
            return parts | {"norm": advance(optimiser, learnt, 3.0, rate)}

        @torch.no_grad()
        def judge():
            crop, labels = self.corpus.crop(*self.corpus.draw(batch, CROP_FRAMES, held=True), CROP_FRAMES)
            return {"held_" + name: part for name, part in errors(crop, labels, 1.0, 0.0, learning=False)[2].items()}

        learn, judge = Step(learn), Step(judge)
        for step, _, rate in self._steps(seconds, self.options.codec_rate, plateau=0.4):
            parts = learn(rate, step > 200, min(1, step / 300))
            average.take(weights, 0.999)
            if self._logs(step):
                self._log("codec", step, rate, parts | judge())
        codec.weights = average.tensors
        self._settle()
        self._keep("codec", judges, step)

    def sharpen(self, seconds):
        """The decoder alone, half of the crops as the speech model draws them."""
        codec, batch, (recorded, drawn, is_drawn) = self.codec, self.options.crops, self.drawn
        trusted, judges = (0, sound.fresh_judges()) if self.judges is None else (1, self.judges)
        books, first = [book.detach() for book in codec.books()], torch.from_numpy(self.true.first).to(DEVICE)
        codec.weights = {name: tensor.detach() for name, tensor in codec.weights.items()}
        learnt = {
            name: tensor.requires_grad_(True)
            for name, tensor in codec.weights.items()
            if name.startswith(("decoder", "upsample")) or "output_proj" in name
        }
        optimiser, judging, average, ear = adam(learnt, (0.8, 0.99), 1e-3), adam(judges, (0.8, 0.99), 1e-2), Average(learnt), self._ear()

        def learn(rate, trust):
            item, frame = self.corpus.draw(batch, CROP_FRAMES)
            start = torch.randint(len(TRUE), (batch,), device=DEVICE)
            wanted, labels = self.corpus.crop(item, frame, CROP_FRAMES, start * LABEL)
            at, last = frame[:, None] + torch.arange(CROP_FRAMES, device=DEVICE), (self.corpus.lengths[item] // FRAME - 1)[:, None]
            there, rows = (at <= last).repeat_interleave(FRAME, 1)[:, None], first[start, item][:, None] + at.minimum(last)
            own = (torch.rand(batch, device=DEVICE) < 0.5) & is_drawn[rows].all(1)
            codes = torch.where(own[:, None, None], drawn[rows], recorded[rows]).long()
            with half():
                said = codec.sound(codec.weights, codec.of_codes(codec.weights, codes, books))
            loss, verdict, parts = sound.distance(said.float() * there, wanted * there, labels, ear, judges, trust)
            verdict.backward()
            loss.backward()
            advance(judging, judges, 10.0, rate)
            return parts | {"norm": advance(optimiser, learnt, 3.0, rate), "own": own.float().mean()}

        learn = Step(learn)
        for step, _, rate in self._steps(seconds, self.options.sharpen_rate, plateau=0.2):
            parts = learn(rate, max(trusted, min(1, step / 300)))
            average.take(learnt, 0.999)
            if self._logs(step):
                self._log("sharpen", step, rate, parts)
        codec.weights |= average.tensors
        self._keep("sharpen", judges, step)

    def _quantise(self, plain, active, learning):
        """Straight through, with the codebooks moving towards what chose them; (N, d) each, and the commitment."""
        parts, commitment = [], 0.0
        for k, vectors, chosen, entry in self._choices(plain):
            on = (active > k).float()
            if learning:
                self._pull(k, vectors, chosen, 0.01)
                self._revive(k, vectors)
            commitment = commitment + ((vectors - entry).square().mean(1, keepdim=True) * on).mean()
            parts.append(entry * on)
        return [x + (value - x).detach() for x, value in zip(plain, (parts[0], sum(parts[1:])))], commitment

    @torch.no_grad()
    def _settle(self):
        """Codebooks for the averaged encoder."""
        codec = self.codec

        def settle():
            crop, _ = self.corpus.crop(*self.corpus.draw(self.options.crops, CROP_FRAMES), CROP_FRAMES)
            plain = [x.reshape(-1, codec.width) for x in codec.project(codec.weights, codec.latent(codec.weights, crop))]
            for k, vectors, chosen, _ in self._choices(plain):
                self._pull(k, vectors, chosen, 0.02)

        settle = Step(settle)
        for _ in range(self.options.settling):
            settle()

    def _choices(self, plain):
        """Per codebook: its number, what it quantises, the numbers and the vectors of the entries chosen."""
        rest = plain[0]
        for k, book in enumerate(self.codec.books()):
            rest = plain[1] if k == 1 else rest
            with torch.no_grad():
                chosen = nearest(rest, book)
                entry = book[chosen]
            yield k, rest, chosen, entry
            rest = rest - entry

    @torch.no_grad()
    def _pull(self, k, vectors, chosen, share):
        self.codec.uses[k].mul_(1 - share).index_add_(0, chosen, torch.full((len(chosen),), share, device=DEVICE))
        self.codec.sums[k].mul_(1 - share).index_add_(0, chosen, vectors.detach() * share)

    @torch.no_grad()
    def _revive(self, k, vectors):
        use, total = self.codec.uses[k], self.codec.sums[k]
        dead = use < 0.02
        total.copy_(torch.where(dead[:, None], vectors[torch.randint(len(vectors), (len(use),), device=DEVICE)], total))
        use.copy_(torch.where(dead, 1.0, use))

    # ---- the speech model

    @torch.no_grad()
    def encode(self, _):
        """What is quantised of every variant of every utterance, in one table."""
        codec, corpus, variants = self.codec, self.corpus, self.variants
        codec.weights = {name: tensor.detach() for name, tensor in codec.weights.items()}
        self.table = torch.zeros(variants.rows, 2 * codec.width, dtype=torch.float16, device=DEVICE)
        order = sorted(range(len(corpus.items)), key=lambda item: corpus.items[item]["samples"])
        for variant, (speed, delay) in enumerate(variants.kinds):
            for first in range(0, len(order), 64):
                numbers = order[first : first + 64]
                items, longest = torch.tensor(numbers, device=DEVICE), max(corpus.items[number]["samples"] for number in numbers)
                audio = corpus.crop(items, torch.zeros_like(items), longest // FRAME)[0]
                if speed != 1:
                    samples = round(longest / speed / 960) * 960
                    bins, spectrum = samples // 2 + 1, torch.fft.rfft(audio)
                    spectrum = F.pad(spectrum, (0, bins - spectrum.shape[2])) if bins > spectrum.shape[2] else spectrum[..., :bins]
                    audio = torch.fft.irfft(spectrum, n=samples) * (samples / longest)
                counts = variants.frames[variant, numbers]
                frames = int(counts.max())
                audio = F.pad(audio, (delay * LABEL, frames * FRAME))[..., : frames * FRAME]
                projected = torch.cat(codec.project(codec.weights, codec.latent(codec.weights, audio)), 2)
                rows = np.concatenate([variants.first[variant, number] + np.arange(count) for number, count in zip(numbers, counts)])
                source = np.concatenate([k * frames + np.arange(count) for k, count in enumerate(counts)])
                self.table[torch.from_numpy(rows).to(DEVICE)] = projected.flatten(0, 1)[torch.from_numpy(source).to(DEVICE)].half()
        self.say(f"encoded {len(variants.kinds)} variants")

    def train_csm(self, seconds):
        """All variants at first, the corpus's own speed in the end; codes are drawn anew, ever nearer."""
        model = Csm(f"{self.options.start}/csm", *self.options.deeper)
        weights, head = model.weights, torch.zeros(4 * self.corpus.phones, model.config["hidden_size"], device=DEVICE)
        learnt = {name: tensor.requires_grad_(True) for name, tensor in (weights | {"phones": head}).items()}
        optimiser, average = adam(learnt, (0.9, 0.98), 0.02), Average(learnt)

        def learn(rate, temperature, *batch):
            with torch.no_grad():
                codes = self._codes(batch[1], temperature)
            with half():
                loss, parts = losses(model, weights, head, batch, codes, learning=True)
            loss.backward()
            return parts | {"norm": advance(optimiser, learnt, 1.0, rate)}

        learn = Step(learn)
        for step, share, rate in self._steps(seconds, self.options.csm_rate, plateau=0.35):
            parts = learn(rate, CODE_TEMPERATURE * rate / self.options.csm_rate, *next(self.true_feed if share > 0.72 else self.all_feed))
            average.take(learnt, 0.998)
            if self._logs(step):
                self._log("csm", step, rate, parts | (self._judge(model, average.tensors) if self._logs(step, 3) else {}))
        self._log("csm", step, rate, self._judge(model, average.tensors))
        average.tensors.pop("phones")
        self.speech = (model, average.tensors)
        model.save(f"{self.options.out}/csm", average.tensors, step)

    @torch.no_grad()
    def draw(self, seconds):
        """Codebooks 1 and up as the speech model draws them, given the recording's past and first code (DrawnCodes)."""
        if self.speech is None:
            model = Csm(f"{self.options.out}/csm")
            self.speech = (model, model.weights)
        model, weights = self.speech
        books, until = self.codec.books(), time.time() + seconds
        recorded = torch.cat([codes_of(part, books) for part in self.table[: self.true.rows].split(65536)]).short()
        # The last row takes what belongs to no frame.
        drawn, is_drawn = F.pad(recorded, (0, 0, 0, 1)), torch.zeros(self.true.rows + 1, dtype=torch.bool, device=DEVICE)

        def say(text, frame):
            codes = self._codes(frame)
            rows, counts = audio_rows(frame[:, 1:] >= 0)
            with half():
                heard = ((frame >= 0) | (frame == Packer.END)) * model.codebooks
                hidden, got = model.hidden(weights, text.long(), codes, heard)[:, :-1].flatten(0, 1)[rows], codes[:, 1:].flatten(0, 1)[rows][:, :1]
                for k in range(model.codebooks - 1):
                    logits = model.depth(weights, hidden, got)[:, k + 1].float() @ weights["depth_decoder.codebooks_head.weight"][k].float()
                    got = torch.cat([got, gumbel(logits[:, : len(books[0])] / DRAWN_TEMPERATURE)[:, None]], 1)
            rows = torch.where(counts, frame[:, 1:].flatten()[rows].long(), self.true.rows)
            drawn[rows] = got.short()
            is_drawn.index_fill_(0, rows, True)

        say = Step(say)
        while time.time() < until:
            say(*next(self.true_feed)[:2])
            self._wait()
        self.drawn = (recorded, drawn[:-1], is_drawn[:-1])
        self.say(f"drew {float(is_drawn[:-1].float().mean()):.0%} of the frames")

    def _judge(self, model, tensors):
        with torch.no_grad(), half():
            batch = tuple(tensor.to(DEVICE) for tensor in self.held)
            parts = losses(model, tensors, tensors["phones"], batch, self._codes(batch[1]), learning=False)[1]
        return {"held_" + name: part for name, part in parts.items()}

    def _codes(self, frame, temperature=None):
        codes = codes_of(self.table[frame.clamp(min=0).flatten().long()], self.codec.books(), temperature)
        return torch.where((frame >= 0)[..., None], codes.view(*frame.shape, -1), 0)

    # ---- the run

    def say(self, *words):
        print(f"[{time.time() - BEGIN:5.0f}]", *words, flush=True)

    def _ear(self):
        return sound.Ear(f"{self.options.start}/ear.safetensors")

    def _feed(self, variants, seed):
        packer = Packer(self.corpus, variants, self.options.rows, self.options.length, held=False, seed=seed)
        feed = iter(torch.utils.data.DataLoader(packer, batch_size=None, num_workers=self.options.workers, prefetch_factor=12))
        next(feed)
        return feed

    def _steps(self, seconds, rate, plateau):
        """Step, share of the time gone, rate: warm-up, a plateau, a straight fall."""
        began = time.time()
        step = 0
        while (share := (time.time() - began) / seconds) < 1:
            step += 1
            if step % 10 == 0:
                self._wait()
            yield step, share, rate * min(1, step / 100) * max(0.02, min(1, (1 - share) / (1 - plateau)))

    def _wait(self):
        """What was launched is done; else time would be measured in launches."""
        if ON_GPU:
            torch.cuda.synchronize()

    def _logs(self, step, every=1):
        return step % (every * self.options.log_every) == 0

    def _log(self, phase, step, rate, parts):
        parts = {name: float(part) for name, part in parts.items()}
        self.say(phase, step, " ".join(f"{name} {part:.3f}" for name, part in parts.items()), f"rate {rate:.1e}")
        with open(f"{self.options.out}/log.jsonl", "a") as file:
            file.write(json.dumps({"phase": phase, "step": step, "rate": rate} | {name: round(part, 5) for name, part in parts.items()}) + "\n")

    def _file(self, phase):
        return f"{self.options.state}/{phase}.pt"

    def _keep(self, phase, judges, step):
        self.judges = {name: tensor.detach().requires_grad_(True) for name, tensor in judges.items()}
        state = {
            "weights": self.codec.weights,
            "sums": self.codec.sums,
            "uses": self.codec.uses,
            "judges": {name: tensor.detach() for name, tensor in judges.items()},
        }
        torch.save(state, self._file(phase))
        self.codec.save(f"{self.options.out}/mimi", step)
        self.say(phase, "done at step", step)

    def _restore(self, state):
        self.codec.weights, self.codec.sums, self.codec.uses = state["weights"], state["sums"], state["uses"]
        self.judges = {name: sound.layout(tensor).requires_grad_(True) for name, tensor in state["judges"].items()}


def phases(text):
    return [(name, float(seconds)) for name, seconds in (phase.split(":") for phase in text.split(","))]


def pair(text):
    backbone, depth = text.split(",")
    return int(backbone), int(depth)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("corpus", "start", "state", "out"):
        parser.add_argument(name)
    parser.add_argument("phases", type=phases)
    parser.add_argument("--crops", type=int, default=40, help="crops of 1.6 s a step")
    parser.add_argument("--rows", type=int, default=28, help="conversations a step")
    parser.add_argument("--length", type=int, default=1024, help="rows of each")
    parser.add_argument("--codec-rate", type=float, default=5e-4)
    parser.add_argument("--csm-rate", type=float, default=1.1e-3)
    parser.add_argument("--sharpen-rate", type=float, default=3e-4)
    parser.add_argument("--deeper", type=pair, default=(0, 0), help="further layers of backbone and depth decoder: 2,1")
    parser.add_argument("--workers", type=int, default=7, help="processes that pack conversations")
    parser.add_argument("--settling", type=int, default=150, help="steps in which codebooks settle for the averaged encoder")
    parser.add_argument("--log-every", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    Run(parser.parse_args()).go()
