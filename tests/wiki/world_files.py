"""What the tests of world files share: a file on disk, a load, and a look at everything the database holds."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from wiki import db
from wiki.exchange import world
from wiki.exchange.problems import FileRefused
from wiki.exchange.world import Outcome

SOON = date.today() + timedelta(days=60)
STORY = f"""\
groups:
  - {{id: lisbon, name: Embassy Lisbon, type: post}}
  - {{id: consular, name: Consular Directorate, type: unit, parent: hq}}
people:
  - email: a@example.org
    name: Amina Farouk
    password: three quiet herons
    groups: [{{id: lisbon, rank: lead, from: 2026-01-01}}, consular]
    roles: [coach]
  - {{email: b@example.org, name: Bruno Keller}}
documents:
  - {{kind: guideline, slug: posting-in-a-crisis, title: Posting during a crisis, owner: consular,
     author: a@example.org, body: "Wait.", status: in-force, tags: [crisis], platforms: [x],
     audience: [service], handling: AMBER+STRICT}}
  - {{kind: page, slug: wrong-bridge, title: The wrong bridge, body: The newest text, owner: lisbon,
     author: a@example.org, audience: ["group:lisbon", "person:b@example.org"], discovery: stub, share_line: A line,
     release_title: A title, reason: negotiation, until: {SOON}, attachments: [{{name: bridge.txt, content: "..."}}],
     revisions: [an older text]}}
"""


def written(folder: Path, text: str | bytes) -> Path:
    """A file with this content."""
    path = folder / "world.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    return path


def load(app: Flask, path: Path, **more: Any) -> Outcome:
    """Load a world file as the command does."""
    with app.app_context():
        return world.load(path, settings=app.extensions["chancery_settings"], **more)


def mistakes(app: Flask, path: Path) -> list[str]:
    """What is wrong with a file, as the command would print it; empty when it was loaded."""
    try:
        load(app, path)
    except FileRefused as refused:
        return [str(problem) for problem in refused.problems]
    return []


def everything(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with app.app_context(), db.system_session() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in db.Base.metadata.sorted_tables
        }
