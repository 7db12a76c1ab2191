"""The codes that the demo's people would read from their phones. Left out in production."""

from dataclasses import dataclass

from flask import Blueprint, current_app, render_template

from shop import clock
from shop.accounts.factors.queries import list_confirmed
from shop.accounts.factors.rules import code_of, derived_secret, step_at
from shop.config import Settings
from shop.secrets import open_sealed
from shop.web.audience import public

blueprint = Blueprint("demo_codes", __name__)


@dataclass(frozen=True, slots=True)
class Shown:
    name: str
    identifier: str
    secret: str
    codes: tuple[str, str]


@blueprint.get("/demo/codes")
@public
def index() -> str:
    """Of the demo's own people only: a secret that somebody set up for themselves stays theirs."""
    settings: Settings = current_app.config["SETTINGS"]
    step, people = step_at(clock.now()), []
    for account, factor in list_confirmed():
        identifier = account.email or account.phone or ""
        secret = derived_secret(identifier, settings.secret_key)
        if open_sealed(factor.sealed_secret) == secret:
            codes = (code_of(secret, step), code_of(secret, step + 1))
            people.append(Shown(account.name, identifier, secret, codes))
    return render_template("shop/storefront/codes.html", people=people)
