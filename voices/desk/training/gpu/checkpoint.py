"""Safetensors."""
import json
import os
import struct

import numpy as np
import torch

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
TYPES = {"F32": np.float32, "BF16": np.int16}


def read(path):
    """Tensors by name, in single precision."""
    with open(path, "rb") as file:
        content = file.read()
    size = struct.unpack("<Q", content[:8])[0]
    tensors = {}
    for name, entry in json.loads(content[8 : 8 + size]).items():
        if name != "__metadata__":
            kind, (first, last) = TYPES[entry["dtype"]], entry["data_offsets"]
            values = np.frombuffer(content, kind, offset=8 + size + first, count=(last - first) // np.dtype(kind).itemsize).copy()
            tensor = torch.from_numpy(values)
            tensors[name] = (tensor.view(torch.bfloat16).float() if entry["dtype"] == "BF16" else tensor).view(entry["shape"])
    return tensors


def write(folder, config, tensors, step):
    """config.json and model.safetensors; the weights appear complete or not at all."""
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/config.json", "w") as file:
        json.dump(config, file, indent=2)
    header, parts, at = {"__metadata__": {"step": str(step)}}, [], 0
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        is_half = tensor.dtype == torch.bfloat16
        parts.append((tensor.view(torch.int16) if is_half else tensor).numpy().tobytes())
        header[name] = {"dtype": "BF16" if is_half else "F32", "shape": list(tensor.shape), "data_offsets": [at, at + len(parts[-1])]}
        at += len(parts[-1])
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    path = f"{folder}/model.safetensors"
    with open(path + ".new", "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for part in parts:
            file.write(part)
    os.replace(path + ".new", path)
