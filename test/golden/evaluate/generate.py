"""Writes what scikit-learn, SciPy, pandas and NumPy say of made-up predictions and outcomes.

See README.md. Usage: python generate.py FOLDER
"""

import json
import math
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

SEED = 11
CLASSES = ["LONG", "SHORT", "NEUTRAL"]
BAR = 900_000
YEAR = 365 * 86_400_000


def plain(value):
    """JSON of NumPy's values; NaN becomes null."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, (np.integer, int)) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, (np.floating, float)):
        return None if math.isnan(value) else float(value)
    return value


def write(folder, name, content):
    text = json.dumps(plain(content), allow_nan=False, separators=(",", ":"))
    (folder / name).write_text(text + "\n")


# Classification


def probabilities_of(generator, rows, size, certain=False):
    """Rows of thousandths that sum to 1."""
    if certain:
        return np.eye(size)[generator.integers(0, size, rows)]
    shares = generator.dirichlet(np.full(size, 0.7), rows)
    whole = np.floor(shares * 1000).astype(int)
    whole[:, -1] = 1000 - whole[:, :-1].sum(axis=1)
    return whole / 1000


def calibration_error(probabilities, actual, bins):
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == actual
    edges = np.arange(1, bins) / bins
    place = np.digitize(confidence, edges, right=True)
    total = 0.0
    for index in range(bins):
        inside = place == index
        if inside.any():
            total += inside.sum() * abs(confidence[inside].mean() - right[inside].mean())
    return total / len(actual)


def classification_case(name, actual, probabilities, classes):
    size = len(classes)
    labels = list(range(size))
    called = probabilities.argmax(axis=1)
    options = {"labels": labels, "zero_division": np.nan}
    precision, recall, f1, support = metrics.precision_recall_fscore_support(actual, called, **options)
    macro = metrics.precision_recall_fscore_support(actual, called, average="macro", **options)
    sides = [label for label in labels if classes[label] != "NEUTRAL"]
    micro = metrics.precision_recall_fscore_support(
        actual, called, average="micro", labels=sides, zero_division=np.nan
    )
    return {
        "name": name,
        "classes": classes,
        "actual": actual,
        "predicted": called,
        "probabilities": probabilities.ravel(),
        "accuracy": metrics.accuracy_score(actual, called),
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "support": support,
        "macro": {"precision": macro[0], "recall": macro[1], "f1": macro[2]},
        "directional": {"hitRate": micro[0], "recall": micro[1], "f1": micro[2]},
        "confusion": metrics.confusion_matrix(actual, called, labels=labels),
        "brier": metrics.brier_score_loss(actual, probabilities, labels=labels, scale_by_half=False),
        "logLoss": metrics.log_loss(actual, probabilities, labels=labels),
        "ece": {bins: calibration_error(probabilities, actual, bins) for bins in (1, 10, 15)},
    }


def classification(generator):
    rows = 60
    random = probabilities_of(generator, rows, 3)
    actual = generator.integers(0, 3, rows)
    no_short = random[random.argmax(axis=1) != 1]
    five = [f"C{index}" for index in range(4)] + ["NEUTRAL"]
    skewed = np.tile([0.2, 0.3, 0.5], (20, 1))
    return [
        classification_case("random", actual, random, CLASSES),
        classification_case("a class never called", actual[: len(no_short)], no_short, CLASSES),
        classification_case("a class that never came", np.where(actual == 1, 2, actual), random, CLASSES),
        classification_case("one class only, always right", np.full(20, 2), skewed, CLASSES),
        classification_case("one class only, never right", np.zeros(20, int), skewed, CLASSES),
        classification_case("two classes absent on both sides", np.full(8, 2), np.tile([0, 0.1, 0.9], (8, 1)), CLASSES),
        classification_case("certain and often wrong", actual, probabilities_of(generator, rows, 3, True), CLASSES),
        classification_case("one row", np.array([1]), np.array([[0.25, 0.5, 0.25]]), CLASSES),
        classification_case("two classes", actual % 2, probabilities_of(generator, rows, 2), ["LONG", "SHORT"]),
        classification_case(
            "five classes", generator.integers(0, 5, rows), probabilities_of(generator, rows, 5), five
        ),
        classification_case(
            "tops on the edges of bins",
            generator.integers(0, 3, 30),
            np.array([[k / 10, (10 - k) / 10, 0.0] for k in range(5, 11)] * 5),
            CLASSES,
        ),
    ]


# Returns


def correlation(function, x, y):
    return function(x, y).statistic if len(x) > 1 else float("nan")


def pair_case(name, predicted, actual):
    return {
        "name": name,
        "predicted": predicted,
        "actual": actual,
        "ic": correlation(stats.pearsonr, predicted, actual),
        "rankIc": correlation(stats.spearmanr, predicted, actual),
        "ranks": stats.rankdata(predicted),
        "mae": metrics.mean_absolute_error(actual, predicted),
        "rmse": metrics.root_mean_squared_error(actual, predicted),
        "bias": float(np.mean(predicted - actual)),
    }


def spread(values):
    values = pd.Series(values, dtype=float).dropna()
    std = values.std(ddof=1)
    return {
        "n": len(values),
        "mean": values.mean(),
        "variance": values.var(ddof=1),
        "std": std,
        "meanByStd": values.mean() / std if std > 0 else float("nan"),
    }


def panel_case(generator):
    """Seven symbols over 40 bars, some rows missing, in a random order."""
    symbols = [f"S{index}" for index in range(7)]
    rows = [(time * BAR, symbol) for time in range(40) for symbol in symbols if generator.random() < 0.85]
    generator.shuffle(rows)
    frame = pd.DataFrame(rows, columns=["time", "symbol"])
    frame["time"] = frame["time"].astype(int)
    frame["predicted"] = generator.normal(size=len(frame)).round(4)
    frame["actual"] = (0.3 * frame["predicted"] + generator.normal(size=len(frame))).round(2)
    # A symbol that is always expected to do the same has no coefficient.
    frame.loc[frame["symbol"] == "S6", "predicted"] = 0.5

    def coefficients(group):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return {
                "n": len(group),
                "ic": group["predicted"].corr(group["actual"]),
                "rankIc": group["predicted"].corr(group["actual"], method="spearman"),
            }

    length = 8 * BAR
    windows = [coefficients(group) for _, group in frame.groupby(frame["time"] // length)]
    counted = [coefficients(frame[frame["time"].isin(times)]) for times in np.array_split(np.arange(40) * BAR, 4)]
    moments = [coefficients(group) for _, group in frame.groupby("time") if len(group) >= 5]
    horizon = 3 * BAR
    of_symbols = []
    for symbol, group in frame.sort_values("time").groupby("symbol"):
        chosen, last = [], -math.inf
        for index, time in group["time"].items():
            if time - last >= horizon:
                chosen.append(index)
                last = time
        parts = [coefficients(part) for _, part in group.groupby(group["time"] // length)]
        of_symbols.append({
            "symbol": symbol,
            **coefficients(group.loc[chosen]),
            "icOfWindows": spread([item["ic"] for item in parts]),
            "rankIcOfWindows": spread([item["rankIc"] for item in parts]),
        })
    return {
        "times": frame["time"].to_numpy(),
        "symbols": frame["symbol"].tolist(),
        "predicted": frame["predicted"].to_numpy(),
        "actual": frame["actual"].to_numpy(),
        "windowMs": length,
        "horizonMs": horizon,
        "pooled": coefficients(frame),
        "windows": windows,
        "icOfWindows": spread([item["ic"] for item in windows]),
        "countedWindows": counted,
        "symbolsOverTime": of_symbols,
        "icOfSymbols": spread([item["ic"] for item in of_symbols]),
        "crossSection": {
            "ic": spread([item["ic"] for item in moments]),
            "rankIc": spread([item["rankIc"] for item in moments]),
        },
    }


def returns(generator):
    x = generator.normal(0, 0.01, 50).round(6)
    y = (0.4 * x + generator.normal(0, 0.01, 50)).round(6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pairs = [
            pair_case("random", x, y),
            pair_case("ties", (x * 100).round(0), (y * 100).round(0)),
            pair_case("equal", x, x),
            pair_case("opposite", x, -x),
            pair_case("constant predictions", np.full(50, 0.1), y),
            pair_case("constant outcomes", x, np.full(50, 1e-3)),
            pair_case("two rows", x[:2], y[:2]),
            pair_case("one row", x[:1], y[:1]),
            pair_case("large numbers on a high level", 1e6 + x, 1e6 + 2 * y),
            pair_case("very small numbers", x * 1e-150, y * 1e-150),
            pair_case("very large numbers", x * 1e150, y * 1e150),
        ]
    return {"pairs": pairs, "panel": panel_case(generator)}


# Trading


def trades_of(generator, times, count, sign=None):
    trades = []
    for _ in range(count):
        entry = int(generator.integers(0, len(times) - 4))
        bars = int(generator.integers(0, 4))
        profit = round(generator.normal(1, 10), 3)
        profit = profit if sign is None else sign * (abs(profit) + 0.001)
        trades.append(
            {
                "quantity": round(generator.uniform(0.1, 3), 3),
                "entryTime": int(times[entry]),
                "exitTime": int(times[entry + bars]),
                "entryPrice": round(generator.uniform(90, 110), 2),
                "exitPrice": round(generator.uniform(90, 110), 2),
                "profit": profit,
                "bars": bars + 1,
            }
        )
    return trades


def trading_case(name, times, equity, trades, risk_free):
    periods = YEAR / BAR
    series = pd.Series(equity, dtype=float)
    changes = series.pct_change().dropna()
    excess = changes - ((1 + risk_free) ** (1 / periods) - 1)
    std = excess.std(ddof=1)
    downside = math.sqrt((np.minimum(excess, 0) ** 2).mean()) if len(excess) else 0.0
    years = (times[-1] - times[0]) / YEAR
    growth = equity[-1] / equity[0]
    profits = np.array([trade["profit"] for trade in trades])
    held = np.zeros(len(times), bool)
    for trade in trades:
        held |= (times >= trade["entryTime"]) & (times <= trade["exitTime"])
    fills = sum(trade["quantity"] * (trade["entryPrice"] + trade["exitPrice"]) for trade in trades)
    nan = float("nan")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mean = lambda values: float(np.mean(values)) if len(values) else nan
        return {
            "name": name,
            "times": times,
            "equity": equity,
            "trades": trades,
            "riskFreePerYear": risk_free,
            "expected": {
                "totalReturn": growth - 1,
                "cagr": growth ** (1 / years) - 1 if years > 0 else nan,
                "sharpe": excess.mean() / std * math.sqrt(periods) if std > 0 else nan,
                "sortino": excess.mean() / downside * math.sqrt(periods) if downside > 0 and len(excess) > 1 else nan,
                "depth": float((1 - series / series.cummax()).max()),
                "longestBars": longest_below(series),
                "turnover": fills / series.mean(),
                "exposure": held.mean(),
                "winRate": mean(profits > 0),
                "profitFactor": profits[profits > 0].sum() / -profits[profits < 0].sum()
                if (profits < 0).any()
                else nan,
                "averageProfit": mean(profits),
                "averageReturn": mean([t["profit"] / (t["quantity"] * t["entryPrice"]) for t in trades]),
                "averageWin": mean(profits[profits > 0]),
                "averageLoss": mean(profits[profits < 0]),
                "averageBars": mean([t["bars"] for t in trades]),
            },
        }


def longest_below(series):
    """The most bars from a peak to where the curve is back, or to its end."""
    below = (series < series.cummax()).to_numpy()
    longest = 0
    for start in range(len(below)):
        if not below[start] or (start > 0 and below[start - 1]):
            continue
        end = start
        while end < len(below) and below[end]:
            end += 1
        longest = max(longest, min(end, len(below) - 1) - (start - 1))
    return longest


def trading(generator):
    times = np.arange(80) * BAR + 1_700_000_100_000
    walk = (10_000 * np.exp(np.cumsum(generator.normal(0.0004, 0.002, 80)))).round(2)
    gaps = np.delete(np.arange(81), 40) * BAR + 1_700_000_100_000
    return [
        trading_case("random", times, walk, trades_of(generator, times, 25), 0.0),
        trading_case("with a risk-free rate and a gap", gaps, walk, trades_of(generator, gaps, 10), 0.04),
        trading_case("all losses", times, np.linspace(10_000, 8_000, 80), trades_of(generator, times, 8, -1), 0.0),
        trading_case("all wins", times, np.linspace(10_000, 12_000, 80), trades_of(generator, times, 8, 1), 0.0),
        trading_case("never traded", times, np.full(80, 10_000.0), [], 0.0),
        trading_case("one point", times[:1], walk[:1], [], 0.0),
        trading_case("two points", times[:2], walk[:2], [], 0.0),
    ]


# Logistic regression


def logistic_case(name, features, actual, later, c):
    model = LogisticRegression(C=c, solver="lbfgs", tol=1e-12, max_iter=100_000).fit(features, actual)
    return {
        "name": name,
        "features": features.ravel(),
        "actual": actual,
        "later": later.ravel(),
        "rows": len(later),
        "c": c,
        "probabilities": model.predict_proba(later).ravel(),
        "weights": model.coef_.ravel(),
    }


def logistic(generator):
    features = generator.normal(size=(120, 4)).round(3)
    weights = generator.normal(size=(4, 3))
    noise = generator.gumbel(size=(120, 3))
    actual = (features @ weights + noise).argmax(axis=1)
    later = generator.normal(size=(20, 4)).round(3)
    scaled = features * np.array([1, 10, 0.1, 1])
    separable = (features[:, 0] > 0).astype(int) + (features[:, 0] > 0.7)
    return [
        logistic_case("three classes", features, actual, later, 1.0),
        logistic_case("weak penalty", features, actual, later, 100.0),
        logistic_case("strong penalty", features, actual, later, 0.01),
        logistic_case("features of other sizes", scaled, actual, later * np.array([1, 10, 0.1, 1]), 1.0),
        logistic_case("classes that can be told apart", features, separable, later, 10.0),
    ]


# Bootstrap


def bootstrap(generator):
    length, block, resamples = 97, 7, 200
    values = generator.normal(size=length).round(6)
    other = (0.5 * values + generator.normal(size=length)).round(6)
    blocks = math.ceil(length / block)
    cases = []
    for kind, last in (("circular", length), ("moving", length - block + 1)):
        starts = generator.integers(0, last, (resamples, blocks))
        rows = (starts[:, :, None] + np.arange(block)).reshape(resamples, -1)[:, :length] % length
        means = values[rows].mean(axis=1)
        ics = np.array([stats.pearsonr(values[sample], other[sample]).statistic for sample in rows])
        bounds = lambda samples: np.quantile(samples, [0.05, 0.95])
        cases.append(
            {
                "kind": kind,
                "starts": starts,
                "first": rows[0],
                "mean": bounds(means),
                "standardError": means.std(ddof=1),
                "ic": bounds(ics),
            }
        )
    return {"values": values, "other": other, "blockLength": block, "level": 0.9, "cases": cases}


def main():
    folder = Path(sys.argv[1])
    for name, make in {
        "classification": classification,
        "returns": returns,
        "trading": trading,
        "logistic": logistic,
        "bootstrap": bootstrap,
    }.items():
        write(folder, f"{name}.json", make(np.random.default_rng([SEED, len(name)])))


main()
