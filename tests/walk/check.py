"""`flask check` after each step, for little.

Composing its statements takes ten times as long as asking them, so they are learned once by
listening.

Nor is one asked again while nothing is written to any table of which it speaks: it would find what
it found before, nothing. Whatever is written goes through the engine, so that is where to listen;
no trigger and no foreign key of the shop writes to another table.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import event

from shop.db import Base, db
from shop.invariants import list_broken

Ask = Callable[..., list[tuple[Any, ...]]]

_READS = ("SELECT", "BEGIN", "PRAGMA")
_WRITTEN = re.compile(r'\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)', re.IGNORECASE)
_WORDS = re.compile(r"\w+")


class Question(NamedTuple):
    """A statement that finds rows where something is wrong."""

    statement: str
    parameters: Any
    tables: frozenset[str]


class Check:
    """The check of one app's database; made within its context."""

    def __init__(self) -> None:
        self._written: set[str] = set()
        heard = _hear_questions()
        self._questions = [_as_one(heard)] if db.engine.name == "postgresql" else heard
        event.listen(db.engine, "before_cursor_execute", self._note_what_is_written)
        self.forget()

    def forget(self) -> None:
        """Everything may be otherwise than before: all questions are asked the next time."""
        self._written.update(Base.metadata.tables)

    def list_broken(self, ask: Ask) -> list[str]:
        """What is broken now. If a statement finds something, the check itself speaks; it is asked
        anew until it finds nothing."""
        doubtful = [each for each in self._questions if each.tables & self._written]
        found = [each for each in doubtful if ask(each.statement, each.parameters)]
        self._written.clear()
        for question in found:
            self._written.update(question.tables)
        return list_broken() if found else []

    def _note_what_is_written(self, _c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self._written |= tables_written(statement)


@lru_cache(maxsize=4096)
def tables_written(statement: str) -> frozenset[str]:
    """The tables that a statement may change; all of them, if it is not known what it does."""
    named = frozenset(_WRITTEN.findall(statement)) & Base.metadata.tables.keys()
    if named or statement.lstrip().upper().startswith(_READS):
        return named
    return frozenset(Base.metadata.tables)


def _hear_questions() -> list[Question]:
    heard: list[tuple[str, Any]] = []

    def listen(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement != "BEGIN":
            heard.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        list_broken()
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)
    tables = Base.metadata.tables.keys()
    return [
        Question(statement, parameters, frozenset(_WORDS.findall(statement)) & tables)
        for statement, parameters in heard
    ]


def _as_one(questions: list[Question]) -> Question:
    """One statement that finds a row if any of these does: PostgreSQL is asked once and keeps its
    plan. What they bind stands in it, for psycopg reads a long statement with places anew each
    time. SQLite, asked without a journey, is slower so."""
    raw = db.engine.raw_connection()
    try:
        cursor = psycopg.ClientCursor(raw.driver_connection)
        asked = [cursor.mogrify(each.statement, each.parameters) for each in questions]
    finally:
        raw.close()
    statement = "SELECT 1 WHERE " + " OR ".join(f"EXISTS ({each})" for each in asked)
    return Question(statement, None, frozenset().union(*(each.tables for each in questions)))
