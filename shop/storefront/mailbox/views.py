"""The demo's mail and text messages, as they would have been sent. Left out in production."""

import json
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

from flask import Blueprint, current_app, render_template, request
from flask_babel import gettext

from shop.config import Settings
from shop.web.audience import public
from shop.web.paging import Page, page_number

blueprint = Blueprint("mailbox", __name__)

PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class Letter:
    to: str
    subject: str
    sent_at: datetime
    text: str


@blueprint.get("/demo/mail")
@public
def index() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    files = [*settings.mail_folder.glob("*.eml"), *settings.sms_folder.glob("*.json")]
    files.sort(key=lambda file: file.stat().st_mtime_ns, reverse=True)
    number = page_number(request.args.get("page"))
    shown = files[(number - 1) * PER_PAGE : number * PER_PAGE]
    page = Page([_read(file) for file in shown], number, PER_PAGE, len(files))
    return render_template("shop/storefront/mailbox.html", page=page)


def _read(file: Path) -> Letter:
    if file.suffix == ".json":
        sent = json.loads(file.read_text(encoding="utf-8"))
        at = datetime.fromisoformat(sent["at"])
        return Letter(sent["phone"], gettext("短信"), at, sent["text"])
    message = message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=default)
    return Letter(
        to=str(message["To"]),
        subject=str(message["Subject"]),
        sent_at=parsedate_to_datetime(str(message["Date"])),
        text=message.get_content(),
    )
