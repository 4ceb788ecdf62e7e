"""Keeping what we know of a platform."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from guidelines.platforms.models import PlatformFact
from wiki import db
from wiki.access import audit, policy
from wiki.access.policy import Action, Viewer
from wiki.people.viewer import today

# Platforms change their rules often: nobody can say today what holds in two years.
LONGEST_TRUST = timedelta(days=366)
FIELDS = (
    "audiences", "purposes", "answers", "countries", "blocked", "who", "formats", "languages", "rtl",
    "verification", "risks", "trusted_until",
)  # fmt: skip


class Refused(Exception):
    """It cannot be saved, and why."""


def problem_of(until: date | None) -> Any:
    """What is wrong with the last day of trust, in words; None when nothing is."""
    if until is None:
        return _l("Choose the last day on which readers may rely on this.")
    if not today() <= until <= today() + LONGEST_TRUST:
        return _l("Choose a day from today on, within a year.")
    return None


def keep(session: Session, platform: str, facts: dict[str, Any], *, seen: int, by: Viewer) -> bool:
    """Write down what is known of a platform. `seen`: the save that the writer saw, 0 for none. False: all was so."""
    policy.require(by, Action.GUIDELINE_PUT_IN_FORCE)
    there = session.get(PlatformFact, platform, with_for_update=True)
    changed = [name for name in FIELDS if there is None or getattr(there, name) != facts[name]]
    if not changed:
        return False
    if (there.version if there else 0) != seen:
        raise Refused(_l("Somebody else changed this meanwhile. Look at what it says now, then save once more."))
    row = there or PlatformFact(platform=platform, version=0)
    for name in changed:
        setattr(row, name, facts[name])
    row.kept_by_id, row.kept_at, row.version = by.person, db.now(), seen + 1
    session.add(row)
    # The names of the fields and the day, and none of their words.
    until = row.trusted_until.isoformat()
    audit.record(session, "platform:keep", by=by.person, about=platform, fields=changed, until=until)
    return True
