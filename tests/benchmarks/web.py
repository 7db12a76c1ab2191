"""The web process as the Procfile starts it, with two workers: of the shop, or of the floor."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import psutil

from shop.config import ROOT, Settings
from tests.parts.servers import free_port, running, status_of

WORKERS = 2
LOG_SHOWN = 4000
FLOOR_APP = "tests.benchmarks.floor:app"


@dataclass(frozen=True)
class Web:
    """A running web process, and the environment its program was given."""

    address: str
    pid: int
    environment: Mapping[str, str]

    @property
    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.pid).children(recursive=True)

    @property
    def busy(self) -> float:
        """Seconds that the workers have computed so far, the kernel's work for them included."""
        times = [worker.cpu_times() for worker in self.workers]
        return sum(each.user + each.system for each in times)

    @property
    def memory(self) -> int:
        """What the workers hold in memory, in bytes; what they share counts for each."""
        return sum(worker.memory_info().rss for worker in self.workers)


@contextmanager
def serve_shop(
    folder: Path,
    database_url: str,
    *,
    sandbox_port: int = 9,
    publishable_key: str = "",
    workers: int = WORKERS,
) -> Iterator[Web]:
    """The demo shop on a data folder. Nobody listens on port 9, so that nothing is paid there."""
    port = free_port()
    environment = Settings.for_demo(folder, port, sandbox_port) | {
        "DATABASE_URL": database_url,
        "STRIPE_PUBLISHABLE_KEY": publishable_key,
    }
    environment["WEB_CONCURRENCY"] = str(workers)
    with _serving("wsgi:app", port, folder, environment) as web:
        yield web


@contextmanager
def serve_floor(folder: Path, database_url: str) -> Iterator[Web]:
    port = free_port()
    with _serving(FLOOR_APP, port, folder, {"DATABASE_URL": database_url}) as web:
        yield web


def seconds_to_first_page(folder: Path, database_url: str) -> float:
    """From the start of the process to the first home page."""
    began = monotonic()
    with serve_shop(folder, database_url) as web:
        assert status_of(web.address) == 200
        return monotonic() - began


@contextmanager
def _serving(app: str, port: int, folder: Path, environment: Mapping[str, str]) -> Iterator[Web]:
    address = f"http://127.0.0.1:{port}"
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    whole = {
        **os.environ,
        "WEB_CONCURRENCY": str(WORKERS),
        **environment,
        "PATH": programs,
        "PYTHONPATH": str(ROOT),
        "PORT": str(port),
    }

    log = folder / f"web-{port}.log"
    command = ["sh", "-c", _command().replace("wsgi:app", app)]
    with running(
        command,
        ready=lambda: status_of(f"{address}/healthz") == 200,
        log=log,
        environment=whole,
    ) as program:
        try:
            yield Web(address, program.pid, whole)
        except Exception:
            # What went wrong stands in the log of the web process, and that goes with its folder.
            print(log.read_text(encoding="utf-8")[-LOG_SHOWN:], file=sys.stderr)
            raise


def _command() -> str:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    return next(line.removeprefix("web:").strip() for line in lines if line.startswith("web:"))
