"""Every text of the screens has its English: all of it, with the same placeholders."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from babel.messages import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from catalog.categories.models import Category
from catalog.products.models import Variant
from shop.config import ROOT
from shop.db import db
from shop.organisations.models import Organisation
from shop.places.models import City, County, Town
from shop.web.filters import months
from shop.web.locale import LANGUAGE_COOKIE
from tests.factories.catalog import make_product

CATALOGUE = ROOT / "shop/translations/en/LC_MESSAGES/messages.po"
FOLDERS = ("shop", "catalog", "orders", "suppliers", "templates")

CHINESE_SIGN = re.compile(r"[\u3000-\u303f\uff00-\uffef]|[\u3400-\u4dbf\u4e00-\u9fff]+")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%")

# A sum may be typed with 元 behind it, and sheets have the same columns for everybody: what is to
# be written there stands in every language as it is written.
KEPT = (
    "1205000元",
    "“满10 70.00；满50 65.00”",
    "“不设”",
    "“镇”",
    "“年度”",
    "“目标(万元)”",
    "“产品类别”",
    "“采购方类型”",
    "“分月方式”",
    "“理由”",
    "“订单号”",
    "“快递单号”",
    "“佐证材料”",
    "“备注”",
    "“供货主体”",
    "“产品名称”",
    "“数量”",
    "“金额”",
    "“5斤”",
    "“2.5公斤”",
    "“净重(公斤)”",
)
# The name on the sign, and the way back to Chinese.
ON_EVERY_PAGE = {"菜篮子", "中文"}


@pytest.fixture(scope="module")
def written() -> Catalog:
    """The English texts that there are."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The texts that the pages and the code ask for today."""
    found = tmp_path_factory.mktemp("texts") / "messages.pot"
    options = ["--mapping-file", str(ROOT / "pyproject.toml"), "--keyword", "_l", "--no-location"]
    folders = [str(ROOT / folder) for folder in FOLDERS]
    CommandLineInterface().run(
        ["pybabel", "--quiet", "extract", *options, "--output", str(found), *folders]
    )
    with found.open("rb") as file:
        return read_po(file)


def test_every_text_has_its_english(wanted: Catalog, written: Catalog) -> None:
    missing = [m.id for m in wanted if m.id and not _is_written(m, written)]
    assert missing == [], "run `make messages`, then write what is empty in the catalogue"


def test_no_english_text_is_a_guess(written: Catalog) -> None:
    assert [message.id for message in written if message.id and message.fuzzy] == []


def test_english_texts_keep_the_placeholders(written: Catalog) -> None:
    changed = [
        (source, text)
        for message in written
        for source, text in _pairs(message)
        if sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(text))
    ]
    assert changed == []


def test_english_texts_are_in_english(written: Catalog) -> None:
    texts = [_without_kept(text) for m in written for _, text in _pairs(m)]
    assert [text for text in texts if CHINESE_SIGN.search(text)] == []


def test_the_home_page_in_english_has_no_chinese_but_names(
    app: Flask, act: Callable[..., Any], client: FlaskClient
) -> None:
    act(make_product, name="Litchi", description="Picked this morning.")
    client.set_cookie(LANGUAGE_COOKIE, "en")
    page = client.get("/").text
    assert '<html lang="en"' in page
    with app.app_context():
        for name in _names():
            page = page.replace(name, "")
    assert set(CHINESE_SIGN.findall(page)) - ON_EVERY_PAGE == set()


@pytest.mark.parametrize(
    ("language", "one", "winter"), [("zh_Hans_CN", "5月", "12–2月"), ("en", "May", "Dec–Feb")]
)
def test_months_are_named_in_the_language_of_the_page(
    shop: Flask, language: str, one: str, winter: str
) -> None:
    with shop.test_request_context(headers={"Cookie": f"{LANGUAGE_COOKIE}={language}"}):
        assert (months(0b000000010000), months(0b100000000011)) == (one, winter)


def _names() -> list[str]:
    """What somebody typed in, in Chinese: categories, places, sellers, specs, long ones first."""
    columns = (Category.name, Town.name, County.name, City.name, Organisation.name, Variant.spec)
    names = {name for column in columns for name in db.session.scalars(select(column))}
    return sorted(names, key=len, reverse=True)


def _is_written(message: Message, written: Catalog) -> bool:
    found = written.get(message.id)
    return found is not None and all(text for _, text in _pairs(found))


def _pairs(message: Message) -> list[tuple[str, str]]:
    """The Chinese beside the English, of each form where a text has a plural."""
    if not message.id:
        return []
    if message.pluralizable:
        return list(zip(message.id, message.string, strict=True))
    return [(message.id, message.string)]


def _without_kept(text: str) -> str:
    for kept in KEPT:
        text = text.replace(kept, "")
    return text
