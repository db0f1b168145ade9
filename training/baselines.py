"""What a model must beat: never calling, what was goes on, and logistic regression on the same features."""
from dataclasses import dataclass
from typing import Dict, List, Sequence

import numpy as np
import torch
from torch.nn import functional

from .dataset import HORIZONS, Series
from .examples import Examples
from .loss import CLASSES, class_weights
from .metrics import LONG, NEUTRAL, SHORT, class_figures, confusion, rank_correlation

#: Bars and thresholds of the direction targets.
BARS = (1, 4, 16, 48)
THRESHOLDS = (0.0015, 0.003, 0.007, 0.01)
#: Penalties among which validation chooses: half of one times the squared weights joins the sum of log losses, so it is one
#: by scikit-learn's C.
PENALTIES = (1e3, 1e4, 1e5)


@dataclass(frozen=True)
class Answers:
    """What a predictor says of examples."""

    #: [example, 4]: the number that orders the returns.
    scores: np.ndarray
    #: [example, 4, 3].
    probabilities: np.ndarray


def always_neutral(examples: Examples) -> Answers:
    probabilities = np.zeros((len(examples), 4, CLASSES))
    probabilities[:, :, NEUTRAL] = 1
    return Answers(np.zeros((len(examples), 4)), probabilities)


def momentum(examples: Examples, series: Sequence[Series]) -> Answers:
    """The return of as many bars as the horizon has, up to the bar's close, goes on."""
    scores = np.zeros((len(examples), 4))
    for number, item in enumerate(series):
        mine = np.flatnonzero(examples.symbols == number)
        rows = np.searchsorted(item.times, examples.times[mine])
        for at, bars in enumerate(BARS):
            # What came after an earlier bar is what was before this one.
            scores[mine, at] = item.returns[rows - bars, at]
    limits = np.asarray(THRESHOLDS)
    called = np.where(scores > limits, LONG, np.where(scores <= -limits, SHORT, NEUTRAL))
    return Answers(scores, np.eye(CLASSES)[called])


class LogisticRegression:
    """Multinomial regression for each horizon on the newest bar of a window, scaled as the network sees it."""

    def __init__(self, gain: float, balance: float):
        self.gain, self.balance = gain, balance
        self.weights: List[torch.Tensor] = []

    def _inputs(self, examples: Examples) -> torch.Tensor:
        rows = torch.as_tensor(examples.rows, device=examples.table.device)
        last = examples.table[rows].double() / self.gain
        return torch.cat([last, torch.ones_like(last[:, :1])], dim=1)

    def fit(self, examples: Examples, penalty: float) -> "LogisticRegression":
        inputs = self._inputs(examples)
        self.weights = [self._fit_one(inputs, examples.directions[:, at], penalty) for at in range(4)]
        return self

    def _fit_one(self, inputs: torch.Tensor, classes: np.ndarray, penalty: float) -> torch.Tensor:
        actual = torch.as_tensor(classes, device=inputs.device)
        shares = np.bincount(classes, minlength=CLASSES)[None] / len(classes)
        each = torch.as_tensor(class_weights(shares, self.balance)[0], device=inputs.device)
        weights = torch.zeros(inputs.shape[1], CLASSES, dtype=torch.float64, device=inputs.device, requires_grad=True)
        search = torch.optim.LBFGS([weights], max_iter=100, history_size=10, line_search_fn="strong_wolfe")

        def loss() -> torch.Tensor:
            search.zero_grad()
            surprise = functional.cross_entropy(inputs @ weights, actual, weight=each)
            value = surprise + penalty / (2 * len(classes)) * weights[:-1].square().sum()
            value.backward()
            return value

        search.step(loss)
        return weights.detach()

    def answers(self, examples: Examples) -> Answers:
        inputs = self._inputs(examples)
        probabilities = np.stack([(inputs @ w).softmax(dim=1).cpu().numpy() for w in self.weights], axis=1)
        return Answers(probabilities[:, :, LONG] - probabilities[:, :, SHORT], probabilities)


def mean_score(answers: Answers, examples: Examples) -> float:
    """Macro F1 plus rank IC, as the network is chosen too."""
    parts = []
    for at in range(len(HORIZONS)):
        counts = confusion(answers.probabilities[:, at].argmax(axis=1), examples.directions[:, at])
        rank = rank_correlation(answers.scores[:, at], examples.returns[:, at]) or 0.0
        parts.append(class_figures(counts)["macroF1"] + rank)
    return float(np.mean(parts))


def fitted_regressions(train: Examples, validation: Examples, gain: float, stride: int) -> Dict[str, LogisticRegression]:
    """One with classes as they come and one with classes alike, each with the penalty that is best on validation."""
    result = {}
    for name, balance in (("logistic", 0.0), ("logistic-balanced", 1.0)):
        tried = [LogisticRegression(gain, balance).fit(train.every(stride), penalty) for penalty in PENALTIES]
        result[name] = max(tried, key=lambda one: mean_score(one.answers(validation), validation))
    return result
