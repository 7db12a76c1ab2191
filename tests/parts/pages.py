"""Pages read as a person's browser reads them: their words, their links and their forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

Attributes = list[tuple[str, str | None]]


@dataclass
class Form:
    """A form: what it would send if nobody changed anything, and what its lists offer."""

    action: str
    fields: dict[str, Any] = field(default_factory=dict)
    # By the list's name: the value of each option by its words.
    options: dict[str, dict[str, str]] = field(default_factory=dict)


class Page(HTMLParser):
    """A page with its forms, its links and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self._words: list[str] = []
        self._form: Form | None = None
        self._list = ""
        # Elements that are open and whose words matter: what they are, and where those begin.
        self._open: list[tuple[str, dict[str, str | None], int]] = []
        self.feed(html)

    @property
    def text(self) -> str:
        return self._text_since(0)

    def form(self, action_ends: str) -> Form:
        """The only form whose action ends so."""
        found = [form for form in self.forms if form.action.split("?")[0].endswith(action_ends)]
        assert len(found) == 1, f"{len(found)} forms end with {action_ends}: {self.forms}"
        return found[0]

    def link(self, words: str) -> str:
        """Where the first link with these words leads."""
        for text, address in self.links:
            if words in text:
                return address
        raise AssertionError(f"no link says {words}: {self.links}")

    def updatepos(self, i: int, j: int) -> int:
        """Nobody asks on which line something stands; counting them takes a tenth of reading."""
        return j

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        given = dict(attrs)
        if tag == "form":
            self._form = Form(given.get("action") or "")
            self.forms.append(self._form)
        elif tag == "input" and self._form:
            self._take_input(self._form, given)
        elif tag == "select" and self._form:
            self._list = given.get("name") or ""
            self._form.options[self._list] = {}
        elif tag in ("a", "option", "textarea"):
            self._open.append((tag, given, len(self._words)))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif self._open and self._open[-1][0] == tag:
            _, given, since = self._open.pop()
            self._close(tag, given, self._text_since(since))

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def _close(self, tag: str, given: dict[str, str | None], text: str) -> None:
        if tag == "a" and given.get("href"):
            self.links.append((text, given["href"] or ""))
        elif tag == "textarea" and self._form and given.get("name"):
            self._form.fields[given["name"] or ""] = text
        elif tag == "option" and self._form and self._list:
            value = given.get("value") or ""
            self._form.options[self._list][text] = value
            if "selected" in given:
                self._form.fields[self._list] = value

    def _take_input(self, form: Form, given: dict[str, str | None]) -> None:
        name, value = given.get("name"), given.get("value")
        kind = given.get("type", "text")
        if not name or kind in ("submit", "button", "file"):
            return
        if kind not in ("checkbox", "radio"):
            form.fields[name] = value or ""
        elif "checked" in given:
            form.fields[name] = "y" if value is None else value

    def _text_since(self, start: int) -> str:
        return " ".join(" ".join(self._words[start:]).split())


def see(client: FlaskClient, address: str) -> Page:
    """Open a page that must be there."""
    answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status}"
    return Page(answer.text)


def send(client: FlaskClient, form: Form, **changes: Any) -> TestResponse:
    """Send a form as it stands with these changes; it must be accepted and lead somewhere."""
    answer = client.post(
        form.action, data=form.fields | changes, content_type="multipart/form-data"
    )
    assert answer.status_code == 303, f"{form.action}: {answer.status}\n{Page(answer.text).text}"
    return answer
