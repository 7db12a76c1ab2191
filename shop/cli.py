"""Commands: ``flask --app wsgi …``."""

from urllib.parse import urlsplit

import click
from flask import Flask, current_app

from shop import jobs
from shop.config import Settings


def init_app(app: Flask) -> None:
    for command in (worker, sandbox):
        app.cli.add_command(command)


@click.command()
def worker() -> None:
    """Work through the job queue until stopped."""
    jobs.run_worker(current_app._get_current_object())  # type: ignore[attr-defined]


@click.command()
def sandbox() -> None:
    """Run the payment sandbox at STRIPE_ADDRESS until stopped: demo and tests only."""
    settings: Settings = current_app.config["SETTINGS"]
    address = urlsplit(settings.stripe_address)
    if settings.is_production or address.hostname != "127.0.0.1" or address.port is None:
        raise click.ClickException("The sandbox needs STRIPE_ADDRESS=http://127.0.0.1:PORT.")
    # Not installed in production.
    from orders.payments.gateways.sandbox_server import run

    run(
        address.port,
        settings.data_folder / "sandbox.pickle",
        f"{settings.public_url}/webhooks/stripe",
        settings.stripe_webhook_secret,
    )
