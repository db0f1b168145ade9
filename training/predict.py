"""Answers of a network to examples, and their figures."""
from typing import Any, Dict

import numpy as np
import torch

from .dataset import HORIZONS
from .examples import Examples
from .network import UnifiedPatchTST
from .metrics import horizon_figures, means, softmax


def outputs_of(network: UnifiedPatchTST, examples: Examples, batch: int = 512) -> np.ndarray:
    """[example, 20]."""
    network.eval()
    parts = []
    with torch.no_grad():
        for start in range(0, len(examples), batch):
            chosen = np.arange(start, min(start + batch, len(examples)))
            parts.append(examples.answers(network, chosen).cpu().numpy())
    return np.concatenate(parts)


def probabilities_of(outputs: np.ndarray, temperatures: Any = 1.0) -> np.ndarray:
    """[example, 4, 3], each horizon at its temperature."""
    logits = outputs[:, 4:16].reshape(-1, 4, 3).astype(np.float64)
    return softmax(logits / np.broadcast_to(np.asarray(temperatures, dtype=np.float64), (4,))[:, None])


def changed_sides(outputs: np.ndarray, expected: np.ndarray) -> float:
    """Share of all calls, of every horizon, that are another one."""
    called = lambda values: values[:, 4:16].reshape(-1, 4, 3).argmax(axis=2)
    return float((called(outputs) != called(expected)).mean())


def figures_of(outputs: np.ndarray, examples: Examples, temperatures: Any = 1.0) -> Dict[str, Any]:
    """Figures of each horizon, and their means."""
    probabilities = probabilities_of(outputs, temperatures)
    figures = {
        name: horizon_figures(
            outputs[:, at].astype(np.float64), probabilities[:, at], examples.returns[:, at],
            examples.directions[:, at], examples.symbols,
        )
        for at, name in enumerate(HORIZONS)
    }
    return {**figures, "mean": means(figures)}


def score_of(figures: Dict[str, Any]) -> float:
    """What early stopping and the choice among attempts look at: both declared metrics, equally."""
    return figures["mean"]["macroF1"] + figures["mean"]["rankIc"]
