"""Search through its page, and the two addresses that supervisors ask."""

import shutil

import pytest

from shop import clock
from shop.jobs import HEARTBEAT_VALID, beat
from tests.integration.shop.storefront.test_home_and_list import names_on
from tests.parts.queries import counted_queries


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("番薯", "番薯"),
        ("fanshu", "番薯"),
        ("程村", "程村蚝"),
        ("示例程村农民专业合作社", "程村蚝"),
        ("花生油", "花生油"),
    ],
)
def test_products_are_found_by_name_pinyin_town_and_cooperative(buyer, stall, words, first):
    assert names_on(buyer, f"/search?q={words}")[0] == first


def test_a_search_is_narrowed_and_sorted_by_its_address(buyer, stall):
    assert names_on(buyer, "/search?q=石鼓&category=grain-oil") == ["花生油"]
    assert names_on(buyer, "/search?q=石鼓&sort=price")[0] == "番薯"
    assert "三华李" not in names_on(buyer, "/search?q=石鼓&stock=yes")


def test_nothing_found_still_helps(buyer, stall):
    page = buyer.get("/search?q=zzzzzz").text
    assert "没有找到" in page
    assert "这个月有这些" in page
    assert "程村蚝" in page


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=",
        "q=%00",
        "q=%25%27--",
        "q=" + "长" * 300,
        "q=%3Cscript%3Ealert(1)%3C/script%3E",
        'q=AND OR NOT ( " * ? ~',
        "q=😀",
        "q=番薯&town=xx&category=%00&sort=9&page=0",
        "q=番薯&page=99999999",
    ],
)
def test_whatever_is_asked_there_is_an_answer(buyer, stall, query):
    answer = buyer.get(f"/search?{query}")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_without_its_index_the_search_falls_back_to_names_and_says_so(buyer, stall, settings):
    shutil.rmtree(settings.search_folder)
    answer = buyer.get("/search?q=番薯")
    assert "搜索正在整理" in answer.text
    assert names_on(buyer, "/search?q=番薯") == ["番薯"]
    assert names_on(buyer, "/search?q=石鼓 油") == ["花生油"]
    assert "没有找到" in buyer.get("/search?q=%25").text


def test_a_search_asks_six_questions_at_most(app, buyer, stall):
    for address in ("/search?q=石鼓", "/search?q=zzz", "/search?q=石鼓&town=441721101"):
        with counted_queries(app) as asked:
            buyer.get(address)
        assert len(asked) <= 6, asked


def test_a_process_that_answers_is_alive(buyer):
    answer = buyer.get("/healthz")
    assert answer.json == {"process": True}
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_shop_is_ready_when_every_part_is(app, buyer, stall, settings):
    with app.app_context():
        beat(clock.now())
    ready = buyer.get("/readyz")
    parts = {name: value for name, value in ready.json.items() if name != "dead_letters"}
    assert (ready.status_code, set(parts.values())) == (200, {True})
    assert ready.json["dead_letters"] == 0
    with app.app_context():
        beat(clock.now() - HEARTBEAT_VALID)
    no_worker = buyer.get("/readyz")
    assert (no_worker.status_code, no_worker.json["worker"]) == (503, False)
    shutil.rmtree(settings.search_folder)
    ready = buyer.get("/readyz").json
    assert ready == {"database": True, "search": False, "worker": False, "dead_letters": 0}
