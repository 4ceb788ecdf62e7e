"""What the twin worlds hold of passages that were opened, and of passages in what is hidden.

An opened passage is read by everybody who reads its document, and by nobody else: in an open page by all, in a notice
and in a hidden page by those inside. Leave to read a passage opens it nowhere but in a document that one may read.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.people import World
from tests.site import twin_pairs
from tests.site.canaries import CANARY, id_of, soon
from wiki import db
from wiki.documents import leave, passages
from wiki.documents.models import Passage
from wiki.documents.sharing import Sharing

HELD = ("openedheld", "openednotice", "openedhidden", "stillheld", "heldforoskar", "openedtitle")
HELD_CANARIES = {name: f"{CANARY}{name}" for name in HELD}
HIDDEN = HELD_CANARIES["openedtitle"]
PAGES = ("opened-page", "opened-notice", "opened-to-oskar", HIDDEN)
# In both worlds, for everybody: the control.
OPENED = "These words were held back until they were opened."
# Passages get their ids in turn; those of the page that one world lacks stand apart, so that the others go on alike.
_FAR_AWAY = 100_000
# The opened and the held passage of the hidden page, for addresses.
TARGETS = tuple(id_of(Passage, str(_FAR_AWAY + number)) for number in range(2))


def furnish(world: World, *, held: bool) -> None:
    """Fill a world with opened passages; `held` says which of the two it is."""
    other = "other words"
    longer = " and so on" * (40 if held else 1)
    beside = f"{HELD_CANARIES['openedheld'] if held else other}{longer}"
    page = f"Open words of the bridge.\n\n{_passage(OPENED)}\n{_passage(beside, days=1)}"
    number = _write(world, "opened-page", "A page that was opened in part", page)
    _open(world, number, 0)
    notice = Sharing(("group:consular",), "stub", "Held in part", "A notice.", "negotiation", soon())
    within = f"{HELD_CANARIES['openednotice'] if held else other} of the bridge{longer}"
    number = _write(world, "opened-notice", "Behind a notice", f"Words.\n\n{_passage(within)}", notice)
    _open(world, number, 0)
    _with_leave_for_oskar(world, f"{HELD_CANARIES['heldforoskar'] if held else other} of the bridge{longer}")
    if held:
        with _ids_of_its_own(world):
            _hidden(world)


def _with_leave_for_oskar(world: World, words: str) -> None:
    """In both worlds, hidden: he has leave for the passage alone, and does not see the page that it stands in."""
    hidden = Sharing(("group:consular",), "hidden", reason="source", until=soon())
    number = _write(world, "opened-to-oskar", "Not for him", f"Words of the bridge.\n\n{_passage(words)}", hidden)
    oskar, leila = (world.viewer(who).person for who in ("oskar", "leila"))
    with world.app.app_context(), db.system_session(writing=True) as session:
        its = _within(session, number)[0].public_id
        leave.give(session, its, oskar, db.now() + timedelta(days=9), by=leila)


def _hidden(world: World) -> None:
    """In one world only: a hidden page with an opened passage and one that is held from most of its readers."""
    hidden = Sharing(("group:consular",), "hidden", reason="source", until=soon())
    opened = _passage(f"{HELD_CANARIES['openedhidden']} of the bridge")
    within = _passage(HELD_CANARIES["stillheld"], "person:bruno@example.org", 1)
    number = _write(world, HIDDEN, HIDDEN, f"Words of the bridge [[welcome]].\n\n{opened}\n{within}", hidden)
    _open(world, number, 0)


@contextmanager
def _ids_of_its_own(world: World) -> Iterator[None]:
    kept, name = world.app.extensions, "passages_of_the_twins"
    before, kept[name] = kept[name], itertools.count(_FAR_AWAY)
    try:
        yield
    finally:
        kept[name] = before


def _passage(words: str, audience: str = "group:consular", days: int = 0) -> str:
    end = (soon() + timedelta(days=days)).isoformat()
    return f'::: held audience="{audience}" reason=source until={end}\n{words}\n:::\n'


def _write(world: World, slug: str, title: str, body: str, sharing: Sharing | None = None) -> int:
    return twin_pairs.write(world, "page", title, body, slug=slug, sharing=sharing)


def _open(world: World, document: int, number: int) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        passages.open_to_readers(session, _within(session, document)[number], by=None)


def _within(session: Session, document: int) -> list[Any]:
    return list(session.scalars(select(Passage).where(Passage.document_id == document).order_by(Passage.id)))
