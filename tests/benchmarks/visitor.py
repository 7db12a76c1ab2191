"""Somebody with a browser: keeps cookies, sends forms, remembers nothing else."""

import gzip
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from shop.demo.accounts import PASSWORD
from tests.parts.codes import next_code


class BadAnswer(RuntimeError):
    """The shop answered with another status than was expected."""


@dataclass(frozen=True)
class Page:
    status: int
    body: bytes
    location: str
    # Head and body as they came over the wire.
    size: int

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Visitor:
    """One person; not to be shared between threads."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    # How many seconds to wait for an answer.
    patience: float = 60

    def get(self, path: str, *, expect: int = 200) -> Page:
        return self._ask("GET", path, None, {}, expect)

    def post(self, path: str, form: dict[str, object], *, expect: int = 303) -> Page:
        return self._post(path, form, expect)

    def try_post(self, path: str, form: dict[str, object]) -> Page:
        """Post a form, whatever may come of it."""
        return self._post(path, form, None)

    def send(self, path: str, body: bytes, headers: dict[str, str], *, expect: int = 200) -> Page:
        """What a machine sends, not a form."""
        return self._ask("POST", path, body, headers, expect)

    def sign_in(self, email: str) -> None:
        answer = self.post("/sign-in", {"identifier": email, "password": PASSWORD})
        if answer.location.startswith("/sign-in/code"):
            self.post("/sign-in/code", {"code": next_code(email, self.address)})

    def come_back(self, cookie: str) -> None:
        """Be the person to whom these cookies were given."""
        self.cookies = dict(pair.split("=", 1) for pair in cookie.split("; ") if pair)

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _post(self, path: str, form: dict[str, object], expect: int | None) -> Page:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin",
        }
        return self._ask("POST", path, urlencode(form).encode(), headers, expect)

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str],
        expect: int | None,
    ) -> Page:
        """On a connection of its own, as a proxy in front of the shop asks: one that is kept stays
        with the worker that took it, however busy that is."""
        connection = HTTPConnection(urlsplit(self.address).netloc, timeout=self.patience)
        headers = {**headers, "Accept-Encoding": "gzip"}
        if self.cookies:
            headers["Cookie"] = self.cookie
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        if expect is not None and answer.status != expect:
            raise BadAnswer(f"{method} {path}: {answer.status} instead of {expect}")
        head = sum(len(name) + len(value) + 4 for name, value in answer.headers.items())
        size = len(content) + head
        if answer.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        return Page(answer.status, content, answer.headers.get("Location", ""), size)
