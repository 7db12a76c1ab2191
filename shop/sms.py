"""Text messages: few, short, signed 【菜篮子】, and only where the shop has a way to send them.

A provider of text messages needs a contract and texts that it has approved, so the shop brings
none: an installation that has one gives the app a Sender. The demo and the tests keep messages as
files. Without a sender nothing is refused, and nobody is promised a message.
"""

import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from flask import Flask, current_app, render_template
from flask_babel import force_locale
from jinja2 import TemplateNotFound

from shop import outbox
from shop.config import Settings
from shop.web.locale import spoken

KIND = "sms"
SIGN = "【菜篮子】"
# What fits into one message of the Chinese networks, sign and all.
LONGEST = 70


class Sender(Protocol):
    """Where text messages leave the house. The same key is the same message."""

    def send(self, phone: str, text: str, key: str, at: datetime) -> None: ...


class FolderSender:
    """Keeps messages as files: for the demo and for tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, phone: str, text: str, key: str, at: datetime) -> None:
        name = sha256(key.encode()).hexdigest()[:24]
        message = {"phone": phone, "text": text, "at": at.isoformat()}
        written = json.dumps(message, ensure_ascii=False)
        (self.folder / f"{name}.json").write_text(written, encoding="utf-8")


def init_app(app: Flask, settings: Settings) -> None:
    if not settings.is_production:
        app.extensions["sms"] = FolderSender(settings.sms_folder)


def is_offered() -> bool:
    """Whether messages reach anybody."""
    return "sms" in current_app.extensions


def post(
    phone: str,
    template: str,
    context: dict[str, Any],
    *,
    key: str,
    at: datetime,
    language: str | None = None,
) -> None:
    """Write a text message down in the current transaction.

    ``template`` names a file in templates/sms; without one, or without a way to send it, nobody
    is told by phone. Two messages of the same key are the same message.
    """
    if is_offered() and _has_words(template):
        payload = {"to": phone, "template": template, "context": context, "language": language}
        outbox.post(KIND, f"sms:{key}", {**payload, "key": key}, at=at)


@outbox.delivers(KIND)
def deliver(payload: dict[str, Any], at: datetime) -> None:
    sender: Sender = current_app.extensions["sms"]
    settings: Settings = current_app.config["SETTINGS"]
    with force_locale(spoken(payload["language"])):
        text = render_template(
            f"sms/{payload['template']}.txt", shop_url=settings.public_url, **payload["context"]
        )
    sender.send(payload["to"], SIGN + " ".join(text.split()), payload["key"], at)


def _has_words(template: str) -> bool:
    try:
        current_app.jinja_env.get_template(f"sms/{template}.txt")
    except TemplateNotFound:
        return False
    return True
