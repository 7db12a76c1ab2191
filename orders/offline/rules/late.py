"""What stands beside a sale that comes after its month was closed."""

LONGEST_NOTE = 200


def late_note(reason: str, note: str) -> str:
    """The reason first, so that it is never what is cut off."""
    return "；".join(part for part in (f"迟报：{reason}", note) if part)[:LONGEST_NOTE]
