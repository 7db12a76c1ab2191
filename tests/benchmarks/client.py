"""Asks for pages from several connections at once: ``python -m tests.benchmarks.client plan``.

Slower than wrk, so that where it stands in, ratios to the floor come out kinder.
"""

import json
import sys
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any
from urllib.parse import urlsplit


class Asker(Thread):
    """One connection, and how long each of its answers took in milliseconds."""

    def __init__(self, plan: dict[str, Any], first: int) -> None:
        super().__init__(daemon=True)
        self.plan = plan
        self.first = first
        self.took: list[float] = []
        self.bad = 0

    def run(self) -> None:
        paths, cookies = self.plan["paths"], self.plan["cookies"]
        until = monotonic() + self.plan["seconds"]
        connection = HTTPConnection(urlsplit(self.plan["address"]).netloc, timeout=10)
        for turn in count(self.first):
            began = monotonic()
            if began > until:
                return
            headers = {"Cookie": cookies[turn % len(cookies)]} if cookies else {}
            try:
                connection.request("GET", paths[turn % len(paths)], headers=headers)
                answer = connection.getresponse()
                answer.read()
                self.bad += not 200 <= answer.status < 300
            except (OSError, HTTPException):
                self.bad += 1
                connection.close()
            self.took.append((monotonic() - began) * 1000)


def main(file: str) -> None:
    plan = json.loads(Path(file).read_text(encoding="utf-8"))
    stride = max(1, len(plan["paths"]) // plan["connections"])
    askers = [Asker(plan, place * stride) for place in range(plan["connections"])]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    took = sorted(time for asker in askers for time in asker.took)
    told = {
        "per_second": len(took) / plan["seconds"],
        "p99": took[len(took) * 99 // 100] if took else 0,
        "bad": sum(asker.bad for asker in askers),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
