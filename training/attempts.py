"""A list of attempts, run one after another, with what each reached on validation."""
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import yaml

from .checkpoint import EpochLog
from .dataset import HORIZONS
from .run import Prepared, prepare, train
from .settings import Settings, checked, overridden, settings_of


def read_attempts(path: Path) -> Tuple[Dict[str, Any], List[Dict[str, Any]]]:
    """What all attempts share, and a list of attempts with `name` and `set`."""
    values = yaml.safe_load(path.read_text())
    return values.get("base", {}), values["attempts"]


def _examples_of(settings: Settings) -> Any:
    """What the examples depend on: attempts with the same share them."""
    network = settings.network
    return (settings.features, settings.split, settings.scaler, network.kernels, network.patch, network.stride, network.spans,
            settings.training.sabotage, settings.training.seed if settings.training.sabotage != "none" else 0)


def row_of(name: str, note: str, folder: Path) -> str:
    """A row of the table: the best epoch's figures on validation."""
    rows = EpochLog(folder / "epochs.jsonl").rows()
    best = max(rows, key=lambda row: row["score"])
    figures = best["figures"]
    numbers = [f"{figures[h]['macroF1']:.3f}" for h in HORIZONS] + [f"{figures[h]['rankIc']:+.3f}" for h in HORIZONS]
    mean = figures["mean"]
    return f"| {name} | {note} | {best['epoch']} | {mean['macroF1']:.4f} | {mean['rankIc']:+.4f} | {' | '.join(numbers)} |"


HEAD = [
    "| attempt | what differs | best epoch | macro F1 | rank IC | F1 15m | 1h | 4h | 12h | IC 15m | 1h | 4h | 12h |",
    "| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |",
]


def run_attempts(paths: Sequence[Path], listing: Path, folder: Path, cache: Path) -> List[str]:
    """Trains every attempt that is not finished yet and returns the table."""
    base, attempts = read_attempts(listing)
    prepared: Optional[Prepared] = None
    known: Any = None
    table = list(HEAD)
    for attempt in attempts:
        changes = attempt.get("set", {})
        settings = checked(settings_of(overridden(base, [f"{key}={value}" for key, value in changes.items()])))
        if _examples_of(settings) != known:
            prepared, known = None, _examples_of(settings)
            prepared = prepare(paths, settings, cache)
        train(paths, settings, folder / attempt["name"], cache, prepared)
        note = attempt.get("note") or ", ".join(f"{key.split('.')[-1]} {value}" for key, value in changes.items())
        table.append(row_of(attempt["name"], note, folder / attempt["name"]))
        print(table[-1], file=sys.stderr)
    return table
