"""Hiding needs a second person: a steward who approves, for so many days at a time (03-sharing 3.2).

It counts at once, so that nothing leaks while somebody looks at it. What no steward approves in time, what one refuses
and what an approval ends for becomes a short notice in words that give nothing away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import force_locale, gettext as _
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import policy
from wiki.access.policy import LIVE, Action, Decision, NotAllowed, Role, Viewer
from wiki.documents import operations, sharing, web
from wiki.documents.models import Discovery, Document, Stub
from wiki.holding import ends
from wiki.holding.ends import NothingToDo
from wiki.holding.models import StewardQuestion
from wiki.notices.telling import tell
from wiki.people import calendar
from wiki.people.acting import holders
from wiki.people.models import Group
from wiki.people.viewer import today

# How long a steward has, by the calendar of the unit that keeps it, and how long it stays hidden after that.
WORKING_DAYS = 3
GRACE = timedelta(days=10)
# What `hidden_reminded` says: of what waits for a steward, and of what was approved, in days before its end.
ASKED, LATE, OVER = 2, 1, 0
LONG_BEFORE, SHORTLY_BEFORE = 14, 3


@dataclass(frozen=True, slots=True)
class Due:
    """A hidden document with a step that may be due."""

    id: int
    owner: str
    asked_at: datetime | None
    until: date | None
    reminded: int | None


def clock() -> int:
    """Take every step that is due by now."""
    with db.system_session() as session:
        found = [Due(*row) for row in session.execute(_may_be_due())]
        calendars = calendar.of_groups(session, {due.owner for due in found}) if found else {}
    taken = 0
    for due in found:
        stage = _stage_of(due, calendars[due.owner])
        if stage is not None and (due.reminded is None or due.reminded > stage):
            taken += _step(due, stage)
    return taken


def _may_be_due() -> Any:
    soon = Document.hidden_until <= today() + timedelta(days=LONG_BEFORE)
    waits = Document.hidden_until.is_(None) & Document.hidden_asked_at.is_not(None)
    return select(
        Document.id, Document.owner_id, Document.hidden_asked_at, Document.hidden_until, Document.hidden_reminded
    ).where(
        Document.discovery != Discovery.OPEN,
        Document.status.in_(LIVE),
        Document.quarantined_at.is_(None),
        or_(soon, waits),
    )


def _stage_of(due: Due, owner: calendar.Calendar) -> int | None:
    if due.until is not None:
        return stage_before((due.until - today()).days)
    if due.reminded is None or due.asked_at is None:
        return ASKED
    late = calendar.after_working_days(owner, due.asked_at, WORKING_DAYS)
    if db.now() >= late + GRACE:
        return OVER
    return LATE if db.now() >= late else ASKED


def stage_before(days: int) -> int | None:
    """What is told so many days before an approval ends."""
    if days > LONG_BEFORE:
        return None
    if days > SHORTLY_BEFORE:
        return LONG_BEFORE
    return SHORTLY_BEFORE if days > 0 else OVER


def _step(due: Due, stage: int) -> int:
    """Take one step, if nobody else has taken it."""
    with db.system_session(writing=True) as session:
        if not _claim(session, due, stage):
            return 0
        document = session.scalars(select(Document).where(Document.id == due.id)).one()
        if stage == OVER:
            code = "hidden:not-approved" if due.until is None else "hidden:ended"
            become_notice(session, document, code)
        elif due.until is not None:
            _tell_keepers(session, document, "hidden:ends", f"{due.until}:{stage}", until=due.until.isoformat())
        else:
            _ask_stewards(session, document, stage)
    return 1


def _claim(session: Session, due: Due, stage: int) -> bool:
    asked = Document.hidden_until.is_(None) & Document.hidden_asked_at.is_not(None)
    still = Document.hidden_until == due.until if due.until else asked
    told = or_(Document.hidden_reminded.is_(None), Document.hidden_reminded > stage)
    mine = (Document.id == due.id, Document.discovery != Discovery.OPEN, still, told)
    statement = update(Document).where(*mine).values(hidden_reminded=stage)
    result: Any = session.execute(statement.execution_options(synchronize_session=False))
    return bool(result.rowcount == 1)


def _ask_stewards(session: Session, document: Document, stage: int) -> None:
    if stage == ASKED:
        # Their time begins when they hear of it: a draft may have lain for weeks before it was published.
        document.hidden_asked_at = db.now()
        session.flush()
    roles = (Role.STEWARD,) if stage == ASKED else (Role.STEWARD, Role.ARBITER)
    code = "hidden:asked" if stage == ASKED else "hidden:late"
    people = holders(session, *roles) - {document.hidden_asked_by_id or 0}
    since = document.hidden_asked_at or db.now()
    tell(session, people, code, about=document.public_id, once=f"{code}:{document.public_id}:{since:%F %T}")


def _tell_keepers(session: Session, document: Document, code: str, once: str, until: str = "") -> None:
    people, key = ends.keepers(session, document), f"{code}:{document.public_id}:{once}"
    tell(session, people, code, about=document.public_id, once=key, until=until)


def is_waiting(document: Document) -> bool:
    """Whether a steward is asked to hide this, for the first time or again."""
    asked = document.discovery != Discovery.OPEN and document.hidden_asked_at is not None
    return asked and document.status in LIVE and document.quarantined_at is None


def was_answered(session: Session, document: Document) -> bool:
    """Whether a steward agreed to hide this, or did not."""
    if document.discovery == Discovery.HIDDEN and document.hidden_approved_by_id is not None:
        return True
    refused = select(StewardQuestion.id).where(
        StewardQuestion.target == document.public_id, StewardQuestion.sort == "hidden"
    )
    return session.scalar(refused.limit(1)) is not None


def may_answer(viewer: Viewer, document: Document) -> Decision:
    """Whether this steward is the second person: not the one who asked."""
    found = policy.may(viewer, Action.DOCUMENT_HIDE_APPROVE)
    if found and document.hidden_asked_by_id == viewer.person:
        return Decision(False, "asked-yourself")
    return found


def _require(viewer: Viewer, document: Document) -> None:
    if not is_waiting(document):
        raise NothingToDo
    if not (found := may_answer(viewer, document)):
        raise NotAllowed(found)


def approve(session: Session, document: Document, *, by: Viewer) -> None:
    """Let it be hidden, as long as one approval lasts or until its end if that comes first."""
    _require(by, document)
    last = today() + timedelta(days=web.settings().hidden_days)
    document.hidden_until = min(document.held_until or last, last)
    document.hidden_approved_by_id, document.hidden_asked_at = by.person, None
    left = stage_before((document.hidden_until - today()).days)
    document.hidden_reminded = left or None
    if document.discovery != Discovery.HIDDEN:
        # It was a notice as long as nobody agreed.
        document.discovery = Discovery.HIDDEN
        operations.relabel(session, document)
    session.flush()
    until = document.hidden_until.isoformat()
    ends.note(session, "hidden:approve", document, by=by, until=until)
    _tell_keepers(session, document, "hidden:approved", f"{db.now():%F %T}", until=until)


def refuse(session: Session, document: Document, words: str, *, by: Viewer) -> None:
    """Say no, and why. What nobody approved before becomes a notice now, the rest at the end of its approval."""
    _require(by, document)
    was_approved = document.hidden_until is not None
    answer = StewardQuestion(sort="hidden", target=document.public_id, document_id=document.id, answer=words)
    answer.until, answer.asked_by_id = document.held_until or today(), document.hidden_asked_by_id
    answer.asked_at, answer.answered_at = document.hidden_asked_at or db.now(), db.now()
    answer.answered_by_id, answer.allowed = by.person, False
    session.add(answer)
    document.hidden_asked_at = None
    ends.note(session, "hidden:refuse", document, by=by)
    if was_approved:
        _tell_keepers(session, document, "hidden:refused-longer", f"{db.now():%F %T}")
    else:
        become_notice(session, document, "hidden:refused")


def may_ask_again(document: Document) -> bool:
    """Whether there is an approval that ends before the reason does, and nobody has asked to prolong it."""
    ends_first = document.hidden_until is not None and document.hidden_until < (document.held_until or today())
    return document.discovery == Discovery.HIDDEN and ends_first and document.hidden_asked_at is None


def ask_again(session: Session, document: Document, *, by: Viewer) -> None:
    """Ask a steward to let it be hidden longer."""
    policy.require(by, Action.DOCUMENT_SHARE, document.item)
    if not ends.is_held(document) or not may_ask_again(document):
        raise NothingToDo
    document.hidden_asked_by_id, document.hidden_asked_at = by.person, db.now()
    session.flush()
    ends.note(session, "hidden:ask-again", document, by=by)
    people = holders(session, Role.STEWARD) - {by.person}
    once = f"hidden:asked:{document.public_id}:{db.now():%F %T}"
    tell(session, people, "hidden:asked", about=document.public_id, once=once)


def become_notice(session: Session, document: Document, code: str) -> None:
    """Let everybody find a short notice of it from now on, in words that give nothing away, at a new address."""
    with force_locale(web.settings().languages[0]):
        title, line = _neutral_words(session, document)
    title, line = document.release_title.strip() or title, document.share_line.strip() or line
    chosen = replace(sharing.of(document), discovery=Discovery.STUB, release_title=title, share_line=line)
    operations.share(session, document, chosen, by=None)
    if (stub := session.get(Stub, document.id)) is not None:
        # Nobody chose its topics for everybody to see; they come with the next change by those who keep it.
        stub.topics = []
    ends.note(session, "hidden:became-notice", document, by=None, because=code)
    _tell_keepers(session, document, code, f"{db.now():%F %T}")


def _neutral_words(session: Session, document: Document) -> tuple[str, str]:
    line = _("Its keepers have not said what it is about. Ask them if you think that your work needs it.")
    owner = session.get_one(Group, document.owner_id)
    if owner.is_hidden:
        return _("A paper that is held back"), line
    return _("A paper held back by %(owner)s", owner=owner.name), line
