"""From text to the terms of the index: pure, and the same for documents and queries.

A document is indexed by its single characters and its overlapping pairs of characters: no cutting,
so nothing can be cut wrongly. Only the query is cut into words, with a dictionary and the words
that the shop itself has learnt (towns, cooperatives, varieties). A word is in a field when all its
pairs are: 番薯 finds 冰淇淋番薯, whichever way a dictionary would cut the longer name.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from threading import Lock

from rjieba import Jieba

LONGEST_QUERY = 100
LONGEST_TEXT = 4000
LONGEST_NAME = 60
# Among 60 million words that the dictionary has counted: that of a common noun, so that 电白|水东
# wins over 电|白水|东.
FREQUENCY_OF_OUR_WORDS = 3000
# Nobody types the pinyin of more characters than this in one go.
LONGEST_PINYIN = 6

_RUN = re.compile(r"[㐀-䶿一-鿿]+|[a-z]+|[0-9]+(?:\.[0-9]+)?")
_SUFFIX_OF_PLACE = re.compile(r"(?<=..)(?:街道|镇|乡|县|区|市)$")
# Words that carry no goods; a query of nothing else keeps them.
_FILLERS = frozenset("的了和与及或在是有吗呢吧请问我要想买卖找哪") | {
    "哪里",
    "什么",
    "怎么",
    "有没有",
    "一些",
}


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a query; ``terms`` must all be in the same field of a document, or, for an
    ``ending``, its name must end with the text."""

    text: str
    terms: tuple[str, ...]
    ending: bool = False


class Cutter:
    """Cuts Chinese into words and can be taught new ones."""

    def __init__(self) -> None:
        self._dictionary = Jieba()
        self._learnt: set[str] = set()
        # The dictionary refuses to be taught by one thread while another one reads it.
        self._turn = Lock()

    def learn(self, words: Iterable[str]) -> None:
        """Prefer these words from now on, be they new to the dictionary or only rare in it.

        Words are never forgotten, which does no harm.
        """
        with self._turn:
            for word in set(words) - self._learnt:
                frequency = max(self._dictionary.suggest_freq(word), FREQUENCY_OF_OUR_WORDS)
                self._dictionary.add_word(word, frequency, None)
                self._learnt.add(word)

    def cut(self, run: str) -> list[str]:
        """Cut one run of Chinese; characters that the dictionary leaves single, side by side, are
        taken as one unknown word: 水东|芥菜, 三华李."""
        with self._turn:
            pieces = self._dictionary.cut(run, hmm=False)
        words: list[str] = []
        single_before = False
        for piece in pieces:
            single = len(piece) == 1 and piece not in _FILLERS
            if single and single_before:
                words[-1] += piece
            else:
                words.append(piece)
            single_before = single
        return words


def terms_of_document(text: str) -> set[str]:
    """All terms under which a text can be found; the first 4,000 characters count."""
    terms: set[str] = set()
    for run in _runs(normalise(text[:LONGEST_TEXT])):
        terms.update(_pairs(run))
        if _is_chinese(run):
            terms.update(run)
    return terms


def words_of_query(text: str, cutter: Cutter) -> tuple[Word, ...]:
    """What a person typed as the words that a product must have, each once.

    Everything but letters, digits and Chinese characters only separates: there are no operators.
    The first 100 characters count.
    """
    pieces: list[str] = []
    for run in _runs(normalise(text[:LONGEST_QUERY])):
        pieces.extend(cutter.cut(run) if _is_chinese(run) else [run])
    telling = [piece for piece in pieces if piece not in _FILLERS]
    return tuple(Word(piece, _pairs(piece)) for piece in dict.fromkeys(telling or pieces))


def loosened(words: tuple[Word, ...]) -> tuple[tuple[Word, ...], ...]:
    """What to try, in this order, when no product has any of the words: their pairs
    (水产品 → 水产), then names that end as they do (红薯 → 番薯)."""
    chinese = [word for word in words if _is_chinese(word.text)]
    pairs = dict.fromkeys(pair for word in chinese for pair in word.terms)
    endings = dict.fromkeys(word.text[-1] for word in chinese)
    return (
        tuple(Word(pair, (pair,)) for pair in pairs),
        tuple(Word(ending, (ending,), ending=True) for ending in endings),
    )


def endings_of_name(name: str) -> set[str]:
    """Every ending of every Chinese run of a name, and its pinyin: in Chinese the thing itself
    stands last (桂味荔枝 is 荔枝, 荔枝蜜 is not)."""
    endings: set[str] = set()
    for run in _chinese_runs(name):
        syllables = _syllables_of(run)
        for start in range(len(run)):
            endings |= {run[start:], "".join(syllables[start:])}
    return endings


def pinyin_of_name(name: str) -> set[str]:
    """The pinyin of every stretch of up to six characters, without tones: 桂味荔枝 → ``lizhi``."""
    terms: set[str] = set()
    for run in _chinese_runs(name):
        syllables = _syllables_of(run)
        for start in range(len(syllables)):
            stretch = ""
            for syllable in syllables[start : start + LONGEST_PINYIN]:
                stretch += syllable
                terms.add(stretch)
    return terms


def _syllables_of(run: str) -> list[str]:
    # 50 MB of dictionary that only whoever writes the index needs, which is the worker.
    from pypinyin import lazy_pinyin

    return lazy_pinyin(run)


def words_of_name(name: str, cutter: Cutter) -> set[str]:
    """The words of a name, for the cutter to learn what its dictionary lacks: 三华李, 水东."""
    return {word for run in _chinese_runs(name) for word in cutter.cut(run) if len(word) > 1}


def names_of_place(place: str) -> set[str]:
    """A place as people write it, with and without its kind: 公馆镇, 公馆."""
    name = normalise(place)
    return {name, _SUFFIX_OF_PLACE.sub("", name)} - {""}


def normalise(text: str) -> str:
    """Half width, lower case, without tone marks: ``ＬìＺhī`` → ``lizhi``; ü is typed v."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    parts = unicodedata.normalize("NFD", folded).replace("u\N{COMBINING DIAERESIS}", "v")
    bare = "".join(part for part in parts if unicodedata.category(part) != "Mn")
    return unicodedata.normalize("NFC", bare)


def _runs(text: str) -> Iterator[str]:
    return (match.group() for match in _RUN.finditer(text))


def _chinese_runs(name: str) -> list[str]:
    return [run for run in _runs(normalise(name[:LONGEST_NAME])) if _is_chinese(run)]


def _is_chinese(run: str) -> bool:
    return run[0] > "z"


def _pairs(run: str) -> tuple[str, ...]:
    """The overlapping pairs of a Chinese run; a single character or a latin run is one term."""
    if len(run) < 3 or not _is_chinese(run):
        return (run,)
    return tuple(dict.fromkeys(run[i : i + 2] for i in range(len(run) - 1)))
