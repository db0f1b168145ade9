"""UnifiedPatchTST: 20 answers from a window of features, under the weight names that `candlewick convert` reads."""
import copy
import math
from typing import Dict

import torch
from torch import Tensor, nn
from torch.nn import functional

from .settings import NetworkSettings
from .summaries import Summary, shapes


class InstanceNorm(nn.Module):
    """Standardises each feature over its window; epsilon and unbiased variance as in the contract."""

    def __init__(self, features: int):
        super().__init__()
        self.affine_weight = nn.Parameter(torch.ones(features))
        self.affine_bias = nn.Parameter(torch.zeros(features))

    def forward(self, x: Tensor) -> Tensor:
        variance, mean = torch.var_mean(x, dim=1, keepdim=True, unbiased=True)
        # The weight joins the root first: windows are large, and every pass over them costs.
        return (x - mean) * (torch.rsqrt(variance + 1e-5) * self.affine_weight) + self.affine_bias


class Positions(nn.Module):
    def __init__(self, count: int, width: int):
        super().__init__()
        angle = torch.arange(count)[:, None] * torch.exp(torch.arange(0, width, 2) * (-math.log(1e4) / width))
        self.register_buffer("pe", torch.stack([angle.sin(), angle.cos()], dim=2).reshape(1, count, width))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.pe


class SmoothEmbedding(nn.Module):
    """Kernels that are sums of a few shapes over a patch: a fraction of the weights, and nothing to learn from single bars."""

    def __init__(self, features: int, sizes: NetworkSettings):
        super().__init__()
        self.stride = sizes.stride
        self.register_buffer("shapes", shapes(sizes.patch, sizes.spans))
        # [width, feature, shape]
        size = sizes.embedding_size / math.sqrt(features * len(self.shapes))
        self.parts = nn.Parameter(size * torch.randn(sizes.width, features, len(self.shapes)))

    @property
    def weight(self) -> Tensor:
        """The kernels as a convolution has them: [width, feature, bar]."""
        return torch.einsum("wfs,sp->wfp", self.parts, self.shapes)

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv1d(x, self.weight, stride=self.stride)

    def of_shapes(self, x: Tensor) -> Tensor:
        """[batch, patch, width] from [batch, patch, shape, feature]."""
        return functional.linear(x.flatten(2), self.parts.transpose(1, 2).flatten(1))


class EncoderLayer(nn.Module):
    """Post-norm attention and feed-forward."""

    def __init__(self, sizes: NetworkSettings):
        super().__init__()
        width, dropout = sizes.width, sizes.dropout
        self.self_attention = nn.MultiheadAttention(width, sizes.heads, dropout=dropout, batch_first=True)
        self.ff = nn.Sequential(
            nn.Linear(width, sizes.inner), nn.GELU(), nn.Dropout(dropout), nn.Linear(sizes.inner, width)
        )
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm1(x + self.dropout(self.self_attention(x, x, x, need_weights=False)[0]))
        return self.norm2(x + self.dropout(self.ff(x)))


class Encoder(nn.Module):
    def __init__(self, sizes: NetworkSettings):
        super().__init__()
        self.encoder_layers = nn.ModuleList([EncoderLayer(sizes) for _ in range(sizes.layers)])
        self.norm = nn.LayerNorm(sizes.width)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.encoder_layers:
            x = layer(x)
        return self.norm(x)


def head(width: int, outputs: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, width // 2), nn.ReLU(), nn.Dropout(dropout), nn.Linear(width // 2, outputs))


class UnifiedPatchTST(nn.Module):
    """[batch, bar, feature] to [batch, 20]: returns and risks as fractions, and logits of LONG, SHORT, NEUTRAL."""

    def __init__(self, features: int, lookback: int, sizes: NetworkSettings):
        super().__init__()
        width = sizes.width
        self.revin = InstanceNorm(features)
        self.patch_embedding: nn.Module
        if sizes.kernels == "smooth":
            self.patch_embedding = SmoothEmbedding(features, sizes)
        else:
            self.patch_embedding = nn.Conv1d(features, width, sizes.patch, stride=sizes.stride, bias=False)
        self.positional_encoding = Positions((lookback - sizes.patch) // sizes.stride + 1, width)
        self.encoder = Encoder(sizes)
        self.ln = nn.LayerNorm(width)
        self.output_projection = nn.Linear(width, width)
        self.future_returns_head = head(width, 4, sizes.dropout)
        self.direction_head = head(width, 12, sizes.dropout)
        self.risk_metrics_head = head(width, 4, sizes.dropout)
        self.blank = nn.Dropout(sizes.feature_dropout)
        self.embedded = nn.Dropout(sizes.dropout)
        # Returns of 15 minutes are thousandths: without their size in front, every step of the optimiser would overshoot.
        self.register_buffer("return_size", torch.ones(4))
        self.register_buffer("risk_size", torch.ones(4))

    def forward(self, x: Tensor) -> Tensor:
        x = self.revin(x)
        if self.training and self.blank.p > 0:
            x = x * self.blank(torch.ones_like(x[:, :1]))
        return self._answers(self.patch_embedding(x.transpose(1, 2)).transpose(1, 2))

    def of_summary(self, summary: Summary) -> Tensor:
        """The same answers as to the windows themselves, up to rounding; for smooth kernels only."""
        x = (summary.patches - summary.mean) * (summary.inverse * self.revin.affine_weight) + self.revin.affine_bias
        if self.training and self.blank.p > 0:
            x = x * self.blank(torch.ones_like(x[:, :1, :1]))
        return self._answers(self.patch_embedding.of_shapes(x))

    def _answers(self, x: Tensor) -> Tensor:
        x = self.encoder(self.embedded(self.positional_encoding(x)))
        x = self.output_projection(self.ln(x.mean(dim=1)))
        returns = torch.tanh(self.future_returns_head(x) * self.return_size)
        parts = [returns, self.direction_head(x), self.risk_metrics_head(x) * self.risk_size]
        return torch.cat(parts, dim=1).clamp(-10, 10)

    def copy(self) -> "UnifiedPatchTST":
        """Another network of the same sizes and weights."""
        return copy.deepcopy(self)

    def weights(self) -> Dict[str, Tensor]:
        """The weights by the names of the contract, with the sizes of returns and risks folded into their last layers."""
        state = {name: value.detach().clone() for name, value in self.state_dict().items()}
        state["patch_embedding.weight"] = self.patch_embedding.weight.detach().clone()
        for name in ("patch_embedding.parts", "patch_embedding.shapes"):
            state.pop(name, None)
        for name, size in (("future_returns_head", "return_size"), ("risk_metrics_head", "risk_size")):
            factor = state.pop(size)
            state[f"{name}.3.weight"] *= factor[:, None]
            state[f"{name}.3.bias"] *= factor
        return {name: value.contiguous().cpu() for name, value in state.items()}

    @staticmethod
    def sizes_for_converter(features: int, lookback: int, sizes: NetworkSettings) -> Dict[str, object]:
        """What weights do not show, as `candlewick convert --config` reads it."""
        return {
            "input_size": features, "context_window": lookback, "patch_len": sizes.patch, "stride": sizes.stride,
            "d_model": sizes.width, "n_heads": sizes.heads, "e_layers": sizes.layers, "activation": "gelu",
        }
