"""Which language a page speaks: the person's choice, then the browser's, then Chinese."""

from functools import lru_cache
from typing import Any

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale, get_translations
from flask_wtf import FlaskForm
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from wtforms.i18n import messages_path

LANGUAGES = ("zh_Hans_CN", "en")
LANGUAGE_COOKIE = "language"
TEXT_COOKIE = "text"
# Read once: reading the name of one takes as long as a query.
_LOCALES = {language: Locale.parse(language) for language in LANGUAGES}


def init_app(app: Flask) -> None:
    Babel(
        app,
        default_locale="zh_Hans_CN",
        default_timezone="Asia/Shanghai",
        default_translation_directories="translations",
        locale_selector=_select,
    )
    app.jinja_env.globals.update(get_locale=get_locale, large_text=_wants_large_text)
    app.jinja_env.globals.update(_=_say, gettext=_say)
    # Flask-WTF would read the library's own texts from their file again for every form.
    FlaskForm.Meta.get_translations = _texts_of_forms


def spoken(language: str | None) -> str:
    """The language itself if the shop speaks it, else Chinese."""
    return language if language in LANGUAGES else LANGUAGES[0]


def _select() -> Locale:
    if not has_request_context():
        return _LOCALES[LANGUAGES[0]]  # jobs and commands
    return _LOCALES[spoken(request.cookies.get(LANGUAGE_COOKIE))]


def _texts_of_forms(meta: FlaskForm.Meta, form: FlaskForm) -> NullTranslations:
    return _forms_in(_locale() or _LOCALES[LANGUAGES[0]])


@lru_cache(maxsize=len(LANGUAGES))
def _forms_in(locale: Locale) -> NullTranslations:
    return Translations.load(messages_path(), [str(locale)], domain="wtforms")


@pass_context
def _say(context: Context, text: str, /, **variables: Any) -> str:
    """A text of a template in the language of the page, like Jinja's own but looked up once."""
    locale = _locale()
    said = _translated(locale.language if locale else "", text)
    if not context.eval_ctx.autoescape:
        return str(said) % variables
    if variables or "%" in said:
        return said % variables
    return said


def _locale() -> Locale | None:
    """What is spoken just now. A page asks for each of its texts, so this looks first where
    Flask-Babel keeps what it found out, which is much faster than asking it."""
    return getattr(getattr(g, "_flask_babel", None), "babel_locale", None) or get_locale()


@lru_cache(maxsize=4096)
def _translated(language: str, text: str) -> Markup:
    """Called while the language is the one that is spoken."""
    return Markup(get_translations().ugettext(text))


def _wants_large_text() -> bool:
    return request.cookies.get(TEXT_COOKIE) == "large"
