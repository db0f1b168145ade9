"""The one look at the test period: a frozen model and its baselines, with intervals."""
import json
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from .baselines import Answers, always_neutral, fitted_regressions, momentum
from .bootstrap import intervals
from .checkpoint import write_json
from .dataset import HORIZONS, feature_list, load_all
from .examples import Examples, Table
from .ledger import Ledger
from .metrics import average_ranks, class_figures, confusion, correlation, horizon_figures, means
from .periods import periods_of
from .predict import outputs_of, probabilities_of
from .run import best_network, device_of, prepare, settings_of_run
from .settings import Settings

#: Twice the longest horizon, in bars.
BLOCK = 96
RESAMPLES = 1000


def _test_examples(paths: Sequence[Path], settings: Settings, folder: Path, cache: Path) -> Any:
    features = feature_list(settings.features)
    series = load_all(paths, features, settings, cache)
    scaler = json.loads((folder / "scaler.json").read_text())
    table = Table(series, scaler, settings, features.target_horizon, device_of())
    examples = table.examples(periods_of(settings)["test"])
    # The whole windows, as the exported model gets them.
    examples.summaries = None
    return series, examples


def model_answers(outputs: np.ndarray, temperatures: Any) -> Answers:
    return Answers(outputs[:, :4].astype(np.float64), probabilities_of(outputs, temperatures))


def answers_figures(answers: Answers, examples: Examples) -> Dict[str, Any]:
    figures = {
        name: horizon_figures(
            answers.scores[:, at], answers.probabilities[:, at], examples.returns[:, at], examples.directions[:, at],
            examples.symbols,
        )
        for at, name in enumerate(HORIZONS)
    }
    return {**figures, "mean": means(figures)}


class Comparison:
    """Figures of several predictors on samples of the same rows, and what the model has more than each other."""

    def __init__(self, answers: Dict[str, Answers], examples: Examples):
        self.answers, self.examples = answers, examples
        self.called = {name: item.probabilities.argmax(axis=2) for name, item in answers.items()}

    def _of(self, name: str, rows: np.ndarray, actual_ranks: List[np.ndarray]) -> Dict[str, float]:
        values: Dict[str, float] = {}
        for at, horizon in enumerate(HORIZONS):
            counts = confusion(self.called[name][rows, at], self.examples.directions[rows, at])
            figures = class_figures(counts)
            values[f"{horizon}.macroF1"] = figures["macroF1"]
            values[f"{horizon}.directionalF1"] = figures["directionalF1"] or 0.0
            ranks = average_ranks(self.answers[name].scores[rows, at])
            # A score that never changes orders nothing: its rank IC is undefined, and counts as 0 here.
            values[f"{horizon}.rankIc"] = correlation(ranks, actual_ranks[at]) or 0.0
        for figure in ("macroF1", "directionalF1", "rankIc"):
            values[f"mean.{figure}"] = float(np.mean([values[f"{horizon}.{figure}"] for horizon in HORIZONS]))
        return values

    def statistics(self, rows: np.ndarray) -> Dict[str, float]:
        # Ranking takes the most time, and what came is the same for all.
        actual_ranks = [average_ranks(self.examples.returns[rows, at]) for at in range(len(HORIZONS))]
        model = self._of("model", rows, actual_ranks)
        result = {f"model.{name}": value for name, value in model.items()}
        for other in self.answers:
            if other == "model":
                continue
            theirs = self._of(other, rows, actual_ranks)
            result.update({f"{other}.{name}": value for name, value in theirs.items()})
            result.update({f"model-{other}.{name}": model[name] - theirs[name] for name in model})
        return result


def write_predictions(folder: Path, outputs: np.ndarray, temperatures: Any, examples: Examples, symbols: List[str]) -> None:
    """Time, number of the symbol, 20 outputs and 12 calibrated probabilities of every bar, to be compared with the package."""
    probabilities = probabilities_of(outputs, temperatures).reshape(-1, 12)
    columns = [examples.times[:, None], examples.symbols[:, None], outputs.astype(np.float64), probabilities]
    np.save(folder / "predictions.npy", np.concatenate(columns, axis=1).astype(np.float64))
    sides = [f"probability_{horizon}_{side}" for horizon in HORIZONS for side in ("LONG", "SHORT", "NEUTRAL")]
    names = ["time", "symbol", *(f"output_{at}" for at in range(20)), *sides]
    write_json(folder / "predictions.columns.json", {"columns": names, "symbols": symbols})


def evaluate(paths: Sequence[Path], folder: Path, cache: Path, reason: Optional[str] = None) -> Dict[str, Any]:
    """Opens the test period for a frozen run, and writes figures, intervals and predictions."""
    frozen_path = folder / "frozen.json"
    if not frozen_path.exists():
        raise FileNotFoundError(f"{folder} is not frozen; choose on validation, then run `freeze`.")
    frozen = json.loads(frozen_path.read_text())
    settings = settings_of_run(folder)
    # The baselines are fitted before the book is opened: they know no more than the model.
    prepared = prepare(paths, settings, cache)
    regressions = fitted_regressions(prepared.train, prepared.validation, settings.scaler.gain, settings.training.stride)
    models_seen = Ledger(cache / "test-openings.jsonl").open(frozen, reason)
    series, examples = _test_examples(paths, settings, folder, cache)
    temperatures = json.loads((folder / "calibration.json").read_text())["temperatures"]
    outputs = outputs_of(best_network(folder, len(prepared.features.ids)), examples)
    answers = {"model": model_answers(outputs, temperatures)}
    answers["always-neutral"] = always_neutral(examples)
    answers["momentum"] = momentum(examples, series)
    answers.update({name: one.answers(examples) for name, one in regressions.items()})
    comparison = Comparison(answers, examples)
    write_predictions(folder, outputs, temperatures, examples, [item.symbol for item in series])
    days = [str(np.datetime64(int(moment), "ms"))[:16] for moment in (examples.times.min(), examples.times.max())]
    result = {
        "period": days, "n": len(examples), "symbols": [item.symbol for item in series], "modelsSeen": models_seen,
        "reason": reason, "block": BLOCK, "resamples": RESAMPLES,
        "figures": {name: answers_figures(item, examples) for name, item in answers.items()},
        "intervals": intervals(comparison.statistics, examples.times, BLOCK, RESAMPLES),
    }
    write_json(folder / "test.json", result)
    return result
