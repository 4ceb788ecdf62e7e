"""Saying things in tests, and what came of it."""

from __future__ import annotations

from sqlalchemy import select

from tests.people import World
from wiki import db
from wiki.documents.models import Comment
from wiki.documents.sharing import Sharing

FOR_LISBON = Sharing(("group:lisbon",), "hidden", reason="negotiation")


def say(world: World, who: str, address: str, body: str = "A question.", **more: str) -> str:
    """Say something under a document; returns the public id of the comment."""
    answer = world.post(who, f"{address}/comments", {"body": body, **more})
    assert answer.status_code == 303, answer.text
    return str(answer.location.partition("#c-")[2])


def rows(world: World) -> list[Comment]:
    """Every comment there is, with its words, oldest first."""
    with world.app.app_context(), db.system_session() as session:
        found = list(session.scalars(select(Comment).order_by(Comment.id)))
        assert all(comment.body is not None for comment in found)
        return found
