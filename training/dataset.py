"""Features and targets of candle files, as `candlewick features` writes them, kept by the hash of what they came from."""
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Sequence

import numpy as np

from .candlewick import ask_package, candlewick
from .settings import BAR_MS, Settings

HORIZONS = ("15m", "1h", "4h", "12h")
RETURNS = tuple(f"future_return_{name}" for name in HORIZONS)
DIRECTIONS = tuple(f"direction_{name}" for name in HORIZONS)
RISKS = ("max_drawdown_1h", "max_rally_1h", "max_drawdown_4h", "max_rally_4h")


class DatasetError(ValueError):
    """Candles that nothing can be learnt from."""


@dataclass(frozen=True)
class FeatureList:
    ids: List[str]
    #: Fingerprint of the formulas.
    hash: str
    target_names: List[str]
    #: Bars that targets look ahead.
    target_horizon: int


@dataclass(frozen=True)
class Series:
    """The rows of one symbol: one a bar, oldest first."""

    symbol: str
    #: SHA-256 of the candle file.
    source: str
    #: Bar-open times in ms.
    times: np.ndarray
    #: [bar, feature], as the formulas give them.
    features: np.ndarray
    #: [bar, 4] each, in the order of the outputs.
    returns: np.ndarray
    directions: np.ndarray
    risks: np.ndarray

    def before(self, moment: int) -> "Series":
        """The rows of bars that open before a moment."""
        end = int(np.searchsorted(self.times, moment))
        kept = (self.times, self.features, self.returns, self.directions, self.risks)
        return Series(self.symbol, self.source, *(values[:end].copy() for values in kept))


def feature_list(name: str) -> FeatureList:
    """The ids of a set, from the package."""
    named = str(Path(name).resolve()) if name.endswith(".json") else name
    facts = ask_package("describe-features.mjs", {"set": named})
    return FeatureList(facts["ids"], facts["hash"], facts["targetNames"], facts["targetHorizon"])


def file_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def symbol_of(path: Path) -> str:
    """BTCUSDT for BTCUSDT-15m.csv.gz."""
    return path.name.split(".")[0].split("-")[0].split("_")[0]


def _computed(path: Path, features: FeatureList, cache: Path) -> Path:
    """The data set of a candle file; made once for the same candles and the same formulas."""
    key = hashlib.sha256(f"{file_hash(path)} {features.hash} {features.target_names}".encode()).hexdigest()[:24]
    folder = cache / f"{symbol_of(path)}-{key}"
    if folder.exists():
        return folder
    # A folder that has its final name is whole: it is filled under another one.
    filling = cache / f".{folder.name}.{os.getpid()}"
    filling.mkdir(parents=True, exist_ok=True)
    ids = filling / "features.json"
    ids.write_text(json.dumps(features.ids))
    candlewick("features", "--csv", str(path), "--set", str(ids), "--targets", "--out", str(filling / "rows.npy"))
    try:
        filling.rename(folder)
    except OSError:
        # Another run was faster.
        shutil.rmtree(filling)
    return folder


def _check_bars(symbol: str, times: np.ndarray, bar_ms: int) -> None:
    steps = np.diff(times)
    if len(times) == 0 or np.any(steps != bar_ms):
        raise DatasetError(f"{symbol}: the bars are not {bar_ms} ms apart throughout; fill or cut the gaps first.")


def load_series(path: Path, features: FeatureList, settings: Settings, cache: Path) -> Series:
    """Reads the data set of one candle file, through the cache."""
    folder = _computed(path, features, cache)
    rows = np.load(folder / "rows.npy")
    columns = json.loads((folder / "rows.columns.json").read_text())
    expected = ["time", *features.ids, *features.target_names]
    if columns != expected:
        raise DatasetError(f"{folder} has other columns than the package names; remove it.")
    place = {name: at for at, name in enumerate(columns)}
    pick = lambda names: rows[:, [place[name] for name in names]]
    times = rows[:, 0].astype(np.int64)
    symbol = symbol_of(path)
    _check_bars(symbol, times, BAR_MS[settings.timeframe])
    values = rows[:, 1 : 1 + len(features.ids)]
    if not np.isfinite(values).all():
        raise DatasetError(f"{symbol}: some features are not finite.")
    return Series(
        symbol, file_hash(path), times, values, pick(RETURNS), pick(DIRECTIONS).astype(np.int64), pick(RISKS)
    )


def load_all(
    paths: Sequence[Path], features: FeatureList, settings: Settings, cache: Path, before: Optional[int] = None
) -> List[Series]:
    """The series of several files; with `before`, later bars are dropped at once, so that nothing can look at them."""
    series = [load_series(Path(path), features, settings, cache) for path in paths]
    if len({item.symbol for item in series}) < len(series):
        raise DatasetError("Two files are of the same symbol.")
    return series if before is None else [item.before(before) for item in series]
