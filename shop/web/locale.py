"""Which language a page speaks: the person's choice, then the browser's, then Chinese."""

from flask import Flask, has_request_context, request
from flask_babel import Babel, get_locale

LANGUAGES = ("zh_Hans_CN", "en")
LANGUAGE_COOKIE = "language"
TEXT_COOKIE = "text"


def init_app(app: Flask) -> None:
    Babel(
        app,
        default_locale="zh_Hans_CN",
        default_timezone="Asia/Shanghai",
        default_translation_directories="translations",
        locale_selector=_select,
    )
    app.jinja_env.globals.update(get_locale=get_locale, large_text=_wants_large_text)


def spoken(language: str | None) -> str:
    """The language itself if the shop speaks it, else Chinese."""
    return language if language in LANGUAGES else LANGUAGES[0]


def _select() -> str:
    if not has_request_context():
        return LANGUAGES[0]  # jobs and commands
    return spoken(request.cookies.get(LANGUAGE_COOKIE))


def _wants_large_text() -> bool:
    return request.cookies.get(TEXT_COOKIE) == "large"
