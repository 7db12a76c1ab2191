"""The application factory."""

from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from catalog.search import handlers as search
from orders.payments import handlers as payments
from shop import cli, jobs, mail, routes, secrets, sms
from shop.accounts import enforcement
from shop.config import ROOT, Settings
from shop.db import db
from shop.web import addresses, assets, errors, filters, headers, locale, logs
from shop.web.request import Request
from shop.web.templates import SharedEnvironment

LARGEST_REQUEST = 16 * 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """Make the shop. Raises MisconfiguredError when production settings are missing or weak."""
    settings = settings or Settings.from_environment()
    app = Flask(
        "shop",
        root_path=str(ROOT / "shop"),
        static_folder=str(ROOT / "static"),
        template_folder=str(ROOT / "templates"),
    )
    app.request_class = Request
    app.jinja_environment = SharedEnvironment
    # Every template stays compiled: the usual 400 are soon reached, and queueing them costs time.
    app.jinja_options = {"cache_size": -1}
    _configure(app, settings)
    for folder in (
        settings.data_folder,
        settings.uploads_folder,
        settings.mail_folder,
        settings.sms_folder,
    ):
        folder.mkdir(parents=True, exist_ok=True)
    if settings.behind_proxies:
        trusted = settings.behind_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted, x_host=trusted)
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    logs.init_app(app, settings)
    for part in (addresses, locale, filters, assets, errors):
        part.init_app(app)
    headers.init_app(app, settings)
    enforcement.init_app(app, settings)
    secrets.init_app(app, settings)
    mail.init_app(app, settings)
    sms.init_app(app, settings)
    payments.init_app(app, settings)
    search.init_app(app, settings)
    routes.init_app(app, settings)
    jobs.init_app(app, settings)
    cli.init_app(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SETTINGS=settings,
        DEMO=not settings.is_production,
        TESTING=settings.environment == "test",
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        SESSION_COOKIE_NAME="session",
        SESSION_COOKIE_SECURE=settings.is_production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_ENABLED=False,  # shop.web.csrf refuses other sites' requests without a token
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
