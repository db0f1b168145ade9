"""What a precision costs: figures of the converted models on validation, run by the package's own runtime."""
import json
import tempfile
from pathlib import Path
from typing import Any, Dict, Sequence

import numpy as np

from .candlewick import ask_package
from .examples import Examples
from .predict import changed_sides, figures_of, outputs_of
from .run import best_network, prepare, settings_of_run

#: Every how manieth window of the validation period.
STRIDE = 8


def precision_of(model: Path) -> str:
    """fp16 of NAME.fp16.HASH.onnx."""
    return model.name.split(".")[-3]


def package_answers(model: Path, examples: Examples, past: bool) -> np.ndarray:
    """[example, 20] by the package's runtime.

    An int8 model's answer depends on the windows that run together with it: `past` runs those of each symbol in the batches
    in which an engine decides the bars of the past, otherwise every window runs alone.
    """
    groups = [np.flatnonzero(examples.symbols == symbol) for symbol in np.unique(examples.symbols)]
    with tempfile.TemporaryDirectory() as place:
        table, out = Path(place) / "table.f32", Path(place) / "answers.f32"
        examples.table.cpu().numpy().astype("<f4").tofile(table)
        ask_package("answer-windows.mjs", {
            "model": str(model.resolve()), "table": str(table), "shape": [examples.lookback, int(examples.table.shape[1])],
            "groups": [examples.rows[group].tolist() for group in groups], "past": past, "out": str(out),
        })
        answers = np.fromfile(out, dtype="<f4").reshape(len(examples), -1)
    result = np.empty_like(answers)
    result[np.concatenate(groups)] = answers
    return result


def compare_precisions(paths: Sequence[Path], folder: Path, bundle: Path, cache: Path) -> Dict[str, Any]:
    """Mean figures and largest differences of every model in the bundle, against PyTorch on the same windows."""
    prepared = prepare(paths, settings_of_run(folder), cache)
    examples = prepared.validation.every(STRIDE)
    examples.summaries = None
    expected = outputs_of(best_network(folder, len(prepared.features.ids)), examples)
    temperatures = json.loads((folder / "calibration.json").read_text())["temperatures"]
    result: Dict[str, Any] = {"torch": {"n": len(examples), **figures_of(expected, examples, temperatures)["mean"]}}
    for model in sorted(bundle.glob("*.onnx")):
        answers = package_answers(model, examples, past=False)
        result[precision_of(model)] = {
            "n": len(examples), **figures_of(answers, examples, temperatures)["mean"],
            "largestDifference": float(np.abs(answers - expected).max()),
            "changedSides": changed_sides(answers, expected),
        }
    return result
