"""How gunicorn serves the shop, wherever it is started."""

import gc
import sys
from typing import Any

# The shop is made once, and its workers share it.
preload_app = True
control_socket_disable = True
threads = 4
# Who comes while a worker is busy is left to the others: gunicorn would have each take a thousand,
# and those behind the fourth wait for it although another worker is idle. One more, so that a
# connection can be kept.
worker_connections = threads + 1

# How long a thread that computes keeps another from going on. One that holds the database's write
# lock gives the interpreter away at each statement, and everybody waits until it is back.
sys.setswitchinterval(0.0005)


def when_ready(server: Any) -> None:
    """What the shop is made of never becomes garbage: no collection need walk through it, and the
    workers go on sharing its memory. Requests make little that refers in a ring."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
