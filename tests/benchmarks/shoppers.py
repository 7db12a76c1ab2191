"""Eight people who buy without a pause: basket, order, and the provider's word that it is paid."""

import hashlib
import hmac
import html
import json
import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from tests.benchmarks.visitor import Visitor

LINES = 2
# Enough in stock that nothing sells out while it is measured.
PLENTY = 100
_HIDDEN = re.compile(r'<input[^>]* name="(checkout_key|quote|seen)"[^>]* value="([^"]*)"')
_SECRET = re.compile(r'data-secret="((pi_[^"]+)_secret_[^"]+)"')

HOME = {
    "address": "new",
    "recipient": "演示收货人",
    "phone": "13800000000",
    "town_code": "440402005",
    "street": "演示街 8 号",
    "buyer": "self",
    "perishables": "y",
}


@dataclass(frozen=True)
class Provider:
    """The payment provider, and the secret that its events are signed with."""

    address: str
    key: str
    webhook_secret: str


class Shopper(Thread):
    """One person; ``took`` are the seconds of each journey that went through."""

    def __init__(
        self, address: str, provider: Provider, email: str, baskets: Iterator[Any], until: float
    ) -> None:
        super().__init__(daemon=True)
        self.visitor = Visitor(address)
        self.machine = Visitor(address)
        self.provider = provider
        self.line = HTTPConnection(urlsplit(provider.address).netloc, timeout=30)
        self.email = email
        self.baskets = baskets
        self.until = until
        self.took: list[float] = []
        self.fault: Exception | None = None

    def run(self) -> None:
        try:
            self.visitor.sign_in(self.email)
            while time.monotonic() < self.until:
                began = time.monotonic()
                self._buy(next(self.baskets))
                self.took.append(time.monotonic() - began)
        except Exception as fault:
            self.fault = fault

    def _buy(self, variants: tuple[int, ...]) -> None:
        for variant_id in variants:
            self.visitor.post("/basket/lines", {"variant_id": variant_id, "quantity": 1})
        page = self.visitor.get("/checkout").text
        hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(page)}
        order = self.visitor.post("/checkout", {**HOME, **hidden})
        found = _SECRET.search(self.visitor.get(order.location).text)
        assert found, f"no client secret at {order.location}"
        self._tell_paid(self._intent(found[2]))

    def _intent(self, intent_id: str) -> dict[str, Any]:
        authorization = {"Authorization": f"Bearer {self.provider.key}"}
        self.line.request("GET", f"/v1/payment_intents/{intent_id}", headers=authorization)
        with self.line.getresponse() as answer:
            intent: dict[str, Any] = json.load(answer)
        return intent

    def _tell_paid(self, intent: dict[str, Any]) -> None:
        """The provider's message, signed with the SDK's own scheme."""
        paid = {**intent, "status": "succeeded", "amount_received": intent["amount"]}
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "type": "payment_intent.succeeded",
            "data": {"object": paid},
        }
        payload = json.dumps(event)
        moment = int(time.time())
        signature = hmac.new(
            self.provider.webhook_secret.encode(), f"{moment}.{payload}".encode(), hashlib.sha256
        ).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "Stripe-Signature": f"t={moment},v1={signature}",
        }
        outcome = self.machine.send("/webhooks/stripe", payload.encode(), headers).text
        assert outcome == "capture", outcome


def send(address: str, provider: Provider, file: Path, number: int, seconds: int) -> list[Shopper]:
    """Let so many people buy for so long. Raises what went wrong for one of them."""
    baskets = _Shared(_baskets(file))
    until = time.monotonic() + seconds
    emails = [f"buyer{place}@volume.example" for place in range(number)]
    shoppers = [Shopper(address, provider, email, baskets, until) for email in emails]
    for shopper in shoppers:
        shopper.start()
    for shopper in shoppers:
        shopper.join()
    for shopper in shoppers:
        if shopper.fault:
            raise shopper.fault
    return shoppers


class _Shared(Iterator[Any]):
    """One iterator for several threads."""

    def __init__(self, items: Iterator[Any]) -> None:
        self._items = items
        self._lock = Lock()

    def __next__(self) -> Any:
        with self._lock:
            return next(self._items)


def _baskets(file: Path) -> Iterator[tuple[int, ...]]:
    """Two variants of one cooperative each time, round and round."""
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute(
            "SELECT product.cooperative_id, min(variant.id), max(variant.id) FROM variant"
            " JOIN product ON product.id = variant.product_id"
            f" WHERE on_hand - held >= {PLENTY} GROUP BY product.cooperative_id"
            " HAVING count(*) > 1 ORDER BY 1"
        ).fetchall()
    return cycle([tuple(variants) for _, *variants in rows])
