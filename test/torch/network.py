"""The PatchTST network that candlewick converts, for PyTorch, in every spelling that exporters meet.

The parameter names of the standard spelling are those that trained weights of the reference network carry.
"""
import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Sizes:
    features: int = 240
    window: int = 96
    patch: int = 16
    stride: int = 8
    width: int = 256
    heads: int = 4
    layers: int = 3
    inner: int = 512
    activation: str = "gelu"
    #: How attention is written: "module" (nn.MultiheadAttention), "separate", "packed", "einsum".
    attention: str = "module"
    #: "sine" (a buffer) or "learned" (a parameter).
    positions: str = "sine"
    patch_bias: bool = False
    #: Outputs of each head, in order; None stands for the reference heads (returns, directions, risk).
    outputs: tuple = None
    temperature: bool = True
    clamp: bool = True
    #: Normalisation before attention and feed-forward, and not after them.
    pre_norm: bool = False
    #: Layers that stand in the reference weights and have no part in the output.
    spare_heads: bool = False


class InstanceNorm(nn.Module):
    def __init__(self, features: int):
        super().__init__()
        self.affine_weight = nn.Parameter(torch.ones(features))
        self.affine_bias = nn.Parameter(torch.zeros(features))

    def forward(self, x: Tensor) -> Tensor:
        centre = x.mean(dim=1, keepdim=True)
        spread = torch.sqrt(x.var(dim=1, keepdim=True) + 1e-5)
        return (x - centre) / spread * self.affine_weight + self.affine_bias


class Positions(nn.Module):
    def __init__(self, count: int, width: int, kind: str):
        super().__init__()
        angle = torch.arange(count)[:, None] * torch.exp(torch.arange(0, width, 2) * (-math.log(1e4) / width))
        table = torch.stack([angle.sin(), angle.cos()], dim=2).reshape(1, count, width)
        if kind == "sine":
            self.register_buffer("pe", table)
        else:
            self.pe = nn.Parameter(torch.randn(1, count, width))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.pe[:, : x.size(1), :]


class WrittenAttention(nn.Module):
    """Attention in elementary operations, as the traces of other versions and libraries show it."""

    def __init__(self, width: int, heads: int, kind: str):
        super().__init__()
        self.heads, self.kind = heads, kind
        if kind == "packed":
            self.packed = nn.Linear(width, 3 * width)
        else:
            self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.merge = nn.Linear(width, width)

    def split(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        return x.view(batch, length, self.heads, width // self.heads).transpose(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        share = width // self.heads
        if self.kind == "packed":
            # One axis of three in front, then each part by its index, both factors scaled by a root.
            parts = self.packed(x).reshape(batch, length, 3, width).unsqueeze(0).transpose(0, -2).squeeze(-2)
            query, key, value = (self.split(part) for part in (parts[0], parts[1], parts[2]))
            root = math.sqrt(math.sqrt(1 / share))
            scores = (query * root) @ (key.transpose(-2, -1) * root)
        elif self.kind == "einsum":
            query, key, value = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
            scores = torch.einsum("bhqd,bhkd->bhqk", query, key) * share**-0.5
        else:
            query, key, value = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
            scores = query @ key.transpose(-2, -1) / share**0.5
        mixed = scores.softmax(dim=-1) @ value
        return self.merge(mixed.transpose(1, 2).reshape(batch, length, width))


class EncoderLayer(nn.Module):
    def __init__(self, sizes: Sizes):
        super().__init__()
        if sizes.attention == "module":
            self.self_attention = nn.MultiheadAttention(sizes.width, sizes.heads, batch_first=True)
        else:
            self.self_attention = WrittenAttention(sizes.width, sizes.heads, sizes.attention)
        activation = nn.GELU() if sizes.activation == "gelu" else nn.ReLU()
        self.ff = nn.Sequential(
            nn.Linear(sizes.width, sizes.inner), activation, nn.Dropout(0.1), nn.Linear(sizes.inner, sizes.width)
        )
        self.norm1 = nn.LayerNorm(sizes.width)
        self.norm2 = nn.LayerNorm(sizes.width)
        self.pre_norm = sizes.pre_norm

    def seen(self, x: Tensor) -> Tensor:
        attention = self.self_attention
        return attention(x, x, x)[0] if isinstance(attention, nn.MultiheadAttention) else attention(x)

    def forward(self, x: Tensor) -> Tensor:
        if self.pre_norm:
            x = x + self.seen(self.norm1(x))
            return x + self.ff(self.norm2(x))
        x = self.norm1(x + self.seen(x))
        return self.norm2(x + self.ff(x))


class Encoder(nn.Module):
    def __init__(self, sizes: Sizes):
        super().__init__()
        self.encoder_layers = nn.ModuleList([EncoderLayer(sizes) for _ in range(sizes.layers)])
        self.norm = nn.LayerNorm(sizes.width)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.encoder_layers:
            x = layer(x)
        return self.norm(x)


def head(width: int, outputs: int, *ending: nn.Module) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(width, width // 2), nn.ReLU(), nn.Dropout(0.1), nn.Linear(width // 2, outputs), *ending
    )


class Network(nn.Module):
    def __init__(self, sizes: Sizes):
        super().__init__()
        self.sizes = sizes
        width = sizes.width
        self.revin = InstanceNorm(sizes.features)
        self.patch_embedding = nn.Conv1d(
            sizes.features, width, sizes.patch, stride=sizes.stride, bias=sizes.patch_bias
        )
        self.positional_encoding = Positions((sizes.window - sizes.patch) // sizes.stride + 1, width, sizes.positions)
        self.encoder = Encoder(sizes)
        self.ln = nn.LayerNorm(width)
        self.output_projection = nn.Linear(width, width)
        if sizes.outputs is None:
            self.future_returns_head = head(width, 4, nn.Tanh())
            self.direction_head = head(width, 12)
            self.risk_metrics_head = head(width, 4)
            if sizes.temperature:
                self.temperature = nn.Parameter(torch.full((1,), 1.7))
        else:
            self.heads = nn.ModuleList([head(width, outputs) for outputs in sizes.outputs])
        if sizes.spare_heads:
            for name in ("long_levels", "short_levels", "confidence"):
                self.add_module(f"{name}_head", head(width, 4))

    def answers(self, pooled: Tensor) -> Tensor:
        if self.sizes.outputs is not None:
            return torch.cat([part(pooled) for part in self.heads], dim=1)
        logits = self.direction_head(pooled).view(-1, 4, 3)
        if self.sizes.temperature:
            logits = logits / self.temperature
        parts = [self.future_returns_head(pooled), logits.view(-1, 12), self.risk_metrics_head(pooled)]
        return torch.cat(parts, dim=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch_embedding(self.revin(x).transpose(1, 2)).transpose(1, 2)
        x = self.encoder(self.positional_encoding(x))
        result = self.answers(self.output_projection(self.ln(x.mean(dim=1))))
        return result.clamp(-10, 10) if self.sizes.clamp else result


def seeded(sizes: Sizes, seed: int) -> Network:
    """A network whose every parameter is drawn anew, so that no scale of one and no bias of zero hides a mistake."""
    torch.manual_seed(seed)
    network = Network(sizes).eval()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name == "temperature":
                continue
            spread = 0.2 if parameter.dim() < 2 else 1.5 / math.sqrt(parameter[0].numel())
            centre = 1.0 if name.endswith(("norm1.weight", "norm2.weight", "norm.weight", "ln.weight", "affine_weight")) else 0.0
            parameter.copy_(centre + spread * torch.randn_like(parameter))
    return network
