"""A cooperative's numbers are the sums of its own lines of the ledger, and of nobody else's."""

import csv
import re
from collections import defaultdict
from datetime import date, timedelta
from io import StringIO

import pytest
from sqlalchemy import select

from orders.claims.models import Fault
from orders.claims.services import ClaimDraft, open_claim
from orders.records.models import BuyerType, SubOrder
from orders.sales.models import SalesEntry
from orders.statistics.rules.labels import BUYER_TYPES
from orders.statistics.rules.periods import Period
from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.accounts.people.models import MemberRole
from shop.db import db
from suppliers.numbers.queries import claim_shares, get_total, list_all_sold, waits
from suppliers.numbers.rules import Share, Table, Wait
from suppliers.settlements.rules import Period as HalfMonth
from suppliers.settlements.services.payouts import (
    mark_paid,
    mark_returned,
    prepare_batch,
    release_batch,
)
from suppliers.settlements.services.statements import make_statement
from tests.factories.catalog import make_variant
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import (
    make_cooperative,
    make_cooperative_member,
    make_finance,
    make_resident,
    sign_in,
)
from tests.factories.sales import make_entry, make_refund
from tests.factories.settlements import ARRANGEMENT, bank_account
from tests.parts.pages import see
from tests.parts.queries import counted_queries

PAGE = "/cooperative/numbers"
QUARTER = Period(date(2026, 7, 1), date(2026, 9, 30))
KEYS = {
    Table.PRODUCTS: lambda row: (row.product_name, row.unit),
    Table.DISTRICTS: lambda row: (row.buyer_district or "—", ""),
    Table.BUYERS: lambda row: (str(BUYER_TYPES[row.buyer_type]), ""),
}


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def desk(app, act, cooperative):
    client = app.test_client()
    sign_in(client, act(make_cooperative_member, cooperative))
    return client


@pytest.fixture
def ledger(act, cooperative):
    """Sales and refunds inside, before, after and at the edges of a quarter and of last year's."""

    def run():
        stranger = make_cooperative()
        names = ("荔枝", "龙眼", "=1+1", "番薯")
        for number in range(60):
            day = date(2026, 6, 25) + timedelta(days=number * 7 % 110)
            if number % 3 == 0:
                day = day.replace(year=2025)
            sale = make_entry(
                stranger if number % 7 == 0 else cooperative,
                day,
                10_000 + 37 * number,
                product_name=names[number % 4],
                unit="箱" if number % 5 else "斤",
                quantity=number % 6 + 1,
                net_weight_g=1250 * (number % 6 + 1),
                buyer_type=list(BuyerType)[number % 5],
                buyer_district=("香洲区", "斗门区", "")[number % 3],
            )
            if number % 4 == 0:
                make_refund(sale, day + timedelta(days=31), 900 + number)
        # A product of which only a refund fell into the quarter.
        old = make_entry(cooperative, date(2026, 6, 1), 5000, product_name="冬瓜")
        make_refund(old, QUARTER.since, 5000)
        return stranger.id

    return act(run)


def recomputed(rows, days):
    """Sums of the raw rows, one by one: as on the page, without asking the database to add."""
    before = Period(days.since.replace(year=2025), days.until.replace(year=2025))
    now = [row for row in rows if days.since <= row.counted_on <= days.until]
    then = [row for row in rows if before.since <= row.counted_on <= before.until]
    return (
        sum(row.quantity_milli for row in now),
        sum(row.net_weight_g for row in now),
        sum(row.amount_fen for row in now),
        sum(row.refund_fen for row in now),
        sum(row.amount_fen - row.refund_fen for row in now),
        sum(row.amount_fen - row.refund_fen for row in then),
    )


@pytest.mark.parametrize("table", Table)
def test_every_row_is_the_sum_of_its_lines(act, cooperative, ledger, table):
    def rows_of():
        own = select(SalesEntry).where(SalesEntry.cooperative_id == cooperative.id)
        return db.session.scalars(own).all(), list_all_sold(cooperative.id, table, QUARTER)

    raw, shown = act(rows_of)
    grouped = defaultdict(list)
    for row in raw:
        grouped[KEYS[table](row)].append(row)
    expected = {key: recomputed(rows, QUARTER) for key, rows in grouped.items()}
    in_span = {key: sums for key, sums in expected.items() if any(sums)}
    found = {
        (row.name, row.unit): (
            row.quantity_milli,
            row.weight_g,
            row.amount_fen,
            row.refund_fen,
            row.net_fen,
            row.before_fen,
        )
        for row in shown
    }
    assert found == in_span
    assert [row.net_fen for row in shown] == sorted((r.net_fen for r in shown), reverse=True)


def test_the_total_is_the_sum_of_all_lines_and_of_each_table(act, cooperative, ledger):
    def sums():
        own = select(SalesEntry).where(SalesEntry.cooperative_id == cooperative.id)
        tables = [list_all_sold(cooperative.id, table, QUARTER) for table in Table]
        return db.session.scalars(own).all(), get_total(cooperative.id, QUARTER), tables

    raw, total, tables = act(sums)
    assert (
        total.quantity_milli,
        total.weight_g,
        total.amount_fen,
        total.refund_fen,
        total.net_fen,
        total.before_fen,
    ) == recomputed(raw, QUARTER)
    for rows in tables:
        assert sum(row.net_fen for row in rows) == total.net_fen
        assert sum(row.before_fen for row in rows) == total.before_fen


def test_a_refund_counts_in_the_month_in_which_it_was_granted(act, desk, cooperative):
    def run():
        sale = make_entry(cooperative, date(2026, 8, 20), 10_000)
        make_refund(sale, date(2026, 9, 2), 4_000)

    act(run)
    assert "净额 100.00 元" in see(desk, f"{PAGE}?period=2026-08").text
    september = see(desk, f"{PAGE}?period=2026-09").text
    assert "净额 -40.00 元" in september
    assert "退款 40.00" in september
    assert "净额 60.00 元" in see(desk, f"{PAGE}?period=2026Q3").text
    # Nothing was sold a year earlier: there is nothing to compare with.
    assert "同比 —" in september
    assert "2026 年第 3 季度" in see(desk, f"{PAGE}?period=2026Q3").text


def test_the_page_says_how_much_more_or_less_than_last_year(act, desk, cooperative):
    def run():
        make_entry(cooperative, date(2025, 8, 20), 10_000, product_name="荔枝")
        make_entry(cooperative, date(2026, 8, 20), 15_000, product_name="荔枝")
        make_entry(cooperative, date(2025, 8, 20), 20_000, product_name="龙眼")

    act(run)
    text = see(desk, f"{PAGE}?period=2026-08").text
    assert re.search(r"荔枝 .*150\.00 上年 100\.00 多 50\.0%", text)
    assert re.search(r"龙眼 .*0\.00 上年 200\.00 少 100\.0%", text)
    assert "同比 少 50.0%" in text


def test_a_table_is_taken_home_as_it_is_shown_and_harmless(act, desk, cooperative, ledger):
    answer = desk.get(f"{PAGE}/products.csv?period=2026Q3")
    assert answer.status_code == 200
    text = answer.data.decode("utf-8-sig")
    head, *rows, total = csv.reader(StringIO(text))
    assert head == [
        *("商品", "单位", "数量", "净重(公斤)", "验收金额(元)", "退款(元)", "净额(元)"),
        *("上年同期(元)", "同比(%)"),
    ]
    assert {"'=1+1", "荔枝"} <= {row[0] for row in rows}
    assert not [row[0] for row in rows if row[0].startswith("=")]
    shown = act(lambda: get_total(cooperative.id, QUARTER))
    assert total[0] == "合计"
    assert total[6] == f"{shown.net_fen / 100:.2f}"
    assert total[3] == f"{shown.weight_g / 1000:.3f}"
    logged = act(lambda: db.session.scalars(select(AuditEntry.act)).all())
    assert logged.count("download_numbers") == 1
    for table in ("districts", "buyers"):
        assert desk.get(f"{PAGE}/{table}.csv?period=2026Q3").status_code == 200
    assert desk.get(f"{PAGE}/people.csv").status_code == 404


def test_nobody_else_sees_them(app, act, cooperative, ledger):
    other = app.test_client()
    sign_in(other, act(make_cooperative_member))
    assert "这段时间还没有验收的商品" in see(other, f"{PAGE}?period=2026").text
    picker, accountant = app.test_client(), app.test_client()
    sign_in(picker, act(make_cooperative_member, cooperative, MemberRole.PICKER))
    sign_in(accountant, act(make_cooperative_member, cooperative, MemberRole.ACCOUNTANT))
    assert picker.get(PAGE).status_code == 403
    assert picker.get(f"{PAGE}/buyers.csv").status_code == 403
    assert "荔枝" in see(accountant, f"{PAGE}?period=2026Q3").text


def test_claims_are_a_share_of_what_arrived(act, cooperative):
    now = clock.now()
    today = clock.day_of(now)

    def run():
        buyer = make_resident()
        variant = make_variant(cooperative, stock=100, at=now - timedelta(days=30))
        db.session.flush()
        orders = [
            dispatched(paid(place(buyer, {variant: 1}, at=now - timedelta(days=5))))
            for _ in range(4)
        ]
        for order in orders[:3]:
            accepted(order, at=now - timedelta(hours=3))
        # One that is on its way can be claimed about, and did not arrive.
        parts = db.session.scalars(select(SubOrder).order_by(SubOrder.id)).all()
        for part in (parts[0], parts[3]):
            draft = ClaimDraft({part.lines[0].id: 1}, Fault.SPOILED, "有坏的")
            open_claim(part.id, draft, by=buyer.id, at=now)
        return claim_shares(cooperative.id, Period(today - timedelta(days=2), today))

    assert act(run) == (Share(1, 3), Share(0, 0))


def test_the_wait_for_money_is_counted_from_acceptance_to_the_banks_answer(act, cooperative):
    now = clock.now()

    def run():
        first, second, buyer = make_finance(), make_finance(), make_resident()
        manager = make_cooperative_member(cooperative)
        db.session.flush()
        early = now - timedelta(days=60)
        bank_account(cooperative, manager, at=early)
        variant = make_variant(cooperative, stock=100, at=early)
        for days in (50, 48):
            order = place(buyer, {variant: 1}, at=now - timedelta(days=days))
            accepted(dispatched(paid(order)))
        since = clock.day_of(now) - timedelta(days=60)
        made_at = now - timedelta(days=30)
        statement = make_statement(
            cooperative.id, HalfMonth(since, clock.day_of(made_at)), at=made_at
        )
        assert statement is not None
        batch = prepare_batch(ARRANGEMENT, by=first.id, at=made_at)
        release_batch(batch.id, ARRANGEMENT, by=second.id, at=made_at)
        row = batch.rows[0]
        span = Period(clock.day_of(now) - timedelta(days=29), clock.day_of(now))
        unpaid = waits(cooperative.id, span)
        mark_paid(batch.id, row.id, by=second.id, at=now - timedelta(days=20))
        db.session.flush()
        paid_out = waits(cooperative.id, span)
        mark_returned(batch.id, row.id, "户名不符", by=second.id, at=now)
        db.session.flush()
        return unpaid, paid_out, waits(cooperative.id, span)

    nothing = (Wait(0, 0, 0), Wait(0, 0, 0))
    unpaid, paid_out, returned = act(run)
    assert unpaid == nothing
    # Accepted 47 and 45 days ago, paid 20 days ago.
    assert paid_out == (Wait(parts=2, days=27 + 25, longest=27), Wait(0, 0, 0))
    assert returned == nothing


def test_the_page_asks_little_however_much_was_sold(app, act, desk, cooperative):
    def statements():
        with counted_queries(app) as seen:
            assert desk.get(f"{PAGE}?period=2026Q3").status_code == 200
        return len(seen)

    none = statements()
    act(make_entry, cooperative, date(2026, 8, 1), 100)
    one = statements()

    def more():
        for number in range(45):
            make_entry(
                cooperative, date(2026, 8, 1), 100 + number, product_name=f"番薯{number:02d}"
            )

    act(more)
    assert none == one == statements()
    assert one <= 10
    first, second = (see(desk, f"{PAGE}?period=2026Q3&page={n}").text for n in (1, 2))
    assert ("番薯44" in first, "番薯44" in second) == (True, False)
    assert "番薯20" in second
