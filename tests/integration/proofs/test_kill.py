"""Processes die in the middle of whatever they do, and nothing that was paid is lost."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.benchmarks import kill
from tests.parts import databases
from tests.parts.databases import Engine

pytestmark = pytest.mark.both_engines

KILLS = 6


def test_no_paid_order_is_lost_or_doubled_whatever_is_killed(
    engine: Engine, shared_folder: Path, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    if engine is Engine.SQLITE:
        url = databases.sqlite_database(shared_folder, tmp_path / "kill.sqlite3").url
        place = nullcontext((url, None))
    else:
        place = kill.mortal_postgres(tmp_path)
    with place as (url, cut_power):
        outcome = kill.kill_at_random(tmp_path, url, KILLS, cut_power)
    tell(f"kill on {engine}: {outcome.words}")
    assert outcome.lost == []
    assert outcome.doubled == []
    assert outcome.broken == []
    assert outcome.paid > 0
