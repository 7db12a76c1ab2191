"""A payment provider that only answers: Stripe's API as far as checkout asks for it.

localstripe keeps far more than these figures need, on the same cores as the shop that is measured.
``python -m tests.benchmarks.provider PORT``; nobody is told when something is paid.
"""

import asyncio
import json
import secrets
import sys
from typing import Any
from urllib.parse import parse_qsl

INTENTS = "/v1/payment_intents"

_intents: dict[str, dict[str, Any]] = {}


async def main(port: int) -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", port)
    await server.serve_forever()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one connection for as long as it lasts."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path, _ = head.split(" ", 2)
            body = await reader.readexactly(_length_of(head))
            writer.write(_answer(method, path, body.decode()))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _length_of(head: str) -> int:
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    return 0


def _answer(method: str, path: str, body: str) -> bytes:
    if method == "POST" and path == INTENTS:
        found = _create(dict(parse_qsl(body)))
    elif path == "/":
        found = {"object": "list", "data": []}
    else:
        found = _intents.get(path.removeprefix(f"{INTENTS}/"), {})
    status = "200 OK" if found else "404 Not Found"
    content = json.dumps(found or {"error": {"type": "invalid_request_error"}}).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}"
    return f"{head}\r\n\r\n".encode() + content


def _create(form: dict[str, str]) -> dict[str, Any]:
    intent_id = f"pi_{secrets.token_hex(12)}"
    metadata = {
        name[len("metadata[") : -1]: value
        for name, value in form.items()
        if name.startswith("metadata[")
    }
    intent = {
        "id": intent_id,
        "object": "payment_intent",
        "amount": int(form["amount"]),
        "amount_received": 0,
        "currency": form["currency"],
        "client_secret": f"{intent_id}_secret_{secrets.token_hex(8)}",
        "status": "requires_payment_method",
        "metadata": metadata,
    }
    _intents[intent_id] = intent
    return intent


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
