"""What may be seen of a message that did not arrive: enough to mend it, nobody's data."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

HIDDEN = "••••"
# What says which message it is. Everything else in a payload may be somebody's, or a secret.
_SHOWN = set(
    """
    template language key number refund_id product_ids amount_fen total_fen cooperative promised_on
    """.split()
)
_EMAIL = re.compile(r"([^\s@<>'\"(){}:,;])[^\s@<>'\"(){}:,;]*@([\w.-]+)")
_PHONE = re.compile(r"(?<![0-9A-Za-z])(\+?[0-9]{3})[0-9 -]{4,}([0-9]{2})(?![0-9A-Za-z])")


class Heap(StrEnum):
    """The heaps that messages lie on while they have not arrived."""

    DEAD = "dead"
    WAITING = "waiting"
    DISCARDED = "discarded"

    @property
    def label(self) -> LazyString:
        return _HEAPS[self]


_HEAPS = {
    Heap.DEAD: _l("发不出去"),
    Heap.WAITING: _l("等待发送"),
    Heap.DISCARDED: _l("已放弃"),
}
_KINDS = {
    "mail": _l("邮件"),
    "sms": _l("短信"),
    "refund": _l("退款"),
    "search": _l("搜索更新"),
}


def heap_of(text: str | None) -> Heap:
    """The heap of this name; the dead for anything else."""
    return Heap(text) if text in set(Heap) else Heap.DEAD


def kind_name(kind: str) -> str:
    """What a kind is called; one that has no name shows its code."""
    return str(_KINDS.get(kind, kind))


def masked(payload: dict[str, Any]) -> list[tuple[str, str]]:
    """The payload as names and values, in its own order, without personal data in the clear."""
    return list(_lines("", payload))


def masked_text(text: str) -> str:
    """A text in which addresses and phone numbers keep only their ends."""
    return _PHONE.sub(r"\1****\2", _EMAIL.sub(r"\1***@\2", text))


def _lines(path: str, value: Any) -> Iterator[tuple[str, str]]:
    name = path.rpartition(".")[2]
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _lines(f"{path}.{key}" if path else str(key), inner)
    elif value is None:
        return
    elif name == "to":
        yield path, masked_text(str(value))
    elif name in _SHOWN:
        yield path, masked_text(str(value))[:200]
    else:
        yield path, HIDDEN
