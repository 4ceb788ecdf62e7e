"""Who reads a playbook, as far as whoever asks may know: naming somebody in a form must tell no more than a list would.

Nobody learns here who belongs to a closed group, and only those who keep a playbook whom it was shared with by name.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from guidelines.playbooks.models import Playbook
from wiki.access import policy
from wiki.access.policy import Action, Viewer
from wiki.documents import readers
from wiki.people.acting import acting_people
from wiki.people.models import Person


def known_readers(session: Session, playbook: Playbook, viewer: Viewer) -> ColumnElement[bool]:
    """The condition that a person reads this playbook for a reason that this viewer may know of."""
    labels = _known(session, playbook, viewer)
    found = Person.id.in_(readers.meeting(labels))
    if f"lead:{playbook.owner_id}" not in labels:
        return found
    return or_(found, Person.id.in_(sorted(acting_people(session, playbook.owner_id))))


def all_readers(session: Session, playbook: Playbook) -> ColumnElement[bool]:
    """The condition that a person reads this playbook, whatever for."""
    labels = frozenset(row.label for row in playbook.labels)
    acting = sorted(acting_people(session, playbook.owner_id))
    return or_(Person.id.in_(readers.meeting(labels)), Person.id.in_(acting))


def _known(session: Session, playbook: Playbook, viewer: Viewer) -> frozenset[str]:
    labels = readers.known(session, viewer, readers.of_document(playbook, viewer).labels)
    if policy.may(viewer, Action.DOCUMENT_SHARE, playbook.item):
        return labels
    told = {f"person:{viewer.public_id}"}
    if playbook.names_authors:
        told |= {f"person:{author}" for author in playbook.item.authors}
    return frozenset(label for label in labels if not label.startswith(("person:", "doc:")) or label in told)


def is_known_reader(session: Session, playbook: Playbook, viewer: Viewer, person: int) -> bool:
    """The same for one person."""
    found = select(Person.id).where(Person.id == person, known_readers(session, playbook, viewer))
    return session.scalar(found) is not None


def reads(session: Session, playbook: Playbook, person: int) -> bool:
    """Whether a person reads it, whatever for: for those alone of whom it is told anyway."""
    found = select(Person.id).where(Person.id == person, all_readers(session, playbook))
    return session.scalar(found) is not None
