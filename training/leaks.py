"""Leak tests: what cannot be known must not be found, and what is given away must be."""
import gzip
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Sequence

import numpy as np

from .bootstrap import intervals
from .candlewick import candlewick
from .checkpoint import write_json
from .dataset import HORIZONS, feature_list, symbol_of
from .metrics import class_figures, confusion, rank_correlation
from .periods import periods_of
from .predict import outputs_of, probabilities_of
from .run import Prepared, best_network, prepare, train
from .settings import BAR_MS, Settings

BLOCK = 96
RESAMPLES = 300
#: Jump of macro F1 and rank IC by which the known future must be noticed, at 15 minutes and 1 hour.
JUMP = 0.2
#: Epochs of the spoiled runs: as many as a real one needs to find something.
EPOCHS = 8


def chance_macro_f1(predicted: np.ndarray, actual: np.ndarray) -> float:
    """Macro F1 to expect of these calls if they had nothing to do with what came."""
    called = np.bincount(predicted, minlength=3) / len(predicted)
    came = np.bincount(actual, minlength=3) / len(actual)
    return float(np.mean(2 * called * came / np.maximum(called + came, 1e-12)))


def _figures(prepared: Prepared, folder: Path) -> Dict[str, Any]:
    """Macro F1 above chance and rank IC on validation, with intervals."""
    examples = prepared.validation
    outputs = outputs_of(best_network(folder, len(prepared.features.ids)), examples)
    called = probabilities_of(outputs).argmax(axis=2)

    def statistic(rows: np.ndarray) -> Dict[str, float]:
        values = {}
        for at, horizon in enumerate(HORIZONS):
            mine, came = called[rows, at], examples.directions[rows, at]
            macro = class_figures(confusion(mine, came))["macroF1"]
            values[f"{horizon}.macroF1AboveChance"] = macro - chance_macro_f1(mine, came)
            rank = rank_correlation(outputs[rows, at].astype(np.float64), examples.returns[rows, at])
            values[f"{horizon}.rankIc"] = rank or 0.0
        return values

    return intervals(statistic, examples.times, BLOCK, RESAMPLES)


def spoiled(paths: Sequence[Path], settings: Settings, sabotage: str, folder: Path, cache: Path) -> Dict[str, Any]:
    """Trains with spoiled examples and returns the figures on validation."""
    epochs = min(EPOCHS, settings.training.epochs)
    training = replace(settings.training, sabotage=sabotage, epochs=epochs, patience=epochs, teachers=[], distillation=0.0)
    changed = replace(settings, training=training)
    prepared = train(paths, changed, folder, cache)
    return _figures(prepared, folder)


def finds_nothing(figures: Dict[str, Any]) -> bool:
    """Whether chance lies within the intervals, widened for as many comparisons, or next to them."""
    return all(item["low"] - 0.02 <= 0 <= item["high"] + 0.02 for item in figures.values())


def notices(honest: Dict[str, Any], knowing: Dict[str, Any]) -> bool:
    """Whether both figures jump at the horizons that lie within the bars given away."""
    names = [f"{horizon}.{figure}" for horizon in ("15m", "1h") for figure in ("macroF1AboveChance", "rankIc")]
    return all(
        knowing[name]["low"] > honest[name]["high"] and knowing[name]["estimate"] - honest[name]["estimate"] > JUMP
        for name in names
    )


def _text_of(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()


def features_keep_to_the_past(path: Path, settings: Settings, cut: float = 0.6) -> bool:
    """Whether the features of early bars stay bit for bit the same when later bars are missing."""
    features = feature_list(settings.features)
    head, *rows = _text_of(path).splitlines()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "set.json").write_text(json.dumps(features.ids))
        (folder / "part.csv").write_text("\n".join([head, *rows[: int(cut * len(rows))]]) + "\n")
        (folder / "whole.csv").write_text("\n".join([head, *rows]) + "\n")
        symbol = symbol_of(path)
        for name in ("part", "whole"):
            candlewick("features", "--csv", str(folder / f"{name}.csv"), "--set", str(folder / "set.json"),
                       "--out", str(folder / f"{name}.npy"), "--symbol", symbol)
        part, whole = np.load(folder / "part.npy"), np.load(folder / "whole.npy")
    return len(part) > 0 and np.array_equal(part, whole[: len(part)])


def periods_keep_apart(prepared: Prepared, settings: Settings) -> Dict[str, Any]:
    """Bars between the last bar that training looks at and the first that validation shows."""
    bar = BAR_MS[settings.timeframe]
    last = prepared.train.times.max() + prepared.features.target_horizon * bar
    first = prepared.validation.times.min() - (settings.lookback - 1) * bar
    latest = prepared.validation.times.max() + prepared.features.target_horizon * bar
    return {
        "barsBetween": int((first - last) / bar) - 1,
        "testUntouched": bool(latest < periods_of(settings)["test"].first),
    }


def check_leaks(paths: Sequence[Path], settings: Settings, folder: Path, cache: Path) -> Dict[str, Any]:
    """Runs all leak tests and writes what they found."""
    honest = spoiled(paths, settings, "none", folder / "leaks" / "honest", cache)
    shuffled = spoiled(paths, settings, "shuffled-labels", folder / "leaks" / "shuffled-labels", cache)
    knowing = spoiled(paths, settings, "known-future", folder / "leaks" / "known-future", cache)
    prepared = prepare(paths, settings, cache)
    apart = periods_keep_apart(prepared, settings)
    result = {
        "figures": {"honest": honest, "shuffledLabels": shuffled, "knownFuture": knowing},
        "shuffledLabelsFindNothing": finds_nothing(shuffled),
        "knownFutureIsNoticed": notices(honest, knowing),
        "featuresKeepToThePast": all(features_keep_to_the_past(Path(path), settings) for path in paths),
        "periods": apart,
    }
    result["passed"] = bool(
        result["shuffledLabelsFindNothing"] and result["knownFutureIsNoticed"] and result["featuresKeepToThePast"]
        and apart["barsBetween"] >= settings.split.embargo_bars and apart["testUntouched"]
    )
    write_json(folder / "leaks.json", result)
    return result


def leak_report(result: Dict[str, Any]) -> List[str]:
    """Lines for people."""
    rows = ["run              figure                       estimate [95 %]"]
    for run, figures in result["figures"].items():
        for name, item in figures.items():
            rows.append(f"{run:16s} {name:28s} {item['estimate']:+.4f} [{item['low']:+.4f}, {item['high']:+.4f}]")
    for name, value in result.items():
        if name != "figures":
            rows.append(f"{name}: {value}")
    return rows
