"""How often people get what they meant, over judged queries.

A judge named for each query the best products and the merely good ones. Success@n: one of the best
is among the first n. nDCG@10 asks for best before good before all else.
"""

import csv
import math
from pathlib import Path

import pytest

from catalog.search.gateways.port import SearchQuery
from tests.unit.catalog.search.demo import ROWS, name_of

JUDGED = Path(__file__).with_name("judged.csv")
BEST, GOOD = 3, 1


@pytest.fixture(scope="module")
def judged():
    """(query, gains by name) for each line of the list."""
    with JUDGED.open(encoding="utf-8", newline="") as lines:
        return [(line["query"], _gains(line)) for line in csv.DictReader(lines)]


@pytest.fixture(scope="module")
def answers(judged, demo_index):
    """(first ten names, gains by name) for each query."""
    return [(_first_ten(demo_index, query), gains) for query, gains in judged]


def test_the_judges_named_products_that_exist(judged):
    names = {row[0] for row in ROWS}
    assert len(judged) >= 40
    assert all(gains.keys() <= names for _, gains in judged)


@pytest.mark.parametrize(("first", "goal"), [(1, 0.85), (3, 0.97)])
def test_the_best_is_among_the_first(first, goal, answers):
    successes = [_has_best(names[:first], gains) for names, gains in answers]
    assert sum(successes) / len(successes) >= goal


def test_the_better_stands_before_the_worse(answers):
    scores = [
        _discounted([gains.get(name, 0) for name in names])
        / _discounted(sorted(gains.values(), reverse=True)[:10])
        for names, gains in answers
    ]
    assert sum(scores) / len(scores) >= 0.9


def _gains(line):
    return dict.fromkeys(line["good"].split(), GOOD) | dict.fromkeys(line["best"].split(), BEST)


def _first_ten(index, query):
    page = index.search(SearchQuery(text=query, per_page=10))
    return [name_of(product_id) for product_id in page.product_ids]


def _has_best(names, gains):
    return any(gains.get(name) == BEST for name in names)


def _discounted(gains):
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, start=1))
