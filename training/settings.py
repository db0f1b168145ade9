"""The configuration of a run: what a YAML file may say, and nothing else."""
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, List, Optional, get_type_hints

import yaml


class ConfigurationError(ValueError):
    """A configuration that cannot be meant."""


@dataclass(frozen=True)
class SplitSettings:
    #: First bar of the validation and of the test period, UTC. Training ends before the first, selection before the second.
    validation_from: str = "2024-12-01"
    test_from: str = "2025-03-01"
    #: Bars left out between two periods, besides those that windows and targets reach across.
    embargo_bars: int = 48


@dataclass(frozen=True)
class ScalerSettings:
    #: `robust` (median and interquartile range) or `standard` (mean and deviation).
    kind: str = "robust"
    #: Scaled values are cut to plus and minus this many scales.
    clip: float = 5.0
    #: Scaled values are multiplied by it. The network standardises every window with an epsilon of 1e-5 under the root:
    #: at 1 it forgets how large the moves of a window are, at 0.001 it keeps that.
    gain: float = 0.001


@dataclass(frozen=True)
class NetworkSettings:
    width: int = 64
    heads: int = 4
    layers: int = 2
    inner: int = 128
    patch: int = 16
    stride: int = 16
    dropout: float = 0.2
    #: `full`: a weight for every bar of a patch; `smooth`: weights for means of its last bars.
    kernels: str = "smooth"
    #: With smooth kernels: for each mean, how many bars it skips at the end of a patch, and how many it is of.
    spans: List[List[int]] = field(default_factory=lambda: [[0, 1], [0, 4], [0, 16]])
    #: Size of smooth kernels at the start, beside positions of 0.5: small ones are slow to be heard.
    embedding_size: float = 4.0
    #: Share of the features that are blanked in a training window.
    feature_dropout: float = 0.5


@dataclass(frozen=True)
class LossSettings:
    #: Weights of the three tasks.
    returns: float = 1.0
    directions: float = 1.0
    risk: float = 1.0
    #: Weight of 1 minus the correlation of predicted and actual returns within a batch.
    correlation: float = 0.0
    #: Where the Huber loss turns from a square into a line, in standard deviations of the target.
    huber_delta: float = 1.0
    #: Exponent of the focal term; 0 switches it off.
    focal_gamma: float = 1.0
    #: Classes weigh their frequency to the power of minus this: 0 all alike, 1 all classes together alike.
    class_balance: float = 1.0
    #: Weights of 15m, 1h, 4h and 12h.
    horizons: List[float] = field(default_factory=lambda: [1.0, 1.0, 1.0, 1.0])


@dataclass(frozen=True)
class TrainingSettings:
    seed: int = 1
    epochs: int = 20
    #: Epochs without a better validation score after which it ends.
    patience: int = 5
    batch: int = 256
    #: Every how manieth bar of the training period begins an example; the offset changes with the epoch.
    stride: int = 4
    validation_stride: int = 2
    learning_rate: float = 5e-4
    weight_decay: float = 1.0
    warmup_epochs: float = 1.0
    gradient_limit: float = 1.0
    #: Decay of the running average of the weights, which is what is judged and kept; 0 keeps the weights themselves.
    average: float = 0.98
    #: Weight of the teachers against the truth, from 0 to 1.
    distillation: float = 0.0
    #: Whose averaged answers are learnt as well: `trees`, or finished runs in folders beside this one.
    teachers: List[str] = field(default_factory=list)
    #: Nothing but leak tests changes it: `none`, `shuffled-labels`, `known-future`.
    sabotage: str = "none"


@dataclass(frozen=True)
class TreeSettings:
    """Boosted trees as a teacher (scikit-learn)."""

    rounds: int = 80
    learning_rate: float = 0.05
    leaves: int = 8
    leaf_examples: int = 100
    #: Every how manieth example they learn from.
    stride: int = 2
    #: Stretches of time; each is taught by trees of the others. 1: by trees that know it by heart.
    folds: int = 2


@dataclass(frozen=True)
class Settings:
    name: str = "patchtst"
    version: str = "1.0.0"
    description: str = ""
    #: A set that `candlewick features` knows, or a JSON file with a list of ids.
    features: str = "unified-240"
    timeframe: str = "15m"
    lookback: int = 96
    split: SplitSettings = field(default_factory=SplitSettings)
    scaler: ScalerSettings = field(default_factory=ScalerSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    loss: LossSettings = field(default_factory=LossSettings)
    trees: TreeSettings = field(default_factory=TreeSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)

    def as_dict(self) -> Dict[str, Any]:
        """Plain values, as they stand in files."""
        return asdict(self)


#: Milliseconds of a bar.
BAR_MS = {"1m": 60_000, "5m": 300_000, "15m": 900_000, "30m": 1_800_000, "1h": 3_600_000, "4h": 14_400_000, "1d": 86_400_000}


def milliseconds(date: str) -> int:
    """A UTC date or time as milliseconds since the epoch."""
    try:
        moment = datetime.fromisoformat(str(date).replace("Z", "+00:00"))
    except ValueError as error:
        raise ConfigurationError(f'"{date}" is no date; write it as 2025-03-01.') from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp() * 1000)


def settings_of(values: Any, kind: type = Settings, path: str = "") -> Any:
    """Settings from plain values; what nobody knows or what has another type is refused by its path."""
    if not isinstance(values, dict):
        raise ConfigurationError(f"{path or 'The configuration'} must be a table of settings.")
    hints = get_type_hints(kind)
    known = {item.name for item in fields(kind)}
    for name in values:
        if name not in known:
            raise ConfigurationError(f'"{path}{name}" is no setting; known are {", ".join(sorted(known))}.')
    return kind(**{name: _value(hints[name], value, f"{path}{name}") for name, value in values.items()})


def _value(hint: Any, value: Any, path: str) -> Any:
    if is_dataclass(hint):
        return settings_of(value, hint, f"{path}.")
    if hint is str:
        return str(value)
    if hint in (int, float):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or (hint is int and value != int(value)):
            raise ConfigurationError(f'"{path}" must be a number, not {value!r}.')
        return hint(value)
    if not isinstance(value, list):
        raise ConfigurationError(f'"{path}" must be a list, not {value!r}.')
    return list(value)


def overridden(values: Dict[str, Any], assignments: List[str]) -> Dict[str, Any]:
    """The values with `a.b=value` written into them, as the option --set takes it."""
    result = {key: dict(value) if isinstance(value, dict) else value for key, value in values.items()}
    for assignment in assignments:
        place, separator, text = assignment.partition("=")
        if not separator:
            raise ConfigurationError(f'"{assignment}" is no assignment; write it as training.seed=2.')
        target = result
        *parents, name = place.split(".")
        for parent in parents:
            target = target.setdefault(parent, {})
        target[name] = yaml.safe_load(text)
    return result


def read_settings(path: Optional[Path], assignments: Optional[List[str]] = None) -> Settings:
    """Reads a YAML file; without one, the defaults."""
    values = yaml.safe_load(path.read_text()) if path else {}
    return checked(settings_of(overridden(values or {}, assignments or [])))


def checked(settings: Settings) -> Settings:
    """Refuses combinations that cannot be meant."""
    if settings.timeframe not in BAR_MS:
        raise ConfigurationError(f'"timeframe" must be one of {", ".join(BAR_MS)}, not "{settings.timeframe}".')
    if milliseconds(settings.split.validation_from) >= milliseconds(settings.split.test_from):
        raise ConfigurationError("split.validation_from must lie before split.test_from.")
    if settings.scaler.kind not in ("robust", "standard"):
        raise ConfigurationError(f'"scaler.kind" must be robust or standard, not "{settings.scaler.kind}".')
    if settings.network.kernels not in ("full", "smooth"):
        raise ConfigurationError(f'"network.kernels" must be full or smooth, not "{settings.network.kernels}".')
    for skipped, bars in settings.network.spans:
        if skipped < 0 or bars < 1 or skipped + bars > settings.network.patch:
            raise ConfigurationError(f"network.spans: [{skipped}, {bars}] does not lie within a patch.")
    if settings.network.width % settings.network.heads:
        raise ConfigurationError("network.width must be a multiple of network.heads.")
    if settings.training.sabotage not in ("none", "shuffled-labels", "known-future"):
        raise ConfigurationError('"training.sabotage" must be none, shuffled-labels or known-future.')
    return settings
