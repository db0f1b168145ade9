"""The model card: what was done, what came out, and what it is not worth, in Markdown."""
from typing import Any, Dict, List, Optional, Set, Tuple

from .card_sections import (
    CALLS, RETURNS, agreement_lines, figure_table, leak_lines, noise_lines, precision_lines, trading_lines, unweighted_lines,
)
from .markdown import interval, table
from .settings import Settings

FIGURES = {"rankIc": "rank IC", "macroF1": "macro F1", "directionalF1": "directional F1"}
PLACES = ("15m", "1h", "4h", "12h", "mean")


def _others(test: Dict[str, Any]) -> List[str]:
    return [name for name in test["figures"] if name != "model"]


def verdicts(test: Dict[str, Any], better: bool) -> List[Tuple[str, str, str]]:
    """(figure, place, baseline) of every difference whose whole interval lies above 0, or below it."""
    found = []
    for figure in FIGURES:
        for place in PLACES:
            for other in _others(test):
                item = test["intervals"][f"model-{other}.{place}.{figure}"]
                if item["low"] > 0 if better else item["high"] < 0:
                    found.append((figure, place, other))
    return found


def verdict_lines(test: Dict[str, Any]) -> List[str]:
    """What is beaten everywhere, somewhere, nowhere, and what beats the model. Said plainly."""
    found, lost = set(verdicts(test, True)), set(verdicts(test, False))
    lines = [_headline(found, _others(test), "all four baselines")]
    plain = [name for name in _others(test) if name != "logistic-balanced"]
    lines += ["", _headline(found, plain, "always-neutral, momentum and plain logistic regression"), ""]
    for figure, words in FIGURES.items():
        for other in _others(test):
            won = [place for place in PLACES if (figure, place, other) in found]
            behind = [place for place in PLACES if (figure, place, other) in lost]
            said = f"beats **{other}** at {', '.join(won)}" if won else f"does **not** beat **{other}** anywhere"
            lines.append(f"- {words}: {said}{f'; is **beaten** by it at {chr(44).join(behind)}' if behind else ''}.")
    return lines


def _headline(found: Set[Tuple[str, str, str]], others: List[str], whom: str) -> str:
    places = [
        f"{FIGURES[figure]} ({place})"
        for figure in FIGURES
        for place in PLACES
        if all((figure, place, other) in found for other in others)
    ]
    if not places:
        return f"Outside the 95 % interval, the model beats {whom} in **no** declared figure."
    return f"Outside the 95 % interval, the model beats {whom} in: {', '.join(places)}."


def _results(test: Dict[str, Any]) -> List[str]:
    lines: List[str] = []
    for figure, words in FIGURES.items():
        rows = []
        for name in test["figures"]:
            rows.append([name, *(interval(test["intervals"][f"{name}.{place}.{figure}"]) for place in PLACES)])
        for other in _others(test):
            item = test["intervals"]
            rows.append([f"model - {other}", *(interval(item[f"model-{other}.{place}.{figure}"], "+") for place in PLACES)])
        lines += [f"### {words[0].upper()}{words[1:]}", "", *table(["", *PLACES], rows), ""]
    return lines


def _taught(settings: Settings) -> List[str]:
    training = settings.training
    if not training.teachers or training.distillation <= 0:
        return []
    return [
        f"- It learnt the averaged answers of {', '.join(training.teachers)} (share {training.distillation}) beside the labels,"
        " whose weights saw the training period alone (their best epochs, as its own, were picked on validation)."
    ]


def _method(settings: Settings, test: Dict[str, Any], mean: Dict[str, float]) -> List[str]:
    network, split = settings.network, settings.split
    seen = test["modelsSeen"]
    return [
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
        *_taught(settings),
        "- Everything was chosen on validation (macro F1 + rank IC, means over the horizons; see training/ATTEMPTS.md), calibrated"
        " there by a temperature for each horizon, and frozen before the test period was opened.",
        f"- This test period was opened for {seen} model(s)." + (f" Reason given: {test['reason']}" if test.get("reason") else ""),
        f"- Validation: macro F1 {mean['macroF1']:.4f}, directional F1 {mean['directionalF1']:.4f}, rank IC {mean['rankIc']:.4f}"
        " (optimistic: the choice was made there).",
        "",
    ]


def _explained_results(test: Dict[str, Any]) -> List[str]:
    return [
        f"95 % intervals by circular block bootstrap: {test['resamples']} samples, blocks of {test['block']} bars, both symbols of a"
        " moment drawn together, differences taken within each sample. They hold figure by figure: of 20 differences that are in"
        " truth nothing, one lies outside by chance.",
        "",
        *_results(test),
        "Macro F1 is the mean over LONG, SHORT and NEUTRAL; directional F1 counts LONG and SHORT together; rank IC is Spearman's"
        " correlation of predicted and actual returns over all rows (of P(LONG) - P(SHORT) for the regressions). Momentum expects"
        " the last return over as many bars again. `logistic` and `logistic-balanced` are regressions on the newest bar's scaled"
        " features, with classes as frequent as they are and weighed alike (as the network's loss weighs them), their penalty"
        " chosen on validation. To call LONG and SHORT as often as the weights make it do is most of what F1 rewards, so the"
        " second is the harder one. A score that never changes has no rank IC; it counts as 0.",
        "",
    ]


def model_card(
    settings: Settings, metrics: Dict[str, Any], evaluation: Dict[str, Any], leaks: Optional[Dict[str, Any]],
    attempts: List[str],
) -> str:
    """The whole card, from what `metrics.json` and the package's own `evaluation.json` hold, and the lines about attempts."""
    test, validation, costs = metrics["test"], metrics["validation"], metrics["precisions"]
    lines = [
        f"# {settings.name} {settings.version}",
        "",
        "A research sample, trained to show the whole way from candles to signals. It is **no investment advice**, and nothing",
        "here says that trading on it would earn anything: other months are in none of these figures, and fees and slippage only",
        "in those of trading on paper.",
        "",
        *_method(settings, test, validation["mean"]),
        "## Results on the test period",
        "",
        *verdict_lines(test),
        "",
        *_explained_results(test),
        "### Further figures",
        "",
        *figure_table(test, CALLS, 4),
        "",
        *figure_table(test, RETURNS, 5),
        "",
        "Precision and recall are means over the classes. Windows are ten stretches with as many bars each; deviations are"
        " between them, an ICIR is mean / deviation. Outcomes apart: of rows whose outcomes share no bar, a symbol at a time.",
        "",
        *unweighted_lines(test),
        "",
        *trading_lines(evaluation["trading"]),
        *noise_lines(evaluation["noise"]),
        "### Two evaluations",
        "",
        *agreement_lines(metrics),
        "",
        *attempts,
        "## Precisions",
        "",
        f"Means over the horizons on {costs['torch']['n']} windows of the validation period, each model run by ONNX Runtime"
        " (WebAssembly) one window at a time, against PyTorch's own answers.",
        "",
        *precision_lines(costs),
        "",
        "## Leak tests",
        "",
        "Runs of one network taught by labels alone, a few epochs each.",
        "",
        *leak_lines(leaks),
        "",
        "## Limits",
        "",
        "- Two symbols, one exchange, one timeframe, and a test of two months: other markets and times will differ.",
        "- F1 owes more to foreseeing how much prices move than where to. Rank IC says how much is known of the direction: little.",
        "- Class weights raise how often LONG and SHORT are called, so probabilities lean towards them; see ECE.",
        "- It orders returns a little; it does not know their size (see the IC beside the rank IC). Predicted returns and"
        " confidences are small, as they should be: the built-in filters pass few signals.",
        "",
    ]
    return "\n".join(lines)
