"""Runs the payment sandbox while the demo's history is being paid for."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from shop.config import Settings

_START_SECONDS = 20


class SandboxNotUp(RuntimeError):
    """The payment sandbox did not start."""


@contextmanager
def running(settings: Settings) -> Iterator[None]:
    """Have a sandbox at STRIPE_ADDRESS: one that runs already, or one of our own."""
    address = urlsplit(settings.stripe_address)
    host, port = str(address.hostname), int(address.port or 0)
    if _answers(host, port):
        yield
        return
    state = settings.data_folder / "sandbox.pickle"
    command = [sys.executable, "-m", "orders.payments.gateways.sandbox_server"]
    process = subprocess.Popen([*command, "--port", str(port), "--state", str(state)])
    try:
        _wait_until_up(process, host, port)
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_until_up(process: "subprocess.Popen[bytes]", host: str, port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(host, port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SandboxNotUp(f"no payment sandbox at {host}:{port}")
        time.sleep(0.05)


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False
