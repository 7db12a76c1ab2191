"""A town files, its county reviews, its city confirms: three people, and then it never changes."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from orders.closing.errors import (
    CityHasItsOwn,
    LinesDiffer,
    MonthNotOver,
    MovedMeanwhile,
    NotYourTurn,
)
from orders.closing.handlers import remind_of_months
from orders.closing.models import CloseState, MonthAct, MonthClose, MonthSnapshot
from orders.closing.rules import SEALED
from orders.closing.services import (
    claim_open_month,
    file_month,
    lock_months,
    review_months,
)
from orders.offline.models import OfflineSale
from orders.records.models import BuyerType
from orders.sales.models import Channel, Mode, SalesEntry
from orders.sales.services import reverse_sale
from shop import clock
from shop.accounts.notices.models import Notice
from shop.accounts.people.models import Account, Appointment, Body, Office, ScopeLevel
from shop.accounts.people.rules import Scope
from shop.accounts.people.services import appoint
from shop.db import db
from shop.errors import NotFound
from shop.invariants import list_broken
from shop.outbox import OutboxMessage
from tests.factories.closing import Officials, days_after
from tests.factories.people import (
    OTHER_TOWN,
    TOWN,
    make_cooperative,
    make_official,
    sign_in,
)
from tests.factories.sales import make_entry, make_refund
from tests.parts.pages import see
from tests.parts.queries import counted_queries
from tests.parts.together import run_together

MONTH, NEXT = "2026-10", "2026-11"
NOW = datetime(2026, 11, 3, 4, tzinfo=UTC)
DESK = "/official/months"
FILE = f"{DESK}/{MONTH}/{TOWN}"
MOST_STATEMENTS = 24


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def seller(act):
    """A cooperative with three lines in October: two sales, and a refund of one of them."""

    def build():
        cooperative = make_cooperative()
        sale = make_entry(cooperative, date(2026, 10, 8), 30_000)
        make_entry(
            cooperative,
            date(2026, 10, 9),
            20_000,
            channel=Channel.AGREEMENT,
            mode=Mode.HELPED,
            buyer_type=BuyerType.PRIVATE,
        )
        make_refund(sale, date(2026, 10, 20), 5_000)
        return cooperative

    return act(build)


@pytest.fixture
def officials(act, seller):
    return act(Officials, TOWN)


@pytest.fixture
def desk_of(app):
    """A browser in which somebody is signed in."""

    def enter(account):
        client = app.test_client()
        sign_in(client, account)
        return client

    return enter


def press(client, action_ends, page=FILE, **typed):
    form = see(client, page).form(action_ends)
    return client.post(form.action, data=form.fields | typed)


def state(act, town_code=TOWN, month=MONTH):
    query = select(MonthClose).where(MonthClose.town_code == town_code, MonthClose.month == month)
    return act(lambda: db.session.scalars(query).one())


def letters(act, account):
    query = select(Notice.letter).where(Notice.account_id == account.id).order_by(Notice.id)
    return act(lambda: db.session.scalars(query).all())


def test_three_people_close_a_month(act, officials, desk_of):
    town, county, city = (
        desk_of(each) for each in (officials.town, officials.county, officials.city)
    )
    page = see(town, FILE)
    assert "450.00" in page.text
    assert "50.00" in page.text
    assert "1 家合作社没有交联农带农报告" in page.text
    answer = press(town, "/filing", note="还缺联农带农报告")
    assert answer.location == FILE
    filed = see(county, FILE).text
    assert "待县审核" in filed
    assert "还缺联农带农报告" in filed
    assert press(county, "/reviews", note="已核对").location == f"{DESK}/{MONTH}"
    assert press(city, "/confirmations").location == f"{DESK}/{MONTH}"
    assert state(act).state is CloseState.LOCKED
    told = see(town, FILE).text
    for words in ("已锁定", "填报", "审核通过", "确认并锁定", "工作组", "驻市指挥部"):
        assert words in told
    assert act(list_broken) == []


@pytest.mark.both_engines
def test_a_snapshot_says_what_was_filed_and_anybody_can_recompute_its_hash(act, officials):
    act(officials.file, MONTH)

    def recompute():
        columns = [getattr(SalesEntry, name) for name in SEALED]
        rows = db.session.execute(
            select(*columns).where(SalesEntry.month == MONTH).order_by(SalesEntry.id)
        )
        text = "cailanzi-ledger-1\n" + dumps(list(SEALED))
        for row in rows:
            text += dumps([plain(value) for value in row])
        return hashlib.sha256(text.encode()).hexdigest()

    def dumps(values):
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n"

    def plain(value):
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%dT%H:%M:%S}Z"
        return f"{value:%Y-%m-%d}" if isinstance(value, date) else value

    kept = act(lambda: db.session.scalars(select(MonthSnapshot)).one())
    assert (kept.entries, kept.amount_fen, kept.refund_fen, kept.net_fen) == (
        3,
        50_000,
        5_000,
        45_000,
    )
    assert kept.weight_g == 2500
    assert kept.unreported == 1
    assert kept.sha256 == act(recompute)


def test_the_form_that_is_hashed_is_over_every_column_of_the_ledger():
    assert set(SEALED) == {column.name for column in SalesEntry.__table__.columns}


def test_a_month_that_is_not_over_is_not_filed(act, officials, desk_of):
    client = desk_of(officials.town)
    page = f"{DESK}/{NEXT}/{TOWN}"
    assert "还没有结束" in see(client, page).text
    answer = client.post(f"{page}/filing", data={"version": "1"})
    assert answer.status_code == 422
    assert "还没有结束" in answer.text
    # What was under way at midnight is written before anybody files.
    midnight = clock.start_of(date(2026, 11, 1))
    with pytest.raises(MonthNotOver):
        act(officials.file, MONTH, midnight + timedelta(minutes=59))
    act(officials.file, MONTH, midnight + timedelta(minutes=60))


def test_a_month_without_a_sale_is_filed_as_one(act, officials):
    act(officials.file, "2026-09")
    kept = act(lambda: db.session.scalars(select(MonthSnapshot)).one())
    assert (kept.entries, kept.net_fen) == (0, 0)


def test_lines_that_wait_for_their_evidence_are_in_sight_and_do_not_hinder(
    act, seller, officials, desk_of
):
    def sell():
        entry = make_entry(seller, date(2026, 10, 12), channel=Channel.OFFLINE)
        db.session.add(OfflineSale(entry_id=entry.id, key="form-1"))

    act(sell)
    town = desk_of(officials.town)
    assert "1 笔待补佐证" in see(town, FILE).text
    assert press(town, "/filing").status_code == 303
    assert act(lambda: db.session.scalars(select(MonthSnapshot.unevidenced)).all()) == [1]


def test_what_is_returned_takes_lines_again_and_is_filed_anew(act, seller, officials, desk_of):
    act(officials.file, MONTH)
    county, town = desk_of(officials.county), desk_of(officials.town)
    answer = press(county, "/return", reason="")
    assert answer.status_code == 422
    assert press(county, "/return", reason="漏了 10 月 30 日的展销会").status_code == 303
    assert "漏了 10 月 30 日的展销会" in see(town, FILE).text
    assert letters(act, officials.town) == ["orders/month_returned"]
    inbox = see(town, "/account/inbox").text
    assert "石鼓镇 2026-10 的上报被退回" in inbox
    act(make_entry, seller, date(2026, 10, 30), 70_000)
    assert press(town, "/filing").status_code == 303
    rounds = act(lambda: db.session.scalars(select(MonthSnapshot.net_fen)).all())
    assert rounds == [45_000, 115_000]
    act(officials.review, MONTH, seen=4)
    assert press(desk_of(officials.city), "/return", reason="再核对一次").status_code == 303
    assert state(act).state is CloseState.OPEN
    assert act(list_broken) == []


def test_one_person_takes_no_two_steps_of_a_month(act, officials, desk_of):
    act(officials.file, MONTH)

    def promote():
        account = db.session.get_one(Account, officials.town.id)
        account.appointments[0].ended_at = NOW
        scope = Scope(ScopeLevel.COUNTY, TOWN[:6])
        appoint(account, Office.OFFICIAL, scope=scope, body=Body.WORKING_GROUP, at=NOW)

    act(promote)
    client = desk_of(officials.town)
    assert "要由不同的人办" in see(client, FILE).text
    answer = client.post(f"{DESK}/{MONTH}/reviews", data={"town": f"{TOWN}:2"})
    assert answer.status_code == 403
    assert "要由不同的人办" in answer.text
    assert state(act).state is CloseState.FILED


def test_each_level_takes_its_own_step_only(act, officials, desk_of):
    bureau = act(make_official)
    with pytest.raises(NotYourTurn):
        act(file_month, TOWN, MONTH, 1, "", by=officials.county.id, at=NOW)
    with pytest.raises(NotFound):
        act(file_month, OTHER_TOWN, MONTH, 1, "", by=officials.town.id, at=NOW)
    act(officials.file, MONTH)
    for account in (officials.town, officials.city, bureau):
        answer = desk_of(account).post(f"{DESK}/{MONTH}/reviews", data={"town": f"{TOWN}:2"})
        assert answer.status_code == 403
    act(officials.review, MONTH)
    with pytest.raises(CityHasItsOwn):
        act(lock_months, MONTH, {TOWN: 3}, "", by=bureau.id, at=NOW)
    assert state(act).state is CloseState.REVIEWED


def test_the_bureau_stands_in_for_a_city_without_officials_and_it_is_said(act, officials, desk_of):
    bureau = act(make_official)
    act(officials.file, MONTH)
    act(officials.review, MONTH)

    def leave():
        of_city = Appointment.account_id == officials.city.id
        db.session.scalars(select(Appointment).where(of_city)).one().ended_at = NOW

    act(leave)
    client = desk_of(bureau)
    assert "由市局代为确认" in see(client, FILE).text
    assert press(client, "/confirmations").status_code == 303
    assert "市局代办" in see(client, FILE).text
    assert "（代办）" in see(client, f"{DESK}/acts").text


def test_many_towns_are_reviewed_and_confirmed_at_once_with_their_sums_in_sight(
    act, seller, officials, desk_of
):
    neighbour = act(Officials, "440981124")
    act(make_entry, act(make_cooperative, "440981124"), date(2026, 10, 5), 100_000)
    act(officials.file, MONTH)
    act(neighbour.file, MONTH)
    page = see(desk_of(officials.county), f"{DESK}/{MONTH}")
    assert "等您办的 2 个镇" in page.text
    assert "1,450.00" in page.text
    form = page.form("/reviews")
    both = ["440981124:2", f"{TOWN}:2"]
    county = desk_of(officials.county)
    nothing = county.post(form.action, data={"note": "都好"})
    assert nothing.status_code == 422
    assert "请先勾选" in nothing.text
    assert "都好" in nothing.text
    broken = county.post(form.action, data={"town": ["many", f"{TOWN}:2"]})
    assert broken.status_code == 422
    assert county.post(form.action, data={"town": both}).status_code == 303
    city = desk_of(officials.city)
    both = ["440981124:3", f"{TOWN}:3"]
    assert city.post(f"{DESK}/{MONTH}/confirmations", data={"town": both}).status_code == 303
    states = act(lambda: db.session.scalars(select(MonthClose.state)).all())
    assert states == [CloseState.LOCKED, CloseState.LOCKED]
    assert "已锁定" in see(city, DESK).text


def test_of_many_towns_none_is_reviewed_if_one_has_moved(act, seller, officials, desk_of):
    neighbour = act(Officials, "440981124")
    act(officials.file, MONTH)
    act(neighbour.file, MONTH)
    county = desk_of(officials.county)
    form = see(county, f"{DESK}/{MONTH}").form("/reviews")
    act(neighbour.give_back, MONTH, neighbour.county, 2)
    both = {"town": ["440981124:2", f"{TOWN}:2"]}
    answer = county.post(form.action, data=both | {"note": "我的意见"})
    assert answer.status_code == 409
    assert "曹江镇刚刚有人办过" in answer.text
    assert "我的意见" in answer.text
    assert state(act).state is CloseState.FILED


def test_whoever_acts_on_an_old_page_is_told(act, officials, desk_of):
    act(officials.file, MONTH)
    county = desk_of(officials.county)
    form = see(county, FILE).form("/return")
    act(officials.give_back, MONTH, officials.county, 2)
    act(officials.file, MONTH, days_after(MONTH, 4), seen=3)
    answer = county.post(form.action, data=form.fields | {"reason": "少一张发票"})
    assert answer.status_code == 409
    assert "刚刚有人办过" in answer.text
    assert "少一张发票" in answer.text
    assert state(act).state is CloseState.FILED


def test_lines_that_differ_from_what_was_filed_are_not_locked(act, officials):
    act(officials.file, MONTH)
    act(officials.review, MONTH)
    act(past_the_shop, "UPDATE sales_entry SET note = '改过' WHERE month = '2026-10'")
    with pytest.raises(LinesDiffer):
        act(officials.lock, MONTH)


@pytest.mark.both_engines
@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE sales_entry SET product_name = '改过'",
        "UPDATE sales_entry SET amount_fen = amount_fen + 1, net_fen = net_fen + 1"
        " WHERE kind = 'sale'",
        "UPDATE month_snapshot SET entries = 2",
        "UPDATE month_snapshot SET households = 1",
        "UPDATE month_act SET by_id = (SELECT min(by_id) FROM month_act)",
        "UPDATE month_close SET version = 9",
    ],
)
def test_flask_check_finds_what_was_changed_past_the_shop(act, officials, tampering):
    act(officials.close, MONTH)
    assert act(list_broken) == []
    act(past_the_shop, tampering)
    assert any("month" in complaint for complaint in act(list_broken))


def past_the_shop(statement):
    """What an administrator of the database could do, who takes the triggers away first."""
    if db.engine.dialect.name == "sqlite":
        names = db.session.scalars(
            db.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).all()
        for name in names:
            db.session.execute(db.text(f"DROP TRIGGER {name}"))
    else:
        db.session.execute(db.text("SET LOCAL session_replication_role = replica"))
    db.session.execute(db.text(statement))


# ── Later lines ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_engines
def test_what_comes_after_the_lock_is_listed_with_the_month_that_it_is_about(
    act, app, seller, officials, desk_of
):
    act(officials.close, MONTH)
    first = act(lambda: db.session.scalars(select(SalesEntry).order_by(SalesEntry.id)).first())

    def come_late():
        assert claim_open_month(TOWN, date(2026, 10, 30)) == NEXT
        make_entry(
            seller,
            date(2026, 11, 2),
            77_700,
            sold_on=date(2026, 10, 30),
            note="发票晚到",
        )
        make_refund(first, date(2026, 11, 2), 1_100)
        make_entry(seller, date(2026, 11, 2), 99_900)

    act(come_late)
    page = see(desk_of(officials.county), f"{DESK}/adjustments").text
    assert "发票晚到" in page
    assert "777.00" in page
    assert "-11.00" in page
    assert "999.00" not in page
    assert "777.00" in see(desk_of(officials.county), f"{DESK}/adjustments?month={MONTH}").text
    assert "777.00" not in see(desk_of(officials.county), f"{DESK}/adjustments?month=2026-09").text
    elsewhere = act(make_official, ScopeLevel.TOWN, OTHER_TOWN)
    assert "777.00" not in see(desk_of(elsewhere), f"{DESK}/adjustments").text
    with counted_queries(app) as statements:
        see(desk_of(officials.county), f"{DESK}/adjustments")
    assert len(statements) <= MOST_STATEMENTS


def test_a_reversal_of_a_locked_line_counts_in_an_open_month(act, seller, officials, desk_of):
    act(officials.close, MONTH)
    first = act(lambda: db.session.scalars(select(SalesEntry).order_by(SalesEntry.id.desc())).all())
    sale = next(entry for entry in first if entry.channel is Channel.AGREEMENT)
    given = {"by": officials.town.id, "at": NOW, "counted_on": date(2026, 11, 3)}
    act(reverse_sale, sale.id, "合同取消", **given)
    page = see(desk_of(officials.town), f"{DESK}/adjustments").text
    assert "冲销" in page
    assert "合同取消" in page


# ── Who is late ─────────────────────────────────────────────────────────────────────────────────


def night(app, day):
    with app.app_context():
        return remind_of_months(clock.start_of(day) + timedelta(hours=3))


def test_those_who_are_late_are_reminded_once(app, act, officials, desk_of):
    assert night(app, date(2026, 11, 5)) == 2  # August and September
    assert night(app, date(2026, 11, 6)) == 1
    assert night(app, date(2026, 11, 6)) == 0
    assert night(app, date(2026, 11, 9)) == 0
    assert letters(act, officials.county) == []
    act(officials.file, MONTH, days_after(MONTH, 10))
    night(app, date(2026, 11, 13))
    assert letters(act, officials.county) == []
    night(app, date(2026, 11, 14))
    assert letters(act, officials.county) == ["orders/month_late"]
    act(officials.review, MONTH, days_after(MONTH, 14))
    night(app, date(2026, 11, 18))
    night(app, date(2026, 11, 18))
    assert letters(act, officials.city) == ["orders/month_late"]
    inbox = see(desk_of(officials.city), "/account/inbox").text
    assert "2026-10 有 1 个镇等市里确认，已过期限" in inbox
    assert "过期限您好" not in inbox
    mails = act(lambda: db.session.scalars(select(OutboxMessage)).all())
    assert len([mail for mail in mails if "month_late" in str(mail.payload)]) >= 5


def test_what_was_returned_and_is_late_again_is_another_lateness(app, act, officials):
    night(app, date(2026, 11, 6))
    act(officials.file, MONTH, days_after(MONTH, 6))
    act(officials.give_back, MONTH, officials.county, 2)
    before = letters(act, officials.town).count("orders/month_late")
    night(app, date(2026, 11, 6))
    assert letters(act, officials.town).count("orders/month_late") == before
    night(app, date(2026, 11, 20))
    assert letters(act, officials.town).count("orders/month_late") == before + 1


def test_the_bureau_hears_of_what_has_nobody_to_do_it(app, act, seller):
    bureau = act(make_official)
    night(app, date(2026, 11, 6))
    assert "orders/month_late" in letters(act, bureau)


# ── At the same moment ──────────────────────────────────────────────────────────────────────────


@pytest.mark.both_engines
def test_a_line_that_comes_while_its_month_is_filed_is_in_the_snapshot_or_refused(
    act, seller, officials
):
    results = run_together(
        lambda: act(officials.file, MONTH),
        *(lambda: act(make_entry, seller, date(2026, 10, 31), 111) for _ in range(4)),
    )
    assert isinstance(results[0], MonthClose)
    came = [result for result in results[1:] if isinstance(result, SalesEntry)]
    kept = act(lambda: db.session.scalars(select(MonthSnapshot)).one())
    assert kept.entries == 3 + len(came)
    assert kept.net_fen == 45_000 + 111 * len(came)
    assert act(list_broken) == []


@pytest.mark.both_engines
def test_of_two_reviewers_one_reviews_and_the_other_is_told(act, officials):
    second = act(make_official, ScopeLevel.COUNTY, TOWN[:6])
    act(officials.file, MONTH)
    first = officials.county

    def review(account):
        return act(review_months, MONTH, {TOWN: 2}, "", by=account.id, at=NOW)

    results = run_together(lambda: review(first), lambda: review(second))
    assert sorted(type(result).__name__ for result in results) == ["MovedMeanwhile", "list"]
    acts = act(lambda: db.session.scalars(select(MonthAct.kind)).all())
    assert [kind.value for kind in acts] == ["filed", "reviewed"]


@pytest.mark.both_engines
def test_of_a_return_and_a_review_one_counts(act, officials):
    act(officials.file, MONTH)
    results = run_together(
        lambda: act(officials.give_back, MONTH, officials.county, 2),
        lambda: act(officials.review, MONTH),
    )
    assert sum(isinstance(result, MovedMeanwhile) for result in results) == 1
    assert state(act).version == 3


@pytest.mark.both_engines
def test_two_colleagues_file_once(act, officials):
    colleague = act(make_official, ScopeLevel.TOWN, TOWN, Body.TOWN_GOVERNMENT)
    results = run_together(
        lambda: act(officials.file, MONTH),
        lambda: act(file_month, TOWN, MONTH, 1, "", by=colleague.id, at=NOW),
    )
    assert sorted(type(result).__name__ for result in results) == ["MonthClose", "MovedMeanwhile"]
    assert act(lambda: db.session.scalars(select(MonthSnapshot.round)).all()) == [1]


# ── Pages ───────────────────────────────────────────────────────────────────────────────────────


def test_pages_ask_few_statements_however_many_towns_there_are(app, act, officials, desk_of):
    act(make_cooperative, OTHER_TOWN)
    act(officials.close, MONTH)
    bureau = desk_of(act(make_official))
    for page in (DESK, f"{DESK}/{MONTH}", FILE, f"{DESK}/acts"):
        with counted_queries(app) as statements:
            see(bureau, page)
        assert len(statements) <= MOST_STATEMENTS, (page, statements)


def test_an_official_sees_the_months_of_their_scope(act, officials, desk_of):
    elsewhere = desk_of(act(make_official, ScopeLevel.TOWN, OTHER_TOWN))
    assert elsewhere.get(FILE).status_code == 404
    assert "石鼓镇" not in see(elsewhere, DESK).text
    assert "石鼓镇" not in see(elsewhere, f"{DESK}/{MONTH}").text
    act(officials.close, MONTH)
    assert "石鼓镇" not in see(elsewhere, f"{DESK}/acts").text
    assert elsewhere.get(f"{DESK}/acts?town={TOWN}").status_code == 404
    for month in ("2026-13", "2020-12", "many", "2027-01"):
        assert elsewhere.get(f"{DESK}/{month}").status_code == 404


def test_the_history_is_found_by_month_town_step_and_person(act, officials, desk_of):
    act(officials.close, MONTH)
    act(officials.file, "2026-09")
    desk = desk_of(officials.city)
    rows = f"{DESK}/acts"

    def count(query):
        return see(desk, f"{rows}?{query}").text.count("石鼓镇") - 1

    assert count("") == 4
    assert count(f"month={MONTH}") == 3
    assert count("kind=locked") == 1
    assert count(f"town={TOWN}&kind=filed") == 2
    assert count("person=没有这人") == 0
    assert count("person=李") == 4
    for query in ("month=many", "kind=many"):
        assert desk.get(f"{rows}?{query}").status_code == 422
