"""The network as its fp16 file holds it: matrices as halves, everything else and all computing in single precision."""
from dataclasses import replace
from typing import Dict

import torch
from torch import Tensor

from .network import UnifiedPatchTST
from .settings import Settings

LARGEST_HALF = 65504.0


def _halved(matrix: Tensor) -> Tensor:
    return matrix.half().float() if matrix.abs().max() <= LARGEST_HALF else matrix


def halved_weights(weights: Dict[str, Tensor], heads: int) -> Dict[str, Tensor]:
    """The weights by the names of the contract, rounded as `candlewick convert` rounds them."""
    result = dict(weights)
    for name, value in weights.items():
        if value.ndim < 2 or name.endswith(".pe"):
            continue
        if not name.endswith("in_proj_weight"):
            result[name] = _halved(value)
            continue
        # Queries are rounded with the scale of their products already in them.
        width = value.shape[1]
        scale = torch.ones(len(value), 1, dtype=torch.float64)
        scale[:width] = (width // heads) ** -0.5
        result[name] = (_halved((value.double() * scale).float()).double() / scale).float()
    return result


def halved_network(network: UnifiedPatchTST, settings: Settings, features: int) -> UnifiedPatchTST:
    """A network of the rounded weights. It takes whole windows: rounded kernels are no longer sums of a few shapes."""
    plain = UnifiedPatchTST(features, settings.lookback, replace(settings.network, kernels="full"))
    state = {**plain.state_dict(), **halved_weights(network.weights(), settings.network.heads)}
    plain.load_state_dict(state)
    return plain.to(next(network.parameters()).device).eval()
