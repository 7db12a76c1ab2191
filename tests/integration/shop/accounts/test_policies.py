"""The agreement and the privacy text, read and published."""

from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import select

from shop.accounts.audit.models import AuditEntry
from shop.accounts.policies.models import PolicyKind, PolicyText
from shop.db import db
from tests.factories.people import make_administrator, make_policies, make_resident, sign_in

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
NEW = {"body": "一份新的协议。\n\n第二段写得足够长，可以发布。", "effective_on": "2026-11-30"}


@pytest.fixture
def time():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(app, act, time):
    client = app.test_client()
    sign_in(client, act(make_administrator))
    return client


def publish(client, kind="agreement", **changes):
    return client.post(f"/admin/policies/{kind}", data={**NEW, **changes})


@pytest.mark.parametrize("kind", ["agreement", "privacy"])
def test_anybody_can_read_and_keep_the_text_in_force(app, act, kind):
    act(make_policies)
    client = app.test_client()
    assert "第 1 版" in client.get(f"/policies/{kind}").text
    kept = client.get(f"/policies/{kind}/text")
    assert kept.mimetype == "text/plain"
    assert kept.headers["Content-Disposition"] == f"attachment; filename={kind}-1.txt"
    assert "7 天" in kept.text


def test_before_there_is_a_text_the_page_says_so(app):
    client = app.test_client()
    assert "还没有发布" in client.get("/policies/agreement").text
    assert client.get("/policies/agreement/text").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/policies/other",
        "/policies/agreement?version=9",
        "/policies/agreement?version=x",
        "/policies/agreement?version=-1",
        "/policies/agreement?version=99999999999999999999",
        "/policies/agreement/text?version=２",
        "/policies/other/text",
    ],
)
def test_what_was_never_published_is_not_found(app, act, path):
    act(make_policies)
    assert app.test_client().get(path).status_code == 404


def test_the_first_text_holds_at_once(app, desk):
    assert publish(desk, effective_on="2026-11-23").status_code == 303
    assert "第二段" in app.test_client().get("/policies/agreement").text


def test_a_change_is_announced_seven_days_ahead_then_holds(app, act, desk, time):
    act(make_policies)
    assert publish(desk).status_code == 303
    client = app.test_client()
    page = client.get("/policies/agreement").text
    assert "第 1 版" in page
    assert "新版本已公示，2026年11月30日起生效" in page
    assert "第二段" in client.get("/policies/agreement?version=2").text
    time.move_to(datetime(2026, 11, 29, 16, tzinfo=UTC))
    page = client.get("/policies/agreement").text
    assert "第 2 版" in page
    assert "新版本已公示" not in page
    assert "这不是现行版本" in client.get("/policies/agreement?version=1").text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"effective_on": "2026-11-29"}, "至少 7 天"),
        ({"effective_on": "2021-01-01"}, "至少 7 天"),
        ({"effective_on": "soon"}, "请填写日期"),
        ({"effective_on": ""}, "请填写这一项"),
        ({"body": ""}, "请填写这一项"),
        ({"body": "x" * 60_000}, "最多 50000 个字"),
    ],
)
def test_what_can_not_be_published_is_said_beside_the_field(act, desk, changes, says):
    act(make_policies)
    answer = publish(desk, **changes)
    assert answer.status_code == 422
    assert says in answer.text
    versions = act(lambda: db.session.scalars(select(PolicyText.version)).all())
    assert set(versions) == {1}


def test_a_later_version_does_not_hold_before_an_earlier_one(act, desk):
    act(make_policies)
    publish(desk, effective_on="2026-12-24")
    answer = publish(desk, effective_on="2026-12-01")
    assert answer.status_code == 422
    assert "不能比它早生效" in answer.text


def test_publishing_is_written_down(act, desk):
    publish(desk, effective_on="2026-11-23")
    entry = act(lambda: db.session.scalars(select(AuditEntry)).one())
    assert (entry.act, entry.subject) == ("publish_policy", "policy_text")
    assert entry.detail["effective_on"] == "2026-11-23"


def test_the_desk_lists_versions_and_opens_a_form_with_the_latest_text(act, desk):
    act(make_policies)
    assert "现行" in desk.get("/admin/policies").text
    for kind in PolicyKind:
        page = desk.get(f"/admin/policies/{kind}/new").text
        assert 'min="2026-11-30"' in page
        assert "7 天" in page
    assert desk.get("/admin/policies/other/new").status_code == 404


def test_only_administrators_publish(app, act):
    client = app.test_client()
    sign_in(client, act(make_resident))
    assert client.get("/admin/policies").status_code == 403
    assert publish(client).status_code == 403


def test_a_text_is_shown_as_text(app, desk):
    publish(desk, effective_on="2026-11-23", body="<b>fett</b> und <script>alert(1)</script> lang")
    page = app.test_client().get("/policies/agreement").text
    assert "<script>alert" not in page
    assert "&lt;b&gt;" in page
