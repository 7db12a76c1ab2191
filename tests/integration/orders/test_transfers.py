"""Money in the bank account: taken in once, matched by itself or by two people, paid out by two."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from catalog.products.models import Variant
from orders.checkout.services import close_order
from orders.payments.models import Payment
from orders.records.models import Order
from orders.refunds.models import Refund
from orders.refunds.services.cancellations import cancel_order
from orders.transfers.handlers import ROWS_KEPT, forget_rows, match_receipts
from orders.transfers.models import (
    BankReceipt,
    BankStatement,
    Decision,
    MatchedReceipt,
    Payout,
    ReceiptMatch,
)
from orders.transfers.queries.receipts import Queue, queue_of
from orders.transfers.services import matches
from orders.transfers.services.matches import propose_match
from shop import clock, outbox
from shop.accounts.people.models import Account
from shop.db import db
from shop.errors import NotFound
from shop.invariants import list_broken
from tests.factories.catalog import make_variant
from tests.factories.orders import paid, place
from tests.factories.people import make_enterprise_member, make_finance, make_resident, sign_in
from tests.factories.transfers import HEAD, as_csv, as_xlsx, code_of, incoming, received
from tests.parts.databases import Engine
from tests.parts.pages import see, send
from tests.parts.queries import counted_queries

Act = Callable[..., Any]
TOTAL_FEN = 15_000


@pytest.fixture
def maker(act: Act) -> Account:
    return act(make_finance)


@pytest.fixture
def checker(act: Act) -> Account:
    return act(make_finance)


@pytest.fixture
def one(app: Flask, maker: Account) -> FlaskClient:
    """The browser of the person who proposes."""
    client = app.test_client()
    sign_in(client, maker)
    return client


@pytest.fixture
def other(app: Flask, checker: Account) -> FlaskClient:
    """The browser of the person who decides."""
    client = app.test_client()
    sign_in(client, checker)
    return client


@pytest.fixture
def variant(act: Act) -> Variant:
    return act(make_variant, stock=20)


@pytest.fixture
def order(act: Act, variant: Variant) -> Order:
    """An order that waits for a transfer of 150 yuan."""
    return act(_order, variant)


def _order(variant: Variant) -> Order:
    member = make_enterprise_member()
    return place(member, {variant: 2}, for_unit=True, transfer_days=5, at=clock.now())


def fresh(act: Act, thing: Any) -> Any:
    return act(lambda: db.session.get_one(type(thing), thing.id))


def count_of(act: Act, model: Any) -> int:
    return act(lambda: db.session.scalar(select(func.count()).select_from(model)) or 0)


def upload(client: FlaskClient, content: bytes, name: str = "流水.csv") -> Any:
    data = {"file": (BytesIO(content), name)}
    answer = client.post("/finance/statements", data=data, content_type="multipart/form-data")
    # The client writes what is long into a file of its own.
    answer.request.environ["wsgi.input"].close()
    return answer


def take_in(client: FlaskClient, *rows: list[Any]) -> None:
    """Bring a statement and import it, as a person would."""
    answer = upload(client, as_csv([HEAD, *rows]))
    assert answer.status_code == 303, answer.text
    send(client, see(client, answer.location).form("/import"))


def receipt_of(act: Act) -> BankReceipt:
    return act(lambda: db.session.scalars(select(BankReceipt)).one())


def queue(act: Act, receipt: BankReceipt) -> Queue:
    return act(queue_of, receipt.id)


def match_of(act: Act) -> ReceiptMatch:
    query = select(ReceiptMatch).order_by(ReceiptMatch.id.desc()).limit(1)
    return act(lambda: db.session.scalars(query).one())


def propose(client: FlaskClient, receipt: BankReceipt, order: str, **more: Any) -> Any:
    return client.post(
        f"/finance/receipts/{receipt.id}/matches", data={"order": order, "note": "", **more}
    )


def confirm(client: FlaskClient, match: ReceiptMatch) -> Any:
    return client.post(f"/finance/matches/{match.id}/confirmation")


def assert_sound(act: Act) -> None:
    assert act(list_broken) == []


# ── Taken in ────────────────────────────────────────────────────────────────────────────────────


def test_an_exact_transfer_with_the_code_pays_the_order_by_itself(
    act: Act, one: FlaskClient, order: Order
) -> None:
    take_in(one, incoming("150.00", f"货款 {act(code_of, order)}"))
    assert fresh(act, order).paid_at is not None
    receipt = receipt_of(act)
    assert (receipt.payer_account_tail, receipt.amount_fen) == ("2222", TOTAL_FEN)
    match = match_of(act)
    assert (match.decision, match.proposed_by_id, match.decided_by_id) == (
        Decision.CONFIRMED,
        None,
        None,
    )
    assert order.number in one.get("/finance/receipts?show=matched").text
    assert_sound(act)


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_the_same_statement_twice_is_the_same_as_once(
    act: Act, one: FlaskClient, write: Callable[..., bytes]
) -> None:
    """By the bank's number where there is one, else by its place in the file."""
    file = write([HEAD, incoming("1.00"), incoming("2.00", reference="")])
    name = "a.xlsx" if write is as_xlsx else "a.csv"
    first = upload(one, file, name).location
    send(one, see(one, first).form("/import"))
    again = see(one, upload(one, file, name).location)
    assert [form.action for form in again.forms if form.action.endswith("/import")] == []
    assert count_of(act, BankReceipt) == 2


def test_a_number_of_the_bank_that_is_known_from_another_file_is_left_out(
    act: Act, one: FlaskClient
) -> None:
    row = incoming("1.00")
    take_in(one, row)
    take_in(one, row, incoming("2.00"))
    assert count_of(act, BankReceipt) == 2


def test_a_statement_with_wrong_rows_is_imported_in_part_only_when_a_person_says_so(
    act: Act, one: FlaskClient
) -> None:
    rows = [incoming("1.00"), incoming("many"), incoming("2.345"), incoming("3", day="2026-02-30")]
    page = see(one, upload(one, as_csv([HEAD, *rows])).location)
    for words in (
        "金额不是数字",
        "金额精确到分以下",
        "日期读不懂",
        "many",
        "2026-02-30",
        "只导入正确的 1 行",
    ):
        assert words in page.text, words
    assert count_of(act, BankReceipt) == 0, "nothing counts before somebody says so"
    send(one, page.form("/import"))
    assert count_of(act, BankReceipt) == 1


def test_a_statement_that_is_sent_back_leaves_nothing(act: Act, one: FlaskClient) -> None:
    page = see(one, upload(one, as_csv([HEAD, incoming("1.00"), incoming("x")])).location)
    send(one, page.form("/return"))
    one.post(page.form("/import").action)
    assert count_of(act, BankReceipt) == 0
    statement = act(lambda: db.session.scalars(select(BankStatement)).one())
    assert (statement.returned_at is not None, statement.imported_at) == (True, None)


def test_two_people_who_import_the_same_rows_at_once_double_nothing(
    app: Flask, act: Act, one: FlaskClient, other: FlaskClient
) -> None:
    file = as_csv([HEAD, *(incoming(f"{n}.00") for n in range(1, 30))])
    actions = [
        see(client, upload(client, file + b"\n" * extra).location).form("/import").action
        for extra, client in enumerate((one, other))
    ]
    answers = at_once(
        lambda: one.post(actions[0]).status_code, lambda: other.post(actions[1]).status_code
    )
    assert answers == [303, 303]
    assert count_of(act, BankReceipt) == 29


def test_what_came_in_is_never_changed(act: Act, maker: Account) -> None:
    act(received, 100, by=maker.id)
    for change in ("UPDATE bank_receipt SET amount_fen = 1", "DELETE FROM bank_receipt"):
        with pytest.raises(DBAPIError, match="bank_receipt is append-only"):
            act(lambda change=change: db.session.execute(text(change)))


def test_fifty_thousand_rows_are_read_staged_and_imported(act: Act, one: FlaskClient) -> None:
    day = clock.day_of(clock.now()).isoformat()
    rows = [[day, "1.00", "", "单位", "", "备注", f"R{number}"] for number in range(50_000)]
    page = see(one, upload(one, as_csv([HEAD, *rows], "gb18030")).location)
    assert "导入 50000 行" in page.text
    send(one, page.form("/import"))
    assert count_of(act, BankReceipt) == 50_000
    answer = upload(one, as_csv([HEAD, *rows, *rows[:100]]))
    assert (answer.status_code, "最多导入 50,000 行" in answer.text) == (422, True)


# ── Late, too little, too much ──────────────────────────────────────────────────────────────────


def test_an_exact_transfer_that_comes_after_the_order_closed_is_honoured_while_there_is_stock(
    act: Act, one: FlaskClient, order: Order
) -> None:
    code = act(code_of, order)
    act(close_order, order.id, by=None, at=order.expires_at)
    take_in(one, incoming("150.00", code))
    assert fresh(act, order).paid_at is not None
    assert_sound(act)


def test_an_exact_transfer_for_an_order_that_was_called_off_waits_to_be_paid_out(
    act: Act, one: FlaskClient, order: Order
) -> None:
    code = act(code_of, order)
    act(close_order, order.id, by=order.account_id, at=clock.now())
    take_in(one, incoming("150.00", code))
    assert fresh(act, order).paid_at is None
    (refund,) = act(lambda: db.session.scalars(select(Refund)).all())
    assert refund.amount_fen == TOTAL_FEN
    assert "示例单位" in one.get("/finance/payouts").text
    assert_sound(act)


def test_a_second_transfer_for_a_paid_order_waits_for_people(
    act: Act, one: FlaskClient, order: Order
) -> None:
    code = act(code_of, order)
    take_in(one, incoming("150.00", code), incoming("150.00", code))
    assert fresh(act, order).paid_at is not None
    payment = act(lambda: db.session.scalars(select(Payment)).one())
    assert payment.captured_fen == TOTAL_FEN
    assert act(lambda: db.session.scalars(select(Refund)).all()) == []
    assert see(one, "/finance/receipts?show=late").text.count("HK") == 0
    assert "150.00" in one.get("/finance/receipts?show=late").text


def test_too_little_waits_and_a_further_transfer_completes_it_as_a_proposal(
    act: Act, one: FlaskClient, other: FlaskClient, order: Order
) -> None:
    code = act(code_of, order)
    take_in(one, incoming("100.00", code))
    receipt = receipt_of(act)
    assert queue(act, receipt) is Queue.UNDERPAID
    take_in(one, incoming("50.00", code))
    match = match_of(act)
    assert (match.proposed_by_id, match.decision, match.amount_fen) == (None, None, TOTAL_FEN)
    assert fresh(act, order).paid_at is None
    assert queue(act, receipt) is Queue.PROPOSED
    confirm(other, match)
    assert fresh(act, order).paid_at is not None
    assert_sound(act)


def test_the_shops_own_proposal_that_was_rejected_is_not_made_again(
    app: Flask, act: Act, one: FlaskClient, order: Order
) -> None:
    code = act(code_of, order)
    take_in(one, incoming("100.00", code), incoming("50.00", code))
    one.post(f"/finance/matches/{match_of(act).id}/rejection", data={"answer": "不是同一单"})
    with app.app_context():
        match_receipts(clock.now())
    assert count_of(act, ReceiptMatch) == 1
    assert act(queue_of, 1) is Queue.UNDERPAID


@pytest.mark.parametrize("second", ["", "HK-1"])
def test_half_the_money_in_two_files_is_not_taken_for_the_whole(
    act: Act, one: FlaskClient, order: Order, second: str
) -> None:
    """The files overlap, and not both give the bank's number of the transfer."""
    code = act(code_of, order)
    take_in(one, incoming("75.00", code, reference=""))
    first = receipt_of(act)
    assert "导入了两次" not in one.get(f"/finance/receipts/{first.id}").text
    take_in(one, incoming("75.00", code, reference=second), incoming("1.00"))
    assert count_of(act, ReceiptMatch) == 0
    others = select(BankReceipt.id).where(BankReceipt.id != first.id, BankReceipt.code != "")
    twin_id = act(lambda: db.session.scalars(others).one())
    page = one.get(f"/finance/receipts/{first.id}").text
    assert "导入了两次" in page
    assert f'href="/finance/receipts/{twin_id}"' in page


def test_two_equal_halves_that_the_bank_numbers_are_proposed(
    act: Act, one: FlaskClient, order: Order
) -> None:
    code = act(code_of, order)
    take_in(one, incoming("75.00", code), incoming("75.00", code))
    assert match_of(act).amount_fen == TOTAL_FEN


def test_too_much_pays_once_two_people_agree_and_the_surplus_is_granted_back(
    app: Flask, act: Act, one: FlaskClient, other: FlaskClient, order: Order
) -> None:
    code = act(code_of, order)
    take_in(one, incoming("200.00", code))
    receipt = receipt_of(act)
    assert queue(act, receipt) is Queue.OVERPAID
    assert fresh(act, order).paid_at is None
    assert propose(one, receipt, code).status_code == 303
    confirm(other, match_of(act))
    assert fresh(act, order).paid_at is not None
    payment = act(lambda: db.session.scalars(select(Payment)).one())
    assert (payment.captured_fen, payment.refunded_fen) == (20_000, 5_000)
    (refund,) = act(lambda: db.session.scalars(select(Refund)).all())
    assert (refund.amount_fen, refund.moved_at) == (5_000, None)
    buyer = app.test_client()
    sign_in(buyer, act(lambda: db.session.get_one(Account, order.account_id)))
    assert "转账比应付多 50.00 元" in see(buyer, "/account/inbox").text
    assert_sound(act)


def test_a_proposal_of_too_little_can_not_be_confirmed(
    act: Act, one: FlaskClient, other: FlaskClient, order: Order, maker: Account
) -> None:
    receipt = act(received, 100, by=maker.id)
    propose(one, receipt, order.number)
    confirm(other, match_of(act))
    assert match_of(act).decision is None
    assert fresh(act, order).paid_at is None


def test_halves_that_are_gone_when_they_are_proposed_keep_no_others_waiting(
    app: Flask,
    act: Act,
    variant: Variant,
    order: Order,
    maker: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    orders = [order, act(_order, variant), act(_order, variant)]
    for code in [act(code_of, each) for each in orders]:
        for _ in range(2):
            act(received, TOTAL_FEN // 2, code, by=maker.id)
    errors = [NotFound, RuntimeError]
    propose_together = matches.propose_together

    def taken_before(payment_id: int, code: str, *, at: datetime) -> ReceiptMatch:
        if errors:
            raise errors.pop()
        return propose_together(payment_id, code, at=at)

    monkeypatch.setattr(matches, "propose_together", taken_before)
    with app.app_context():
        match_receipts(clock.now())
    assert count_of(act, ReceiptMatch) == 1
    with app.app_context():
        match_receipts(clock.now())
    assert count_of(act, ReceiptMatch) == 3


def test_a_remark_with_two_codes_is_left_to_people(
    act: Act, one: FlaskClient, order: Order, variant: Variant
) -> None:
    second = act(_order, variant)
    take_in(one, incoming("150.00", f"{act(code_of, order)} {act(code_of, second)}"))
    assert queue(act, receipt_of(act)) is Queue.UNMATCHED


# ── Two people ──────────────────────────────────────────────────────────────────────────────────


def test_a_transfer_without_a_code_is_matched_by_two_people(
    act: Act, one: FlaskClient, other: FlaskClient, order: Order
) -> None:
    take_in(one, incoming("150.00", "十二月慰问品"))
    receipt = receipt_of(act)
    assert queue(act, receipt) is Queue.UNMATCHED
    page = see(one, f"/finance/receipts/{receipt.id}")
    # An order that waits for just this amount is filled in with one tap.
    tapped = next(url for words, url in page.links if order.number in words)
    send(one, see(one, tapped).form("/matches"))
    assert fresh(act, order).paid_at is None
    send(other, see(other, "/finance/matches").form("/confirmation"))
    assert fresh(act, order).paid_at is not None
    match = match_of(act)
    assert match.proposed_by_id != match.decided_by_id
    assert_sound(act)


def test_one_person_can_not_match_alone(
    act: Act, one: FlaskClient, order: Order, maker: Account
) -> None:
    receipt = act(received, TOTAL_FEN, by=maker.id)
    propose(one, receipt, order.number)
    match = match_of(act)
    page = see(one, "/finance/matches")
    assert [form for form in page.forms if "/finance/matches" in form.action] == []
    confirm(one, match)
    one.post(f"/finance/matches/{match.id}/rejection", data={"answer": "算了"})
    assert match_of(act).decision is None
    assert fresh(act, order).paid_at is None


def test_the_database_itself_refuses_that_one_person_decides_alone(
    act: Act, maker: Account, order: Order
) -> None:
    receipt = act(received, TOTAL_FEN, by=maker.id)
    payment = act(lambda: db.session.scalars(select(Payment)).one())
    act(propose_match, [receipt.id], payment.id, "", by=maker.id, at=clock.now())
    for by in (str(maker.id), "NULL"):
        with pytest.raises(IntegrityError):
            act(
                lambda by=by: db.session.execute(
                    text(
                        "UPDATE receipt_match SET decision = 'confirmed',"
                        f" decided_at = proposed_at, decided_by_id = {by}"
                    )
                )
            )


def test_a_rejected_receipt_is_free_again(
    act: Act, one: FlaskClient, other: FlaskClient, order: Order, maker: Account
) -> None:
    receipt = act(received, TOTAL_FEN, by=maker.id)
    propose(one, receipt, order.number)
    match = match_of(act)
    answer = other.post(f"/finance/matches/{match.id}/rejection", data={"answer": ""})
    assert answer.status_code == 422
    other.post(f"/finance/matches/{match.id}/rejection", data={"answer": "不是这一单"})
    assert queue(act, receipt) is Queue.UNMATCHED
    assert "不是这一单" in one.get(f"/finance/receipts/{receipt.id}").text
    assert propose(one, receipt, order.number).status_code == 303
    assert match_of(act).id != match.id


def test_two_people_who_match_one_transfer_to_two_orders_at_once_make_one_match(
    app: Flask,
    act: Act,
    one: FlaskClient,
    other: FlaskClient,
    variant: Variant,
    order: Order,
    maker: Account,
) -> None:
    second = act(_order, variant)
    receipts = [act(received, TOTAL_FEN, by=maker.id) for _ in range(5)]
    for receipt in receipts:
        answers = at_once(
            lambda r=receipt: propose(one, r, order.number).status_code,
            lambda r=receipt: propose(other, r, second.number).status_code,
        )
        assert answers == [303, 303]
        taken = select(func.count()).where(
            MatchedReceipt.receipt_id == receipt.id, MatchedReceipt.released_at.is_(None)
        )
        assert act(lambda q=taken: db.session.scalar(q)) == 1
    assert count_of(act, ReceiptMatch) == len(receipts)


def test_two_people_who_confirm_one_proposal_at_once_pay_once(
    app: Flask, act: Act, other: FlaskClient, one: FlaskClient, order: Order, maker: Account
) -> None:
    receipt = act(received, TOTAL_FEN, by=maker.id)
    propose(one, receipt, order.number)
    third = app.test_client()
    sign_in(third, act(make_finance))
    match = match_of(act)
    at_once(lambda: confirm(other, match), lambda: confirm(third, match))
    payment = act(lambda: db.session.scalars(select(Payment)).one())
    assert payment.captured_fen == TOTAL_FEN
    assert_sound(act)


def test_who_confirms_a_match_locks_the_order_before_its_payment_as_everybody_does(
    app: Flask,
    act: Act,
    one: FlaskClient,
    other: FlaskClient,
    order: Order,
    maker: Account,
    engine: Engine,
) -> None:
    propose(one, act(received, TOTAL_FEN, by=maker.id), order.number)
    with counted_queries(app) as asked:
        confirm(other, match_of(act))
    locked = [
        table.__tablename__
        for statement in asked
        if "FOR UPDATE" in statement
        for table in (Order, Payment)
        if f"FROM {table.__tablename__} " in statement.replace("\n", " ")
    ]
    # SQLite has one writer at a time and locks no rows.
    first = [Order.__tablename__, Payment.__tablename__] if engine is Engine.POSTGRES else []
    assert locked[:2] == first


def test_an_order_that_was_paid_online_meanwhile_takes_no_transfer(
    act: Act, one: FlaskClient, other: FlaskClient, order: Order, maker: Account
) -> None:
    receipt = act(received, TOTAL_FEN, by=maker.id)
    propose(one, receipt, order.number)
    act(lambda: paid(db.session.get_one(Order, order.id)))
    confirm(other, match_of(act))
    assert match_of(act).decision is None
    another = act(received, TOTAL_FEN, by=maker.id)
    assert propose(one, another, order.number).status_code == 409


@pytest.mark.parametrize(
    ("words", "answer"), [("C20261123-AAAAAA", "没有这个订单号"), ("ABCD-2222", "校验位不符")]
)
def test_an_order_that_is_not_there_and_a_mistyped_code_are_told_apart(
    act: Act, one: FlaskClient, maker: Account, words: str, answer: str
) -> None:
    receipt = act(received, TOTAL_FEN, by=maker.id)
    refused = propose(one, receipt, words)
    assert (refused.status_code, answer in refused.text) == (422, True)


# ── Paid out ────────────────────────────────────────────────────────────────────────────────────


def test_a_refund_of_a_transfer_is_paid_out_by_two_people(
    app: Flask, act: Act, one: FlaskClient, other: FlaskClient, order: Order
) -> None:
    take_in(one, incoming("150.00", act(code_of, order)))
    act(cancel_order, order.id, reason="买家取消", by=order.account_id, at=clock.now())
    with app.app_context():
        outbox.deliver_due(clock.now() + timedelta(seconds=1))
    (refund,) = act(lambda: db.session.scalars(select(Refund)).all())
    assert (refund.moved_at, refund.failure) == (None, ""), "Stripe is not asked"
    page = see(one, "/finance/payouts")
    assert send(one, page.form("/payout"), reference="PAY-1").status_code == 303
    payout = act(lambda: db.session.scalars(select(Payout)).one())
    one.post(f"/finance/payouts/{payout.id}/confirmation")
    assert fresh(act, refund).moved_at is None, "not by the same person"
    send(other, see(other, "/finance/payouts").form("/confirmation"))
    moved = fresh(act, refund)
    assert (moved.moved_at is not None, moved.provider_id) == (True, "PAY-1")
    letters = act(lambda: db.session.scalars(select(outbox.OutboxMessage.key)).all())
    assert any(f"refund_moved:{refund.idempotency_key}" in key for key in letters)
    assert_sound(act)


def test_a_payout_that_is_not_at_the_bank_is_entered_again(
    act: Act, one: FlaskClient, other: FlaskClient, order: Order
) -> None:
    take_in(one, incoming("150.00", act(code_of, order)))
    act(cancel_order, order.id, reason="买家取消", by=order.account_id, at=clock.now())
    send(one, see(one, "/finance/payouts").form("/payout"), reference="PAY-1")
    send(other, see(other, "/finance/payouts").form("/rejection"))
    send(one, see(one, "/finance/payouts").form("/payout"), reference="PAY-1")
    send(other, see(other, "/finance/payouts").form("/confirmation"))
    (refund,) = act(lambda: db.session.scalars(select(Refund)).all())
    assert refund.moved_at is not None


def test_a_receipt_goes_back_to_its_sender_by_two_people_twice(
    act: Act, one: FlaskClient, other: FlaskClient, maker: Account
) -> None:
    receipt = act(received, 777, "汇错了", by=maker.id)
    page = see(one, f"/finance/receipts/{receipt.id}")
    send(one, page.form("/returns"), reason="不是货款")
    send(other, see(other, "/finance/matches").form("/confirmation"))
    assert act(list_broken) == []
    send(one, see(one, "/finance/payouts").form("/payout"), reference="PAY-2")
    send(other, see(other, "/finance/payouts").form("/confirmation"))
    assert "7.77" in one.get("/finance/payouts").text
    assert queue(act, receipt) is Queue.MATCHED


def test_one_transfer_of_the_bank_can_not_settle_two_debts(
    act: Act, one: FlaskClient, other: FlaskClient, maker: Account
) -> None:
    for amount in (1, 2):
        receipt = act(received, amount, by=maker.id)
        one.post(f"/finance/receipts/{receipt.id}/returns", data={"reason": "退"})
        confirm(other, match_of(act))
    match_ids = act(lambda: db.session.scalars(select(ReceiptMatch.id)).all())
    answers = [
        one.post(f"/finance/matches/{id_}/payout", data={"reference": "PAY-3"}).status_code
        for id_ in match_ids
    ]
    assert answers == [303, 409]
    assert one.post(f"/finance/matches/{match_ids[0]}/payout", data={"reference": "X"}).status_code
    assert count_of(act, Payout) == 1


# ── Found and shown ─────────────────────────────────────────────────────────────────────────────


def test_receipts_are_found_by_code_amount_payer_and_number(
    act: Act, one: FlaskClient, maker: Account, order: Order
) -> None:
    code = act(code_of, order)
    receipt = act(received, 123_450, code, payer="珠海某某学校", by=maker.id)
    act(received, 100, by=maker.id)
    shown = f"/finance/receipts?show={queue(act, receipt)}&q="
    for words in (code, "1234.5", "￥1,234.50", "某某学校", str(receipt.bank_reference)):
        assert f"/finance/receipts/{receipt.id}" in one.get(shown + words).text, words
    assert f"/finance/receipts/{receipt.id}" not in one.get(shown + "1234.51").text


def test_pages_ask_the_database_no_more_when_they_show_more(
    app: Flask, act: Act, one: FlaskClient, other: FlaskClient, maker: Account, variant: Variant
) -> None:
    pages = ("receipts?show=proposed", "matches", "matches?show=all", "payouts", "statements")

    def add(rounds: int) -> None:
        for _ in range(rounds):
            orders = [act(_order, variant) for _ in range(2)]
            for order in orders:
                receipt = act(received, TOTAL_FEN + 5, by=maker.id)
                propose(one, receipt, order.number)
            confirm(other, match_of(act))
            back = act(received, 5, by=maker.id)
            one.post(f"/finance/receipts/{back.id}/returns", data={"reason": "退"})
            confirm(other, match_of(act))
            one.post(
                f"/finance/matches/{match_of(act).id}/payout", data={"reference": f"P{back.id}"}
            )

    def asked() -> list[int]:
        found = []
        for page in pages:
            with counted_queries(app) as statements:
                assert other.get(f"/finance/{page}").status_code == 200
            found.append(len(statements))
        return found

    add(1)
    before = asked()
    add(2)
    assert asked() == before


def test_a_buyer_does_not_reach_the_desk(act: Act, app: Flask) -> None:
    client = app.test_client()
    sign_in(client, act(make_resident))
    for page in ("statements", "receipts", "matches", "payouts"):
        assert client.get(f"/finance/{page}").status_code == 403


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run in threads that begin at the same moment; what they return."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(position: int, function: Callable[[], Any]) -> None:
        start.wait()
        results[position] = function()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_the_rows_of_a_file_are_forgotten_once_nobody_asks_for_them(
    app: Flask, act: Act, one: FlaskClient
) -> None:
    taken = upload(one, as_csv([HEAD, incoming("10.00"), incoming("20.00")])).location
    one.post(f"{taken}/import")
    back = upload(one, as_csv([HEAD, incoming("30.00")]), "退.csv").location
    one.post(f"{back}/return")
    waiting = upload(one, as_csv([HEAD, incoming("40.00")]), "等.csv").location
    with app.app_context():
        assert forget_rows(clock.now() + ROWS_KEPT - timedelta(minutes=1)) == 0
        assert forget_rows(clock.now() + ROWS_KEPT + timedelta(minutes=1)) == 3
    assert "只保留 90 天" in see(one, taken).text
    assert "只保留 90 天" in see(one, back).text
    assert "40.00" in see(one, waiting).text
    assert count_of(act, BankReceipt) == 2
    assert act(list_broken) == []
