"""The candle series that features are compared on: made here, from integers only, so that nobody has to store them."""

from dataclasses import dataclass

import numpy as np

START = 1_717_200_000_000  # 2024-06-01 00:00 UTC, a Saturday
STEP = 900_000  # 15 minutes

MULTIPLIER = 6364136223846793005  # Knuth, The Art of Computer Programming 2, 3.3.4: the MMIX generator
INCREMENT = 1442695040888963407


class Uniform:
    """state = state * MULTIPLIER + INCREMENT modulo 2^64; the upper 32 bits over 2^32 are a number in [0, 1)."""

    def __init__(self, seed):
        self.state = seed

    def __call__(self):
        self.state = (self.state * MULTIPLIER + INCREMENT) % 2**64
        return (self.state >> 32) / 2**32


@dataclass
class Bars:
    """Columns of candles; `turnover` is `close * volume` where the series has no figure of its own."""

    time: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray
    turnover: np.ndarray
    has_turnover: bool


@dataclass
class Recipe:
    """What a series looks like. Stretches are (first bar, bar after the last one)."""

    name: str
    doc: str
    seed: int
    length: int
    price: float
    decimals: int
    swing: float = 0.02
    volume: float = 1000.0
    flat: tuple = ()
    halts: tuple = ()
    gaps: tuple = ()
    raised: tuple = ()
    has_turnover: bool = False
    samples: tuple = ()
    benchmark: str = 'walk'


def inside(stretches, i):
    return any(first <= i < end for first, end in stretches)


def make(recipe):
    """A random walk in ticks of 10^-decimals with the troubles of the recipe."""
    uniform = Uniform(recipe.seed)
    ticks = 10**recipe.decimals
    rows = []
    close = recipe.price
    for i in range(recipe.length):
        factor = 1000.0 if inside(recipe.raised, i) else 1.0
        jump = dict(recipe.gaps).get(i, 1.0)
        first = close * jump * (1 + (uniform() - 0.5) * recipe.swing / 20)
        last = first * (1 + (uniform() - 0.5) * recipe.swing)
        top = max(first, last) * (1 + uniform() * recipe.swing / 4)
        bottom = min(first, last) * (1 - uniform() * recipe.swing / 4)
        amount = recipe.volume * (0.05 + uniform() ** 3 * 4)
        lean = uniform()
        if inside(recipe.flat, i):
            first = last = top = bottom = close
        if inside(recipe.halts, i):
            amount = 0.0
        close = last
        prices = [max(1, round(x * factor * ticks)) for x in (first, top, bottom, last)]
        size = round(amount * 1000)
        # Between the low and the high, in whole hundredths of the quote currency.
        paid = round((prices[2] + (prices[1] - prices[2]) * lean) / ticks * size / 1000 * 100)
        rows.append([x / ticks for x in prices] + [size / 1000, paid / 100])
    o, h, l, c, v, q = (np.array(column) for column in zip(*rows))
    time = np.array([START + STEP * i for i in range(recipe.length)], dtype=np.int64)
    return Bars(time, o, h, l, c, v, q if recipe.has_turnover else c * v, recipe.has_turnover)


RECIPES = (
    Recipe(
        'walk', 'An ordinary random walk with a turnover of its own; the one series longer than 1012 bars.',
        seed=1, length=1100, price=100.0, decimals=3, has_turnover=True,
        samples=(12, 30, 61, 105, 200, 320, 450, 512, 600, 699, 850, 1000, 1012, 1030, 1060, 1099),
    ),
    Recipe(
        'flat', 'Stretches of identical bars, the first from the start, all with volume.',
        seed=2, length=700, price=42.0, decimals=2, flat=((0, 60), (150, 180), (300, 420), (560, 620)),
        samples=(35, 59, 61, 66, 165, 179, 181, 250, 310, 330, 419, 421, 440, 500, 590, 619, 650, 699),
    ),
    Recipe(
        'halts', 'Stretches without volume, with and without movement of the price, the first from the start.',
        seed=3, length=700, price=3.0, decimals=4, flat=((200, 330),),
        halts=((0, 30), (80, 110), (200, 330), (450, 480), (520, 521)), benchmark='flat',
        samples=(28, 50, 95, 109, 111, 215, 260, 325, 329, 332, 400, 465, 479, 481, 520, 521, 600, 699),
    ),
    Recipe(
        'gaps', 'Price gaps of up to a third, across the levels 1000 and 2000, with a turnover of its own.',
        seed=4, length=700, price=900.0, decimals=1, has_turnover=True,
        gaps=((60, 1.2), (130, 0.85), (220, 1.3), (330, 1.33), (420, 0.7), (470, 1.25), (540, 0.75), (640, 1.1)),
        samples=(40, 61, 131, 200, 221, 260, 331, 390, 421, 445, 471, 500, 541, 600, 641, 699),
    ),
    Recipe(
        'jump', 'Sixty bars at a thousand times the price, and back.',
        seed=5, length=700, price=7.0, decimals=4, raised=((250, 310),),
        samples=(100, 240, 250, 255, 309, 310, 330, 400, 420, 480, 550, 600, 650, 699),
    ),
    Recipe(
        'cheap', 'A coin of a millionth, on a coarse grid of 1e-9.',
        seed=6, length=700, price=1e-6, decimals=9, volume=5e8,
        samples=(25, 60, 110, 200, 300, 395, 430, 480, 520, 560, 600, 640, 680, 699),
    ),
)
