"""Programs that a test starts beside itself, and stops again with everything they started."""

import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic

from shop.config import ROOT

STOPPING_SECONDS = 10


class ServerDied(RuntimeError):
    """A program ended, or never answered; the message carries the end of its output."""


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Ask again and again until the condition holds. Raises TimeoutError that names it."""
    deadline = monotonic() + seconds
    pause = Event()
    while not condition():
        if monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        pause.wait(0.05)


def status_of(address: str) -> int:
    """The HTTP status that an address answers with; 0 while nobody answers."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@contextmanager
def running(
    command: list[str],
    *,
    ready: Callable[[], object],
    log: Path,
    environment: Mapping[str, str] = os.environ,
    seconds: float = 30,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program in a process group of its own until the block ends.

    Raises ServerDied if it isn't ready in time.
    """
    with log.open("wb") as output:
        program = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for(program, command, ready, log, seconds)
        yield program
    finally:
        _stop(program)


def _wait_for(
    program: subprocess.Popen[bytes],
    command: list[str],
    ready: Callable[[], object],
    log: Path,
    seconds: float,
) -> None:
    name = " ".join(command)
    try:
        wait_until(lambda: program.poll() is not None or ready(), name, seconds)
    except TimeoutError as late:
        raise ServerDied(f"{late}\n{_end_of(log)}") from None
    if program.poll() is not None:
        raise ServerDied(f"{name} ended with {program.returncode}\n{_end_of(log)}")


def _stop(program: subprocess.Popen[bytes]) -> None:
    for step in (signal.SIGTERM, signal.SIGKILL):
        if program.poll() is None:
            os.killpg(program.pid, step)
            try:
                program.wait(STOPPING_SECONDS)
            except subprocess.TimeoutExpired:
                continue


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:])
