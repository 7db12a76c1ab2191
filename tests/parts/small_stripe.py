"""A small Stripe over HTTP, in a thread of the test: it outlives whatever the test kills.

It knows intents and refunds, and recognises a request by its idempotency key, as Stripe does and
localstripe does not. Nobody is told of anything: the test itself sends the events it wants sent.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from orders.payments.errors import ProviderRefused
from orders.payments.gateways.port import IntentRequest
from tests.walk.till import Paper, ProviderInMemory

_NOT_FOUND = 404, {"error": {"type": "invalid_request_error", "message": "No such object."}}
_REFUSED = 400, {"error": {"type": "invalid_request_error", "message": "That can't be done."}}


class SmallStripe:
    """What it knows; ``till`` keeps it, one request at a time."""

    def __init__(self, webhook_secret: str) -> None:
        self.till = ProviderInMemory(webhook_secret)
        self.lock = Lock()
        self.address = ""

    def succeed(self, order_number: str) -> bytes | None:
        """Charge the buyer's card for an order, if it is known here and waits; the event."""
        with self.lock:
            for paper in self.till.intents.values():
                if paper.order_number == order_number and paper.is_payable:
                    return self.till.succeed(paper.id)
        return None

    @property
    def paid(self) -> list[Paper]:
        with self.lock:
            papers = list(self.till.intents.values())
        return [paper for paper in papers if paper.status == "succeeded"]

    def answer(self, method: str, path: str, form: dict[str, str], key: str) -> tuple[int, Any]:
        with self.lock:
            try:
                return self._answer(method, path.strip("/").split("/")[1:], form, key)
            except ProviderRefused:
                return _REFUSED
            except (KeyError, StopIteration):
                return _NOT_FOUND

    def _answer(
        self, method: str, path: list[str], form: dict[str, str], key: str
    ) -> tuple[int, Any]:
        till = self.till
        match method, path:
            case "POST", ["payment_intents"]:
                asked = IntentRequest(int(form["amount"]), form["metadata[order]"], key)
                return 200, till.intents[till.create_intent(asked).id].json
            case "GET", ["payment_intents", id_]:
                return 200, till.intents[id_].json
            case "POST", ["payment_intents", id_, "cancel"]:
                till.cancel_intent(id_)
                return 200, till.intents[id_].json
            case "POST", ["refunds"]:
                till.refund(form["payment_intent"], int(form["amount"]), key)
                return 200, till.intents[form["payment_intent"]].refunds[key].json
            case "GET", ["refunds"]:
                found = till.intents[form["payment_intent"]].refunds.values()
                return 200, {"object": "list", "data": [each.json for each in found]}
            case "GET", ["refunds", id_]:
                return 200, next(each.json for each in till.refunds if each.id == id_)
        return _NOT_FOUND


@contextmanager
def small_stripe(webhook_secret: str) -> Iterator[SmallStripe]:
    """Serve until the block ends."""
    stripe = SmallStripe(webhook_secret)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        do_POST = do_GET  # noqa: N815

        def _serve(self) -> None:
            asked = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            form = dict(parse_qsl(asked.query)) | dict(parse_qsl(body))
            key = self.headers.get("Idempotency-Key", "")
            status, told = stripe.answer(self.command, asked.path, form, key)
            content = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stripe.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stripe
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
