"""What a cooperative and finance see of settlements and payouts, and the files they take home."""

import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from orders.claims import services as claims
from orders.claims.models import Fault
from orders.commissions.models import CommissionRate
from orders.commissions.services import set_rate
from orders.records.models import Order
from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.accounts.people.models import Account
from shop.db import db
from shop.organisations.models import Organisation
from suppliers.settlements.models import PayoutRow, SettlementStatement
from suppliers.settlements.rules import Period
from suppliers.settlements.services.statements import make_statement
from tests.factories.catalog import make_variant
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import (
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    make_finance,
    make_resident,
    sign_in,
)
from tests.factories.settlements import NUMBER, bank_account
from tests.parts.pages import see
from tests.parts.queries import counted_queries

MASKED = "**** **** 1234"


@pytest.fixture
def people(app, act):
    """A cooperative that was settled and has something that is held, and those who look at it."""

    def run():
        now = clock.now()
        seller = make_cooperative()
        first, second = make_finance(), make_finance()
        manager = make_cooperative_member(seller)
        accounts = {
            "manager": manager,
            "stranger": make_cooperative_member(),
            "first": first,
            "second": second,
            "administrator": make_administrator(),
            "buyer": make_resident(),
        }
        db.session.flush()
        earlier = now - timedelta(days=20)
        set_rate(None, 500, clock.day_of(earlier), "开业费率", by=None, at=earlier)
        variant = make_variant(seller, price_fen=9000, at=earlier)
        sold = place(accounts["buyer"], {variant: 2}, at=earlier)
        accepted(dispatched(paid(sold)))
        for hours in (76, 77):
            order = place(accounts["buyer"], {variant: 1}, at=now - timedelta(hours=hours))
            accepted(dispatched(paid(order)))
        bank_account(seller, manager, at=earlier)
        today = clock.day_of(now)
        period = Period(today - timedelta(days=16), today - timedelta(days=2))
        statement = make_statement(seller.id, period, at=now)
        ids = {name: account.id for name, account in accounts.items()}
        return ids | {"seller": seller.id, "statement": statement.id, "held": order.id}

    return act(run)


def browser(app, act, people, who):
    client = app.test_client()
    account = act(lambda: db.session.get_one(Account, people[who]))
    sign_in(client, account)
    return client


def prepared(app, act, people):
    """The address of a batch that the first person of finance has prepared."""
    answer = browser(app, act, people, "first").post("/finance/payout-batches")
    assert answer.status_code == 303
    return answer.location


def test_a_cooperative_sees_what_comes_next_and_what_is_held_until_when(app, act, people):
    text = see(browser(app, act, people, "manager"), "/cooperative/money").text
    assert "已结算" in text
    assert "保留到" in text
    assert "买家这之前还可以申请售后" in text
    assert text.count("白糖罂荔枝") == 2


def test_a_part_in_dispute_says_so_and_leads_to_its_claim(app, act, people):
    def complain():
        order = db.session.get_one(Order, people["held"])
        part = order.sub_orders[0]
        draft = claims.ClaimDraft({part.lines[0].id: 1}, Fault.SPOILED, "有坏的")
        return claims.open_claim(part.id, draft, by=order.account_id, at=clock.now()).id

    claim_id = act(complain)
    page = see(browser(app, act, people, "manager"), "/cooperative/money")
    assert "处理完以后，排进下一期结算" in page.text
    assert page.link("看售后") == f"/cooperative/claims/{claim_id}"


def test_a_statement_is_read_down_to_the_order_line(app, act, people):
    address = f"/cooperative/money/statements/{people['statement']}"
    text = see(browser(app, act, people, "manager"), address).text
    assert "180.00" in text
    assert "佣金 -9.00 元（5%）" in text


def test_no_other_cooperative_sees_it(app, act, people):
    client = browser(app, act, people, "stranger")
    for end in ("", ".xlsx"):
        address = f"/cooperative/money/statements/{people['statement']}{end}"
        assert client.get(address).status_code == 404
    assert "白糖罂荔枝" not in see(client, "/cooperative/money").text


@pytest.mark.parametrize("who", ["manager", "first"])
def test_a_statement_is_taken_home_as_a_workbook_and_the_audit_log_says_so(app, act, people, who):
    address = {
        "manager": f"/cooperative/money/statements/{people['statement']}.xlsx",
        "first": f"/finance/settlements/{people['statement']}.xlsx",
    }[who]
    answer = browser(app, act, people, who).get(address)
    assert answer.status_code == 200
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    goods = next(row for row in rows if "白糖罂荔枝" in row)
    total = next(row for row in rows if row[0] == "合计")
    assert (goods[6], goods[10]) == (180.0, -9.0)
    assert total[11] == goods[6] + goods[10] + total[7]
    assert acts_of(act, people[who]) == ["download_settlement"]


def test_two_people_of_finance_pay_a_cooperative_from_preparing_to_the_banks_answer(
    app, act, people
):
    address = prepared(app, act, people)
    first = browser(app, act, people, "first")
    assert "要由另一位财务放行" in see(first, address).text
    assert first.post(f"{address}/release").status_code == 303
    assert "等另一位财务" in see(first, address).text
    second = browser(app, act, people, "second")
    assert "等放行的合作社付款 1" in see(second, "/finance").text
    assert second.post(f"{address}/release").status_code == 303
    assert "等放行的合作社付款 0" in see(second, "/finance").text
    text = see(second, address).text
    assert "已放行" in text
    assert MASKED in text
    assert NUMBER not in text
    row_id = act(lambda: db.session.scalars(select(PayoutRow.id)).one())
    second.post(f"{address}/rows/{row_id}/payment")
    assert "已付款" in see(browser(app, act, people, "manager"), "/cooperative/money").text
    second.post(f"{address}/rows/{row_id}/return", data={"reason": "户名不符"})
    text = see(browser(app, act, people, "manager"), "/cooperative/money").text
    assert "户名不符" in text
    assert "待付款" in text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_banks_file_holds_the_whole_number_and_each_download_is_written_down(
    app, act, people, kind
):
    address = prepared(app, act, people)
    second = browser(app, act, people, "second")
    early = second.get(f"{address}/file.{kind}")
    assert early.status_code == 303
    second.post(f"{address}/release")
    for _ in range(2):
        answer = second.get(f"{address}/file.{kind}")
    assert answer.headers["Cache-Control"] == "no-store"
    if kind == "csv":
        text = answer.data.decode("gb18030")
        assert f'"{NUMBER}"' in text
    else:
        rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0)
        assert NUMBER in rows.to_python()[1]
    taken = [each for each in acts_of(act, people["second"]) if each == "download_payout"]
    assert len(taken) == 2


def test_without_an_arrangement_the_page_says_why_nobody_is_paid(app, act, people, monkeypatch):
    bare = replace(app.config["SETTINGS"], payout_arrangement="")
    monkeypatch.setitem(app.config, "SETTINGS", bare)
    client = browser(app, act, people, "first")
    page = see(client, "/finance/payout-batches")
    assert "还没有配置持牌支付安排" in page.text
    assert not [form for form in page.forms if form.action == "/finance/payout-batches"]
    client.post("/finance/payout-batches")
    assert act(lambda: db.session.scalars(select(PayoutRow.id)).all()) == []


def test_a_batch_is_sent_back_with_a_reason(app, act, people):
    address = prepared(app, act, people)
    second = browser(app, act, people, "second")
    assert second.post(f"{address}/rejection").status_code == 422
    second.post(f"{address}/rejection", data={"note": "金额不对"})
    assert "金额不对" in see(second, address).text
    assert prepared(app, act, people) != address


def test_an_administrator_sets_a_rate_with_its_day_and_reason(app, act, people):
    client = browser(app, act, people, "administrator")
    address = f"/admin/commissions/{people['seller']}"
    tomorrow = clock.day_of(clock.now()) + timedelta(days=1)
    fields = {"rate": "2.5%", "effective_on": tomorrow.isoformat(), "reason": "合同约定"}
    late = (tomorrow - timedelta(days=2)).isoformat()
    assert client.post(address, data=fields | {"effective_on": late}).status_code == 422
    assert client.post(address, data=fields | {"rate": "31"}).status_code == 422
    assert client.post(address, data=fields | {"reason": ""}).status_code == 422
    assert client.post(address, data=fields).status_code == 303
    rate = act(
        lambda: db.session.scalars(select(CommissionRate).filter_by(reason="合同约定")).one()
    )
    assert (rate.basis_points, rate.effective_on) == (250, tomorrow)
    assert "合同约定" in see(client, address).text
    assert "2.5%" in see(client, "/admin/commissions").text
    blank = client.post("/admin/commissions/default", data=fields | {"rate": ""})
    assert blank.status_code == 422


def test_a_cooperatives_page_asks_as_much_of_the_database_for_many_as_for_few(app, act, people):
    client = browser(app, act, people, "manager")
    see(client, "/cooperative/money")
    with counted_queries(app) as few:
        see(client, "/cooperative/money")

    def sell_more():
        variant = make_variant(db.session.get_one(Organisation, people["seller"]), name="冬瓜")
        buyer = db.session.get_one(Account, people["buyer"])
        for hours in range(73, 80):
            order = place(buyer, {variant: 1}, at=clock.now() - timedelta(hours=hours))
            accepted(dispatched(paid(order)))

    act(sell_more)
    with counted_queries(app) as many:
        see(client, "/cooperative/money")
    assert len(many) == len(few)
    assert len(many) <= 22


def test_finance_lists_every_cooperatives_statements(app, act, people):
    statement = act(lambda: db.session.get_one(SettlementStatement, people["statement"]))
    client = browser(app, act, people, "first")
    page = see(client, "/finance/settlements")
    assert statement.number in page.text
    assert re.search(r"180\.00", see(client, f"/finance/settlements/{statement.id}").text)


def acts_of(act, account_id):
    query = select(AuditEntry.act).where(
        AuditEntry.account_id == account_id, AuditEntry.act.startswith("download")
    )
    return list(act(lambda: db.session.scalars(query).all()))
