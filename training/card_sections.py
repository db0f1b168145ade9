"""Parts of the model card that are tables and lists of figures."""
from typing import Any, Dict, List, Optional

from .dataset import HORIZONS
from .markdown import interval, table
from .tried import SHOWN, by_subject, condensed

#: Further figures: heads of the tables, and names.
CALLS = {
    "accuracy": "accuracy", "precision": "macroPrecision", "recall": "macroRecall", "hit rate of calls": "hitRate",
    "share of calls": "coverage", "ECE": "ece", "Brier": "brier", "log loss": "logLoss",
}
RETURNS = {
    "MAE": "mae", "RMSE": "rmse", "bias": "bias", "IC (Pearson)": "ic", "IC, mean of windows": "icMean",
    "deviation": "icStd", "ICIR": "icir", "rank IC, mean of windows": "rankIcMean", "rank ICIR": "rankIcir",
    "rank IC, outcomes apart": "rankIcTs",
}


def figure_table(test: Dict[str, Any], names: Dict[str, str], digits: int) -> List[str]:
    rows = []
    for horizon in HORIZONS:
        figures = test["figures"]["model"][horizon]
        values = (figures[name] for name in names.values())
        rows.append([horizon, *("-" if value is None else f"{value:.{digits}f}" for value in values)])
    return table(["horizon", *names], rows)


#: Figures of probabilities and calls that no class weight flatters: heads, names, and whether more is better.
UNWEIGHTED = (("accuracy", "accuracy", True), ("Brier", "brier", False), ("log loss", "logLoss", False))


def unweighted_lines(test: Dict[str, Any]) -> List[str]:
    """Accuracy, Brier score and log loss of all, and where plain regression has the better ones, said plainly."""
    rows, behind = [], []
    for head, name, more in UNWEIGHTED:
        for who, figures in test["figures"].items():
            rows.append([head, who, *(f"{figures[horizon][name]:.4f}" for horizon in HORIZONS)])
        model, plain = test["figures"]["model"], test["figures"]["logistic"]
        ahead = [h for h in HORIZONS if (plain[h][name] > model[h][name]) == more and plain[h][name] != model[h][name]]
        if ahead:
            behind.append(f"{head} at {', '.join(ahead)}")
    said = (
        f"Plain logistic regression, which calls sides rarely, has the better {'; '.join(behind)} (estimates, without intervals)."
        if behind else "Plain logistic regression is better in none of these (estimates, without intervals)."
    )
    return [said, "", *table(["figure", "", *HORIZONS], rows)]


def agreement_lines(metrics: Dict[str, Any]) -> List[str]:
    lines = []
    for precision, item in metrics["agreement"].items():
        how = "this recipe's measure of the same file's answers" if precision == "int8" else "Python's"
        lines.append(
            f"- {precision}: the package's own evaluation (WebAssembly) and {how} agree to {item['largestDifference']:.1e} in all"
            f" {item['figures']} figures."
        )
    rounding = metrics["test"]["rounding"]
    return [
        *lines,
        f"- Figures on the test period are those of the weights as the fp16 file holds them. With weights in single precision,"
        f" outputs differ by at most {rounding['largestDifference']:.1e}, and {100 * rounding['changedSides']:.3f} % of all calls.",
    ]


def trading_lines(trading: Dict[str, Any]) -> List[str]:
    if trading["trades"] == 0:
        return ["On paper, no signal passed the built-in filter, so nothing was traded.", ""]
    sharpe = "-" if trading["sharpe"] is None else f"{trading['sharpe']:.2f}"
    return [
        f"On paper, with the package's defaults for filter, stake, fees and slippage, its signals made {trading['trades']} trades over"
        f" these bars and {100 * trading['totalReturn']:+.2f} % of the account (Sharpe ratio {sharpe}, largest drawdown"
        f" {100 * trading['drawdown']['depth']:.1f} %).",
        "",
    ]


def noise_lines(noise: Optional[Dict[str, Any]]) -> List[str]:
    if noise is None:
        return []
    flips = ", ".join(f"{100 * item['flips']:.1f} % at {item['name']}" for item in noise["horizons"])
    return [
        f"With noise of {100 * noise['share']:.0f} % of each feature's deviation on its inputs, calls change for {flips}"
        f" ({noise['n']} windows).",
        "",
    ]


def tried_lines(attempts: str) -> List[str]:
    """From a list of attempts in Markdown: what was varied, and what each attempt reached."""
    rows = [[item["group"], *(item[name] for name in SHOWN)] for item in condensed(attempts)]
    subjects = by_subject(attempts)
    return [
        "## Attempts",
        "",
        "Figures are means over the horizons on validation, at the best epoch of each attempt, in the order in which they were made."
        " None was measured on the test period but those for which it was opened. training/ATTEMPTS.md has each horizon, and what"
        " was learnt.",
        "",
        *subjects,
        *([""] if subjects else []),
        *table(["group", *SHOWN], rows),
        "",
    ]


def precision_lines(costs: Dict[str, Any]) -> List[str]:
    rows = []
    for name, item in costs.items():
        own = ["-", "-"] if name == "torch" else [f"{item['largestDifference']:.1e}", f"{100 * item['changedSides']:.2f} %"]
        rows.append([name, *(f"{item[figure]:.4f}" for figure in ("macroF1", "directionalF1", "rankIc")), *own])
    head = ["model", "macro F1", "directional F1", "rank IC", "largest difference of an output", "horizons that change sides"]
    return table(head, rows)


def leak_lines(leaks: Optional[Dict[str, Any]]) -> List[str]:
    if leaks is None:
        return ["The leak tests were not run for this model."]
    rows = [
        [run, name, interval(item, "+")] for run, figures in leaks["figures"].items() for name, item in figures.items()
    ]
    facts = [f"- {name}: {value}" for name, value in leaks.items() if name != "figures"]
    return [*facts, "", *table(["run", "figure on validation", "estimate [95 %]"], rows)]
