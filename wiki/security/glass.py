"""Breaking the glass: a duty officer or an administrator reads one document for a time, and its keepers are told.

It opens nothing that is under quarantine or in the bin, and nothing any more once the role has ended that gave it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import audit, policy
from wiki.access.models import AccessGrant
from wiki.access.policy import BINNED, QUARANTINE, Action, Role, Viewer
from wiki.documents import leave
from wiki.documents.models import Document
from wiki.notices.telling import tell
from wiki.people.acting import acting_people, holders
from wiki.people.viewer import GLASS, in_office, today
from wiki.security import finding

FEWEST_LETTERS = 20


class NothingThere(Exception):
    """Behind what was typed is nothing that the glass could open. The attempt was written down."""


def document_for(session: Session, typed: str, *, by: Viewer) -> Document | None:
    """What the glass may be broken for; None when there is no such thing, which is written down as an attempt."""
    policy.require(by, Action.GLASS_BREAK)
    document = finding.behind(session, typed)
    if document is None or document.quarantined_at is not None or document.status == BINNED:
        # What was typed may be the title of something; that somebody tried is all that is kept.
        audit.record(session, "glass:attempt", by=by.person)
        return None
    return document


def break_for(session: Session, document: Document, why: str, *, by: Viewer, hours: int) -> bool:
    """Let this person read it and what is held in it for some hours, and tell its keepers and the officers at once.

    Whoever can read all of it anyway, or broke this glass already, is given nothing more: False.
    """
    policy.require(by, Action.GLASS_BREAK)
    shut = _shut_from(session, document, by)
    if not shut:
        return False
    until = db.now() + timedelta(hours=hours)
    given = {"person_id": by.person, "given_by_id": by.person, "given_at": db.now(), "until": until, "why": why}
    taken = [AccessGrant(document=target, sort=GLASS, **given) for target in shut]
    session.add_all(taken)
    session.flush()
    about = {"about": document.public_id, "owner": document.owner_id}
    passages = [target for target in shut if target != document.public_id]
    held: dict[str, Any] = {"passages": passages} if passages else {}
    audit.record(
        session, "glass:break", by=by.person, **about, until=until.isoformat(), grant=taken[0].public_id, **held
    )
    _tell(session, document, taken[0].public_id, by)
    return True


def _shut_from(session: Session, document: Document, by: Viewer) -> list[str]:
    """The public ids of what this person cannot read: the document, and each passage that is held in it."""
    labels = {document.public_id: document.item.labels - {QUARANTINE}, **finding.held_in(session, document.id)}
    broken = _broken(session, list(labels), by)
    return [one for one, its in labels.items() if one not in broken and not policy.readable(by.keys, its)]


def _tell(session: Session, document: Document, leave: str, by: Viewer) -> None:
    """Tell those who act for its unit, its authors and the security officers."""
    told = keepers(session, document) | holders(session, Role.SECURITY_OFFICER)
    once, about = f"glass:broken:{leave}", document.public_id
    tell(session, told - {by.person}, "glass:broken", about=about, once=once, urgent=True, by=by.public_id)


def clock() -> int:
    """Take back what was opened by people who hold no role for it any more; it opened nothing since the role ended."""
    with db.system_session() as session:
        over = list(session.scalars(select(AccessGrant.id).where(*_outlived())))
    return sum(_end(number) for number in over)


def _outlived() -> tuple[ColumnElement[bool], ...]:
    open_now = (AccessGrant.until > db.now(), AccessGrant.withdrawn_at.is_(None))
    return (AccessGrant.sort == GLASS, *open_now, ~in_office(AccessGrant, today()))


def _end(number: int) -> bool:
    with db.system_session(writing=True) as session:
        grant = session.scalar(select(AccessGrant).where(AccessGrant.id == number, *_outlived()))
        if grant is None:
            return False
        around = finding.around(session, [grant.document]).get(grant.document, grant.document)
        owners = [one.owner for one in finding.identities(session, [around]).values()]
        return leave.withdraw(session, grant, by=None, owner="".join(owners))


def keepers(session: Session, document: Document) -> set[int]:
    """Those who act for the unit that keeps a document today, and its authors."""
    return acting_people(session, document.owner_id) | {author.id for author in document.authors if author.is_active}


def _broken(session: Session, targets: list[str], by: Viewer) -> set[str]:
    """For which of these this person broke the glass before, and may still read."""
    mine = (AccessGrant.document.in_(targets), AccessGrant.person_id == by.person, AccessGrant.sort == GLASS)
    open_now = (AccessGrant.until > db.now(), AccessGrant.withdrawn_at.is_(None))
    return set(session.scalars(select(AccessGrant.document).where(*mine, *open_now)))
