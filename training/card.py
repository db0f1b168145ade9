"""The model card: what was done, what came out, and what it is not worth, in Markdown."""
from typing import Any, Dict, List, Optional, Tuple

from .dataset import HORIZONS
from .settings import Settings

FIGURES = {"rankIc": "rank IC", "macroF1": "macro F1", "directionalF1": "directional F1"}
PLACES = ("15m", "1h", "4h", "12h", "mean")


def _interval(item: Dict[str, float], sign: str = "") -> str:
    return f"{item['estimate']:{sign}.4f} [{item['low']:{sign}.4f}, {item['high']:{sign}.4f}]"


def _row(cells: List[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _table(head: List[str], rows: List[List[str]]) -> List[str]:
    return [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]


def _others(test: Dict[str, Any]) -> List[str]:
    return [name for name in test["figures"] if name != "model"]


def verdicts(test: Dict[str, Any]) -> List[Tuple[str, str, str]]:
    """(figure, place, baseline) of every difference whose whole interval lies above 0."""
    found = []
    for figure in FIGURES:
        for place in PLACES:
            for other in _others(test):
                if test["intervals"][f"model-{other}.{place}.{figure}"]["low"] > 0:
                    found.append((figure, place, other))
    return found


def verdict_lines(test: Dict[str, Any]) -> List[str]:
    """For each figure: what is beaten everywhere, somewhere, nowhere. Said plainly."""
    found = set(verdicts(test))
    lines = []
    for figure, words in FIGURES.items():
        for other in _others(test):
            places = [place for place in PLACES if (figure, place, other) in found]
            if places:
                lines.append(f"- {words}: beats **{other}** outside the 95 % interval at {', '.join(places)}.")
            else:
                lines.append(f"- {words}: does **not** beat **{other}** outside the 95 % interval at any horizon.")
    everything = [
        f"{FIGURES[figure]} ({place})"
        for figure in FIGURES
        for place in PLACES
        if all((figure, place, other) in found for other in _others(test))
    ]
    if everything:
        lines.insert(0, f"Beats all baselines outside the interval in: {', '.join(everything)}.")
    else:
        lines.insert(0, "In no declared figure does it beat all baselines outside the interval.")
    return [lines[0], "", *lines[1:]]


def _results(test: Dict[str, Any]) -> List[str]:
    lines: List[str] = []
    for figure, words in FIGURES.items():
        rows = []
        for name in test["figures"]:
            rows.append([name, *(_interval(test["intervals"][f"{name}.{place}.{figure}"]) for place in PLACES)])
        for other in _others(test):
            item = test["intervals"]
            rows.append([f"model - {other}", *(_interval(item[f"model-{other}.{place}.{figure}"], "+") for place in PLACES)])
        lines += [f"### {words[0].upper()}{words[1:]}", "", *_table(["", *PLACES], rows), ""]
    return lines


def _probabilities(test: Dict[str, Any]) -> List[str]:
    rows = []
    for horizon in HORIZONS:
        figures = test["figures"]["model"][horizon]
        rows.append([horizon, *(f"{figures[name]:.4f}" for name in ("accuracy", "hitRate", "coverage", "ece", "brier", "logLoss"))])
    return _table(["horizon", "accuracy", "hit rate of calls", "share of calls", "ECE", "Brier", "log loss"], rows)


def _conversion(report: Dict[str, Any]) -> List[str]:
    rows = []
    for variant in report.get("variants", []):
        for result in variant["results"]:
            if result["name"] != "given":
                continue
            sides = result.get("sides") or {}
            changed = f"{sides.get('horizons', '-')} of {sides.get('horizonCount', '-')}"
            rows.append([
                str(variant["precision"]), str(variant["size"]), str(result["windows"]), f"{result['maxAbsolute']:.2e}", changed,
            ])
    return _table(["precision", "bytes", "windows", "largest difference", "horizons that change sides"], rows)


def _leaks(leaks: Optional[Dict[str, Any]]) -> List[str]:
    if leaks is None:
        return ["The leak tests were not run for this model."]
    rows = [
        [run, name, _interval(item, "+")] for run, figures in leaks["figures"].items() for name, item in figures.items()
    ]
    facts = [f"- {name}: {value}" for name, value in leaks.items() if name != "figures"]
    return [*facts, "", *_table(["run", "figure on validation", "estimate [95 %]"], rows)]


def model_card(
    settings: Settings, test: Dict[str, Any], validation: Dict[str, Any], conversion: Dict[str, Any],
    leaks: Optional[Dict[str, Any]],
) -> str:
    """The whole card."""
    network, split = settings.network, settings.split
    seen = test["modelsSeen"]
    mean = validation["mean"]
    lines = [
        f"# {settings.name} {settings.version}",
        "",
        "A research sample, trained to show the whole way from candles to signals. It is **no investment advice**, and nothing",
        "here says that trading on it would earn anything: fees, slippage and other months are not in these figures.",
        "",
        "## Data",
        "",
        f"- Candles of {' and '.join(test['symbols'])}, {settings.timeframe}; features and targets by `candlewick features`"
        f" (`{settings.features.split('/')[-1]}`, windows of {settings.lookback} bars). No candle is part of the bundle.",
        f"- Training: bars before {split.validation_from}. Validation: from then to {split.test_from}."
        f" Test: {test['period'][0]} to {test['period'][1]} UTC, {test['n']} windows.",
        f"- A window belongs to a period only if all its bars and all bars of its targets do; {split.embargo_bars} more bars are left"
        " out at the start of each later period. The scaler is fitted on training bars alone.",
        "",
        "## Method",
        "",
        f"- UnifiedPatchTST: width {network.width}, {network.layers} layer(s) of {network.heads} heads, patches of {network.patch}"
        f" every {network.stride}, {network.kernels} kernels, dropout {network.dropout}, feature dropout {network.feature_dropout}.",
        "- Loss: Huber for returns, class-weighted cross entropy with a focal term for directions, Huber for drawdown and rally.",
        "- Everything was chosen on validation (macro F1 + rank IC, means over the horizons; see training/ATTEMPTS.md), calibrated"
        " there by a temperature for each horizon, and frozen before the test period was opened.",
        f"- This test period was opened for {seen} model(s)." + (f" Reason given: {test['reason']}" if test.get("reason") else ""),
        f"- Validation: macro F1 {mean['macroF1']:.4f}, directional F1 {mean['directionalF1']:.4f}, rank IC {mean['rankIc']:.4f}"
        " (optimistic: the choice was made there).",
        "",
        "## Results on the test period",
        "",
        *verdict_lines(test),
        "",
        f"95 % intervals by circular block bootstrap: {test['resamples']} samples, blocks of {test['block']} bars, both symbols of a"
        " moment drawn together, differences taken within each sample. They hold figure by figure: of 20 differences that are in"
        " truth nothing, one lies outside by chance.",
        "",
        *_results(test),
        "Macro F1 is the mean over LONG, SHORT and NEUTRAL; directional F1 counts LONG and SHORT together; rank IC is Spearman's"
        " correlation of predicted and actual returns over all rows (of P(LONG) - P(SHORT) for the regressions). Momentum expects"
        " the last return over as many bars again. `logistic` and `logistic-balanced` are regressions on the newest bar's scaled"
        " features, with classes as frequent as they are and weighed alike, their penalty chosen on validation.",
        "",
        "### Probabilities after calibration",
        "",
        *_probabilities(test),
        "",
        "## Precisions",
        "",
        *_conversion(conversion),
        "",
        "Windows of the validation period, against PyTorch's own answers.",
        "",
        "## Leak tests",
        "",
        *_leaks(leaks),
        "",
        "## Limits",
        "",
        "- Two symbols, one exchange, one timeframe, and a test of two months: other markets and times will differ.",
        "- F1 owes more to foreseeing how much prices move than where to. Rank IC says how much is known of the direction: little.",
        "- Class weights raise how often LONG and SHORT are called, so probabilities lean towards them; see ECE.",
        "- Predicted returns are small, as they should be: strict filters will pass few signals.",
        "",
    ]
    return "\n".join(lines)
