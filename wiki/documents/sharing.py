"""Sharing a document: what may be chosen, what is refused and why, what it means in people (03-sharing 3.2, 3.3)."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from wiki.access.policy import SERVICE, Viewer, effective_labels
from wiki.documents.models import Discovery, Document
from wiki.people.models import Group, GroupType, Membership, Person
from wiki.people.viewer import in_force, today
from wiki.settings import Settings


class AtTheEnd(StrEnum):
    """What happens to a thing that was held back on the day its reason ends (03-sharing 3.3)."""

    OPENS = "opens"
    REVIEW = "review"


class OnSilence(StrEnum):
    """What a request that nobody answers in time comes to."""

    GRANTED = "granted"
    WAIT = "wait"
    ESCALATES = "escalates"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is held back: in words, in few words for a line, and for how many days unless said otherwise.

    `days` None: until a date that must be given.
    """

    words: object
    short: object
    days: int | None
    at_the_end: AtTheEnd
    on_silence: OnSilence


REASONS: dict[str, Reason] = {
    "negotiation": Reason(
        _l("A negotiation or a decision that is not announced"),
        _l("a negotiation or decision"),
        180,
        AtTheEnd.OPENS,
        OnSilence.GRANTED,
    ),
    "embargo": Reason(_l("An embargo until a date"), _l("an embargo"), None, AtTheEnd.OPENS, OnSilence.WAIT),
    "draft": Reason(
        _l("A draft before a decision"), _l("a draft before a decision"), 90, AtTheEnd.OPENS, OnSilence.GRANTED
    ),
    "source": Reason(
        _l("Protection of a source or contact"), _l("source protection"), 730, AtTheEnd.REVIEW, OnSilence.ESCALATES
    ),
    "personal": Reason(_l("Personal data"), _l("personal data"), 365, AtTheEnd.REVIEW, OnSilence.ESCALATES),
    "third-party": Reason(
        _l("Another party’s information"),
        _l("another party’s information"),
        None,
        AtTheEnd.REVIEW,
        OnSilence.ESCALATES,
    ),
    "legal": Reason(
        _l("Legal privilege or a security investigation"),
        _l("legal privilege or an investigation"),
        365,
        AtTheEnd.REVIEW,
        OnSilence.ESCALATES,
    ),
}
LONGEST_DAYS = 3 * 365
NEEDS_RELEASE = ("CLEAR", "GREEN")
NAMED_PEOPLE_ONLY = "RED"


def reason_in_words(name: str | None) -> str:
    """Why something is held back, for people; an unknown reason is told by its name."""
    return str(REASONS[name].words) if name in REASONS else name or ""


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who may read a document, what others find, and what a reader may do next."""

    audience: tuple[str, ...] = (SERVICE,)
    discovery: str = Discovery.STUB
    release_title: str = ""
    share_line: str = ""
    reason: str | None = None
    until: date | None = None
    handling: str | None = None
    released: bool = False
    # The hour of its end on the owner's clock, as HH:MM; None: when that day begins there.
    at_time: str | None = None

    @property
    def is_held(self) -> bool:
        return SERVICE not in self.audience


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field, in a sentence that says how to mend it."""

    field: str
    message: object
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return str(self.message) % self.values if self.values else str(self.message)


def of(document: Document) -> Sharing:
    """The sharing chosen for a document."""
    waits = document.discovery == Discovery.STUB and document.hidden_asked_at is not None
    shown = Discovery.HIDDEN if waits else document.discovery
    return Sharing(
        audience=tuple(document.audience),
        discovery=shown if shown != Discovery.OPEN else Discovery.STUB,
        release_title=document.release_title,
        share_line=document.share_line,
        reason=document.reason,
        until=document.held_until,
        handling=document.handling,
        released=document.released,
        at_time=document.held_time,
    )


def without_names(sharing: Sharing, groups: Container[str]) -> Sharing:
    """The same for somebody who reads it and may not share it: no people, no notice, and of the groups only these."""
    audience = (label for label in sharing.audience if label == SERVICE or label.removeprefix("group:") in groups)
    return dataclasses.replace(sharing, audience=tuple(audience), release_title="", share_line="")


def problems(
    session: Session, sharing: Sharing, *, owner: str, settings: Settings, viewer: Viewer | None = None
) -> list[Problem]:
    """Everything that keeps this sharing from being saved, as this viewer may know it; empty when all is well."""
    return _of_the_audience(session, sharing, owner, viewer) + problems_beside_people(sharing, settings)


def problems_beside_people(sharing: Sharing, settings: Settings) -> list[Problem]:
    """What is wrong with the marking, the reason, the end and the notice, whoever the audience may be."""
    found = _of_the_handling(sharing, settings)
    if sharing.is_held:
        found += _of_the_reason(sharing) + _of_the_discovery(sharing)
    return found


def _of_the_audience(session: Session, sharing: Sharing, owner: str, viewer: Viewer | None) -> list[Problem]:
    if not sharing.audience:
        return [Problem("audience", _l("Choose who may read this."))]
    unknown = sorted(_unknown(session, sharing.audience))
    if unknown:
        return [Problem("audience", _l("There is no group or person “%(label)s”."), {"label": unknown[0]})]
    groups = {label.removeprefix("group:") for label in sharing.audience if label.startswith("group:")}
    if not sharing.is_held or not groups or owner in groups:
        return []
    keeper = session.scalar(select(Group).where(Group.id == owner))
    if viewer is not None and keeper is not None and keeper.is_hidden and owner not in viewer.groups:
        # Its name is for its members, and so is who they are: what others choose is not compared with them.
        return [Problem("audience", _l("This would shut out the closed group that keeps it. Choose another audience."))]
    if _includes(session, groups, owner):
        return []
    text = _l("This would shut out the unit that keeps it, %(unit)s. Add it, or choose another audience.")
    return [Problem("audience", text, {"unit": keeper.name if keeper else owner})]


def _includes(session: Session, groups: set[str], owner: str) -> bool:
    """Whether everybody in the owner's unit is in one of these groups anyway."""
    day = today()
    members = select(Membership.person_id).where(
        Membership.group_id == owner, in_force(Membership.starts_on, Membership.ends_on, day)
    )
    others = select(Membership.person_id).where(
        Membership.group_id.in_(groups), in_force(Membership.starts_on, Membership.ends_on, day)
    )
    some = session.scalar(members.limit(1)) is not None
    return some and session.scalar(members.where(Membership.person_id.not_in(others)).limit(1)) is None


def _unknown(session: Session, audience: tuple[str, ...]) -> set[str]:
    groups = {label for label in audience if label.startswith("group:")}
    people = {label for label in audience if label.startswith("person:")}
    known = {f"group:{found}" for found in session.scalars(select(Group.id).where(Group.id.in_(_ids(groups))))}
    known |= {
        f"person:{found}"
        for found in session.scalars(select(Person.public_id).where(Person.public_id.in_(_ids(people))))
    }
    return set(audience) - known - {SERVICE}


def _ids(labels: set[str]) -> list[str]:
    return [label.split(":", 1)[1] for label in labels]


def _of_the_handling(sharing: Sharing, settings: Settings) -> list[Problem]:
    mark = sharing.handling
    if mark is None:
        return []
    marks = settings.handling_marks
    if mark not in marks or marks.index(mark) > marks.index(settings.handling_ceiling):
        text = _l(
            "“%(mark)s” does not belong in this system, which goes up to %(ceiling)s. Keep it where such papers are"
            " kept, and write here only what may be read at %(ceiling)s."
        )
        return [Problem("handling", text, {"mark": mark, "ceiling": settings.handling_ceiling})]
    if mark == NAMED_PEOPLE_ONLY and not all(label.startswith("person:") for label in sharing.audience):
        return [Problem("handling", _l("RED is for named people only. Choose “Named people” as the audience."))]
    if mark in NEEDS_RELEASE and not sharing.released:
        text = _l("%(mark)s lets readers pass this on outside the service. Tick that the owner releases it.")
        return [Problem("released", text, {"mark": mark})]
    return []


def _of_the_reason(sharing: Sharing) -> list[Problem]:
    found = []
    if sharing.reason not in REASONS:
        found.append(Problem("reason", _l("Say why this is held back.")))
    if sharing.until is None:
        found.append(Problem("until", _l("Give the day on which the reason ends.")))
    elif sharing.until <= today():
        found.append(Problem("until", _l("Choose a day after today.")))
    elif sharing.until > today() + timedelta(days=LONGEST_DAYS):
        found.append(Problem("until", _l("Choose a day within the next three years; it can be renewed then.")))
    return found


def _of_the_discovery(sharing: Sharing) -> list[Problem]:
    if sharing.discovery not in (Discovery.STUB, Discovery.HIDDEN):
        return [Problem("discovery", _l("Say what others may find: a short notice, or nothing."))]
    found = []
    if sharing.discovery == Discovery.STUB:
        if not sharing.release_title.strip():
            found.append(Problem("release_title", _l("Give a title that everyone may see.")))
        if not sharing.share_line.strip():
            found.append(Problem("share_line", _l("Write a sentence or two that everyone may read.")))
    if len(sharing.release_title) > 200:
        found.append(Problem("release_title", _l("Keep this to 200 characters.")))
    if len(sharing.share_line) > 400:
        found.append(Problem("share_line", _l("Keep this to 400 characters.")))
    return found


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people and posts an audience means today, and by which labels."""

    people: int
    posts: int
    labels: frozenset[str] = frozenset()


def told_labels(
    document: Document, viewer: Viewer, audience: Iterable[str] | None = None, status: str | None = None
) -> frozenset[str]:
    """The labels whose people may be counted before this viewer, for the audience it has or for another one.

    Whoever can count may also subtract: of what names no author only the viewer counts as one, and only to themselves.
    """
    authors = document.item.authors
    return effective_labels(
        public_id=document.public_id,
        status=status or document.status,
        audience=document.audience if audience is None else audience,
        owner=document.owner_id,
        authors=authors if document.names_authors else authors & {viewer.public_id},
    )


def reach(session: Session, labels: set[str] | frozenset[str]) -> Reach:
    """Count the active people whose keys meet these labels, and the posts they serve at."""
    day = today()
    dated = in_force(Membership.starts_on, Membership.ends_on, day)
    groups = [label[6:] for label in labels if label.startswith("group:")]
    leads = [label[5:] for label in labels if label.startswith("lead:")]
    people = [label[7:] for label in labels if label.startswith("person:")]
    members = select(Membership.person_id).where(
        dated, or_(Membership.group_id.in_(groups), and_(Membership.group_id.in_(leads), Membership.rank == "lead"))
    )
    who: list[ColumnElement[bool]] = [Person.public_id.in_(people), Person.id.in_(members)]
    if SERVICE in labels:
        who.append(Person.is_staff.is_(True))
    readers = select(Person.id).where(Person.is_active, or_(*who))
    posts = (
        select(func.count(func.distinct(Membership.group_id)))
        .join(Group, Group.id == Membership.group_id)
        # A hidden post counts for nobody, or the numbers would tell who serves there.
        .where(dated, Group.type == GroupType.POST, ~Group.is_hidden, Membership.person_id.in_(readers))
    )
    total = session.scalar(select(func.count()).select_from(readers.subquery())) or 0
    return Reach(total, session.scalar(posts) or 0, frozenset(labels))
