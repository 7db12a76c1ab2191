"""A payment provider that misbehaves on order: a small HTTP proxy before localstripe.

It adds what localstripe lacks (an idempotency key gives the same answer again, also the news that
something broke) and does, to the requests it is told about, what networks and providers do to
everyone sooner or later.
"""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


class Fault(StrEnum):
    """What happens to a request instead of an answer."""

    LOST = "the connection ends before the request arrives"
    ANSWER_LOST = "the request arrives, the connection ends before the answer"
    STALLED = "the request arrives, the answer doesn't come in time"
    BROKEN = "500, now and whenever its key comes again"
    BUSY = "429"
    REFUSED = "400, now and whenever its key comes again"


@dataclass
class _Planned:
    what: str
    times: int
    act: Fault | Callable[[], None] | dict[str, Any]


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes


_STATUS = {Fault.BROKEN: 500, Fault.BUSY: 429, Fault.REFUSED: 400}
_ERRORS = {
    Fault.BROKEN: {"type": "api_error", "message": "Something went wrong on our end."},
    Fault.BUSY: {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many."},
    Fault.REFUSED: {
        "type": "invalid_request_error",
        "code": "insufficient_funds",
        "message": "There is not enough money on the account.",
    },
}


def _fault(fault: Fault) -> _Answer:
    return _Answer(_STATUS[fault], json.dumps({"error": _ERRORS[fault]}).encode())


class FaultProxy:
    """Stands at ``address``; ``plan`` says what goes wrong with the next requests of a kind."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        # "POST /v1/refunds" for each request that arrived, whatever was answered.
        self.seen: list[str] = []
        self._planned: list[_Planned] = []
        self._answers: dict[str, tuple[bytes, _Answer]] = {}
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def plan(self, what: str, fault: Fault, *, times: int = 1) -> None:
        """Let the next requests whose "POST /v1/…" begins so meet a fault."""
        self._planned.append(_Planned(what, times, fault))

    def before(self, what: str, act: Callable[[], None]) -> None:
        """Let something happen just before the next such request is passed on."""
        self._planned.append(_Planned(what, 1, act))

    def change(self, what: str, **fields: Any) -> None:
        """Let the next such request be answered as it is, but for these fields."""
        self._planned.append(_Planned(what, 1, fields))

    def forget_answers(self) -> None:
        """As after a day: a key that comes again is taken for a new one."""
        self._answers.clear()

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.02)

    def stop(self) -> None:
        self._done.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> _Answer | None:
        """What to send back; None where nothing is to come."""
        what = f"{method} {path}"
        act = self._take(what)
        if act is Fault.LOST:
            return None
        if act is Fault.BUSY:
            return _fault(act)
        if callable(act) and not isinstance(act, Fault):
            act()
        self.seen.append(what)
        found = self._answer_once(method, path, headers, body, act)
        if isinstance(act, dict):
            found = _Answer(found.status, json.dumps(json.loads(found.body) | act).encode())
        if act is Fault.STALLED:
            # Until the other side has hung up, or the test is over.
            self._done.wait(20)
        return None if act in (Fault.ANSWER_LOST, Fault.STALLED) else found

    def _take(self, what: str) -> Fault | Callable[[], None] | dict[str, Any] | None:
        with self._lock:
            for planned in self._planned:
                if planned.times and what.startswith(planned.what):
                    planned.times -= 1
                    return planned.act
        return None

    def _answer_once(
        self, method: str, path: str, headers: dict[str, str], body: bytes, act: Any
    ) -> _Answer:
        """As Stripe does: the same key and request give the same answer, whatever it was, once
        the request was taken up (docs.stripe.com, "Idempotent requests")."""

        def work() -> _Answer:
            if isinstance(act, Fault) and act in _STATUS:
                return _fault(act)
            return self._pass_on(method, path, headers, body)

        key = headers.get("Idempotency-Key")
        if method != "POST" or key is None:
            return work()
        with self._lock:
            if key not in self._answers:
                self._answers[key] = (body, work())
            known, answer = self._answers[key]
        if known != body:
            error = {"type": "idempotency_error", "message": "Another request had this key."}
            return _Answer(400, json.dumps({"error": error}).encode())
        return answer

    def _pass_on(self, method: str, path: str, headers: dict[str, str], body: bytes) -> _Answer:
        place = urlsplit(self.upstream)
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=20)
        kept = {k: v for k, v in headers.items() if k.lower() not in ("host", "connection")}
        try:
            connection.request(method, path, body or None, kept)
            answer = connection.getresponse()
            return _Answer(answer.status, answer.read())
        finally:
            connection.close()

    def _handler(proxy) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                found = proxy.answer(self.command, self.path, dict(self.headers), body)
                self.close_connection = True
                if found is None:
                    return
                with suppress(ConnectionError):
                    self.send_response(found.status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(found.body)))
                    self.send_header("Connection", "close")
                    self.end_headers()
                    self.wfile.write(found.body)

            do_GET = do_POST = do_DELETE = answer  # noqa: N815

            def log_message(self, *_: Any) -> None:
                """A test that fails says what it saw; nobody reads a log."""

        return Handler


@contextmanager
def fault_proxy(upstream: str) -> Iterator[FaultProxy]:
    """Run one until the block ends."""
    proxy = FaultProxy(upstream)
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.stop()
        thread.join()
