"""Which language a page speaks: the person's choice, then the browser's, then Chinese."""

from functools import cached_property, lru_cache
from types import SimpleNamespace
from typing import Any

import flask_babel
from babel import Locale
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale, get_translations
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


class KeptTexts(Domain):
    """The shop's texts: each is looked up once in a language and not each time it is shown."""

    def gettext(self, string: str, **variables: Any) -> str:
        said = str(_translated(get_locale().language, string))
        return said % variables if variables else said


class _Babel(Babel):
    @cached_property
    def domain_instance(self) -> Domain:
        return KeptTexts(domain=self.domain)


def init_app(app: Flask) -> None:
    # Hundreds of texts stand on a page; for each the library asks thrice what one look tells.
    flask_babel._get_current_context = _context_of_texts
    _Babel(
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


def _context_of_texts() -> SimpleNamespace | None:
    """Where the library keeps the language of what is being answered."""
    try:
        kept = g._get_current_object()
    except RuntimeError:
        return None
    try:
        return kept._flask_babel
    except AttributeError:
        kept._flask_babel = SimpleNamespace()
        return kept._flask_babel


def _select() -> Locale:
    if not has_request_context():
        return _LOCALES[LANGUAGES[0]]  # jobs and commands
    return _LOCALES[spoken(request.cookies.get(LANGUAGE_COOKIE))]


def _texts_of_forms(meta: FlaskForm.Meta, form: FlaskForm) -> NullTranslations:
    return _forms_in(get_locale() or _LOCALES[LANGUAGES[0]])


@lru_cache(maxsize=len(LANGUAGES))
def _forms_in(locale: Locale) -> NullTranslations:
    return Translations.load(messages_path(), [str(locale)], domain="wtforms")


@pass_context
def _say(context: Context, text: str, /, **variables: Any) -> str:
    """A text of a template in the language of the page, like Jinja's own but looked up once."""
    locale = get_locale()
    said = _translated(locale.language if locale else "", text)
    if not context.eval_ctx.autoescape:
        return str(said) % variables
    if variables or "%" in said:
        return said % variables
    return said


@lru_cache(maxsize=4096)
def _translated(language: str, text: str) -> Markup:
    """Called while the language is the one that is spoken."""
    return Markup(get_translations().ugettext(text))


def _wants_large_text() -> bool:
    return request.cookies.get(TEXT_COOKIE) == "large"
