"""Sending people back to where they came from never sends them elsewhere."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.web.paths import own_path


@pytest.mark.parametrize("path", ["/", "/orders/7?page=2#x", "/search?q=荔枝", "/a//b"])
def test_own_paths_are_kept(path):
    assert own_path(path, "/home") == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "orders",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "/\u2028/evil.example",
        "/" + "a" * 3000,
        "//[",
    ],
)
def test_everything_else_is_the_default(path):
    assert own_path(path, "/home") == "/home"


@given(st.text(max_size=40) | st.text("/\\:.a\t\n @", max_size=12))
def test_no_text_leads_out_of_the_shop(text):
    path = own_path(text, "/home")
    assert path.startswith("/")
    assert path[1:2] != "/"
    assert urlsplit(path).netloc == ""
