"""Requests from 8 connections, by wrk where it is installed, else by a client of our own."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

from shop.config import ROOT
from tests.parts.servers import status_of

CONNECTIONS = 8
THREADS = 2
TOOL = "wrk" if shutil.which("wrk") else "bundled Python client"

# Every thread begins elsewhere in the list, so that ids and queries rotate.
SCRIPT = """
local threads = 0
function setup(thread) thread:set("offset", threads * %(stride)d) threads = threads + 1 end
local paths = { %(paths)s }
local cookies = { %(cookies)s }
local turn = 0
function request()
  turn = turn + 1
  local path = paths[(turn + offset) %% #paths + 1]
  if #cookies == 0 then return wrk.format("GET", path) end
  return wrk.format("GET", path, { Cookie = cookies[turn %% #cookies + 1] })
end
"""
_COMPLAINT = re.compile(r"(\d+ requests in .*|Socket errors.*|Non-2xx.*)")
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


class BadAnswers(RuntimeError):
    """Some requests were not answered, or not with success; or there was no answer at all."""


@dataclass(frozen=True)
class Speed:
    """Answers per second, and the time within which 99 of 100 came, in milliseconds."""

    per_second: float
    p99: float


def press(
    address: str, paths: Sequence[str], cookies: Sequence[str] = (), *, seconds: int
) -> Speed:
    """Ask for the paths in turn for so long. Raises BadAnswers."""
    _let_finish(address)
    if TOOL == "wrk":
        return _by_wrk(address, paths, cookies, seconds)
    return _by_client(address, paths, cookies, seconds)


def _let_finish(address: str) -> None:
    """Wait until the server has answered those who hung up at the end of the run before.

    They stand in its queue, and the next run would be charged for them.
    """
    for _ in range(CONNECTIONS):
        status_of(f"{address}/healthz")


def _by_wrk(address: str, paths: Sequence[str], cookies: Sequence[str], seconds: int) -> Speed:
    script = SCRIPT % {
        "stride": len(paths) // THREADS,
        "paths": ", ".join(json.dumps(path) for path in paths),
        "cookies": ", ".join(json.dumps(cookie) for cookie in cookies),
    }
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        amounts = [f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s"]
        command = ["wrk", *amounts, "--latency", "--timeout", "10s", "-s", file.name, address]
        told = _output_of(command, seconds)
    if "Non-2xx" in told or "Socket errors" in told or " 0 requests in" in f" {told}":
        raise BadAnswers(f"{paths[0]}: {'; '.join(_COMPLAINT.findall(told))}")
    per_second = re.search(r"Requests/sec:\s*([\d.]+)", told)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", told)
    assert per_second, told
    assert p99, told
    return Speed(float(per_second[1]), float(p99[1]) * _MILLISECONDS[p99[2]])


def _by_client(address: str, paths: Sequence[str], cookies: Sequence[str], seconds: int) -> Speed:
    plan = {"address": address, "paths": paths, "cookies": cookies, "seconds": seconds}
    plan["connections"] = CONNECTIONS
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(plan, file)
        file.flush()
        command = [sys.executable, "-m", "tests.benchmarks.client", file.name]
        told = json.loads(_output_of(command, seconds))
    if told["bad"] or not told["per_second"]:
        raise BadAnswers(f"{paths[0]}: {told['bad']} bad answers")
    return Speed(told["per_second"], told["p99"])


def _output_of(command: list[str], seconds: int) -> str:
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=seconds + 30, check=True
    )
    return done.stdout
