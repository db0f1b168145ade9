"""Windows and their targets, gathered from the rows of all symbols when they are needed."""
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
import torch
from torch import Tensor

from .dataset import Series
from .network import UnifiedPatchTST
from .periods import Period, example_rows
from .scaler import apply_scaler
from .settings import BAR_MS, Settings
from .summaries import Summaries


@dataclass
class Examples:
    """Closing rows of windows in one table of scaled rows."""

    #: [row, feature], the symbols one below the other.
    table: Tensor
    #: Rows of `table` that close a window, and what came after each: [example, 4].
    rows: np.ndarray
    returns: np.ndarray
    directions: np.ndarray
    risks: np.ndarray
    times: np.ndarray
    symbols: np.ndarray
    lookback: int
    #: For networks with smooth kernels.
    summaries: Optional[Summaries] = None

    def __len__(self) -> int:
        return len(self.rows)

    def every(self, stride: int, offset: int = 0) -> "Examples":
        """Every how manieth example of each symbol."""
        kept = np.concatenate([np.flatnonzero(self.symbols == s)[offset % stride :: stride] for s in np.unique(self.symbols)])
        return self.picked(kept)

    def picked(self, kept: np.ndarray) -> "Examples":
        return Examples(
            self.table, self.rows[kept], self.returns[kept], self.directions[kept], self.risks[kept],
            self.times[kept], self.symbols[kept], self.lookback, self.summaries,
        )

    def answers(self, network: UnifiedPatchTST, chosen: np.ndarray) -> Tensor:
        """What a network says of the examples at these places, the fast way where there is one."""
        if self.summaries is None:
            return network(self.windows(chosen))
        return network.of_summary(self.summaries.of(torch.as_tensor(self.rows[chosen], device=self.table.device)))

    def windows(self, chosen: np.ndarray) -> Tensor:
        """[example, bar, feature] of the examples at these places."""
        last = torch.as_tensor(self.rows[chosen], device=self.table.device)
        steps = torch.arange(1 - self.lookback, 1, device=self.table.device)
        return self.table[last[:, None] + steps]

    def targets(self, chosen: np.ndarray) -> Dict[str, Tensor]:
        device = self.table.device
        return {
            "returns": torch.as_tensor(self.returns[chosen], dtype=torch.float32, device=device),
            "directions": torch.as_tensor(self.directions[chosen], device=device),
            "risks": torch.as_tensor(self.risks[chosen], dtype=torch.float32, device=device),
        }


class Table:
    """All scaled rows on the device, from which the examples of each period are taken."""

    def __init__(self, series: Sequence[Series], scaler: Dict[str, Any], settings: Settings, horizon: int, device: Any):
        self.series, self.settings, self.horizon = series, settings, horizon
        scaled = np.concatenate([apply_scaler(item.features, scaler) for item in series])
        self.rows = torch.as_tensor(scaled, device=device)
        network = settings.network
        self.summaries: Optional[Summaries] = None
        if network.kernels == "smooth":
            self.summaries = Summaries(self.rows, settings.lookback, network.patch, network.stride, network.spans)

    def examples(self, period: Period) -> Examples:
        parts: List[Dict[str, np.ndarray]] = []
        start = 0
        for number, item in enumerate(self.series):
            bar_ms = BAR_MS[self.settings.timeframe]
            rows = example_rows(item.times, period, self.settings.lookback, self.horizon, bar_ms)
            parts.append({
                "rows": rows + start, "returns": item.returns[rows], "directions": item.directions[rows],
                "risks": item.risks[rows], "times": item.times[rows], "symbols": np.full(len(rows), number),
            })
            start += len(item.times)
        joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        if len(joined["rows"]) == 0:
            raise ValueError(f"The period {period.name} has no window; look at the dates of the split.")
        return Examples(self.rows, lookback=self.settings.lookback, summaries=self.summaries, **joined)
