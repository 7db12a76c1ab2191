"""The sums that are kept of the ledger change no figure: while they follow it, when they are made
again, when whoever moves them is killed, and while others write."""

from datetime import UTC, date, datetime, timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import func, select

from orders.records.models import BuyerType
from orders.rollups.handlers import move_watermark, rebuild
from orders.rollups.models import RollupMark, SalesRollup
from orders.rollups.queries import sums_by, sums_of, through_id
from orders.rollups.rules import Dimension, Span
from orders.rollups.services import roll_up
from orders.sales.models import Channel, Mode, SalesEntry
from orders.sales.queries import Slice
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.rules import Scope
from shop.db import db, transaction
from tests.factories.people import make_cooperative
from tests.factories.sales import make_entry, make_refund
from tests.parts.together import run_together

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
EVERYWHERE = Scope(ScopeLevel.BUREAU, None)
WHOLE = Slice(scope=EVERYWHERE, since=date(2024, 2, 10), until=date(2026, 11, 20))
NARROW = Slice(
    scope=EVERYWHERE,
    since=date(2024, 2, 10),
    until=date(2026, 11, 20),
    category_id=1,
    channels=(Channel.FAIR, Channel.OFFLINE),
    mode=Mode.DIRECT,
)


@pytest.fixture
def sales(act):
    """Sixty sales over three years, each third one partly refunded more than a month later."""

    def build():
        sellers = [make_cooperative(town) for town in ("440981127", "440904116")]
        for number in range(60):
            day = date(2024, 1, 31) + timedelta(days=17 * number)
            entry = make_entry(
                sellers[number % 2],
                day,
                1000 + number,
                channel=(Channel.FAIR, Channel.OFFLINE, Channel.AGREEMENT)[number % 3],
                mode=list(Mode)[number % 2],
                buyer_type=list(BuyerType)[number % 5],
                category=(1 + number % 2, "水果"),
                activity_id=1 + number % 4,
                net_weight_g=None if number % 7 == 0 else 2500,
            )
            if number % 3 == 0:
                make_refund(entry, day + timedelta(days=45), 500)
        return sellers[0].id

    return act(build)


def figures():
    """Everything that pages ask of the sums, with and without what tells more apart than days."""
    keys = ([], [Dimension.TOWN], [Dimension.MONTH, Dimension.CATEGORY, Dimension.CHANNEL])
    spans = {"all": Span(WHOLE.since, WHOLE.until), "day": Span(WHOLE.until, WHOLE.until)}
    return [sums_by(key, part, spans) for key in keys for part in (WHOLE, NARROW)]


def rows():
    columns = SalesRollup.__table__.columns
    return sorted(tuple(row) for row in db.session.execute(select(*columns)))


@pytest.mark.usefixtures("sales")
def test_the_watermark_moves_and_no_figure_changes(app):
    with app.app_context():
        before = figures()
        assert (through_id(), rows()) == (0, [])
        newest = move_watermark(NOW)
        assert through_id() == newest == db.session.scalar(select(func.max(SalesEntry.id)))
        assert figures() == before
        kept = rows()
        move_watermark(NOW)
        assert rows() == kept


def test_lines_that_come_later_count_at_once_and_are_rolled_up_once(app, act, sales):
    with app.app_context():
        move_watermark(NOW)
        net = sums_of(WHOLE).net_fen
        with transaction():
            make_refund(db.session.get_one(SalesEntry, _oldest()), date(2026, 11, 20), 300)
        assert sums_of(WHOLE).net_fen == net - 300
        move_watermark(NOW)
        assert sums_of(WHOLE).net_fen == net - 300
        assert sales


@pytest.mark.usefixtures("sales")
def test_making_the_sums_again_changes_nothing(app):
    with app.app_context():
        move_watermark(NOW)
        kept, before = rows(), figures()
        rebuild(NOW, at_once=7)
        assert rows() == kept
        assert figures() == before


@pytest.mark.usefixtures("sales")
def test_the_command_makes_them_again(app):
    answer = app.test_cli_runner().invoke(args=["rollup", "rebuild"])
    assert answer.exit_code == 0
    assert "up to line" in answer.output
    with app.app_context():
        assert through_id() == db.session.scalar(select(func.max(SalesEntry.id)))


@pytest.mark.usefixtures("sales")
def test_killed_in_the_middle_nothing_happened_and_the_next_run_goes_on(app):
    class Killed(Exception):
        pass

    with app.app_context():
        before = figures()
        newest = db.session.scalar(select(func.max(SalesEntry.id)))
        with transaction():
            roll_up(newest - 20, 1_000_000, at=NOW)
        kept = rows()
        with pytest.raises(Killed), transaction():
            roll_up(newest, 10, at=NOW)
            raise Killed
        assert rows() == kept
        assert figures() == before
        move_watermark(NOW)
        assert through_id() == newest
        assert figures() == before


def test_two_that_move_the_watermark_at_once_add_nothing_twice(app, sales):
    with app.app_context():
        before = figures()

    def move():
        with app.app_context():
            move_watermark(NOW)
            db.session.remove()

    assert not any(run_together(*[move] * 4))
    with app.app_context():
        assert figures() == before
        kept = rows()
        rebuild(NOW)
        assert rows() == kept
        assert sales


def test_a_line_with_a_smaller_number_that_is_committed_later_is_not_passed_over(app, act, sales):
    """PostgreSQL hands out numbers before it commits; SQLite has one writer at a time."""
    wrote, may_commit = Event(), Event()

    def write_slowly():
        with app.app_context(), transaction():
            make_refund(db.session.get_one(SalesEntry, _oldest()), date(2026, 11, 1), 1)
            wrote.set()
            may_commit.wait(10)
        with app.app_context():
            db.session.remove()

    with app.app_context():
        net = sums_of(WHOLE).net_fen
        is_sqlite = db.engine.dialect.name == "sqlite"
        db.session.remove()
    slow = Thread(target=write_slowly)
    slow.start()
    assert wrote.wait(10)
    if is_sqlite:
        may_commit.set()
    else:
        act(lambda: make_refund(db.session.get_one(SalesEntry, _oldest()), date(2026, 11, 2), 10))
        with app.app_context():
            assert move_watermark(NOW) == 0  # Somebody still writes: it does not move.
        may_commit.set()
    slow.join()
    with app.app_context():
        move_watermark(NOW)
        after = sums_of(WHOLE).net_fen
        assert after == net - 1 - (0 if is_sqlite else 10)
        assert through_id() == db.session.scalar(select(func.max(SalesEntry.id)))
        assert db.session.scalar(select(func.count()).select_from(RollupMark)) == 1


def _oldest() -> int:
    return db.session.scalar(select(func.min(SalesEntry.id)))
