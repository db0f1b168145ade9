"""Writes ../golden/features/<series>.json: the candles of every series and the expected features on some bars."""

import json
import sys
import warnings
from pathlib import Path

import numpy as np

import averages
import bands
import benchmark
import clock
import distribution
import flow
import orders
import oscillators
import prices
import ranges
import shapes
import swings
import tails
import volumes
import votes
from series import RECIPES, START, STEP, make

FOLDER = Path(__file__).resolve().parent.parent / 'golden' / 'features'


def features_of(bars, other):
    """All features by id, one value per bar; `other` are the closes of the benchmark."""
    f = {}
    first = (prices, oscillators, ranges, volumes, shapes, distribution, clock, votes)
    for family in (*first, averages, bands, swings, flow, tails, orders):
        family.add(f, bars)
    benchmark.add(f, bars, other)
    return f


def plain(value):
    """A number as JSON writes it: null for NaN, whole numbers without a point, else the shortest exact text."""
    value = float(value)
    if np.isnan(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


COUNTED_FROM = 120  # From this bar on, values of features that take few whole values are counted.


def counts_of(values):
    """How often each value occurs, for features that take at most nine whole values; else nothing."""
    known = values[COUNTED_FROM:]
    known = known[~np.isnan(known)]
    distinct = np.unique(known)
    if len(distinct) == 0 or len(distinct) > 9 or np.any(distinct != np.round(distinct)):
        return None
    return {str(int(value)): int(np.sum(known == value)) for value in distinct}


def document_of(recipe):
    bars = make(recipe)
    other = make(next(candidate for candidate in RECIPES if candidate.name == recipe.benchmark))
    columns = ['open', 'high', 'low', 'close', 'volume'] + (['turnover'] if bars.has_turnover else [])
    with np.errstate(invalid='ignore', divide='ignore'):
        features = features_of(bars, other.close[: recipe.length])
    return {
        'name': recipe.name,
        'doc': recipe.doc,
        'benchmark': recipe.benchmark,
        'start': START,
        'step': STEP,
        'candles': {name: [plain(x) for x in getattr(bars, name)] for name in columns},
        'bars': list(recipe.samples),
        'countedFrom': COUNTED_FROM,
        'counts': {id: counts for id in sorted(features) if (counts := counts_of(features[id])) is not None},
        'expected': {id: [plain(features[id][i]) for i in recipe.samples] for id in sorted(features)},
    }


def write(recipe):
    document = document_of(recipe)
    lines = [f'{json.dumps(key)}: {json.dumps(value, separators=(",", ":"))}' for key, value in document.items()
             if key not in ('candles', 'counts', 'expected')]
    for key in ('candles', 'counts', 'expected'):
        pairs = document[key].items()
        rows = [f'    {json.dumps(name)}: {json.dumps(row, separators=(",", ":"))}' for name, row in pairs]
        lines.append(f'"{key}": {{\n' + ',\n'.join(rows) + '\n  }')
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f'{recipe.name}.json').write_text('{\n  ' + ',\n  '.join(lines) + '\n}\n')


if __name__ == '__main__':
    warnings.simplefilter('error')
    wanted = sys.argv[1:] or [recipe.name for recipe in RECIPES]
    for recipe in RECIPES:
        if recipe.name in wanted:
            write(recipe)
