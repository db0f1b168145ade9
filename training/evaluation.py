"""The one look at the test period: a frozen model and its baselines, with intervals."""
import json
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from .baselines import BARS, Answers, always_neutral, fitted_regressions, momentum
from .bootstrap import intervals
from .checkpoint import write_json
from .dataset import HORIZONS, feature_list, load_all
from .examples import Examples, Table
from .halves import halved_network
from .ledger import Ledger
from .metrics import average_ranks, class_figures, confusion, correlation, horizon_figures, means
from .network import UnifiedPatchTST
from .periods import periods_of
from .predict import changed_sides, outputs_of, probabilities_of
from .predictions import reports_of_file, write_predictions
from .report import Rows, horizon_report
from .run import best_network, device_of, prepare, settings_of_run
from .settings import BAR_MS, Settings

#: Twice the longest horizon, in bars.
BLOCK = 96
RESAMPLES = 1000


def opened_examples(paths: Sequence[Path], settings: Settings, folder: Path, cache: Path) -> Any:
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


def answers_figures(answers: Answers, examples: Examples, symbols: Sequence[str], bar_ms: int) -> Dict[str, Any]:
    """Figures of each horizon, with those over windows of time, and their means."""
    markets = np.array(symbols)[examples.symbols]
    figures = {}
    for at, name in enumerate(HORIZONS):
        said, came = answers.probabilities[:, at], examples.directions[:, at]
        rows = Rows(examples.times, markets, answers.scores[:, at], examples.returns[:, at], said, came)
        pooled = horizon_figures(answers.scores[:, at], said, examples.returns[:, at], came, examples.symbols)
        figures[name] = {**pooled, **horizon_report(rows, BARS[at] * bar_ms)["metrics"]}
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


def _rounded(network: UnifiedPatchTST, examples: Examples, settings: Settings) -> Tuple[np.ndarray, Dict[str, float]]:
    """Answers of the network as it is published, and how far they are from those in single precision."""
    outputs = outputs_of(halved_network(network, settings, int(examples.table.shape[1])), examples)
    exact = outputs_of(network, examples)
    return outputs, {
        "largestDifference": float(np.abs(outputs - exact).max()), "changedSides": changed_sides(outputs, exact),
    }


def evaluate(paths: Sequence[Path], folder: Path, cache: Path, reason: Optional[str] = None) -> Dict[str, Any]:
    """Opens the test period for a frozen run, and writes figures, intervals and predictions.

    The model is judged as its first file will hold it, with matrices of halves: one bar in thousands is called another way
    by it, and what is told of a model should be true of the file that runs.
    """
    frozen_path = folder / "frozen.json"
    if not frozen_path.exists():
        raise FileNotFoundError(f"{folder} is not frozen; choose on validation, then run `freeze`.")
    frozen = json.loads(frozen_path.read_text())
    settings = settings_of_run(folder)
    # The baselines are fitted before the book is opened: they know no more than the model.
    prepared = prepare(paths, settings, cache)
    regressions = fitted_regressions(prepared.train, prepared.validation, settings.scaler.gain, settings.training.stride)
    models_seen = Ledger(cache / "test-openings.jsonl").open(frozen, reason)
    series, examples = opened_examples(paths, settings, folder, cache)
    temperatures = json.loads((folder / "calibration.json").read_text())["temperatures"]
    outputs, rounding = _rounded(best_network(folder, len(prepared.features.ids)), examples, settings)
    answers = {"model": model_answers(outputs, temperatures)}
    answers["always-neutral"] = always_neutral(examples)
    answers["momentum"] = momentum(examples, series)
    answers.update({name: one.answers(examples) for name, one in regressions.items()})
    comparison = Comparison(answers, examples)
    symbols, bar_ms = [item.symbol for item in series], BAR_MS[settings.timeframe]
    write_predictions(folder, outputs, temperatures, examples, symbols)
    days = [str(np.datetime64(int(moment), "ms"))[:16] for moment in (examples.times.min(), examples.times.max())]
    result = {
        "period": days, "n": len(examples), "symbols": symbols, "modelsSeen": models_seen,
        "reason": reason, "block": BLOCK, "resamples": RESAMPLES, "rounding": rounding,
        "figures": {name: answers_figures(item, examples, symbols, bar_ms) for name, item in answers.items()},
        "report": reports_of_file(folder, series),
        "intervals": intervals(comparison.statistics, examples.times, BLOCK, RESAMPLES),
    }
    write_json(folder / "test.json", result)
    return result


def figures_again(paths: Sequence[Path], folder: Path, cache: Path) -> Dict[str, Any]:
    """Takes the model's figures from the answers that `evaluate` kept, e.g. after a figure was added.

    No model is asked, so the test period is not opened again. Intervals and baselines stay as they are.
    """
    settings, result = settings_of_run(folder), json.loads((folder / "test.json").read_text())
    series = load_all(paths, feature_list(settings.features), settings, cache)
    result["report"] = reports_of_file(folder, series)
    for name in HORIZONS:
        result["figures"]["model"][name].update(result["report"][name]["metrics"])
    result["figures"]["model"]["mean"] = means({name: result["figures"]["model"][name] for name in HORIZONS})
    write_json(folder / "test.json", result)
    return result
