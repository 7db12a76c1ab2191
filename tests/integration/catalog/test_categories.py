"""The administrator's page of categories."""

import pytest

from catalog.categories.queries import list_categories, list_open_categories
from catalog.categories.services import load_categories
from tests.factories.people import make_administrator, make_cooperative_member, sign_in


@pytest.fixture
def administrator(app, act):
    act(load_categories)
    client = app.test_client()
    sign_in(client, act(make_administrator))
    return client


def names(app):
    with app.app_context():
        return [category.name for category in list_open_categories()]


def test_an_installation_begins_with_seven_categories_once(app, act, administrator):
    act(load_categories)
    assert names(app) == ["水果", "蔬菜", "水产", "禽畜", "粮油", "加工食品", "中药材"]
    with app.app_context():
        covered = {c.slug for c in list_categories() if c.certificate_covered}
    assert covered == {"fruit", "vegetable", "aquatic", "poultry"}
    assert "加工食品" in administrator.get("/admin/categories").text


def test_a_category_is_added_renamed_moved_and_closed(app, administrator):
    added = administrator.post(
        "/admin/categories", data={"name": "食用菌", "slug": "mushroom", "certificate_covered": "y"}
    )
    assert added.status_code == 303
    assert names(app)[-1] == "食用菌"
    changed = {"name": "菌菇", "position": "0１"}
    assert administrator.post("/admin/categories/8", data=changed).status_code == 303
    assert "菌菇" in names(app)[:2]
    closed = administrator.post("/admin/categories/8", data=changed | {"closed": "y"})
    assert closed.status_code == 303
    assert "菌菇" not in names(app)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "水果", "slug": "new"},
        {"name": "新类", "slug": "fruit"},
        {"name": "", "slug": "new"},
        {"name": "新" * 21, "slug": "new"},
        {"name": "新类", "slug": "新类"},
        {"name": "新类", "slug": "a b"},
        {"name": "\x00", "slug": "new"},
    ],
)
def test_what_cannot_be_a_category_is_refused(app, administrator, wrong):
    answer = administrator.post("/admin/categories", data=wrong)
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert len(names(app)) == 7


def test_a_category_keeps_its_own_name_and_takes_no_others(administrator):
    own = administrator.post("/admin/categories/1", data={"name": "水果", "position": "1"})
    assert own.status_code == 303
    others = administrator.post("/admin/categories/1", data={"name": "蔬菜", "position": "1"})
    assert others.status_code == 422


def test_the_last_open_category_stays_open(administrator):
    for number in range(1, 7):
        data = {"name": f"类{number}", "position": "1", "closed": "y"}
        assert administrator.post(f"/admin/categories/{number}", data=data).status_code == 303
    last = administrator.post(
        "/admin/categories/7", data={"name": "类7", "position": "1", "closed": "y"}
    )
    assert last.status_code == 422


def test_a_category_that_is_not_there_is_not_found(administrator):
    assert administrator.get("/admin/categories/99/edit").status_code == 404
    assert administrator.get("/admin/categories/99999999999/edit").status_code == 404
    data = {"name": "新", "position": "1"}
    assert administrator.post("/admin/categories/99", data=data).status_code == 404


def test_a_cooperative_does_not_keep_categories(app, act):
    client = app.test_client()
    sign_in(client, act(make_cooperative_member))
    assert client.get("/admin/categories").status_code == 403
