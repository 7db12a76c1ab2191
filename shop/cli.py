"""Commands: ``flask --app wsgi …``."""

import click
from flask import Flask, current_app

from shop import jobs


def init_app(app: Flask) -> None:
    for command in (worker,):
        app.cli.add_command(command)


@click.command()
def worker() -> None:
    """Work through the job queue until stopped."""
    jobs.run_worker(current_app._get_current_object())  # type: ignore[attr-defined]
