"""Mail: written down in the outbox, sent by SMTP, or kept as .eml files in the demo.

A letter may leave twice when a worker dies between the server's yes and its own note of it. Both
copies have the same Message-ID, by which servers and readers know them for one.
"""

import smtplib
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from ssl import create_default_context
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import structlog
from flask import Flask, current_app, render_template
from flask_babel import force_locale
from jinja2 import TemplateError

from shop import outbox
from shop.config import Settings
from shop.web.locale import spoken

KIND = "mail"
_SUBJECT = "Subject:"
_TIMEOUT_SECONDS = 20
# A relay beside the shop is spoken to in the clear; all others prove who they are.
_THIS_MACHINE = {"127.0.0.1", "::1", "localhost"}

log = structlog.get_logger()


class Words(NamedTuple):
    """What a letter says, without its greeting, its address and its foot."""

    subject: str
    text: str


class Mailer(Protocol):
    """Where mail leaves the house."""

    def send(self, message: EmailMessage, key: str) -> None: ...


class SmtpMailer:
    """Hands mail to a server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def send(self, message: EmailMessage, key: str) -> None:
        """Send one message. Raises OSError or smtplib.SMTPException; the outbox tries again."""
        settings = self.settings
        with smtplib.SMTP(settings.mail_host, settings.mail_port, timeout=_TIMEOUT_SECONDS) as to:
            if settings.mail_host not in _THIS_MACHINE:
                to.starttls(context=create_default_context())
            if settings.mail_user:
                to.login(settings.mail_user, settings.mail_password)
            to.send_message(message)


class FolderMailer:
    """Keeps mail as files: for the demo and for tests. The same key is the same file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: EmailMessage, key: str) -> None:
        name = sha256(key.encode()).hexdigest()[:24]
        (self.folder / f"{name}.eml").write_bytes(message.as_bytes())


def init_app(app: Flask, settings: Settings) -> None:
    sends = SmtpMailer(settings) if settings.mail_host else FolderMailer(settings.mail_folder)
    app.extensions["mailer"] = sends


def post(
    to: str,
    template: str,
    context: dict[str, Any],
    *,
    key: str,
    at: datetime,
    language: str | None = None,
) -> None:
    """Write a mail down in the current transaction.

    ``template`` names a file in templates/emails whose first line is ``Subject: …``; the context
    must fit JSON. Two mails of the same key are the same mail.
    """
    payload = {"to": to, "template": template, "context": context, "language": language}
    outbox.post(KIND, f"mail:{key}", {**payload, "key": key}, at=at)


def words_of(template: str, context: dict[str, Any]) -> Words:
    """What a letter says in the current language; nothing if its template is no more, or asks for
    more than was written down."""
    try:
        letter = current_app.jinja_env.get_template(f"emails/{template}.txt")
        subject, _, _ = letter.render(**context).strip().partition("\n")
        body = "".join(letter.blocks["body"](letter.new_context(context)))
    except (TemplateError, TypeError, ValueError, KeyError):
        log.warning("letter_unreadable", template=template, exc_info=True)
        return Words("", "")
    return Words(_one_line(subject), body.strip())


@outbox.delivers(KIND)
def deliver(payload: dict[str, Any], at: datetime) -> None:
    mailer: Mailer = current_app.extensions["mailer"]
    mailer.send(_compose(payload, at), payload["key"])


def _compose(payload: dict[str, Any], at: datetime) -> EmailMessage:
    settings: Settings = current_app.config["SETTINGS"]
    with force_locale(spoken(payload.get("language"))):
        text = render_template(
            f"emails/{payload['template']}.txt", shop_url=settings.public_url, **payload["context"]
        )
    subject, _, body = text.strip().partition("\n")
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _one_line(subject)
    message["From"] = settings.mail_sender or "shop@localhost"
    message["To"] = payload["to"]
    message["Date"] = format_datetime(at)
    message["Message-ID"] = _message_id(payload["key"], settings.public_url)
    message.set_content(body.strip() + "\n")
    return message


def _one_line(subject: str) -> str:
    return " ".join(subject.removeprefix(_SUBJECT).split())


def _message_id(key: str, public_url: str) -> str:
    """The same for the same letter, however often it is sent."""
    domain = urlsplit(public_url).hostname or "localhost"
    return f"<{sha256(key.encode()).hexdigest()[:32]}@{domain}>"
