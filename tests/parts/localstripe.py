"""A Stripe to talk to: localstripe in a process of its own, with nothing remembered."""

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.parts.servers import free_port, running, status_of

# localstripe itself, kept to the loopback and without the file it shares with all others.
SERVER = "orders.payments.gateways.sandbox_server"


@contextmanager
def localstripe(folder: Path) -> Iterator[str]:
    """Run it until the block ends; yields its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with running(
        [sys.executable, "-m", SERVER, "--port", str(port)],
        ready=lambda: status_of(f"{address}/js.stripe.com/v3/") == 200,
        log=folder / f"localstripe-{port}.log",
    ):
        yield address


def send_webhooks(address: str, to: str, secret: str) -> None:
    """Have it post its events, signed, to an address of the shop. It forgets this when it ends."""
    request = urllib.request.Request(
        f"{address}/_config/webhooks/tests",
        data=json.dumps({"url": to, "secret": secret}).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=10):
        pass
