"""What a recall is called where its letters are counted, and how its list is written."""

LETTER = "batch_recalled"


def step_of(code: str) -> str:
    """The step of an order that the news of a recall is: no order hears of it twice."""
    return f"{LETTER}:{code}"
