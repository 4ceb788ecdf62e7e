"""A crisis: a duty officer puts a playbook before everybody who may read it, and lets guests read it for a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from guidelines.playbooks import knowing
from guidelines.playbooks.models import Crisis, Playbook
from wiki import db
from wiki.access import audit, policy
from wiki.access.models import AccessGrant
from wiki.access.policy import SERVICE, Action, Viewer
from wiki.documents import leave, readers
from wiki.documents.models import Discovery, Document
from wiki.documents.sharing import NAMED_PEOPLE_ONLY
from wiki.notices.telling import tell
from wiki.people.acting import acting_people
from wiki.people.models import Group, GroupType, Membership, Person, Rank
from wiki.people.viewer import in_force, today

# Handling marks under which nobody from outside of the service is let in by a crisis.
STAFF_ONLY = ("AMBER+STRICT", NAMED_PEOPLE_ONLY)


class NotInvited(ValueError):
    """These people are not let in by a crisis; the message is for the duty officer."""


def declare(session: Session, playbook: Playbook, words: str, on_duty: str, until: datetime, *, by: Viewer) -> None:
    """Declare a crisis, or tell anew what it is and until when it goes on. The leads of its readers are told once."""
    policy.require(by, Action.PLAYBOOK_CRISIS, playbook.item)
    crisis = _locked(session, playbook)
    about: dict[str, Any] = {"about": playbook.public_id, "owner": playbook.owner_id, "until": until.isoformat()}
    if crisis is not None and crisis.until <= db.now():
        # Its time is over, and no clock has looked yet.
        finish(session, crisis, playbook, by=None)
        crisis = None
    if crisis is not None:
        crisis.words, crisis.on_duty, crisis.until = words, on_duty, until
        audit.record(session, "crisis:change", by=by.person, **about)
        return
    told = {"document_id": playbook.id, "open_for": playbook.id, "declared_by_id": by.person, "declared_at": db.now()}
    crisis = Crisis(words=words, on_duty=on_duty, until=until, **told)
    session.add(crisis)
    session.flush()
    audit.record(session, "crisis:declare", by=by.person, **about)
    once = f"crisis-declared:{crisis.id}"
    people = _leads(session, playbook) - {by.person}
    tell(session, people, "crisis-declared", about=playbook.public_id, once=once, urgent=True)


def _locked(session: Session, playbook: Playbook) -> Crisis | None:
    """The crisis that goes on with this playbook, so that two who declare one at once declare one."""
    session.execute(select(Document.id).where(Document.id == playbook.id).with_for_update())
    return session.scalar(select(Crisis).where(Crisis.open_for == playbook.id).with_for_update())


def _leads(session: Session, playbook: Playbook) -> set[int]:
    """Those who lead the groups that read it and can read it themselves, and those who act for its owner."""
    groups = [label.removeprefix("group:") for label in playbook.audience if label.startswith("group:")]
    which: ColumnElement[bool] = Group.id.in_(groups)
    if SERVICE in playbook.audience:
        which = or_(which, Group.type.in_((GroupType.POST, GroupType.UNIT)))
    labels = frozenset(row.label for row in playbook.labels)
    leads = (
        select(Membership.person_id)
        .join(Group, Group.id == Membership.group_id)
        .where(which, Membership.rank == Rank.LEAD, in_force(Membership.starts_on, Membership.ends_on, today()))
        .where(Membership.person_id.in_(readers.meeting(labels)))
    )
    return set(session.scalars(leads)) | acting_people(session, playbook.owner_id)


def end(session: Session, playbook: Playbook, closing: str = "", *, by: Viewer) -> bool:
    """End a crisis, and with it the leave of its guests. False when it had ended already."""
    policy.require(by, Action.PLAYBOOK_CRISIS, playbook.item)
    crisis = _locked(session, playbook)
    if crisis is None or not finish(session, crisis, playbook, by=by.person):
        return False
    crisis.closing = closing
    return True


def finish(session: Session, crisis: Crisis, playbook: Document, *, by: int | None) -> bool:
    """The same for a crisis that was found; `by` None is the clock. Of two who do it at once one does."""
    goes_on = (Crisis.id == crisis.id, Crisis.open_for.is_not(None))
    ending = update(Crisis).where(*goes_on).values(open_for=None, ended_at=db.now(), ended_by_id=by)
    if session.execute(ending.returning(Crisis.id)).first() is None:
        return False
    guests = (AccessGrant.document == playbook.public_id, AccessGrant.sort == leave.Sort.CRISIS, *leave.counts())
    for grant in session.scalars(select(AccessGrant).where(*guests)).all():
        leave.withdraw(session, grant, by=by, owner=playbook.owner_id)
    audit.record(session, "crisis:end", by=by, about=playbook.public_id, owner=playbook.owner_id)
    return True


def may_invite(playbook: Playbook, by: Viewer) -> bool:
    """Whether `by` may let in anybody at all: what is hidden is shown to others by its keepers alone."""
    return playbook.discovery != Discovery.HIDDEN or bool(policy.may(by, Action.DOCUMENT_SHARE, playbook.item))


def invite(
    session: Session, playbook: Playbook, people: Iterable[int], until: datetime, *, by: Viewer, together: bool = False
) -> int:
    """Let these people read it until then, the end of the crisis at most; `together`: they are those of a group.

    Returns how many were let in; those of whom `by` may know that they read it already are not. Raises NotInvited.
    """
    policy.require(by, Action.PLAYBOOK_CRISIS, playbook.item)
    crisis = _locked(session, playbook)
    if crisis is None or crisis.until <= db.now():
        return 0
    wanted = _allowed(session, playbook, set(people), by, together=together)
    known = knowing.known_readers(session, playbook, by)
    reading = set(session.scalars(select(Person.id).where(Person.id.in_(sorted(wanted)), known)))
    fresh = sorted(wanted - reading - _guests(session, playbook) - {by.person})
    target, owner, until = playbook.public_id, playbook.owner_id, min(until, crisis.until)
    for person in fresh:
        leave.give(session, target, person, until, why=crisis.words, sort=leave.Sort.CRISIS, by=by.person, owner=owner)
    once = f"{playbook.public_id}:{crisis.declared_at:%F %T}"
    tell(session, fresh, "crisis-guest", about=playbook.public_id, once=f"crisis-guest:{once}", urgent=True)
    if fresh:
        keepers = acting_people(session, owner) - {by.person}
        once = f"crisis-invited:{playbook.public_id}:{db.now().isoformat()}"
        tell(session, keepers, "crisis-invited", about=playbook.public_id, once=once)
    return len(fresh)


def _allowed(session: Session, playbook: Playbook, wanted: set[int], by: Viewer, *, together: bool) -> set[int]:
    """Those of these people whom the marks of the playbook let in. Raises NotInvited where nobody can be."""
    if not may_invite(playbook, by):
        raise NotInvited(_l("This playbook is hidden. Ask those who keep it to share it with whoever needs it."))
    if together and playbook.handling == NAMED_PEOPLE_ONLY:
        raise NotInvited(_l("RED is for named people only. Invite them one by one."))
    if playbook.handling not in STAFF_ONLY:
        return wanted
    staff = set(session.scalars(select(Person.id).where(Person.id.in_(sorted(wanted)), Person.is_staff)))
    if wanted and not staff:
        raise NotInvited(_l("This playbook is for staff of the service only, as its handling mark says."))
    return staff


def _guests(session: Session, playbook: Playbook) -> set[int]:
    """Those who were let in by this crisis already."""
    there = (AccessGrant.document == playbook.public_id, AccessGrant.sort == leave.Sort.CRISIS, *leave.counts())
    return set(session.scalars(select(AccessGrant.person_id).where(*there)))


def uninvite(session: Session, playbook: Playbook, public_id: str, *, by: Viewer) -> bool:
    """Take the leave of a guest back. False when there is none of this id, or it was taken back before."""
    policy.require(by, Action.PLAYBOOK_CRISIS, playbook.item)
    which = (AccessGrant.public_id == public_id, AccessGrant.document == playbook.public_id)
    grant = session.scalar(select(AccessGrant).where(*which, AccessGrant.sort == leave.Sort.CRISIS))
    return grant is not None and leave.withdraw(session, grant, by=by.person, owner=playbook.owner_id)


def members(session: Session, group: str) -> list[int]:
    """The active people who belong to a group today."""
    dated = in_force(Membership.starts_on, Membership.ends_on, today())
    statement = select(Membership.person_id).join(Person, Person.id == Membership.person_id)
    return list(session.scalars(statement.where(Membership.group_id == group, Person.is_active, dated).distinct()))
