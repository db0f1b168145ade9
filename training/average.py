"""A running average of weights: steadier than the last step, and nothing more to run."""
from typing import Dict

import torch
from torch import Tensor, nn


class RunningAverage:
    """Exponential average; young ones forget faster, so that the first weights do not stay."""

    def __init__(self, network: nn.Module, decay: float):
        self.decay = decay
        self.steps = 0
        self.values: Dict[str, Tensor] = {name: value.detach().clone() for name, value in network.state_dict().items()}

    def update(self, network: nn.Module) -> None:
        self.steps += 1
        decay = min(self.decay, self.steps / (self.steps + 10)) if self.decay > 0 else 0.0
        with torch.no_grad():
            for name, value in network.state_dict().items():
                self.values[name].mul_(decay).add_(value, alpha=1 - decay)
