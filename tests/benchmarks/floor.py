"""The floor page: what a bare Flask program needs for the same kind of work.

One SQLAlchemy Core query for 24 rows and a Jinja page of 30 kB, under the same server.
"""

import os

from flask import Flask
from sqlalchemy import create_engine, text

ROWS = text(
    "SELECT product.id, product.name, product.description, town.name AS town,"
    " (SELECT min(price_fen) FROM variant WHERE product_id = product.id) AS price_fen"
    " FROM product JOIN town ON town.code = product.town_code"
    " ORDER BY product.id DESC LIMIT 24"
)
# Each row is written with as much around it as brings the page to 30 kB.
PAGE = (
    "<!doctype html><html lang=zh-CN><head><meta charset=utf-8><title>floor</title></head><body>"
    "{% for row in rows %}<article class=card><h2><a href='/products/{{ row.id }}'>{{ row.name }}"
    "</a></h2><p>{{ row.town }}</p><p>{{ row.description }}</p>"
    "<p>¥{{ '%.2f'|format(row.price_fen / 100) }}</p>"
    f"<p>{'x' * 1000}</p></article>{{% endfor %}}</body></html>"
)

engine = create_engine(os.environ["DATABASE_URL"])
app = Flask(__name__)
# Compiled once, as Flask does with a template in a file.
template = app.jinja_env.from_string(PAGE)


@app.get("/")
def page() -> str:
    with engine.connect() as connection:
        rows = connection.execute(ROWS).all()
    return template.render(rows=rows)


@app.get("/healthz")
def live() -> str:
    return "live"
