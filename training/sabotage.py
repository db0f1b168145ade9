"""Spoils examples on purpose, to see whether the recipe notices: for leak tests only."""
from dataclasses import replace
from typing import Tuple

import numpy as np

from .examples import Examples
from .settings import TrainingSettings

#: Bars that a window looks too far with `known-future`: as many as the horizon of one hour.
KNOWN_BARS = 4


def shuffled(examples: Examples, seed: int) -> Examples:
    """Targets of other examples: nothing can be learnt from them."""
    order = np.random.default_rng([seed, 77]).permutation(len(examples))
    return replace(
        examples, returns=examples.returns[order], directions=examples.directions[order], risks=examples.risks[order]
    )


def looking_ahead(examples: Examples, bars: int) -> Examples:
    """Windows that end some bars after the bar they are said to be of."""
    return replace(examples, rows=np.minimum(examples.rows + bars, len(examples.table) - 1))


def sabotaged(train: Examples, validation: Examples, settings: TrainingSettings) -> Tuple[Examples, Examples]:
    if settings.sabotage == "shuffled-labels":
        return shuffled(train, settings.seed), validation
    if settings.sabotage == "known-future":
        return looking_ahead(train, KNOWN_BARS), looking_ahead(validation, KNOWN_BARS)
    return train, validation
