"""Temperatures that make probabilities mean what they say, fitted on validation by the package's own function."""
from typing import Dict, List

import numpy as np

from .candlewick import ask_package
from .predict import probabilities_of

CLASS_ORDER = ["LONG", "SHORT", "NEUTRAL"]
FLOOR = 1e-7


def log_loss(probabilities: np.ndarray, actual: np.ndarray, temperature: float) -> float:
    powers = np.maximum(probabilities, FLOOR) ** (1 / temperature)
    return float(-np.log(powers[np.arange(len(actual)), actual] / powers.sum(axis=1)).mean())


def own_temperature(probabilities: np.ndarray, actual: np.ndarray) -> float:
    """The same by a search of our own: thirds of the logarithm, as the loss has one valley."""
    low, high = np.log(0.05), np.log(20)
    while high - low > 1e-6:
        third = (high - low) / 3
        left = log_loss(probabilities, actual, np.exp(low + third))
        right = log_loss(probabilities, actual, np.exp(high - third))
        low, high = (low, high - third) if left < right else (low + third, high)
    return float(np.exp((low + high) / 2))


def fit_temperatures(outputs: np.ndarray, directions: np.ndarray) -> List[float]:
    """One for each horizon; the package's fit and ours must agree."""
    probabilities = probabilities_of(outputs)
    question: Dict[str, object] = {
        "classOrder": CLASS_ORDER,
        "horizons": [
            [[row.tolist(), int(came)] for row, came in zip(probabilities[:, at], directions[:, at])] for at in range(4)
        ],
    }
    fitted = ask_package("fit-temperatures.mjs", question)["temperatures"]
    for at, temperature in enumerate(fitted):
        own = own_temperature(probabilities[:, at], directions[:, at])
        if abs(own / temperature - 1) > 1e-3:
            raise RuntimeError(f"The package fits temperature {temperature} to horizon {at}, and this recipe {own}.")
    return [round(value, 6) for value in fitted]
