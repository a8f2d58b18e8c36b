"""A corpus that `csm-agent corpus prepare` wrote, with `corpus align`'s letters.txt in its folder, and conversations packed from it."""
import re

import numpy as np
import torch
import torch.nn.functional as F

from checkpoint import DEVICE

FRAME, LABEL = 1920, 480
# Codebook 0 and the ear learnt labels that come so many labels after their sound.
LATE = 2
ABSENT = -100


class Corpus:
    def __init__(self, folder):
        self.samples = np.fromfile(f"{folder}/audio.s16", "<i2")
        rows = [line.rstrip("\n").split("\t") for line in open(f"{folder}/items.tsv", encoding="utf-8")]
        letters = [np.array(line.split(), np.int16) for line in open(f"{folder}/letters.txt")]
        runs = [[re.fullmatch(r"(.+?)(\d+)", run).groups() for run in row[5].split()] for row in rows]
        symbols = {
            symbol: 1 + k for k, symbol in enumerate(sorted({s for run in runs for s, _ in run} - {"_"}, key=lambda s: s.encode("utf-16-be")))
        } | {"_": 0}
        voices = {voice: k for k, voice in enumerate(sorted({row[2] for row in rows}))}
        self.phones, self.voices, self.items = len(symbols), len(voices), []
        for row, run, letter in zip(rows, runs, letters):
            labels = np.zeros(int(row[1]) // LABEL, np.uint8)
            said = np.repeat([symbols[symbol] for symbol, _ in run], [int(count) for _, count in run])[: len(labels)]
            labels[: len(said)] = said
            text = np.frombuffer(row[4].encode(), np.uint8).astype(np.int16)
            self.items.append(
                {
                    "start": int(row[0]),
                    "samples": int(row[1]),
                    "voice": voices[row[2]],
                    "held": row[3] == "1",
                    "text": text,
                    "labels": labels,
                    "letters": letter,
                }
            )

    def to_device(self):
        self.audio = torch.from_numpy(self.samples).to(DEVICE)
        self.starts = torch.tensor([item["start"] for item in self.items], device=DEVICE)
        self.lengths = torch.tensor([item["samples"] for item in self.items], device=DEVICE)
        labels = np.zeros(len(self.samples) // LABEL + 1, np.uint8)
        for item in self.items:
            first = item["start"] // LABEL
            labels[first + LATE : first + len(item["labels"])] = item["labels"][:-LATE]
        self.labels = torch.from_numpy(labels).to(DEVICE)
        self.drawable = {
            held: torch.tensor([k for k, item in enumerate(self.items) if item["held"] == held], device=DEVICE) for held in (False, True)
        }
        self.ends = {held: self.lengths[items].double().cumsum(0) for held, items in self.drawable.items()}

    def draw(self, batch, frames, held=False):
        """Utterances in proportion to their length, and a first frame of a crop in each."""
        at = torch.rand(batch, device=DEVICE).double() * self.ends[held][-1]
        item = self.drawable[held][torch.searchsorted(self.ends[held], at).clamp(max=len(self.drawable[held]) - 1)]
        return item, (torch.rand(batch, device=DEVICE) * ((self.lengths[item] - frames * FRAME).clamp(min=0) // FRAME + 1)).long()

    def crop(self, item, frame, frames, delay=0):
        """(B, 1, 1920 frames) of sound, and (B, 4 frames) late labels; `delay` samples of silence come before an utterance."""
        first = frame * FRAME - delay
        start, length = self.starts[item][:, None], self.lengths[item][:, None]
        at = first[:, None] + torch.arange(frames * FRAME, device=DEVICE)
        sound = torch.where((at >= 0) & (at < length), self.audio[(start + at).clamp(0, len(self.audio) - 1)].float() / 32768, 0.0)
        at = torch.div(first, LABEL, rounding_mode="floor")[:, None] + torch.arange(4 * frames, device=DEVICE)
        labels = torch.where((at >= 0) & (at < length // LABEL), self.labels[(start // LABEL + at).clamp(0, len(self.labels) - 1)].long(), 0)
        return sound[:, None], labels


def augmented(sound):
    """What is wanted, at a level of -10 to +4 dB, and what is heard: one crop in eight with noise (CropSampler)."""
    column = lambda: torch.rand(len(sound), 1, 1, device=DEVICE)
    sound = (sound * 10 ** ((column() * 14 - 10) / 20)).clamp(-1, 1)
    white = (torch.rand_like(sound) * 2 - 1) * 1.7
    noise = (white + 0.9 * F.pad(white, (1, 0))[..., :-1]) * 10 ** (-(column() * 30 + 30) / 20)
    return sound, (sound + noise * (column() < 0.12)).clamp(-1, 1)


class Variants:
    """Every utterance at some speeds and delays; their frames are the rows of one table."""

    def __init__(self, items, kinds):
        """kinds: (speed, delay in labels)."""
        self.kinds, self.rows = kinds, 0
        self.first = np.zeros((len(kinds), len(items)), np.int64)
        self.frames = np.zeros_like(self.first)
        for v, (speed, _) in enumerate(kinds):
            for i, item in enumerate(items):
                self.first[v, i] = self.rows
                self.frames[v, i] = item["samples"] // FRAME if speed == 1 else -(-round(item["samples"] / speed) // FRAME)
                self.rows += self.frames[v, i]


class Packer(torch.utils.data.IterableDataset):
    """Conversations of one to three speakers (ConversationPacker), as rows of text and numbers of frames in the table of variants."""

    END = -2

    def __init__(self, corpus, variants, batch, rows, held, seed, true_share=0.5, text_dropout=0.1, voice_dropout=0.35):
        self.items, self.variants, self.batch, self.rows, self.seed = corpus.items, variants, batch, rows, seed
        self.true_share, self.text_dropout, self.voice_dropout = true_share, 0 if held else text_dropout, 0 if held else voice_dropout
        voices = [
            np.array([k for k, item in enumerate(self.items) if item["voice"] == voice and item["held"] == held]) for voice in range(corpus.voices)
        ]
        self.by_voice = [items for items in voices if len(items)]
        self.shares = np.array([len(items) for items in self.by_voice]) / sum(len(items) for items in self.by_voice)
        self.speeds = sorted({speed for speed, _ in variants.kinds if speed != 1})
        self.at_speed = {speed: [v for v, kind in enumerate(variants.kinds) if kind[0] == speed] for speed in self.speeds + [1]}

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        random = np.random.default_rng([self.seed, worker.id if worker else 0])
        while True:
            yield tuple(torch.from_numpy(np.stack(column)) for column in zip(*(self.pack(random) for _ in range(self.batch))))

    def pack(self, random):
        text, frame = np.full(self.rows, -1, np.int16), np.full(self.rows, -1, np.int32)
        spoken, turns = np.full((self.rows, 2), ABSENT, np.int16), np.full((self.rows, 3), ABSENT, np.int16)
        phones, mute = np.zeros((self.rows, 4), np.uint8), np.zeros(self.rows, np.uint8)
        chance = random.random()
        speakers = min(1 if chance < 0.15 else 2 if chance < 0.75 else 3, len(self.by_voice))
        tags, voices = random.permutation(4), random.choice(len(self.by_voice), speakers, replace=False, p=self.shares)
        speeds = [1 if not self.speeds or random.random() < self.true_share else self.speeds[random.integers(len(self.speeds))] for _ in voices]
        speaker, row, turn = random.integers(speakers), 0, 0
        while row < self.rows:
            if turn > 0 and speakers > 1 and random.random() >= 0.2:
                speaker = (speaker + random.integers(1, speakers)) % speakers
            number = int(random.choice(self.by_voice[voices[speaker]]))
            item, kinds = self.items[number], self.at_speed[speeds[speaker]]
            variant = kinds[random.integers(len(kinds))]
            speed, delay = self.variants.kinds[variant]
            untold = random.random() < self.text_dropout
            ids = np.concatenate([[256], [ord("["), ord("0") + tags[speaker], ord("]")], item["text"][: 0 if untold else None], [257]])
            tag = row + 2
            count = min(len(ids), self.rows - row)
            text[row : row + count] = ids[:count]
            row += count
            if row == self.rows:
                break
            frames = int(self.variants.frames[variant, number])
            count, whole = min(frames, self.rows - row), min(frames + 1, self.rows - row)
            frame[row : row + count] = self.variants.first[variant, number] + np.arange(count)
            frame[row + count : row + whole] = self.END
            mute[row : row + count] = random.random() < self.voice_dropout
            at = np.floor((np.arange(4 * whole) - delay) * speed).astype(np.int64).reshape(whole, 4)
            labels, letters = item["labels"], item["letters"]
            phones[row : row + whole] = np.where((at >= 0) & (at < len(labels)), labels[at.clip(0, len(labels) - 1)], 0)
            if len(letters) and not untold:
                end = row - 1
                for column, label in enumerate((at[:, 0], at[:, 3])):
                    said = end - len(item["text"]) + letters[label.clip(0, len(letters) - 1)]
                    spoken[row : row + whole, column] = np.where(label < len(letters), said, end)
            turns[row : row + whole] = (tags[speaker], turn, tag)
            row, turn = row + whole, turn + 1
        return text, frame, spoken, turns, phones, mute
