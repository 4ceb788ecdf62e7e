"""Ends that come by themselves: reminders, openings, the review queue, and what its keepers do before (03-sharing 3.3).

A clock takes the steps. What may be read changes only when it does: late if it stood still, and never twice, because
each step is a conditional change of `reminded`, the fewest days before the end of which somebody was told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session, object_session

from wiki import db
from wiki.access import audit, policy
from wiki.access.models import OPEN_REQUESTS, AccessRequest
from wiki.access.policy import LIVE, SERVICE, Action, Role, Viewer
from wiki.documents import holds, operations, passages, passages_standing, sharing
from wiki.documents.models import Discovery, Document, Passage
from wiki.documents.sharing import NAMED_PEOPLE_ONLY, REASONS, AtTheEnd, OnSilence, Sharing
from wiki.holding.models import REVIEW, StewardQuestion
from wiki.notices.telling import tell
from wiki.people import calendar
from wiki.people.acting import acting_people, holders
from wiki.people.viewer import load_viewer, today

# After its end something that waits to be reviewed is called to mind so often.
EVERY = timedelta(days=30)
# Zones differ from UTC by less than a day and a half.
_SLACK = timedelta(days=2)

# Whatever has an end of its own.
Held = Document | Passage


class NothingToDo(Exception):
    """It is not held back any more, or not in the way the verb is for. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Due:
    """A thing with a step that may be due: its table, its row, and what the step depends on."""

    model: type[Document] | type[Passage]
    id: int
    owner: str
    until: date
    at_time: str | None
    reminded: int | None
    reason: str | None
    review_since: datetime | None
    stopped: str
    held_since: date | None


def clock() -> int:
    """Take every step that is due by now."""
    with db.system_session() as session:
        found = [*_documents(session), *_passages(session)]
        calendars = calendar.of_groups(session, {due.owner for due in found}) if found else {}
    moment = db.now()
    taken = 0
    for due in found:
        days = days_left(due.until, due.at_time, moment.astimezone(calendars[due.owner].zone))
        stage = stage_of(due, days)
        if stage is not None and (due.reminded is None or due.reminded > stage):
            taken += _step(due, stage, days)
    return taken


def days_left(until: date, at_time: str | None, local: datetime) -> int:
    """How many days are left by the owner's clock; the last one is not over before its hour."""
    days = (until - local.date()).days
    return 1 if days == 0 and at_time and local.strftime("%H:%M") < at_time else days


def stage_of(due: Due, days: int) -> int | None:
    """The step that is due so many days before the end (after it, when negative): 30, 7, 0, then each 30 days on."""
    if days > holds.FIRST_REMINDER:
        return None
    if days > holds.ANNOUNCED:
        # What was held back less than a month ago for less than a month needs no reminder of its beginning.
        was_short = due.held_since is not None and (due.until - due.held_since).days <= holds.FIRST_REMINDER
        return None if was_short else holds.FIRST_REMINDER
    if days > 0:
        return holds.ANNOUNCED
    if due.review_since is None:
        return 0
    return -(-days // EVERY.days) * EVERY.days


def _documents(session: Session) -> Iterable[Due]:
    table = Document
    columns = (table.id, table.owner_id, table.held_until, table.held_time, table.reminded, table.reason)
    more = (table.review_since, table.stopped_because)
    ends = (table.discovery != Discovery.OPEN, table.status.in_(LIVE), table.quarantined_at.is_(None))
    for row in session.execute(select(*columns, *more).where(*ends, _may_be_due(table))).all():
        number, owner, until, at_time, reminded, reason, review, stopped = row
        if until is not None:
            yield Due(Document, number, owner, until, at_time, reminded, reason, review, stopped, None)


def _passages(session: Session) -> Iterable[Due]:
    table = Passage
    statement = (
        select(table.id, Document.owner_id, table.held_until, table.reminded, table.reason, table.review_since,
               table.stopped_because, table.created_at)
        .join(Document, Document.id == table.document_id)
        .where(table.opened_at.is_(None), _may_be_due(table))
        .where(Document.status.in_(LIVE), Document.quarantined_at.is_(None))
        .where(passages_standing.stands(also_working=True))
    )  # fmt: skip
    for number, owner, until, reminded, reason, review, stopped, made in session.execute(statement):
        yield Due(Passage, number, owner, until, None, reminded, reason, review, stopped, made.date())


def _may_be_due(table: Any) -> ColumnElement[bool]:
    """A rough question to the database; the owner's own clock is asked afterwards."""

    def near(days: int) -> ColumnElement[bool]:
        found: ColumnElement[bool] = table.held_until <= today() + timedelta(days=days) + _SLACK
        return found

    return or_(
        and_(near(holds.FIRST_REMINDER), table.reminded.is_(None)),
        and_(near(holds.ANNOUNCED), table.reminded > holds.ANNOUNCED),
        and_(near(0), table.reminded > 0),
        table.review_since.is_not(None),
    )


def _step(due: Due, stage: int, days: int) -> int:
    """Take one step, if nobody else has taken it."""
    with db.system_session(writing=True) as session:
        if not _claim(session, due, stage):
            return 0
        # What was claimed is locked, so this is how it stands now.
        held: Any = session.scalars(select(due.model).where(due.model.id == due.id)).one()
        if stage < 0:
            _call_to_mind(session, held, stage)
        elif stage > 0:
            _announce(session, held, days)
        elif opens(held) and not _was_promised(held) and (due.reminded is None or due.reminded > holds.ANNOUNCED):
            _open_later(session, held)
        elif opens(held):
            open_up(session, held, by=None)
        else:
            _to_review(session, held)
    return 1


def _claim(session: Session, due: Due, stage: int) -> bool:
    table = due.model
    still = (table.id == due.id, table.held_until == due.until, table.reason == due.reason)
    also = (table.stopped_because == due.stopped, or_(table.reminded.is_(None), table.reminded > stage))
    statement = update(table).where(*still, *also).values(reminded=stage)
    result: Any = session.execute(statement.execution_options(synchronize_session=False))
    return bool(result.rowcount == 1)


def _announce(session: Session, held: Held, days: int) -> None:
    code = "hold:opens" if opens(held) else "hold:review-soon"
    tell_keepers(session, held, code, once=str(30 if days > holds.ANNOUNCED else 7))


def _open_later(session: Session, held: Held) -> None:
    """Nobody was told that it would open, because the clock stood still: it is told now and opens a week later."""
    held.held_until, held.reminded = today() + timedelta(days=holds.ANNOUNCED), holds.ANNOUNCED
    if isinstance(held, Document):
        operations.relabel(session, held)
    note(session, "hold:opens-later", held, by=None, until=_end(held).isoformat())
    _announce(session, held, holds.ANNOUNCED)


def _was_promised(held: Held) -> bool:
    """Whether the moment of its opening was what its keepers chose: an embargo ends when it ends, announced or not."""
    found = REASONS.get(held.reason or "")
    return found is not None and found.on_silence is OnSilence.WAIT


def _to_review(session: Session, held: Held) -> None:
    held.review_since = db.now()
    note(session, "hold:review", held, by=None)
    tell_keepers(session, held, "hold:review", once="0")


def _call_to_mind(session: Session, held: Held, stage: int) -> None:
    tell_keepers(session, held, "hold:review", once=str(stage))
    key = f"hold:overdue:{held.public_id}:{_end(held)}:{stage}"
    tell(session, holders(session, Role.STEWARD), "hold:overdue", about=held.public_id, once=key)


def opens(held: Held) -> bool:
    """Whether it opens by itself at its end; what was stopped or may not open waits to be reviewed."""
    found = REASONS.get(held.reason or "")
    by_itself = found is not None and found.at_the_end is AtTheEnd.OPENS
    return not held.stopped_because and (by_itself or _was_let_open(held))


def let_open(target: Any, until: Any) -> ColumnElement[bool]:
    """The condition that a steward let it open on this day. Another end that is set afterwards stands for itself."""
    said = (StewardQuestion.sort == REVIEW, StewardQuestion.allowed.is_(True))
    return exists().where(StewardQuestion.target == target, StewardQuestion.until == until, *said)


def _was_let_open(held: Held) -> bool:
    session = object_session(held)
    return session is not None and bool(session.scalar(select(let_open(held.public_id, held.held_until))))


def keepers(session: Session, held: Held) -> set[int]:
    """Whom to tell: those who act for the unit that keeps it, its authors, and whoever held a passage back.

    Only those of them who may act on it today: nobody is led to a page that refuses them.
    """
    document = document_of(held)
    people = acting_people(session, document.owner_id) | {person.id for person in document.authors}
    people |= {held.created_by_id} if isinstance(held, Passage) and held.created_by_id else set()
    viewers = (load_viewer(session, person) for person in sorted(people))
    return {viewer.person for viewer in viewers if viewer is not None and may_act(viewer, held)}


def may_act(viewer: Viewer, held: Held) -> bool:
    """Whether this viewer may do something about the end of a document or passage."""
    if not policy.may(viewer, Action.HOLD_RENEW):
        return False
    if isinstance(held, Passage):
        return bool(passages.may_manage(viewer, held))
    return bool(policy.may(viewer, Action.HOLD_RENEW, held.item))


def document_of(held: Held) -> Document:
    """The document itself, or the one that a passage was cut out of."""
    return held.document if isinstance(held, Passage) else held


def _end(held: Held) -> date:
    return held.held_until or today()


def tell_keepers(session: Session, held: Held, code: str, *, once: str) -> None:
    """Tell its keepers something with its end; `once` besides that end makes it the only one of its sort."""
    until = _end(held).isoformat()
    key = f"{code}:{held.public_id}:{until}:{once}"
    tell(session, keepers(session, held), code, about=held.public_id, once=key, until=until)


def note(session: Session, what: str, held: Held, *, by: Viewer | None, **details: Any) -> None:
    """Write into the log what was done with a document or passage: about the document, for those who keep it."""
    document = document_of(held)
    if isinstance(held, Passage):
        details["passage"] = held.public_id
    who = by.person if by else None
    audit.record(session, what, by=who, about=document.public_id, owner=document.owner_id, **details)


def open_up(session: Session, held: Held, *, by: Viewer | None) -> None:
    """Let the whole service read it from now on, or a passage whoever reads its document. `by` None is the clock."""
    if not is_held(held):
        raise NothingToDo
    require(by, Action.HOLD_OPEN, held)
    waiting = _waiting(session, held)
    if isinstance(held, Passage):
        passages.open_to_readers(session, held, by=None)
    else:
        mark = held.handling if held.handling != NAMED_PEOPLE_ONLY else None
        operations.share(session, held, Sharing(handling=mark, released=held.released), by=None)
    note(session, f"{_sort(held)}:opened", held, by=by)
    settle_renewals(session, held)
    told = (keepers(session, held) | waiting) - ({by.person} if by else set())
    tell(session, told, "hold:opened", about=held.public_id, once=f"hold:opened:{held.public_id}:{today()}")


def _sort(held: Held) -> str:
    return "passage" if isinstance(held, Passage) else "document"


def _waiting(session: Session, held: Held) -> set[int]:
    """Those whose request to read it is not settled yet."""
    asked = select(AccessRequest.person_id).where(
        AccessRequest.target == held.public_id, AccessRequest.state.in_(OPEN_REQUESTS)
    )
    return set(session.scalars(asked))


def is_held(held: Held) -> bool:
    """Whether it is held back today."""
    document = document_of(held)
    if document.status not in LIVE or document.quarantined_at is not None:
        return False
    return held.opened_at is None if isinstance(held, Passage) else SERVICE not in held.audience


def require(viewer: Viewer | None, action: Action, held: Held) -> None:
    """Raise NotAllowed unless this viewer may do this; None is the system."""
    if viewer is None:
        return
    if isinstance(held, Passage):
        passages.require_managing(viewer, held)
    else:
        policy.require(viewer, action, held.item)


def stop(session: Session, held: Held, because: str, *, by: Viewer) -> None:
    """Stop an opening, and say why: at its end it waits to be reviewed. The stewards are told."""
    require(by, Action.HOLD_STOP_OPENING, held)
    if not is_held(held) or not opens(held):
        raise NothingToDo
    held.stopped_because = because
    session.flush()
    note(session, "hold:stop", held, by=by, until=_end(held).isoformat())
    told = (holders(session, Role.STEWARD) | keepers(session, held)) - {by.person}
    tell(session, told, "hold:stopped", about=held.public_id, once=f"hold:stopped:{held.public_id}:{db.now():%F %T}")


def renew(session: Session, held: Held, until: date, *, by: Viewer | None) -> None:
    """Hold it back until another day. The caller has asked `holds.problems_of_renewal`; `by` None: a steward agreed."""
    require(by, Action.HOLD_RENEW, held)
    if not is_held(held):
        raise NothingToDo
    if isinstance(held, Passage):
        passages.renew(session, held, until, by=by)
        held.reminded = holds.first_stage(until)
    else:
        operations.share(session, held, replace(sharing.of(held), until=until), by=by)
    note(session, "hold:renew", held, by=by, until=until.isoformat(), times=held.renewals)
    settle_renewals(session, held)


def settle_renewals(session: Session, held: Held) -> None:
    """What was asked of a steward needs no answer any more."""
    open_ones = (StewardQuestion.target == held.public_id, StewardQuestion.answered_at.is_(None))
    for asked in session.scalars(select(StewardQuestion).where(*open_ones)):
        asked.answered_at = db.now()


def settle_moved(ids: Sequence[int], upto: int) -> None:
    """The same for passages that were renewed or taken out in the text. Safe to repeat; the work of the outbox."""
    with db.system_session(writing=True) as session:
        for passage in session.scalars(select(Passage).where(Passage.id.in_(ids))).all():
            settle_renewals(session, passage)
