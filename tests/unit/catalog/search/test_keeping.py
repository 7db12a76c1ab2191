"""Changing the index: what readers see, writers taking turns, and damage."""

import gc
import shutil
import subprocess
import sys
import threading
import time

import pytest

from catalog.search.errors import SearchBusy, SearchUnavailable
from catalog.search.gateways.port import SearchQuery
from catalog.search.gateways.whoosh import WhooshIndex
from shop.config import ROOT
from tests.unit.catalog.search import demo

VISIBLE_WITHIN_SECONDS = 2
WRITER = """
import sys
from pathlib import Path
from catalog.search.gateways.whoosh import WhooshIndex
from tests.unit.catalog.search import demo

index, first = WhooshIndex(Path(sys.argv[1]), seconds_to_wait=60), int(sys.argv[2])
for number in range(first, first + int(sys.argv[3])):
    index.replace([demo.document(number, name=f"测试山楂{number}")])
"""


def ids(index, text):
    return set(index.search(SearchQuery(text=text, per_page=60)).product_ids)


def write_elsewhere(folder, first, how_many):
    """Start another process that adds products one by one."""
    command = [sys.executable, "-c", WRITER, str(folder), str(first), str(how_many)]
    return subprocess.Popen(command, cwd=ROOT)


def parts_of(folder, pattern):
    return [path for path in folder.rglob(pattern) if path.is_file()]


def test_there_is_nothing_to_search_before_the_first_build(tmp_path):
    index = WhooshIndex(tmp_path / "not" / "there")
    assert not index.ready()
    with pytest.raises(SearchUnavailable):
        index.search(SearchQuery(text="荔枝"))
    with pytest.raises(SearchUnavailable):
        index.count()
    with pytest.raises(SearchUnavailable):
        index.replace(demo.documents())
    with pytest.raises(SearchUnavailable):
        index.remove([1])
    index.rebuild(demo.documents())
    assert index.ready()
    assert index.count() == len(demo.ROWS)


def test_an_index_of_nothing_is_ready(tmp_path):
    index = WhooshIndex(tmp_path)
    index.rebuild([])
    assert index.ready()
    assert index.count() == 0
    assert index.search(SearchQuery()).total == 0
    assert index.search(SearchQuery(text="荔枝")).total == 0
    index.replace([demo.document(7)])
    assert ids(index, "荔枝") == {7}


def test_a_product_is_added_changed_and_removed(own_index):
    own_index.replace([demo.document(500, name="山楂")])
    assert ids(own_index, "山楂") == {500}
    own_index.replace([demo.document(500, name="杨梅", lowest_price_fen=1)])
    assert ids(own_index, "山楂") == set()
    assert ids(own_index, "杨梅") == {500}
    assert own_index.count() == len(demo.ROWS) + 1
    own_index.remove([500])
    assert ids(own_index, "杨梅") == set()
    assert own_index.count() == len(demo.ROWS)


def test_removing_what_is_not_there_does_no_harm(own_index):
    own_index.remove([999_999])
    own_index.remove([])
    assert own_index.count() == len(demo.ROWS)


def test_one_change_forgets_some_and_brings_others(own_index):
    own_index.replace([demo.document(1, name="山楂")], product_ids=[1, 2, 3])
    assert ids(own_index, "荔枝") == {17, 18, 20}
    assert ids(own_index, "山楂") == {1}


def test_the_same_product_twice_in_one_change_is_kept_once(own_index):
    own_index.replace([demo.document(500, name="山楂"), demo.document(500, name="杨梅")])
    assert ids(own_index, "山楂") == set()
    assert ids(own_index, "杨梅") == {500}


def test_a_change_that_fails_midway_changes_nothing(own_index):
    def failing():
        yield demo.document(500, name="山楂")
        raise LookupError

    with pytest.raises(LookupError):
        own_index.replace(failing(), product_ids=[1])
    with pytest.raises(LookupError):
        own_index.rebuild(failing())
    assert own_index.count() == len(demo.ROWS)
    own_index.replace([demo.document(500, name="山楂")])
    assert ids(own_index, "山楂") == {500}


def test_another_reader_sees_a_change(own_index, tmp_path):
    reader = WhooshIndex(tmp_path)
    assert ids(reader, "山楂") == set()
    own_index.replace([demo.document(500, name="山楂")])
    assert ids(reader, "山楂") == {500}
    own_index.rebuild([demo.document(501, name="山楂")])
    assert ids(reader, "山楂") == {501}
    assert ids(reader, "荔枝") == set()


def test_a_change_made_by_another_process_is_seen_in_time(own_index, tmp_path):
    assert ids(own_index, "山楂") == set()
    assert write_elsewhere(tmp_path, 500, 1).wait(60) == 0
    deadline = time.monotonic() + VISIBLE_WITHIN_SECONDS
    while ids(own_index, "山楂") != {500}:
        assert time.monotonic() < deadline


def test_two_processes_write_at_once_and_nothing_is_lost(own_index, tmp_path):
    writers = [write_elsewhere(tmp_path, 2000, 12), write_elsewhere(tmp_path, 3000, 12)]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        now = ids(own_index, "山楂")
        assert seen <= now
        seen = now
    assert [writer.returncode for writer in writers] == [0, 0]
    assert ids(own_index, "山楂") == {*range(2000, 2012), *range(3000, 3012)}
    assert own_index.count() == len(demo.ROWS) + 24


def test_a_writer_that_gets_no_turn_says_so(own_index, tmp_path):
    impatient = WhooshIndex(tmp_path, seconds_to_wait=0.05)

    def documents():
        with pytest.raises(SearchBusy):
            impatient.remove([1])
        yield demo.document(500, name="山楂")

    own_index.replace(documents())
    assert ids(impatient, "山楂") == {500}
    impatient.remove([500])
    assert ids(own_index, "山楂") == set()


def test_the_old_index_answers_while_a_new_one_is_built(own_index, tmp_path):
    reader = WhooshIndex(tmp_path)

    def documents():
        for number in range(1, 4):
            assert len(ids(reader, "荔枝")) == 6
            yield demo.document(number)

    own_index.rebuild(documents())
    assert ids(reader, "荔枝") == {1, 2, 3}


def test_builds_that_nobody_needs_are_deleted(own_index, tmp_path):
    for _ in range(4):
        own_index.rebuild(demo.documents())
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 2


def test_threads_share_one_index(own_index):
    failures = []

    def work(number):
        try:
            own_index.replace([demo.document(number, name=f"山楂{number}")])
            assert number in ids(own_index, "山楂")
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(600, 608)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert ids(own_index, "山楂") == set(range(600, 608))


def test_many_changes_keep_the_index_in_few_parts(own_index, tmp_path):
    for number in range(500, 540):
        own_index.replace([demo.document(number, name="山楂")], product_ids=[number - 1])
    assert ids(own_index, "山楂") == {539}
    assert len(parts_of(tmp_path, "*.seg")) <= 12


def test_a_word_is_learnt_from_another_processes_change(own_index, tmp_path):
    reader = WhooshIndex(tmp_path)
    own_index.replace([demo.document(500, town_name="电白水镇", name="芥菜")])
    assert ids(reader, "电白水东芥菜") >= {6}


@pytest.mark.parametrize(
    "pointer", [b"", b"v1-nothing", b"v0-old", b"../../etc", b"\xff\x00", b"v1-../x"]
)
def test_a_pointer_that_leads_nowhere_is_no_index(pointer, own_index, tmp_path):
    (tmp_path / "current").write_bytes(pointer)
    damaged = WhooshIndex(tmp_path)
    assert not damaged.ready()
    with pytest.raises(SearchUnavailable):
        damaged.search(SearchQuery(text="荔枝"))
    with pytest.raises(SearchUnavailable):
        damaged.replace([demo.document()])
    damaged.rebuild(demo.documents())
    assert len(ids(damaged, "荔枝")) == 6


# Whoosh leaves open a file that it failed to read.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("pattern", ["*.toc", "*.seg"])
@pytest.mark.parametrize("damage", [b"", b"garbage" * 50])
def test_a_damaged_file_is_no_index_and_a_rebuild_mends_it(pattern, damage, own_index, tmp_path):
    for path in parts_of(tmp_path, pattern):
        path.unlink()
        path.write_bytes(damage)
    damaged = WhooshIndex(tmp_path)
    assert not damaged.ready()
    with pytest.raises(SearchUnavailable):
        damaged.search(SearchQuery(text="荔枝"))
    damaged.rebuild(demo.documents())
    assert damaged.ready()
    assert len(ids(damaged, "荔枝")) == 6
    gc.collect()


def test_an_index_that_is_deleted_under_a_reader_is_missed_and_can_come_back(own_index, tmp_path):
    assert own_index.ready()
    for path in tmp_path.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert not own_index.ready()
    own_index.rebuild(demo.documents())
    assert len(ids(own_index, "荔枝")) == 6
