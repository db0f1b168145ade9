"""Writes tensors as safetensors, the form that `candlewick convert` reads; nothing in it can be run."""
import json
import struct
from pathlib import Path
from typing import Dict

from torch import Tensor

from .checkpoint import write_atomically


def save_safetensors(tensors: Dict[str, Tensor], path: Path) -> None:
    header, parts, length = {}, [], 0
    for name, tensor in tensors.items():
        raw = tensor.float().contiguous().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [length, length + len(raw)]}
        parts.append(raw)
        length += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    write_atomically(path, struct.pack("<Q", len(text)) + text + b"".join(parts))
