"""Acts that happen at the same moment, each in a thread of its own."""

import threading
from collections.abc import Callable
from typing import Any


def run_together(*acts: Callable[[], Any]) -> list[Any]:
    """Let all begin at once; what each returned, or the exception it raised, in their order."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(position: int, act: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[position] = act()
        except Exception as error:
            results[position] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return results
