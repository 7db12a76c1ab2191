"""Cooperatives that want to join: one of each on its way from the first step to both signatures."""

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import NamedTuple

from flask import current_app
from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select

from catalog.products.gateways import StoredPicture, store_picture
from shop.accounts.people.models import Account
from shop.accounts.people.services import Newcomer, hash_password, join
from shop.db import db, transaction
from shop.demo import accounts
from shop.demo.people import demo_credit_code
from suppliers.applications import services
from suppliers.applications.gateways import papers_folder
from suppliers.applications.services import AccountEntry
from suppliers.verification.models import Application, Step

# 公馆镇, whose two officials have a sign-in that is printed.
TOWN = "440902101"
GOVERNMENT, TEAM = "gongguan@demo.example", "team@demo.example"
# Their credit codes begin where those of the demo's cooperatives end.
FIRST_PLACE = 901
PAPER, INK, SEAL = "#FBF7EC", "#3A4B40", "#C8313A"


class Wish(NamedTuple):
    """Who applies, for what, and how many days ago it was begun."""

    person: str
    email: str
    name: str
    village: str
    sample: str
    days: int


DRAFT = Wish(
    "演示申请人甲", "apply@demo.example", "公馆示例芥菜合作社（演示）", "演示一村", "芥菜", 1
)
RETURNED = Wish(
    "演示申请人乙", "returned@demo.example", "公馆示例番薯合作社（演示）", "演示二村", "番薯", 9
)
SUBMITTED = Wish(
    "演示申请人丙", "apply3@demo.example", "公馆示例莲藕合作社（演示）", "演示三村", "莲藕", 4
)
HALF_SIGNED = Wish(
    "演示申请人丁", "apply4@demo.example", "公馆示例荔枝合作社（演示）", "演示四村", "荔枝", 6
)
ADMITTED = Wish(
    "演示申请人戊", "apply5@demo.example", "公馆示例花生合作社（演示）", "演示五村", "花生", 30
)
WISHES = (DRAFT, RETURNED, SUBMITTED, HALF_SIGNED, ADMITTED)


def apply(at: datetime) -> None:
    """Five cooperatives of 公馆镇, as far as their names say. Needs people and places."""
    password_hash = hash_password(accounts.PASSWORD)
    photo = _photograph()
    for place, wish in enumerate(WISHES, start=FIRST_PLACE):
        began = at - timedelta(days=wish.days)
        with transaction():
            application = _begin(wish, place, photo, password_hash, began)
            if wish is not DRAFT:
                services.submit(
                    application.id, application.version, by=application.applicant_id, at=began
                )
            _answer(application, wish, began + timedelta(days=1))


def _answer(application: Application, wish: Wish, at: datetime) -> None:
    """What the town's two bodies said to it."""
    if wish is RETURNED:
        reasons = {
            Step.DOCUMENTS: "营业执照右下角没有拍到，请重拍。",
            Step.CONTACT: "电话打不通，请核对。",
        }
        by = _id_of(TEAM)
        services.give_back(application.id, application.version, reasons, by=by, at=at)
    if wish in (HALF_SIGNED, ADMITTED):
        note = "已到村里核对，情况属实。"
        by = _id_of(GOVERNMENT)
        services.sign(application.id, application.version, note, by=by, at=at)
    if wish is ADMITTED:
        note = "走访过两次，账目清楚，同意。"
        later = at + timedelta(days=2)
        services.sign(application.id, application.version, note, by=_id_of(TEAM), at=later)


def _begin(
    wish: Wish, place: int, photo: StoredPicture, password_hash: str, at: datetime
) -> Application:
    newcomer = Newcomer(name=wish.person, identifier=wish.email, password_hash=password_hash)
    by = join(newcomer, None, at=at).id
    application = db.session.get_one(Application, services.begin(by, at=at))
    entry = {
        "name": wish.name,
        "credit_code": demo_credit_code(TOWN[:6], place, "93"),
        "town_code": TOWN,
        "village": wish.village,
        "contact": wish.person,
        "phone": f"138000003{place % 100:02d}",
    }
    services.save(application.id, entry, by=by, at=at)
    licence = {
        "number": entry["credit_code"],
        "issued_on": date(at.year - 2, 3, 1),
        "open_ended": True,
        "photo_id": services.keep_photo(by, photo, at=at),
    }
    services.save_document(application.id, application.documents[0].id, licence, by=by, at=at)
    if wish is not DRAFT:
        number = f"000000000000{place}"
        account = AccountEntry(holder=wish.name, bank="演示银行公馆支行", number=number)
        services.save_bank_account(application.id, account, by=by, at=at)
        sample = {"name": wish.sample, "description": "村里自己种的，当天采当天发。"}
        services.save_product(application.id, application.products[0].id, sample, by=by, at=at)
    return application


def _photograph() -> StoredPicture:
    """A licence that plainly is none: a specimen with lines where words would be."""
    image = Image.new("RGB", (1200, 900), PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 40, 1160, 860), outline=INK, width=6)
    draw.text((330, 110), "SPECIMEN / DEMO", fill=INK, font=ImageFont.load_default(64))
    for line in range(7):
        y = 260 + line * 70
        draw.rectangle((120, y, 120 + 620 + line * 37 % 260, y + 16), fill="#CFC8B4")
    draw.ellipse((840, 600, 1080, 840), outline=SEAL, width=10)
    file = BytesIO()
    image.save(file, "JPEG", quality=85)
    file.seek(0)
    return store_picture(file, papers_folder(current_app.config["SETTINGS"]))


def _id_of(email: str) -> int:
    return db.session.scalars(select(Account.id).where(Account.email == email)).one()
