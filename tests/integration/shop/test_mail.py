"""Letters on their way through a mail server that has its moods."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from shop import mail
from shop.config import Settings
from shop.db import db, transaction
from shop.mail import FolderMailer, SmtpMailer
from shop.outbox import MAX_ATTEMPTS, OutboxMessage, deliver_due
from tests.parts.smtp import MailServer, Mood, mail_server

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WORDS = {"number": "C1", "amount_fen": 1500, "reason": "坏果", "path": "/orders/C1"}

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def server(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server() as server:
        mailer = SmtpMailer(replace(settings, mail_host="127.0.0.1", mail_port=server.port))
        monkeypatch.setitem(app.extensions, "mailer", mailer)
        yield server


def write(key: str = "a", to: str = "hexiaoman@shop.example") -> None:
    with transaction():
        mail.post(to, "orders/refund_moved", WORDS, key=key, at=NOW)


def the_letter() -> OutboxMessage:
    db.session.rollback()
    return db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id).limit(1)).one()


def test_a_server_that_fails_a_few_times_gets_the_letter_in_the_end(server: MailServer) -> None:
    server.moods = [Mood.HANGS_UP, Mood.BUSY, Mood.REFUSES]
    write()
    days = [deliver_due(NOW + timedelta(days=day)) for day in range(5)]
    assert days == [0, 0, 0, 1, 0]
    assert [letter["To"] for letter in server.taken] == ["hexiaoman@shop.example"]
    assert the_letter().attempts == 4


def test_a_letter_taken_without_a_word_leaves_again_under_the_same_id(server: MailServer) -> None:
    server.moods = [Mood.FORGETS_TO_ANSWER]
    write()
    assert [deliver_due(NOW + timedelta(days=day)) for day in range(3)] == [0, 1, 0]
    first, second = server.taken
    assert first["Message-ID"] == second["Message-ID"]


def test_an_address_that_is_always_refused_keeps_no_other_letter_waiting(
    server: MailServer,
) -> None:
    server.moods = [Mood.REFUSES]
    write("bad", "nobody@shop.example")
    write("good")
    assert deliver_due(NOW) == 1
    assert [letter["To"] for letter in server.taken] == ["hexiaoman@shop.example"]
    server.moods = [Mood.REFUSES] * MAX_ATTEMPTS
    for day in range(1, MAX_ATTEMPTS):
        deliver_due(NOW + timedelta(days=day))
    assert the_letter().dead_at is not None
    assert "550" in str(the_letter().last_error)


def test_a_folder_that_is_away_for_a_while_gets_the_letter_once(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mail"
    monkeypatch.setitem(app.extensions, "mailer", FolderMailer(folder))
    write()
    assert deliver_due(NOW) == 0
    folder.mkdir()
    assert deliver_due(NOW + timedelta(hours=1)) == 1
    assert len(list(folder.iterdir())) == 1
