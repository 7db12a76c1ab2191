"""Money goes to another account only after a second person and a day."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.accounts.notices.models import Notice
from shop.accounts.people.models import MemberRole
from shop.db import db
from shop.secrets import open_sealed, seal_all_again
from suppliers.bank_accounts import services
from suppliers.bank_accounts.errors import ChangeDecided
from suppliers.bank_accounts.handlers import apply_account_changes
from suppliers.bank_accounts.models import AccountChange
from suppliers.settlements.queries.payouts import find_account, list_payables
from suppliers.settlements.services.payouts import prepare_batch
from tests.factories.catalog import make_variant
from tests.factories.people import (
    make_cooperative,
    make_cooperative_member,
    make_finance,
    make_resident,
    sign_in,
)
from tests.factories.settlements import ARRANGEMENT, NUMBER, bank_account, sell, settle
from tests.parts.pages import see
from tests.parts.together import run_together

OWN, FINANCE = "/cooperative/bank-account", "/finance/bank-accounts"
OTHER = "6222020000000005678"
GIVEN = {"holder": "示例户名", "bank": "示例农商银行新支行", "number": OTHER, "consent": "y"}


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def manager(act, cooperative):
    found = act(make_cooperative_member, cooperative)
    act(lambda: bank_account(cooperative, found).id)
    return found


@pytest.fixture
def desk(app, manager):
    return client_of(app, manager)


@pytest.fixture
def second(app, act, cooperative):
    return client_of(app, act(make_cooperative_member, cooperative))


@pytest.fixture
def finance(app, act):
    return client_of(app, act(make_finance))


def client_of(app, account):
    client = app.test_client()
    sign_in(client, account)
    return client


def change(act):
    query = select(AccountChange).order_by(AccountChange.id.desc()).limit(1)
    return act(lambda: db.session.scalars(query).one())


def digits(act, cooperative):
    """The last ones of the account to which money goes now."""
    return act(lambda: find_account(cooperative.id).last_digits)


def confirm(act, client, base=f"{OWN}/changes"):
    return client.post(f"{base}/{change(act).id}/confirmation")


def later(app, hours):
    with app.app_context(), time_machine.travel(clock.now() + timedelta(hours=hours), tick=False):
        return apply_account_changes(clock.now())


def letters(act, account):
    query = select(Notice.letter).filter_by(account_id=account.id).order_by(Notice.id)
    found = act(lambda: db.session.scalars(query).all())
    return [letter.removeprefix("suppliers/account_change_") for letter in found]


def test_a_second_manager_confirms_and_a_day_later_money_goes_there(
    app, act, cooperative, manager, desk, second
):
    assert desk.post(OWN, data=GIVEN).location == OWN
    assert OTHER not in desk.get(OWN).text
    assert "5678" in see(desk, OWN).text
    later(app, 48)
    assert digits(act, cooperative) == NUMBER[-4:]
    assert confirm(act, second).location == OWN
    later(app, 23)
    assert digits(act, cooperative) == NUMBER[-4:]
    later(app, 25)
    later(app, 26)
    assert digits(act, cooperative) == "5678"
    assert act(lambda: open_sealed(find_account(cooperative.id).sealed_number)) == OTHER
    assert change(act).sealed_number is None
    assert letters(act, manager) == ["asked", "confirmed", "applied"]


def test_who_asked_does_not_confirm_but_finance_may(app, act, cooperative, manager, desk, finance):
    desk.post(OWN, data=GIVEN)
    confirm(act, desk)
    assert "不能确认自己提交的账户" in see(desk, OWN).text
    assert change(act).confirmed_at is None
    assert "和合作社名称不同" in see(finance, f"{FINANCE}/{change(act).id}").text
    assert OTHER not in finance.get(f"{FINANCE}/{change(act).id}").text
    confirm(act, finance, FINANCE)
    later(app, 25)
    assert digits(act, cooperative) == "5678"


@pytest.mark.parametrize("confirmed", [False, True])
def test_any_manager_stops_it_in_time_and_the_number_is_gone(
    app, act, cooperative, manager, desk, second, confirmed
):
    desk.post(OWN, data=GIVEN)
    if confirmed:
        confirm(act, second)
    form = see(second, OWN).form("/withdrawal")
    assert second.post(form.action).location == OWN
    later(app, 48)
    assert digits(act, cooperative) == NUMBER[-4:]
    assert change(act).sealed_number is None
    assert letters(act, manager)[-1] == "stopped"
    assert desk.post(OWN, data=GIVEN).location == OWN


def test_finance_refuses_with_a_reason(app, act, cooperative, manager, desk, finance):
    desk.post(OWN, data=GIVEN)
    address = f"{FINANCE}/{change(act).id}/refusal"
    assert finance.post(address, data={"reason": ""}).status_code == 422
    finance.post(address, data={"reason": "户名不符"})
    assert "户名不符" in see(desk, OWN).text
    finance.post(f"{FINANCE}/{change(act).id}/confirmation")
    later(app, 48)
    assert digits(act, cooperative) == NUMBER[-4:]


def test_a_payout_that_was_prepared_keeps_its_account(app, act, cooperative, manager, desk, second):
    buyer, variant = act(make_resident), act(make_variant, cooperative, stock=10)
    act(lambda: sell(buyer, {variant: 2}).id)
    act(lambda: settle(cooperative.id).id)

    def prepare():
        return prepare_batch(ARRANGEMENT, by=make_finance().id, at=clock.now()).rows[0].last_digits

    assert act(prepare) == NUMBER[-4:]
    desk.post(OWN, data=GIVEN)
    confirm(act, second)
    later(app, 25)
    assert digits(act, cooperative) == "5678"
    assert act(lambda: [each.account.last_digits for each in list_payables()]) == ["5678"]
    rows = "SELECT last_digits FROM payout_row"
    assert act(lambda: db.session.execute(db.text(rows)).scalars().all()) == [NUMBER[-4:]]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"number": ""}, "请填写"),
        ({"number": "12"}, "8 到 28 位"),
        ({"consent": ""}, "同意以后我们才能保存"),
        ({"holder": ""}, "请填写"),
        ({"bank": "农行"}, "至少 4 个字"),
    ],
)
def test_half_an_account_is_refused_and_no_number_kept(act, manager, desk, changes, says):
    given = {name: value for name, value in (GIVEN | changes).items() if value}
    answer = desk.post(OWN, data=given)
    assert answer.status_code == 422
    assert says in answer.text
    assert act(lambda: db.session.scalars(select(AccountChange)).all()) == []


def test_the_same_account_is_no_change_and_one_waits_at_a_time(act, cooperative, manager, desk):
    same = {"holder": cooperative.name, "bank": "示例农商银行石鼓支行", "number": NUMBER}
    assert desk.post(OWN, data=GIVEN | same).status_code == 422
    desk.post(OWN, data=GIVEN)
    desk.post(OWN, data=GIVEN | {"number": "6222020000000009999"})
    assert change(act).last_digits == "5678"
    assert "已有一个新账户在等" in see(desk, OWN).text


def test_strangers_and_other_parts_have_no_say(app, act, cooperative, manager, desk):
    desk.post(OWN, data=GIVEN)
    stranger = client_of(app, act(make_cooperative_member))
    accountant = client_of(app, act(make_cooperative_member, cooperative, MemberRole.ACCOUNTANT))
    for client, status in ((stranger, 404), (accountant, 403)):
        for what in ("confirmation", "withdrawal"):
            address = f"{OWN}/changes/{change(act).id}/{what}"
            assert client.post(address).status_code == status


def test_of_two_confirmations_at_once_one_counts(act, cooperative, manager, desk):
    desk.post(OWN, data=GIVEN)
    number, others = change(act).id, [act(make_finance).id for _ in range(2)]
    results = run_together(
        *(
            lambda by=by: act(lambda: services.confirm(number, by=by, at=clock.now()))
            for by in others
        )
    )
    assert sum(isinstance(each, ChangeDecided) for each in results) == 1


def test_new_keys_seal_what_waits_too(act, manager, desk):
    desk.post(OWN, data=GIVEN)
    before = change(act).sealed_number
    act(seal_all_again)
    assert change(act).sealed_number != before
    assert act(lambda: open_sealed(change_now().sealed_number)) == OTHER


def change_now():
    return db.session.scalars(select(AccountChange)).one()


def test_each_step_is_in_the_audit_log_without_the_number(app, act, manager, desk, second):
    desk.post(OWN, data=GIVEN)
    confirm(act, second)
    later(app, 25)
    query = select(AuditEntry).where(AuditEntry.act.contains("account_change"))
    entries = act(lambda: db.session.scalars(query.order_by(AuditEntry.id)).all())
    assert [each.act.split("_")[0] for each in entries] == ["ask", "confirm", "apply"]
    assert OTHER not in repr([each.detail for each in entries])
