"""A mail server of the tests' own, which can be told to fail."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from enum import StrEnum
from threading import Thread


class Mood(StrEnum):
    """How the server takes its next caller."""

    WELL = "takes the letter"
    HANGS_UP = "hangs up at once"
    BUSY = "is too busy"
    REFUSES = "does not know the recipient"
    FORGETS_TO_ANSWER = "takes the letter and hangs up before it says so"


class MailServer(socketserver.ThreadingTCPServer):
    """Listens on this machine; keeps what it took."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.moods: list[Mood] = []
        self.taken: list[Message] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        mood = self.server.moods.pop(0) if self.server.moods else Mood.WELL
        if mood is Mood.HANGS_UP:
            return
        if mood is Mood.BUSY:
            self._say("421 too busy")
            return
        self._say("220 ready")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self._say("354 go on")
                self.server.taken.append(message_from_bytes(self._data()))
                if mood is Mood.FORGETS_TO_ANSWER:
                    return
                self._say("250 taken")
            elif word == b"RCPT" and mood is Mood.REFUSES:
                self._say("550 no such mailbox")
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _data(self) -> bytes:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line)
        return b"".join(lines)

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
