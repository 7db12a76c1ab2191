"""Administrators set yearly targets; every version stays."""

import threading
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import select, text

from orders.targets.errors import SetMeanwhile
from orders.targets.models import Target
from orders.targets.queries import targets_in
from orders.targets.services import set_target
from shop.accounts.audit.models import AuditEntry
from shop.db import db, transaction
from tests.factories.people import make_administrator, make_official, make_places, sign_in

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
SHIGU, CAOJIANG = "440981127", "440981124"


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def administrator(act, app):
    """A signed-in administrator."""

    def build():
        make_places()
        return make_administrator()

    client = app.test_client()
    sign_in(client, act(build))
    return client


def test_the_newest_version_holds_and_the_older_ones_stay(administrator, act):
    for amount, reason in (("120", "年初任务"), ("1305000.50元", "年中调整")):
        answer = send(administrator, amount=amount, reason=reason)
        assert answer.status_code == 303
    assert act(targets_in, 2026, "") == {SHIGU: 130_500_050}
    versions = act(lambda: db.session.scalars(select(Target).order_by(Target.version)).all())
    assert [(t.version, t.amount_fen, t.reason) for t in versions] == [
        (1, 120_000_000, "年初任务"),
        (2, 130_500_050, "年中调整"),
    ]
    page = administrator.get("/admin/targets").text
    for words in ("130.50", "第 2 版", "以前的 1 个版本", "第 1 版：120.00 万元", "郑管理"):
        assert words in page


def test_each_setting_is_in_the_audit_log(administrator, act):
    send(administrator, amount="120", reason="年初任务")
    entry = act(lambda: db.session.scalars(select(AuditEntry).filter_by(act="set_target")).one())
    assert entry.subject_id == SHIGU
    assert entry.detail["amount_fen"] == 120_000_000
    assert entry.account_id is not None


def test_years_are_apart_and_scopes_are_prefixes(act):
    act(make_places)
    act(set_target, SHIGU, 2025, 1, "", by=None, at=NOW)
    act(set_target, SHIGU, 2026, 2, "", by=None, at=NOW)
    act(set_target, "441721101", 2026, 3, "", by=None, at=NOW)
    assert act(targets_in, 2025, "") == {SHIGU: 1}
    assert act(targets_in, 2026, "4409") == {SHIGU: 2}
    assert act(targets_in, 2026, "") == {SHIGU: 2, "441721101": 3}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": "很多"}, "请填写金额"),
        ({"amount": "0"}, "之间的数"),
        ({"amount": "-1"}, "之间的数"),
        ({"amount": "9" * 23}, "之间的数"),
        ({"reason": ""}, "请填写这一项"),
        ({"reason": "长" * 201}, "最多 200 个字"),
        ({"year": "1999"}, "之间的数"),
        ({"year": "二"}, "请填写整数"),
    ],
)
def test_what_cannot_be_a_target_is_said_beside_the_field(administrator, act, changes, words):
    answer = send(administrator, **changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert act(targets_in, 2026, "") == {}


@pytest.mark.parametrize(
    ("town_code", "status"),
    [("440402001", 422), ("999999999", 422), ("440999999", 404), ("", 422), ("4409\x00", 404)],
)
def test_only_towns_that_can_be_assisted_have_targets(administrator, act, town_code, status):
    assert send(administrator, town_code=town_code).status_code == status
    assert act(targets_in, 2026, "") == {}


@pytest.mark.parametrize("year", ["x", "1999", "99999999", "２０２６", "-1"])
def test_a_year_that_is_none_shows_this_year(administrator, year):
    page = administrator.get("/admin/targets", query_string={"year": year})
    assert page.status_code == 200
    assert "2026 年度目标" in page.text


def test_officials_do_not_set_targets(act, app):
    client = app.test_client()
    sign_in(client, act(make_official))
    assert client.get("/admin/targets").status_code == 403
    assert send(client).status_code == 403


def test_two_who_set_the_same_target_at_once_do_not_overwrite_each_other(app, act):
    act(make_places)
    both_ready = threading.Barrier(2)
    outcomes = []

    def set_one(amount_fen: int) -> None:
        with app.app_context():
            both_ready.wait(timeout=20)
            try:
                with transaction():
                    set_target(SHIGU, 2026, amount_fen, "", by=None, at=NOW)
                outcomes.append(amount_fen)
            except SetMeanwhile:
                outcomes.append(None)

    threads = [threading.Thread(target=set_one, args=(fen,)) for fen in (100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    kept = act(lambda: db.session.scalars(select(Target).order_by(Target.version)).all())
    assert [t.version for t in kept] == list(range(1, len(kept) + 1))
    assert {t.amount_fen for t in kept} == {fen for fen in outcomes if fen}
    assert len(outcomes) == 2


def test_the_slower_of_two_is_told_to_look_again(app, act, engine, administrator):
    """The version that the slower one saw was taken before it wrote: the constraint answers."""
    act(set_target, SHIGU, 2026, 100, "", by=None, at=NOW)

    def write_the_same_version_behind_its_back():
        with db.engine.connect() as other:
            assert other.execute(text("SELECT max(version) FROM target")).scalar() == 1
        db.session.add(
            Target(town_code=SHIGU, year=2026, version=1, amount_fen=5, set_at=NOW, set_by_id=None)
        )
        with db.session.no_autoflush:
            set_target(SHIGU, 2026, 300, "", by=None, at=NOW)

    with pytest.raises(SetMeanwhile):
        act(write_the_same_version_behind_its_back)
    assert act(targets_in, 2026, "") == {SHIGU: 100}


def send(client, **changes):
    given = {"town_code": SHIGU, "year": "2026", "amount": "120", "reason": "年初任务"}
    return client.post("/admin/targets", data=given | changes)
