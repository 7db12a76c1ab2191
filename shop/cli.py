"""Commands: ``flask --app wsgi …``."""

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from catalog.search.handlers import current_index
from catalog.search.services import rebuild as rebuild_index
from orders.flags.handlers import look_over
from orders.intake.handlers import rebuild as rebuild_intake
from orders.rollups.handlers import AT_ONCE
from orders.rollups.handlers import rebuild as rebuild_rollups
from shop import clock, jobs
from shop.accounts.audit.services import record
from shop.accounts.people.models import Office
from shop.accounts.people.rules import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    canonical_identifier,
)
from shop.accounts.people.services import Newcomer, appoint, hash_password, join
from shop.basics import load_basics
from shop.config import Settings
from shop.db import db, transaction
from shop.errors import DomainError
from shop.invariants import list_broken
from shop.secrets import CannotUnseal, seal_all_again

search = AppGroup("search", help="The search index.")
rollup = AppGroup("rollup", help="The sums kept of the sales ledger.")
flags = AppGroup("flags", help="What looks odd in the sales ledger.")


def init_app(app: Flask) -> None:
    for command in (setup, administrator, check, reseal, worker, seed, search, rollup, flags):
        app.cli.add_command(command)


@click.command()
@with_appcontext
def setup() -> None:
    """Load what any shop needs: places, assisted towns, categories, freight, first texts."""
    load_basics(clock.now())


@click.command()
@click.argument("email")
@click.option("--name", prompt=True)
@click.password_option()
@with_appcontext
def administrator(email: str, name: str, password: str) -> None:
    """Open an account for the first administrator, who invites everybody else."""
    identifier = canonical_identifier(email)
    if identifier is None or "@" not in identifier:
        raise click.BadParameter("not an e-mail address", param_hint="EMAIL")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise click.BadParameter(f"at least {SHORTEST_PASSWORD} characters", param_hint="password")
    newcomer = Newcomer(name=name, identifier=identifier, password_hash=hash_password(password))
    try:
        with transaction():
            account = join(newcomer, None, at=clock.now())
            appoint(account, Office.ADMINISTRATOR, at=clock.now())
            record("appoint_administrator", "account", account.id, by=None, at=clock.now())
    except DomainError as refused:
        raise click.ClickException(str(refused)) from refused


@click.command()
@with_appcontext
def check() -> None:
    """Prove that stock, orders, money and the ledger agree; list what does not."""
    broken = list_broken()
    for complaint in broken:
        click.echo(complaint, err=True)
    if broken:
        raise click.exceptions.Exit(1)
    click.echo("Stock, orders, money and the ledger agree.")


@click.command()
@with_appcontext
def reseal() -> None:
    """Seal everything anew with the first of SHOP_SEALING_KEYS; then the others can go."""
    try:
        with transaction():
            count = seal_all_again()
    except CannotUnseal as problem:
        raise click.ClickException(
            "SHOP_SEALING_KEYS lacks a key; nothing was changed."
        ) from problem
    click.echo(f"{count} sealed texts are under the newest key.")


@click.command()
@with_appcontext
def worker() -> None:
    """Work through the job queue until stopped."""
    jobs.run_worker(current_app._get_current_object())  # type: ignore[attr-defined]


@click.command()
@click.option("--if-empty", is_flag=True, help="Do nothing to a shop that has people in it.")
@click.option("--show-sign-ins", is_flag=True, help="Only print who can sign in.")
@click.option("--products", type=click.IntRange(1), help="Volume instead of the demo.")
@click.option("--orders", type=click.IntRange(1), help="Volume instead of the demo.")
@with_appcontext
def seed(if_empty: bool, show_sign_ins: bool, products: int | None, orders: int | None) -> None:
    """Fill an empty shop: with the demo, or with so many products and orders for measuring."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.is_production:
        raise click.ClickException("A production shop is not filled with invented data.")
    # Production never even loads it.
    from shop.demo import seed as demo
    from shop.demo import volume

    if show_sign_ins:
        click.echo(demo.sign_in_table(settings.secret_key))
        return
    if not demo.is_empty():
        if if_empty:
            return
        raise click.ClickException("The shop is not empty. Move its data folder away first.")
    if products or orders:
        now = clock.now()
        load_basics(volume.beginning(now))
        volume.fill(products or 10_000, orders or 100_000, now)
    else:
        demo.fill(clock.now())
    _rebuild()


@search.command()
def rebuild() -> None:
    """Build the search index anew from the database; the old one serves until then."""
    _rebuild()


@rollup.command("rebuild")
def rebuild_rollup() -> None:
    """Make the sums of the ledger, and of what was ordered, again. Figures stay exact meanwhile,
    and change nothing."""
    through = rebuild_rollups(clock.now(), AT_ONCE)
    rebuild_intake(clock.now())
    click.echo(f"The sums reach up to line {through} of the ledger.")


@flags.command("look")
def look_for_flags() -> None:
    """Look the new lines of the ledger over now, as every night; what was raised stays as it is."""
    click.echo(f"{look_over(clock.now())} new flags were raised.")


def _rebuild() -> None:
    click.echo("Building the search index …")
    rebuild_index(db.session(), current_index())
