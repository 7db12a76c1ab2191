"""``make run``: the demo shop on this machine, from an empty folder to an address to open."""

import os
import signal
import socket
import sys
import threading
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import click
from flask import Flask
from flask.cli import ScriptInfo
from honcho.environ import parse_procfile
from honcho.manager import Manager
from sqlalchemy import make_url

from shop.app import create_app
from shop.config import ROOT, Settings
from shop.db import db
from shop.demo.seed import sign_in_table

DATA_FOLDER = ROOT / "instance"
READY_SECONDS = 60


class CannotLaunch(RuntimeError):
    """The shop can't be opened here; the message says what to do about it."""


def main() -> int:
    try:
        port = _port(os.environ.get("PORT") or "8000")
        environment = _environment(port)
        _prepare(environment)
    except CannotLaunch as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped before the shop was open. The next make run goes on.", file=sys.stderr)
        return 130
    return _run(environment, port)


def _port(wanted: str) -> int:
    if not (wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= 65535):
        raise CannotLaunch(f"PORT is {wanted!r}: use a number from 1 to 65535, say PORT=8080.")
    port = int(wanted)
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except PermissionError:
        raise CannotLaunch(
            f"Port {port} needs an administrator. Take a higher one:  make run PORT=8080"
        ) from None
    except OSError:
        raise CannotLaunch(
            f"Port {port} is in use by another program, perhaps a shop that is still open.\n"
            f"Stop that one, or take another port:  make run PORT={_free_port()}"
        ) from None
    return port


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(port: int) -> dict[str, str]:
    folder = Path(os.environ.get("SHOP_DATA", DATA_FOLDER)).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    programs = Path(sys.executable).parent
    return {
        **os.environ,
        **Settings.for_demo(folder, port, sandbox_port=_free_port()),
        "PORT": str(port),
        "FLASK_APP": "wsgi",
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
    }


def _prepare(environment: dict[str, str]) -> None:
    """Bring the tables up to date; the first time, make them and fill them."""
    settings = Settings.from_environment(environment)
    database = Path(make_url(settings.database_url).database or "")
    if database.exists():
        print("Bringing the database up to date …", flush=True)
        _flask(create_app(settings), "db", "upgrade")
    else:
        _make_database(settings, database)


def _make_database(settings: Settings, database: Path) -> None:
    """Under another name until it is whole, so that a start broken off leaves nothing by halves."""
    print("Making the database and filling the demo (about a minute, once) …", flush=True)
    unfinished = database.with_name("unfinished.sqlite3")
    for left in database.parent.glob(f"{unfinished.name}*"):
        left.unlink()
    app = create_app(replace(settings, database_url=f"sqlite:///{unfinished}"))
    _flask(app, "db", "upgrade")
    _flask(app, "seed")
    unfinished.rename(database)


def _flask(app: Flask, *command: str) -> None:
    """Run one of the shop's commands here: starting another Python takes longer than most do."""
    info = ScriptInfo(create_app=lambda: app)
    with app.app_context():
        try:
            app.cli.main(command, prog_name="flask", obj=info, standalone_mode=False)
        except click.ClickException as problem:
            words = " ".join(command)
            raise CannotLaunch(f"flask {words}: {problem.format_message()}") from None
        finally:
            db.session.remove()
            db.engine.dispose()


def _run(environment: dict[str, str], port: int) -> int:
    """Run the Procfile until Ctrl-C, or until one of its programs ends."""
    programs = parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8")).processes
    manager = Manager()
    for name, command in programs.items():
        manager.add_process(name, command, env=environment, cwd=str(ROOT))
    # A closed terminal stops the shop as Ctrl-C does: its programs have sessions of their own.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    threading.Thread(target=_announce, args=(environment, port), daemon=True).start()
    manager.loop()
    stopped_by_hand = manager.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM)
    return 0 if stopped_by_hand else manager.returncode or 1


def _announce(environment: dict[str, str], port: int) -> None:
    """Wait until the shop answers, then say where it is and who can sign in."""
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + READY_SECONDS
    while not _is_ready(f"{address}/readyz"):
        if time.monotonic() > deadline:
            print(f"{address}/readyz is still not ready; see above.", file=sys.stderr, flush=True)
            return
        time.sleep(0.2)
    who = sign_in_table(environment["SHOP_SECRET_KEY"])
    print(f"\n  菜篮子 is open:  {address}\n\n{who}\n\n  Ctrl-C closes it.\n", flush=True)


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
