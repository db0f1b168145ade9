"""A run: everything from candles to the best weights, in one folder."""
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
import torch
import yaml

from .checkpoint import load_checkpoint, write_atomically, write_json
from .curves import draw_curves
from .dataset import FeatureList, Series, feature_list, file_hash, load_all
from .examples import Examples, Table
from .loss import MultiTaskLoss, target_statistics
from .network import UnifiedPatchTST
from .periods import periods_of
from .predict import outputs_of
from .sabotage import sabotaged
from .scaler import fit_scaler
from .settings import Settings, milliseconds, settings_of
from .trainer import Trainer
from .trees import taught_by_trees


def device_of() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@dataclass
class Prepared:
    """What training may see: nothing of the test period."""

    features: FeatureList
    series: List[Series]
    scaler: Dict[str, Any]
    train: Examples
    validation: Examples


def scaling_rows(series: Sequence[Series], settings: Settings) -> np.ndarray:
    """The bars of the training period, from which alone the scaler is fitted."""
    end = milliseconds(settings.split.validation_from)
    return np.concatenate([item.before(end).features for item in series])


def prepare(paths: Sequence[Path], settings: Settings, cache: Path) -> Prepared:
    """Loads the bars before the test period, fits the scaler and cuts the examples."""
    features = feature_list(settings.features)
    series = load_all(paths, features, settings, cache, before=milliseconds(settings.split.test_from))
    scaler = fit_scaler(scaling_rows(series, settings), features.ids, settings.scaler)
    table = Table(series, scaler, settings, features.target_horizon, device_of())
    periods = periods_of(settings)
    train, validation = table.examples(periods["train"]), table.examples(periods["validation"])
    train, validation = sabotaged(train, validation, settings.training)
    return Prepared(features, series, scaler, train, validation)


def new_network(settings: Settings, features: int) -> UnifiedPatchTST:
    torch.manual_seed(settings.training.seed)
    return UnifiedPatchTST(features, settings.lookback, settings.network).to(device_of())


def _identity(paths: Sequence[Path], settings: Settings, features: FeatureList) -> Dict[str, Any]:
    return {
        "settings": settings.as_dict(), "features": features.hash,
        "candles": {Path(path).name: file_hash(Path(path)) for path in paths},
    }


def _claim(folder: Path, identity: Dict[str, Any]) -> None:
    """A folder belongs to one configuration and one data set: another one would continue a different run."""
    path = folder / "run.json"
    if path.exists() and json.loads(path.read_text()) != json.loads(json.dumps(identity)):
        raise ValueError(f"{folder} holds a run with other settings or candles. Name another folder with --out.")
    write_json(path, identity)
    write_atomically(folder / "config.yaml", yaml.safe_dump(identity["settings"], sort_keys=False).encode())


def _lessons(settings: Settings, prepared: Prepared, beside: Path, cache: Path) -> Optional[torch.Tensor]:
    """The averaged answers of the teachers to every training example."""
    teachers = settings.training.teachers
    if settings.training.distillation <= 0 or not teachers:
        return None
    answers = []
    for name in teachers:
        if name == "trees":
            gain = settings.scaler.gain
            answers.append(taught_by_trees(prepared.train, prepared.scaler, gain, settings.trees, settings.loss, cache))
            continue
        folder = beside / name
        teacher = best_network(folder, len(prepared.features.ids))
        sizes = settings_of_run(folder).network
        # A teacher of other patches cannot take the short cut of these examples.
        same = (sizes.patch, sizes.stride, sizes.spans) == (
            settings.network.patch, settings.network.stride, settings.network.spans
        )
        answers.append(outputs_of(teacher, prepared.train if same else replace(prepared.train, summaries=None)))
    return torch.as_tensor(np.mean(answers, axis=0), dtype=torch.float32, device=device_of())


def train(
    paths: Sequence[Path], settings: Settings, folder: Path, cache: Path, prepared: Optional[Prepared] = None
) -> Prepared:
    """Trains, or goes on with what was begun in the folder; takes examples that are there already."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    prepared = prepared or prepare(paths, settings, cache)
    folder.mkdir(parents=True, exist_ok=True)
    _claim(folder, _identity(paths, settings, prepared.features))
    write_json(folder / "scaler.json", prepared.scaler)
    examples = prepared.train
    statistics = target_statistics(examples.returns, examples.directions, examples.risks)
    network = new_network(settings, len(prepared.features.ids))
    with torch.no_grad():
        network.return_size.copy_(torch.as_tensor(statistics.return_size))
        network.risk_size.copy_(torch.as_tensor(statistics.risk_size))
    loss = MultiTaskLoss(settings.loss, statistics, device_of())
    lessons = _lessons(settings, prepared, folder.parent, cache)
    trainer = Trainer(network, loss, examples, prepared.validation, settings.training, folder, lessons)
    trainer.run()
    draw_curves(trainer.log.rows(), folder / "curves.png")
    return prepared


def settings_of_run(folder: Path) -> Settings:
    return settings_of(json.loads((folder / "run.json").read_text())["settings"])


def best_network(folder: Path, features: int) -> UnifiedPatchTST:
    """The network of a run at its best epoch."""
    state = load_checkpoint(folder / "checkpoint.pt", device_of())
    if state is None or not state["best"]:
        raise ValueError(f"{folder} holds no trained network; train first.")
    network = new_network(settings_of_run(folder), features)
    network.load_state_dict(state["best"])
    return network.eval()
