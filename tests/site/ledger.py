"""All that is in the database, to prove that nothing was changed."""

from __future__ import annotations

from sqlalchemy import select

from tests.people import World
from wiki import db

# What a request may change although nothing was saved: when somebody was last seen, and attempts to sign in.
NOT_TEXT = {"sign_in", "attempt", "outbox_mark"}


def everything(world: World) -> dict[str, list[str]]:
    """All that is in the database."""
    with world.app.app_context(), db.system_session() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all()))
            for table in db.Base.metadata.sorted_tables
            if table.name not in NOT_TEXT
        }
