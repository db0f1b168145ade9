"""State of a training run on disk: whole or not there, so that a killed run goes on where it was."""
import json
import os
from pathlib import Path
from typing import Any, Dict, List, Optional

import torch


def write_atomically(path: Path, data: bytes) -> None:
    """Writes beside the file and then takes its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    with open(beside, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def write_json(path: Path, value: Any) -> None:
    write_atomically(path, (json.dumps(value, indent=2) + "\n").encode())


def save_checkpoint(path: Path, tensors: Dict[str, Any], facts: Dict[str, Any]) -> None:
    """Tensors as they are, and plain values as JSON: PyTorch 1.13 reads no others without running pickled code."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    torch.save({**tensors, "facts": json.dumps(facts)}, beside)
    os.replace(beside, path)


def load_checkpoint(path: Path, device: Any) -> Optional[Dict[str, Any]]:
    """The state, or None where no run has begun. Pickled code is never run."""
    if not path.exists():
        return None
    state = torch.load(path, map_location=device, weights_only=True)
    return {**state, **json.loads(state.pop("facts"))}


class EpochLog:
    """One JSON object a line for each epoch."""

    def __init__(self, path: Path):
        self.path = path

    def rows(self) -> List[Dict[str, Any]]:
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text().splitlines() if line]

    def keep(self, epochs: int) -> None:
        """Drops what was logged after the checkpoint that a run goes on from."""
        lines = [json.dumps(row) for row in self.rows() if row["epoch"] <= epochs]
        write_atomically(self.path, "".join(f"{line}\n" for line in lines).encode())

    def add(self, row: Dict[str, Any]) -> None:
        with open(self.path, "a") as file:
            file.write(json.dumps(row) + "\n")
