"""What a choice of sharing does to the end that was set before: reminders, renewals, and the second person for hiding.

Every way to share a document goes through `operations.share` and so through here: the forms, a file, a command and the
clocks (03-sharing 3.2, 3.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import object_session

from wiki import db
from wiki.access import policy
from wiki.access.models import AuditEvent
from wiki.access.policy import BINNED, LIVE, Action, Viewer
from wiki.documents.models import Discovery, Document
from wiki.documents.sharing import LONGEST_DAYS, REASONS, Problem, Sharing
from wiki.people.viewer import today

# How often those who keep something may hold it back anew by themselves.
OWN_RENEWALS = 2
# The keepers are reminded so many days before the end, and opened is what they were told of so many days before.
FIRST_REMINDER, ANNOUNCED = 30, 7
# Opened for less than this, what is held back again for the same reason goes on counting how often.
SHORT_OPENING = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Before:
    """How a document was held back before the change; `until` None: it was not, or without an end."""

    until: date | None
    time: str | None
    was_hidden: bool
    was_live: bool


def before(document: Document) -> Before:
    """What has to be remembered of a document while its sharing is changed."""
    held = document.is_held
    return Before(
        until=document.held_until if held else None,
        time=document.held_time if held else None,
        was_hidden=held and document.discovery == Discovery.HIDDEN,
        was_live=document.status in LIVE,
    )


def follow(document: Document, was: Before, by: int | None, *, waits: bool = False) -> None:
    """Let reminders, renewals and the approval of hiding follow what was chosen. `by` None is the system.

    `waits`: it was to be hidden, and is a notice until a steward agrees.
    """
    is_later = was.until is not None and document.held_until is not None and document.held_until > was.until
    if (document.held_until, document.held_time) != (was.until, was.time):
        document.reminded = first_stage(document.held_until)
        document.review_since, document.stopped_because = None, ""
    if was.until is None:
        document.renewals = (document.renewals or 0) if _goes_on(document) else 0
    elif is_later and was.was_live:
        document.renewals = (document.renewals or 0) + 1
    if waits:
        _ask_first(document, by)
    else:
        _follow_hiding(document, was, by, is_later=is_later)


def _goes_on(document: Document) -> bool:
    """Whether it was open for a short time only and is held back for the reason it had before, or is not held back."""
    opened = None
    for event in _log_of(document, "document:share"):
        if event.details.get("reason"):
            is_short = opened is not None and opened > db.now() - SHORT_OPENING
            return not document.is_held or (is_short and event.details["reason"] == document.reason)
        opened = event.at
    return False


def _log_of(document: Document, *what: str) -> Sequence[AuditEvent]:
    """What was done to its sharing so far, the newest first."""
    session = object_session(document)
    mine = (AuditEvent.about == document.public_id, AuditEvent.what.in_(what))
    statement = select(AuditEvent).where(*mine).order_by(AuditEvent.id.desc())
    return session.scalars(statement).all() if session is not None else ()


def first_stage(until: date | None) -> int | None:
    """What counts as told already: whoever sets an end in three weeks need not hear at once that it is near."""
    if until is None or until - today() > timedelta(days=FIRST_REMINDER):
        return None
    return FIRST_REMINDER


def as_notice(document: Document, chosen: Sharing) -> Sharing:
    """What is chosen; a notice where hiding has to wait for a steward. What was hidden before is told of by now."""
    hides = chosen.is_held and chosen.discovery == Discovery.HIDDEN
    if not hides or document.discovery == Discovery.HIDDEN or document.status not in LIVE:
        return chosen
    title = chosen.release_title.strip() or document.release_title
    line = chosen.share_line.strip() or document.share_line
    before = (event.details.get("discovery") for event in _log_of(document, "document:share", "document:publish"))
    if not title or Discovery.HIDDEN not in before:
        return chosen
    return replace(chosen, discovery=Discovery.STUB, release_title=title, share_line=line)


def _ask_first(document: Document, by: int | None) -> None:
    if document.hidden_asked_at is None:
        document.hidden_asked_by_id, document.hidden_asked_at, document.hidden_reminded = by, db.now(), None
    document.hidden_approved_by_id = document.hidden_until = None


def may_tell(viewer: Viewer | None, document: Document) -> bool:
    """Whether what this writer changes may show in its notice: only that of those who share it. None is the system."""
    is_notice = document.is_held and document.discovery == Discovery.STUB
    return viewer is None or not is_notice or bool(policy.may(viewer, Action.DOCUMENT_SHARE, document.item))


def _follow_hiding(document: Document, was: Before, by: int | None, *, is_later: bool) -> None:
    if document.discovery != Discovery.HIDDEN or not document.is_held:
        document.hidden_asked_by_id = document.hidden_asked_at = None
        document.hidden_approved_by_id = document.hidden_until = document.hidden_reminded = None
    elif not was.was_hidden:
        # It is hidden at once, so that nothing leaks while a second person looks at it.
        document.hidden_asked_by_id, document.hidden_asked_at = by, db.now()
        document.hidden_approved_by_id = document.hidden_until = document.hidden_reminded = None
    elif document.hidden_until is not None:
        document.hidden_until = min(document.hidden_until, document.held_until or document.hidden_until)
        if is_later and document.hidden_asked_at is None:
            document.hidden_asked_by_id = by or document.hidden_asked_by_id
            document.hidden_asked_at = db.now()


def problems(document: Document, chosen: Sharing) -> list[Problem]:
    """What keeps those who keep a document from moving its end; whether the end itself will do, `sharing` says."""
    if document.status == BINNED:
        return [Problem("audience", _l("Take it out of the bin first."))]
    was = before(document)
    if not was.was_live or was.until is None or not chosen.is_held or chosen.until is None:
        return []
    if chosen.until <= was.until:
        return []
    return problems_of_renewal(document.renewals or 0, chosen.reason, chosen.until)


def problems_of_renewal(renewals: int, reason: str | None, until: date) -> list[Problem]:
    """What keeps something that was held back anew so often from being held back until this day."""
    if renewals >= OWN_RENEWALS:
        return [Problem("until", _l("This was held back anew twice. Ask a steward for more time under “Held back”."))]
    return problems_of_end(reason, until)


def problems_of_end(reason: str | None, until: date | None) -> list[Problem]:
    """What is wrong with a new end, whoever sets it."""
    if until is None:
        return [Problem("until", _l("Give the day on which the reason ends."))]
    if until <= today():
        return [Problem("until", _l("Choose a day after today."))]
    days = longest(reason)
    if until > today() + timedelta(days=days):
        text = _l("For this reason, choose a day within the next %(days)s days.")
        return [Problem("until", text, {"days": days})]
    return []


def longest(reason: str | None) -> int:
    """For how many days something may be held back anew for this reason."""
    days = REASONS[reason].days if reason in REASONS else None
    return min(days or LONGEST_DAYS, LONGEST_DAYS)
