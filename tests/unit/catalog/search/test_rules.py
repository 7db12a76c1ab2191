"""How texts and queries become terms."""

import pytest

from catalog.search import rules
from catalog.search.rules import Cutter, Word


@pytest.fixture(scope="module")
def cutter():
    return Cutter()


def words(text, cutter):
    return [word.text for word in rules.words_of_query(text, cutter)]


@pytest.mark.parametrize("typed", ["LiZhi", "ｌｉｚｈｉ", "lìzhī", "LÌZHĪ"])
def test_latin_is_the_same_however_it_is_typed(typed, cutter):
    assert words(typed, cutter) == ["lizhi"]


def test_the_umlaut_of_pinyin_is_typed_as_v():
    assert rules.normalise("lǜ Lü") == "lv lv"


def test_full_width_digits_are_digits(cutter):
    assert words("５斤", cutter) == ["5", "斤"]


def test_a_decimal_number_is_one_word(cutter):
    assert words("2.5公斤", cutter) == ["2.5", "公斤"]


def test_a_document_is_found_by_its_characters_and_pairs():
    assert rules.terms_of_document("芥菜A2") == {"芥", "菜", "芥菜", "a", "2"}


def test_a_longer_word_asks_for_all_its_pairs(cutter):
    assert rules.words_of_query("冰淇淋", cutter) == (Word("冰淇淋", ("冰淇", "淇淋")),)


def test_a_word_said_twice_counts_once(cutter):
    assert words("荔枝,荔枝、荔枝", cutter) == ["荔枝"]


def test_words_that_carry_no_goods_are_left_out(cutter):
    assert words("我要买公馆的荔枝", cutter) == ["公馆", "荔枝"]


def test_a_query_of_nothing_but_fillers_keeps_them(cutter):
    assert words("的", cutter) == ["的"]


def test_characters_that_the_dictionary_leaves_single_make_an_unknown_word(cutter):
    assert words("三华李", cutter) == ["三华李"]


def test_a_place_that_was_learnt_is_cut_as_a_word():
    cutter = Cutter()
    assert words("电白水东芥菜", cutter) == ["电", "白水", "东", "芥菜"]
    cutter.learn(["电白", "水东"])
    assert words("电白水东芥菜", cutter) == ["电白", "水东", "芥菜"]


def test_a_query_counts_up_to_its_hundredth_character(cutter):
    assert words("荔枝" + " " * 98 + "芥菜", cutter) == ["荔枝"]
    assert len(words("".join(map(chr, range(0x4E00, 0x4E00 + 10_000))), cutter)) <= 100


def test_a_document_counts_up_to_a_length():
    assert "芥菜" not in rules.terms_of_document("荔" * rules.LONGEST_TEXT + "芥菜")


@pytest.mark.parametrize(
    "nothing", ["", "   ", "!?,。《》「」…", "🍋🍊", "*?~^\"'()[]{}:\\", "\0\n"]
)
def test_there_are_no_words_in_marks_and_pictures(nothing, cutter):
    assert words(nothing, cutter) == []


def test_pinyin_is_made_of_every_stretch_of_a_name():
    assert rules.pinyin_of_name("桂味荔枝") == {
        *("gui", "guiwei", "guiweili", "guiweilizhi"),
        *("wei", "weili", "weilizhi"),
        *("li", "lizhi", "zhi"),
    }


def test_pinyin_of_a_long_name_stays_small():
    assert len(rules.pinyin_of_name("荔枝" * 1000)) <= 60 * rules.LONGEST_PINYIN


def test_a_name_ends_with_what_the_thing_is():
    endings = rules.endings_of_name("桂味荔枝 5斤")
    assert {"荔枝", "桂味荔枝", "lizhi"} <= endings
    assert "桂味" not in endings


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("公馆镇", {"公馆镇", "公馆"}),
        ("高州市", {"高州市", "高州"}),
        ("阳西县", {"阳西县", "阳西"}),
        ("海滨街道", {"海滨街道", "海滨"}),
        ("沙镇", {"沙镇"}),
        ("", set()),
    ],
)
def test_a_place_is_known_with_and_without_its_kind(place, names):
    assert rules.names_of_place(place) == names


def test_what_nobody_has_is_looked_for_by_its_pairs_then_its_ending(cutter):
    pairs, endings = rules.loosened(rules.words_of_query("水产品", cutter))
    assert [word.text for word in pairs] == ["水产", "产品"]
    assert [(word.text, word.ending) for word in endings] == [("品", True)]
