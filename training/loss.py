"""The loss of three tasks: how far returns and risks are off, and how surprising the direction was."""
from dataclasses import dataclass
from typing import Dict, Tuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from .settings import LossSettings

CLASSES = 3


@dataclass(frozen=True)
class TargetStatistics:
    """What the training period says of the targets."""

    #: Standard deviation of the returns and of the risks: [4] each.
    return_size: np.ndarray
    risk_size: np.ndarray
    #: Share of each class at each horizon: [4, 3].
    class_shares: np.ndarray


def target_statistics(returns: np.ndarray, directions: np.ndarray, risks: np.ndarray) -> TargetStatistics:
    counts = np.stack([np.bincount(column, minlength=CLASSES) for column in directions.T])
    return TargetStatistics(returns.std(axis=0), risks.std(axis=0), counts / len(directions))


def class_weights(shares: np.ndarray, balance: float) -> np.ndarray:
    """[4, 3], with a mean of 1 over the examples of each horizon; a class that never came counts as if once in 10,000."""
    weights = np.maximum(shares, 1e-4) ** -balance
    return weights / (weights * shares).sum(axis=1, keepdims=True)


def focal_cross_entropy(logits: Tensor, classes: Tensor, weights: Tensor, gamma: float) -> Tensor:
    """[batch, 4] from logits [batch, 4, 3]: what is sure already counts less (Lin et al. 2017)."""
    logs = functional.log_softmax(logits, dim=-1).gather(-1, classes[..., None]).squeeze(-1)
    picked = weights[torch.arange(weights.shape[0], device=weights.device), classes]
    return -picked * (1 - logs.exp()).clamp_min(0) ** gamma * logs


def decorrelation(predicted: Tensor, actual: Tensor) -> Tensor:
    """[4]: 1 minus the correlation within the batch."""
    p, a = predicted - predicted.mean(dim=0), actual - actual.mean(dim=0)
    return 1 - (p * a).sum(dim=0) / (p.norm(dim=0) * a.norm(dim=0) + 1e-8)


class MultiTaskLoss:
    """Weighs the tasks and horizons as the settings say."""

    def __init__(self, settings: LossSettings, statistics: TargetStatistics, device: object):
        tensor = lambda values: torch.as_tensor(np.asarray(values), dtype=torch.float32, device=device)
        self.settings = settings
        self.return_size = tensor(statistics.return_size)
        self.risk_size = tensor(statistics.risk_size)
        self.class_weights = tensor(class_weights(statistics.class_shares, settings.class_balance))
        horizons = tensor(settings.horizons)
        self.horizons = horizons / horizons.sum()

    def __call__(self, outputs: Tensor, targets: Dict[str, Tensor]) -> Tuple[Tensor, Dict[str, float]]:
        """The loss, and its parts as numbers."""
        settings = self.settings
        predicted, actual = outputs[:, :4] / self.return_size, targets["returns"] / self.return_size
        huber = functional.huber_loss(predicted, actual, reduction="none", delta=settings.huber_delta)
        logits = outputs[:, 4:16].reshape(-1, 4, CLASSES)
        focal = focal_cross_entropy(logits, targets["directions"], self.class_weights, settings.focal_gamma)
        risk = functional.huber_loss(
            outputs[:, 16:] / self.risk_size, targets["risks"] / self.risk_size, delta=settings.huber_delta
        )
        returns = (huber.mean(dim=0) * self.horizons).sum()
        directions = (focal.mean(dim=0) * self.horizons).sum()
        total = settings.returns * returns + settings.directions * directions + settings.risk * risk
        parts = {"returns": returns, "directions": directions, "risk": risk}
        if settings.correlation > 0:
            parts["correlation"] = (decorrelation(predicted, actual) * self.horizons).sum()
            total = total + settings.correlation * parts["correlation"]
        return total, {name: float(value.detach()) for name, value in parts.items()}

    def distance(self, outputs: Tensor, taught: Tensor) -> Tensor:
        """How far the answers are from those of teachers: returns and risks by squares, directions by cross entropy."""
        returns = ((outputs[:, :4] - taught[:, :4]) / self.return_size).square().mean()
        risks = ((outputs[:, 16:] - taught[:, 16:]) / self.risk_size).square().mean()
        beliefs = taught[:, 4:16].reshape(-1, 4, CLASSES).softmax(dim=-1)
        logs = functional.log_softmax(outputs[:, 4:16].reshape(-1, 4, CLASSES), dim=-1)
        directions = -(beliefs * logs).sum(dim=-1).mean()
        settings = self.settings
        return settings.returns * returns + settings.directions * directions + settings.risk * risks
