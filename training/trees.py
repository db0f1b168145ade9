"""A teacher that finds more in noisy labels than a network does: boosted trees on what a window says in three numbers a feature.

Their answers to the training examples are a smoother lesson than the labels. They are never served, and never see validation.
"""
import hashlib
import json
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import torch

from .checkpoint import write_atomically
from .examples import Examples
from .loss import CLASSES, class_weights
from .progress import tracked
from .settings import LossSettings, TreeSettings


def tree_inputs(examples: Examples, gain: float) -> np.ndarray:
    """[example, 2 x feature]: the newest bar against the mean of its window, and the window's deviation.

    The network standardises its windows, so it sees no more of a level than this either.
    """
    parts = []
    for start in range(0, len(examples), 512):
        windows = examples.windows(np.arange(start, min(start + 512, len(examples)))) / gain
        parts.append(torch.cat([windows[:, -1] - windows.mean(dim=1), windows.std(dim=1)], dim=1).cpu().numpy())
    return np.concatenate(parts)


class Trees:
    """One model for each horizon's direction, one for each return and each risk."""

    def __init__(self, settings: TreeSettings, loss: LossSettings):
        self.settings, self.loss = settings, loss
        self.classifiers: List[Any] = []
        self.regressions: List[Any] = []

    def _options(self) -> Dict[str, Any]:
        settings = self.settings
        return {
            "max_iter": settings.rounds, "learning_rate": settings.learning_rate, "max_leaf_nodes": settings.leaves,
            "min_samples_leaf": settings.leaf_examples, "l2_regularization": 10.0, "max_bins": 64, "random_state": 1,
            "early_stopping": False,
        }

    def fit(self, inputs: np.ndarray, examples: Examples) -> "Trees":
        # Only runs with a teacher need scikit-learn.
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        def classifier(at: int) -> Any:
            classes = examples.directions[:, at]
            shares = np.bincount(classes, minlength=CLASSES)[None] / len(classes)
            weights = class_weights(shares, self.loss.class_balance)[0][classes]
            return HistGradientBoostingClassifier(**self._options()).fit(inputs, classes, sample_weight=weights)

        def regression(values: np.ndarray) -> Any:
            limits = np.quantile(values, [0.01, 0.99])
            return HistGradientBoostingRegressor(**self._options()).fit(inputs, np.clip(values, *limits))

        self.classifiers = [classifier(at) for at in tracked("trees: directions", range(4), 4)]
        columns = [*examples.returns.T, *examples.risks.T]
        self.regressions = [regression(column) for column in tracked("trees: returns and risks", columns, 8)]
        return self

    def answers(self, inputs: np.ndarray) -> np.ndarray:
        """[example, 20], in the order of the network's outputs."""
        logits = np.zeros((len(inputs), 4, CLASSES))
        for at, classifier in enumerate(self.classifiers):
            logits[:, at, classifier.classes_.astype(int)] = np.log(classifier.predict_proba(inputs))
        numbers = np.stack([model.predict(inputs) for model in self.regressions], axis=1)
        return np.concatenate([numbers[:, :4], logits.reshape(-1, 4 * CLASSES), numbers[:, 4:]], axis=1)


def taught_by_trees(
    train: Examples, scaler: Dict[str, Any], gain: float, settings: TreeSettings, loss: LossSettings, cache: Path
) -> np.ndarray:
    """What trees say to every training example; fitted once for the same examples and settings.

    Each half of the period is taught by trees of the other half, so that no lesson repeats what trees know by heart.
    """
    digest = hashlib.sha256(json.dumps([vars(settings), loss.class_balance, scaler]).encode())
    for values in (train.times, train.returns, train.directions):
        digest.update(np.ascontiguousarray(values).tobytes())
    path = cache / f"trees-{digest.hexdigest()[:24]}.npy"
    if path.exists():
        return np.load(path)
    inputs = tree_inputs(train, gain)
    folds = fold_numbers(train.times, settings.folds)
    answers = np.zeros((len(train), 20))
    for fold in range(settings.folds):
        others = np.flatnonzero(folds != fold) if settings.folds > 1 else np.arange(len(train))
        learnt = others[:: settings.stride]
        trees = Trees(settings, loss).fit(inputs[learnt], train.picked(learnt))
        answers[folds == fold] = trees.answers(inputs[folds == fold])
    beside = path.with_suffix(".part.npy")
    np.save(beside, answers)
    write_atomically(path, beside.read_bytes())
    beside.unlink()
    return answers


def fold_numbers(times: np.ndarray, folds: int) -> np.ndarray:
    """Stretches of time, all symbols together."""
    edges = np.quantile(times, np.arange(1, folds) / folds)
    return np.searchsorted(edges, times, side="right")
