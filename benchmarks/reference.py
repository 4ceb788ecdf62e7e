"""What Flask alone can do here: one row read by its key from SQLite, a Jinja page of about 10 kB, nothing else."""

from __future__ import annotations

import os
import sqlite3
import threading

from flask import Flask, render_template
from jinja2 import DictLoader

ROWS = 30
WORDS = "A sentence of the kind that stands in a paragraph, with “quotes” & an ampersand to escape, as texts have. "

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><header><nav><ul>
{% for name in sections %}<li><a href="/{{ name|lower }}">{{ name }}</a></li>{% endfor %}
</ul></nav></header>
<main><h1>{{ title }}</h1><p>{{ text }}</p>
<table>{% for row in rows %}
<tr><td>{{ loop.index }}</td>
<td><a href="/row/{{ row.id }}">{{ row.name }}</a></td><td>{{ row.words }}</td></tr>{% endfor %}
</table></main></body></html>
"""

_local = threading.local()


def create_app(database: str) -> Flask:
    """The bare application over a database made by `prepare`."""
    app = Flask("reference")
    app.jinja_loader = DictLoader({"page.html": PAGE})  # type: ignore[assignment]
    rows = [{"id": number, "name": f"Row <{number}>", "words": WORDS * 2} for number in range(ROWS)]

    def connection() -> sqlite3.Connection:
        if not hasattr(_local, "connection"):
            _local.connection = sqlite3.connect(database)
        found: sqlite3.Connection = _local.connection
        return found

    @app.get("/page/<int:number>")
    def page(number: int) -> str:
        title, text = connection().execute("select title, text from page where id = ?", (number,)).fetchone()
        sections = ("Guidelines", "Lessons", "Training", "Wiki")
        return render_template("page.html", title=title, text=text, rows=rows, sections=sections)

    return app


def prepare(database: str, size: int) -> None:
    """Make its database, with as many rows as there are documents."""
    with sqlite3.connect(database) as connection:
        connection.execute("pragma journal_mode=wal")
        connection.execute("create table page (id integer primary key, title text not null, text text not null)")
        made = ((number, f"Title & number {number}", WORDS * 5) for number in range(1, size + 1))
        connection.executemany("insert into page values (?, ?, ?)", made)


if "BENCHMARK_REFERENCE" in os.environ:
    app = create_app(os.environ["BENCHMARK_REFERENCE"])
