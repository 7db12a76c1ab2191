"""A shop whose database doesn't answer says so on a page of its own, and asks for patience."""

from pathlib import Path

import pytest

from shop.app import create_app
from shop.config import Settings
from tests.conftest import NOBODY, demo_environment

pytestmark = pytest.mark.usefixtures("engine")

AWAY = {
    "sqlite": "sqlite:////nowhere/shop.sqlite3",
    "postgres": f"postgresql+psycopg://nobody@127.0.0.1:{NOBODY}/shop?connect_timeout=2",
}


@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
@pytest.mark.parametrize("address", ["/", "/orders", "/products"])
def test_the_page_needs_neither_database_nor_session(
    engine: str, tmp_path: Path, address: str, language: str
) -> None:
    environment = demo_environment(tmp_path, AWAY[str(engine)])
    app = create_app(Settings.from_environment(environment))
    browser = app.test_client()
    browser.set_cookie("session", "a-session-of-better-days")
    browser.set_cookie("language", language)
    answer = browser.get(address)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    said = "The shop is coming back" if language == "en" else "商店正在恢复"
    assert said in answer.text
