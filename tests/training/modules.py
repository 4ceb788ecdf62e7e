"""Modules for tests: written by people of the cast through the form, and answered as a browser would."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.people import World, email
from training.tracks.models import LearningEvent
from wiki import db
from wiki.documents.models import Document
from wiki.people.models import Person

# A word that nobody writes. It stands wherever a reader must not look before answering.
CANARY = "xiphosura"

CHOICE = f"""::: quiz {{#b-aaaa}}
Who signs a holding line?
- [x] The head of mission
  > Yes, {CANARY} one. See [[page:{CANARY}-page]].
- [ ] The press officer
  > Told, not asked, {CANARY} two.

> why: the post decides, {CANARY} three.
:::
"""
SEVERAL = f"""::: quiz {{#b-bbbb}}
Which do you leave visible?
- [x] Sharp criticism
  > Visible, {CANARY}.
- [ ] Private details
  > Hide them, {CANARY}.
- [x] A grumble
- [ ] Advertising
:::
"""
SHORT = f"""::: quiz short {{#b-cccc}}
Which word stands before every rumour?
= {CANARY} false
= Not true
> why: {CANARY} again.
:::
"""
NUMBER = """::: quiz number {#b-dddd}
How many minutes for a first answer?
= 4761 +- 5
:::
"""
RIGHT = {"b-aaaa": ["0"], "b-bbbb": ["0", "2"], "b-cccc": ["not true"], "b-dddd": ["4,763"]}
BODY = f"## First part\n\nWords to read.\n\n{CHOICE}\n{SEVERAL}\n## Second part\n\nMore words.\n\n{SHORT}\n{NUMBER}\n"


def write(world: World, title: str = "Replying well", body: str = BODY, *, by: str = "tomas", **more: Any) -> str:
    """Write and publish a module as somebody would; returns its address."""
    form = {"title": title, "body": body, "owner": "lisbon", "audience": "service", "minutes": "15", **more}
    answer = world.post(by, "/training/modules/new", form)
    assert answer.status_code == 303, re.findall(r'class="err"[^>]*>(.*?)</p>', answer.text)
    world.settle()
    return answer.headers["Location"].partition("?")[0]


def revise(world: World, address: str, body: str, *, by: str = "tomas") -> None:
    """Save another text of a module."""
    page = world.get(by, f"{address}/edit").text
    base = re.search(r'name="base_revision"[^>]*value="(\d+)"', page)
    document = re.search(r'name="document" value="(\w+)"', page)
    title = re.search(r'name="title"[^>]*value="([^"]*)"', page)
    assert base
    assert document
    assert title
    form = {"title": unescape(title[1]), "body": body, "minutes": "15", "document": document[1]}
    assert world.post(by, f"{address}/edit", {**form, "base_revision": base[1]}).status_code == 303
    world.settle()


def section(page: str, key: str) -> str:
    """The section of a question on a page."""
    found = re.search(rf'<section id="{key}".*?</section>', page, re.DOTALL)
    assert found, key
    return found[0]


def hidden(html: str) -> dict[str, str]:
    """What the form of a question carries beside the answer."""
    return dict(re.findall(r'<input type="hidden" name="(document|revision|turn)" value="([^"]*)"', html))


def answer(world: World, who: str, address: str, key: str, given: list[str], **more: Any) -> TestResponse:
    """Open the page and answer one of its questions."""
    form = hidden(section(world.get(who, address).text, key))
    return world.post(who, f"{address}/answers/{key}", {**form, "answer": given, **more})


def events(world: World, who: str, did: str | None = None) -> list[LearningEvent]:
    """What was written down of somebody, the oldest first."""
    with world.app.app_context(), db.system_session() as session:
        mine = select(LearningEvent).join(Person, Person.id == LearningEvent.person_id)
        found = list(session.scalars(mine.where(Person.email == email(who)).order_by(LearningEvent.id)))
    return [event for event in found if did in (None, event.did)]


def number_of(world: World, address: str) -> int:
    """The id of a module."""
    with world.app.app_context(), db.system_session() as session:
        return session.scalars(select(Document.id).where(Document.slug == address.rsplit("/", 1)[-1])).one()
