"""A shop that answers over HTTP: the lines of the Procfile, each in a process of its own.

Importing the shop takes seconds, three times over. So one process of each session imports it and
forks; what a line would have started goes on from there, by the same door.
"""

import multiprocessing
import os
import runpy
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import entry_points
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from flask import Flask
from honcho.environ import parse_procfile

from catalog.search.handlers import current_index
from catalog.search.services import rebuild
from shop.app import create_app
from shop.config import ROOT, Settings
from shop.db import db
from tests.parts.servers import STOPPING_SECONDS, free_port, running, status_of, wait_until

_READY_SECONDS = 120
_WEB_WORKERS = "2"


@dataclass(frozen=True)
class LiveShop:
    """A shop run by the Procfile: web, worker and payment sandbox."""

    address: str
    # The same settings in this process, to arrange what a test needs beforehand.
    app: Flask


@contextmanager
def forked_shop(database_url: str, folder: Path) -> Iterator[LiveShop]:
    """The shop whose data lie in a folder, as forks of a process that has imported it."""
    environment = _environment(database_url, folder)
    with _prepared(environment) as shop:
        lines = parse_procfile((ROOT / "Procfile").read_text()).processes
        forks = [_fork(line, environment, folder / f"{name}.log") for name, line in lines.items()]
        try:
            wait_until(lambda: _is_open(shop.address, environment), "the shop", _READY_SECONDS)
            yield shop
        finally:
            _stop(forks)


@contextmanager
def started_shop(database_url: str, folder: Path) -> Iterator[LiveShop]:
    """The same started as its owner does."""
    environment = _environment(database_url, folder)
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with (
        _prepared(environment) as shop,
        running(
            [sys.executable, "-m", "honcho", "start", "--env", os.devnull, "--port", _port(shop)],
            ready=lambda: _is_open(shop.address, environment),
            log=folder / "live.log",
            environment=os.environ | environment | {"PATH": programs},
            seconds=_READY_SECONDS,
        ),
    ):
        yield shop


def _environment(database_url: str, folder: Path) -> dict[str, str]:
    demo = Settings.for_demo(folder, free_port(), sandbox_port=free_port())
    return demo | {"DATABASE_URL": database_url, "WEB_CONCURRENCY": _WEB_WORKERS}


@contextmanager
def _prepared(environment: dict[str, str]) -> Iterator[LiveShop]:
    app = create_app(Settings.from_environment(environment))
    with app.app_context():
        rebuild(db.session(), current_index())
    shop = LiveShop(environment["SHOP_PUBLIC_URL"], app)
    environment["PORT"] = _port(shop)
    yield shop
    with app.app_context():
        db.engine.dispose()


def _port(shop: LiveShop) -> str:
    return shop.address.rsplit(":", 1)[1]


def _is_open(address: str, environment: Mapping[str, str]) -> bool:
    sandbox = environment["STRIPE_ADDRESS"]
    return status_of(f"{address}/readyz") == 200 and status_of(sandbox) != 0


def _fork(line: str, environment: Mapping[str, str], log: Path) -> ForkServerProcess:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.parts.live"])
    fork = context.Process(target=_become, args=(line, dict(environment), str(log)))
    fork.start()
    return fork


def _become(line: str, environment: dict[str, str], log: str) -> None:
    """Do in this process what a line of the Procfile does in a shell."""
    # A group of its own: stopped, its children stop with it.
    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(ROOT)
    os.environ.update(environment)
    port, workers = environment["PORT"], environment["WEB_CONCURRENCY"]
    plain = line.replace("${PORT:-8000}", port).replace("${WEB_CONCURRENCY:-2}", workers)
    _exec, program, *arguments = shlex.split(plain)
    if program == "python":
        _option, module, *arguments = arguments
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__")
    else:
        sys.argv = [program, *arguments]
        (door,) = entry_points(group="console_scripts", name=program)
        sys.exit(door.load()())


def _stop(forks: list[ForkServerProcess]) -> None:
    for step in (signal.SIGTERM, signal.SIGKILL):
        for fork in forks:
            if fork.is_alive() and fork.pid:
                os.killpg(fork.pid, step)
        for fork in forks:
            fork.join(STOPPING_SECONDS)
