"""The package's own evaluation of the models in a bundle, over the same bars as `evaluate`, held against this recipe's figures."""
import json
from pathlib import Path
from typing import Any, Dict, List, Sequence

import numpy as np

from .agreement import agreement
from .candlewick import ask_package, candlewick
from .dataset import HORIZONS
from .evaluation import opened_examples
from .examples import Examples
from .precisions import package_answers, precision_of
from .predict import outputs_of, probabilities_of
from .predictions import reports_of_answers, reports_of_file
from .run import best_network, settings_of_run
from .settings import BAR_MS

#: Figures that a manifest holds for every horizon.
OF_EACH = ("accuracy", "macroF1", "directionalF1", "ece", "brier", "logLoss", "ic", "rankIc")
QUICK = ("--resamples", "0", "--no-baselines", "--noise", "0")
OF_THE_MEAN = ("macroF1", "directionalF1", "rankIc")


def entries_of(bundle: Path) -> List[Path]:
    """The entries; the first is what an engine runs, so their order is ours and not that of the names."""
    return [path for precision in ("fp16", "fp32", "int8") for path in sorted(bundle.glob(f"*.{precision}.entry.json"))]


def _short(value: Any) -> Any:
    """Numbers of nine digits, a hundred thousand times finer than what is compared, and half the bytes."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {name: _short(item) for name, item in value.items()}
    return [_short(item) for item in value] if isinstance(value, list) else value


def package_evaluation(
    paths: Sequence[Path], manifest: Path, model: str, examples: Examples, bar_ms: int, *options: str
) -> Dict[str, Any]:
    """What `candlewick evaluate` says of the rows of `evaluate`, without its windows one by one and the places of files."""
    first, last = int(examples.times.min()), int(examples.times.max())
    candles = [argument for path in paths for argument in ("--csv", str(path))]
    told = json.loads(candlewick(
        "evaluate", *candles, "--manifest", str(manifest), "--model", model,
        "--from", str(first), "--to", str(last + bar_ms), "--json", *options,
    ))
    for horizon in told["horizons"]:
        del horizon["windows"]
    # The manifest that was judged is not yet the signed one.
    told["inputs"] = [
        {**item, "name": Path(item["name"]).name} for item in told["inputs"] if item["name"] != str(manifest)
    ]
    return _short(told)


def _own_reports(folder: Path, model: Path, series: Sequence[Any], examples: Examples) -> Dict[str, Dict[str, Any]]:
    """This recipe's figures of a file: of PyTorch's answers with the weights that it holds.

    Products of whole numbers are the runtime's alone, so int8 is measured by the answers that it gives to our windows.
    """
    precision = precision_of(model)
    if precision == "fp16":
        return reports_of_file(folder, series)
    if precision == "fp32":
        outputs = outputs_of(best_network(folder, int(examples.table.shape[1])), examples)
    else:
        outputs = package_answers(model, examples, past=True)
    temperatures = json.loads((folder / "calibration.json").read_text())["temperatures"]
    markets = np.array([item.symbol for item in series])[examples.symbols]
    return reports_of_answers(outputs, probabilities_of(outputs, temperatures), examples.times, markets, series)


def registry_metrics(evaluation: Dict[str, Any], entry: Dict[str, Any]) -> Dict[str, float]:
    """By the names of a registry the figures of the leading horizon, and under 4h.rankIc and the like those of each."""
    question = {name: entry[name] for name in ("outputLayout", "classOrder")}
    metrics: Dict[str, float] = dict(ask_package("registry-metrics.mjs", {"report": evaluation, **question})["metrics"])
    figures = {item["name"]: item["metrics"] for item in evaluation["horizons"]}
    for name in OF_THE_MEAN:
        metrics[f"mean.{name}"] = float(np.mean([figures[horizon][name] or 0.0 for horizon in HORIZONS]))
    for horizon in HORIZONS:
        known = {name: figures[horizon][name] for name in OF_EACH if figures[horizon][name] is not None}
        metrics.update({f"{horizon}.{name}": value for name, value in known.items()})
    return metrics


def evaluate_bundle(
    paths: Sequence[Path], folder: Path, bundle: Path, manifest: Path, cache: Path, tolerance: float
) -> Dict[str, Any]:
    """Judges every model of the manifest, and writes its report, and the metrics into its entry.

    The report of the first one is `evaluation.json`, that of another `evaluation.PRECISION.json`. Returns by precision how well
    both evaluations agree. Raises AgreementError where they do not agree.
    """
    settings = settings_of_run(folder)
    series, examples = opened_examples(paths, settings, folder, cache)
    agreements = {}
    for path in entries_of(bundle):
        entry = json.loads(path.read_text())
        model = bundle / entry["artifact"]["url"]
        identity = f"{entry['name']}_v{entry['version']}"
        # How sure the figures are, and what they are beside baselines, need not be told of every precision.
        options = QUICK if agreements else ()
        told = package_evaluation(paths, manifest, identity, examples, BAR_MS[settings.timeframe], *options)
        own = _own_reports(folder, model, series, examples)
        found = agreement(told, own, tolerance)
        entry["metrics"], entry["evalSetId"] = registry_metrics(told, entry), told["evalSetId"]
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        name = f"evaluation.{precision_of(model)}.json" if agreements else "evaluation.json"
        agreements[precision_of(model)] = {**found, "evaluation": name}
        (bundle / name).write_text(text)
        path.write_text(json.dumps(entry, indent=2, ensure_ascii=False) + "\n")
    return agreements
