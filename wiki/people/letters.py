"""The letters we write to people: the invitation and the link for a new password."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

from flask import Flask, has_app_context

from wiki import db, mail, outbox
from wiki.people import links, operations
from wiki.people.links import Purpose
from wiki.people.models import Person
from wiki.people.signing import RESET_TOPIC
from wiki.settings import Settings


def init_app(app: Flask) -> None:
    """Send the reset letters that were asked for, after the answer."""

    def send_all(ids: Sequence[int], last: int) -> None:
        with nullcontext() if has_app_context() else app.app_context():
            for person_id in ids:
                send_reset(person_id, app.extensions["chancery_settings"])

    outbox.handle(app.extensions["chancery_db"], RESET_TOPIC, send_all)


def send_reset(person_id: int, settings: Settings) -> None:
    """Make a link and send it. Done twice, the later letter holds the link that works."""
    with db.system_session(writing=True) as session:
        person = session.get(Person, person_id)
        if person is None or not person.is_active:
            return
        link = operations.reset(session, person, settings=settings, by=None)
    write(person, Purpose.RESET, link, settings)


def write(person: Person, purpose: Purpose, link: str, settings: Settings) -> None:
    """Send the letter with this link."""
    minutes = int(links.life(purpose, settings).total_seconds() // 60)
    mail.send(
        person.email, str(purpose), lang=person.lang, name=person.name, link=link, minutes=minutes, hours=minutes // 60
    )
