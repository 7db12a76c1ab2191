"""Mail: written down in the outbox, sent by SMTP, or kept as .eml files in the demo."""

import smtplib
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from flask import Flask, current_app, render_template

from shop import outbox
from shop.config import Settings

KIND = "mail"
_SUBJECT = "Subject:"
_TIMEOUT_SECONDS = 20


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
            to.starttls()
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


def post(to: str, template: str, context: dict[str, Any], *, key: str, at: datetime) -> None:
    """Write a mail down in the current transaction.

    ``template`` names a file in templates/emails whose first line is ``Subject: …``; the context
    must fit JSON. Two mails of the same key are the same mail.
    """
    payload = {"to": to, "template": template, "context": context, "key": key}
    outbox.post(KIND, f"mail:{key}", payload, at=at)


@outbox.delivers(KIND)
def deliver(payload: dict[str, Any], at: datetime) -> None:
    mailer: Mailer = current_app.extensions["mailer"]
    mailer.send(_compose(payload, at), payload["key"])


def _compose(payload: dict[str, Any], at: datetime) -> EmailMessage:
    settings: Settings = current_app.config["SETTINGS"]
    text = render_template(
        f"emails/{payload['template']}.txt", shop_url=settings.public_url, **payload["context"]
    )
    subject, _, body = text.strip().partition("\n")
    message = EmailMessage(policy=SMTP)
    message["Subject"] = " ".join(subject.removeprefix(_SUBJECT).split())
    message["From"] = settings.mail_sender or "shop@localhost"
    message["To"] = payload["to"]
    message["Date"] = format_datetime(at)
    message["Message-ID"] = make_msgid(domain="cailanzi.example")
    message.set_content(body.strip() + "\n")
    return message
