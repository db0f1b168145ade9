"""What smooth kernels see of a window, computed once for all windows that overlap: the fast way through the embedding."""
from dataclasses import dataclass
from typing import Sequence

import torch
from torch import Tensor

#: Variance and its epsilon, as the contract has them.
EPSILON = 1e-5


#: Bars skipped at the end of a patch, and bars whose mean is taken.
Span = Sequence[int]


def shapes(patch: int, spans: Sequence[Span]) -> Tensor:
    """[shape, patch]: means of stretches of a patch."""
    rows = torch.zeros(len(spans), patch)
    for row, (skipped, bars) in zip(rows, spans):
        row[patch - skipped - bars : patch - skipped] = 1 / bars
    return rows


@dataclass
class Summary:
    """Windows as smooth kernels see them. The shapes sum to 1, so that the mean of a window leaves each as it leaves bars."""

    #: [example, patch, shape, feature], scaled rows under each shape.
    patches: Tensor
    #: [example, 1, 1, feature]: mean of the window, and one by its deviation.
    mean: Tensor
    inverse: Tensor


class Summaries:
    """Running sums over a table of rows [row, feature]; windows that span two symbols exist, and nobody asks for them."""

    def __init__(self, table: Tensor, lookback: int, patch: int, stride: int, spans: Sequence[Span]):
        self.lookback, self.patch, self.stride = lookback, patch, stride
        mean, inverse = [], []
        for column in table.split(40, dim=1):
            column = column.double()
            average = _trailing_mean(column, lookback)
            squares = _trailing_mean(column.square(), lookback) - average.square()
            variance = squares.clamp_min(0) * lookback / (lookback - 1)
            mean.append(average.float())
            inverse.append(torch.rsqrt(variance + EPSILON).float())
        self.mean, self.inverse = torch.cat(mean, dim=1), torch.cat(inverse, dim=1)
        self.shaped = torch.stack([_stretch(table, *span) for span in spans], dim=1)

    def of(self, rows: Tensor) -> Summary:
        """The summaries of the windows that end at these rows."""
        ends = torch.arange(self.patch - self.lookback, 1, self.stride, device=rows.device)
        patches = self.shaped[rows[:, None] + ends]
        return Summary(patches, self.mean[rows][:, None, None], self.inverse[rows][:, None, None])


def _stretch(table: Tensor, skipped: int, bars: int) -> Tensor:
    """Means of so many bars, so many bars ago. The first rows are those of no window."""
    means = table if bars == 1 else _trailing_mean(table.double(), bars).float()
    return means if skipped == 0 else torch.roll(means, skipped, dims=0)


def _trailing_mean(values: Tensor, bars: int) -> Tensor:
    """Mean of each row and those before it; incomplete at the start."""
    sums = torch.cat([torch.zeros_like(values[:1]), values.cumsum(dim=0)])
    first = (torch.arange(len(values), device=values.device) + 1 - bars).clamp_min(0)
    return (sums[1:] - sums[first]) / bars
