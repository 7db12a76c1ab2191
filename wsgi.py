"""The door for a WSGI server: ``gunicorn wsgi:app``."""

import gc

from shop.app import create_app

app = create_app()

# What the shop is made of never becomes garbage: no collection need walk through it, and workers
# that were forked from here go on sharing its memory. Requests make little that refers in a ring.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
