"""What a precision costs: figures of the converted models on validation, run by the package's own runtime."""
import json
import tempfile
from pathlib import Path
from typing import Any, Dict, Sequence

import numpy as np

from .candlewick import ask_package
from .examples import Examples
from .predict import figures_of, outputs_of
from .run import best_network, prepare, settings_of_run

#: Every how manieth window of the validation period.
STRIDE = 8


def _answers(model: Path, windows: Path, examples: Examples, folder: Path) -> np.ndarray:
    out = folder / "answers.f32"
    shape = [examples.lookback, int(examples.table.shape[1])]
    ask_package("answer-windows.mjs", {"model": str(model), "windows": str(windows), "shape": shape, "out": str(out)})
    return np.fromfile(out, dtype="<f4").reshape(len(examples), 20)


def compare_precisions(paths: Sequence[Path], folder: Path, bundle: Path, cache: Path) -> Dict[str, Any]:
    """Mean figures and largest differences of every model in the bundle, against PyTorch on the same windows."""
    prepared = prepare(paths, settings_of_run(folder), cache)
    examples = prepared.validation.every(STRIDE)
    examples.summaries = None
    expected = outputs_of(best_network(folder, len(prepared.features.ids)), examples)
    temperatures = json.loads((folder / "calibration.json").read_text())["temperatures"]
    result: Dict[str, Any] = {"torch": {"n": len(examples), **figures_of(expected, examples, temperatures)["mean"]}}
    with tempfile.TemporaryDirectory() as place:
        windows = Path(place) / "windows.f32"
        with open(windows, "wb") as file:
            for start in range(0, len(examples), 256):
                chosen = np.arange(start, min(start + 256, len(examples)))
                file.write(examples.windows(chosen).cpu().numpy().astype("<f4").tobytes())
        for model in sorted(bundle.glob("*.onnx")):
            precision = model.name.split(".")[-3]
            answers = _answers(model.resolve(), windows, examples, Path(place))
            figures = figures_of(answers, examples, temperatures)["mean"]
            called = lambda outputs: outputs[:, 4:16].reshape(-1, 4, 3).argmax(axis=2)
            result[precision] = {
                "n": len(examples), **figures, "largestDifference": float(np.abs(answers - expected).max()),
                "changedSides": float((called(answers) != called(expected)).mean()),
            }
    return result
