"""The scaler: fitted on the training period alone, in the package's form."""
from typing import Any, Dict, List, Sequence

import numpy as np

from .settings import ScalerSettings

#: What moves less than this share of its centre is rounding.
ROUNDING = 1e-12


def fit_scaler(rows: np.ndarray, names: Sequence[str], settings: ScalerSettings) -> Dict[str, Any]:
    """A scaler as the package reads it: (x - center) / scale, then the clip.

    Columns whose middle half is one value (flags) have no interquartile range; they get their deviation instead.
    """
    deviation = rows.std(axis=0)
    if settings.kind == "robust":
        center = np.median(rows, axis=0)
        low, high = np.percentile(rows, [25, 75], axis=0)
        scale = np.where(high - low > ROUNDING * np.abs(center), high - low, deviation)
    else:
        center, scale = rows.mean(axis=0), deviation
    scale = np.where(scale > ROUNDING * np.abs(center), scale, 1.0)
    bound = settings.clip * settings.gain
    return {
        "kind": settings.kind,
        "order": list(names),
        "center": center.tolist(),
        "scale": (scale / settings.gain).tolist(),
        "clip": [-bound, bound],
    }


def apply_scaler(rows: np.ndarray, spec: Dict[str, Any]) -> np.ndarray:
    """Scaled rows in float32, bit for bit as the package scales them."""
    low, high = spec["clip"]
    scaled = (rows - np.asarray(spec["center"])) / np.asarray(spec["scale"])
    return np.clip(scaled, low, high).astype(np.float32)


def stacked(parts: List[np.ndarray]) -> np.ndarray:
    """The rows of several symbols, one below the other."""
    return np.concatenate(parts, axis=0)
