"""The letters we write to people: the invitation and the link for a new password."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

from flask import Flask, after_this_request, current_app, has_app_context

from wiki import db, mail, outbox
from wiki.people import links, operations
from wiki.people.links import Purpose
from wiki.people.models import Person
from wiki.people.signing import RESET_TOPIC
from wiki.settings import Settings

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Send the reset letters that were asked for, after the answer."""

    def send_all(ids: Sequence[int], last: int) -> None:
        with nullcontext() if has_app_context() else app.app_context():
            left = mail.send_each(ids, partial(send_reset, settings=app.extensions["chancery_settings"]))
        if left:
            raise outbox.Later(left)

    outbox.handle(app.extensions["chancery_db"], RESET_TOPIC, send_all, slow=True)


def send_reset(person_id: int, settings: Settings) -> None:
    """Make a link and send it. Done twice, the later letter holds the link that works. Raises as `mail.send` does."""
    with db.system_session(writing=True) as session:
        person = session.get(Person, person_id)
        if person is None or not person.is_active:
            return
        link = operations.reset(session, person, settings=settings, by=None)
    write(person, Purpose.RESET, link, settings)


def write(person: Person, purpose: Purpose, link: str, settings: Settings) -> None:
    """Send the letter with this link. Raises as `mail.send` does."""
    minutes = int(links.life(purpose, settings).total_seconds() // 60)
    mail.send(
        person.email, str(purpose), lang=person.lang, name=person.name, link=link, minutes=minutes, hours=minutes // 60
    )


def write_with_the_answer(person: Person, purpose: Purpose, link: str, settings: Settings) -> None:
    """The same for a link that is on the screen of whoever made it: a letter that fails is logged, and no more.

    Laid down as a file it is at once, and handed to a mail server when the answer is out: nobody waits for that.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def go() -> None:
        try:
            with app.app_context():
                write(person, purpose, link, settings)
        except (OSError, mail.Later, mail.Refused) as error:
            log.error("the letter could not be sent: %s", type(error).__name__)

    def later(response: Any) -> Any:
        response.call_on_close(go)
        return response

    if settings.smtp_host:
        after_this_request(later)
    else:
        go()
