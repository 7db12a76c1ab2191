"""A random walk over all services, checked after each step against books kept on paper."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.parts.databases import Engine
from tests.walk.run import choose_seed, walk
from tests.walk.stage import Stage

pytestmark = pytest.mark.both_engines

# Several stretches, so that several workers can walk at once.
STRETCHES = range(4)
STEPS = {Engine.SQLITE: 2500, Engine.POSTGRES: 500}

# How often each must have happened at least in 10,000 steps: a walk that never comes so far
# proves nothing.
DEEP = {
    "placed": 200,
    "placed with two cooperatives": 80,
    "pressed twice": 40,
    "QuoteChanged": 20,
    "NotForSale": 40,
    "OutOfStock": 20,
    "called off": 20,
    "expired": 20,
    "paid": 100,
    "paid by asking": 3,
    "paid late and honoured": 6,
    "paid late and given back": 4,
    "paid twice and given back": 4,
    "event repeated": 40,
    "event quarantine": 1,
    "tried again": 10,
    "cancelled": 8,
    "cancelled by unit": 20,
    "ran short": 15,
    "ran short for several orders": 2,
    "ran short of a harvest": 4,
    "shipped": 50,
    "shipped in part": 8,
    "claim granted": 2,
    "claim granted, goods back": 1,
    "claim left open": 20,
    "ClaimOpen": 20,
    "claim escalated by itself": 8,
    "claim agreed by itself": 2,
    "claim withdrawn later": 2,
    "claim granted later": 4,
    "accepted": 20,
    "accepted by itself": 8,
    "refunded to the end": 40,
    "refund failed at the bank": 3,
    "written off": 20,
    "ordered by transfer": 100,
    "transfer: paid": 6,
    "transfer: paid and more": 5,
    "transfer: paid late and honoured": 5,
    "transfer: paid late and given back": 8,
    "proposed by itself": 10,
    "matched by two people": 10,
    "SamePerson": 20,
    "payout confirmed": 50,
    "ordered in advance": 50,
    "HarvestNotIn": 8,
    "shipped from the harvest": 3,
    "pre-sale ended": 8,
    "price changed": 30,
    "ordered to the point": 15,
    "arrived at the point": 5,
    "handed over": 4,
    "fetched and accepted by itself": 1,
    "settled": 20,
    "refunded after the settlement": 8,
    "payout batch prepared": 8,
    "paid out": 3,
    "harvests": 100,
    "shipped from a chosen batch": 8,
    "BatchNotUsable": 5,
    "called back from buyers": 8,
    "written off by a recall": 20,
    "not sent after a recall": 5,
}

# In a short walk, what is wanted less often than this may not happen at all.
OFTEN = 2


@pytest.mark.parametrize("stretch", STRETCHES)
def test_whatever_happens_stock_money_and_ledger_agree(
    stage: Stage,
    engine: Engine,
    stretch: int,
    shared_folder: Path,
    tell: Callable[[str], None],
) -> None:
    seed = choose_seed(f"{engine}-{stretch}")
    print(f"WALK_SEED={seed}")
    happened = walk(stage, STEPS[engine], seed)
    tell(f"walk on {engine}: {happened['steps']} steps, nothing broken, WALK_SEED={seed}")
    (shared_folder / f"walked-{engine}-{stretch}.json").write_text(json.dumps(happened))
    _require_depth(shared_folder, engine)


def _require_depth(folder: Path, engine: Engine) -> None:
    """Once all stretches are there, together they must have come far.

    What is rare comes in clusters: a walk much shorter than 10,000 steps need only show what
    happens all the time.
    """
    walked = list(folder.glob(f"walked-{engine}-*.json"))
    if len(walked) < len(STRETCHES):
        return
    happened = sum((Counter(json.loads(file.read_text())) for file in walked), Counter[str]())
    share = happened["steps"] / 10_000
    wanted = {what: n if share >= 1 else int(n * share / 2) for what, n in DEEP.items()}
    missed = {
        what: happened[what]
        for what, n in wanted.items()
        if happened[what] < n and (share >= 1 or n >= OFTEN)
    }
    assert missed == {}
