"""The audit log, read by an administrator."""

from datetime import UTC, datetime

import pytest

from shop.accounts.audit.services import record
from tests.factories.people import make_account, make_administrator, make_resident, sign_in

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


@pytest.fixture
def desk(app, act):
    client = app.test_client()
    sign_in(client, act(make_administrator))
    return client


@pytest.fixture
def _entries(act):
    lin, he = act(make_account, "林小珠", "13812345678"), act(make_account, "何小满")
    act(record, "dispatch", "sub_order", "A1", by=lin.id, at=NOW, parcels=2)
    act(record, "dispatch", "sub_order", "B2", by=he.id, at=NOW, note="<script>alert(1)</script>")
    act(record, "expire", "order", "A1", by=None, at=NOW)


def rows(client, **query):
    answer = client.get("/admin/audit", query_string=query)
    assert answer.status_code == 200
    return answer.text.partition("<tbody>")[2].count("<tr>")


@pytest.mark.usefixtures("_entries")
def test_entries_are_found_by_act_subject_and_person(desk):
    assert rows(desk) == 3
    assert rows(desk, act="dispatch") == 2
    assert rows(desk, subject="order") == 1
    assert rows(desk, subject_id="A1") == 2
    assert rows(desk, person="小珠") == 1
    assert rows(desk, person="13812345678") == 1
    assert rows(desk, act="dispatch", person="何小满", subject_id="B2") == 1
    assert rows(desk, person="%") == 0
    assert rows(desk, page="99") == 0


@pytest.mark.usefixtures("_entries")
def test_the_log_says_who_or_that_it_was_the_system_and_what_was_seen(act, desk):
    act(record, "view_personal", "offline_sale", "7", by=None, at=NOW, what="buyers, evidence")
    page = desk.get("/admin/audit").text
    assert "林小珠" in page
    assert "系统" in page
    assert "2026年11月23日 10:00" in page
    assert "<script>alert" not in page
    assert "采购方、佐证材料" in page


@pytest.mark.parametrize("value", ["\0", "' OR 1=1", "x" * 500, "😀", "<b>", "‮"])
@pytest.mark.parametrize("name", ["act", "subject", "subject_id", "person", "page"])
def test_no_hostile_filter_breaks_the_log(desk, name, value):
    assert "<b>" not in desk.get("/admin/audit", query_string={name: value}).text
    assert desk.get("/admin/audit", query_string={name: value}).status_code == 200


def test_long_logs_come_in_pages(act, desk):
    def fill():
        for number in range(60):
            record("dispatch", "sub_order", number, by=None, at=NOW)

    act(fill)
    assert rows(desk) == 50
    assert rows(desk, page="2") == 10


def test_only_administrators_read_it(app, act):
    client = app.test_client()
    sign_in(client, act(make_resident))
    assert client.get("/admin/audit").status_code == 403
