"""Who is told of versions of guidelines. The words are found when they are read, under the rights of the reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Flask, url_for
from flask_babel import lazy_gettext as _l, ngettext
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from guidelines import loop
from guidelines.guides import numbers
from guidelines.guides.editions import TOPIC
from guidelines.guides.editions_models import Edition, EditionState, ReadingMark
from guidelines.guides.keeping.models import Attested
from guidelines.guides.models import Guideline
from wiki import db, outbox
from wiki.access.policy import LIVE, Role, Viewer
from wiki.documents import readers
from wiki.documents.models import Document, Link, Redirect
from wiki.documents.visibility import visible_to
from wiki.notices.models import Notice
from wiki.notices.telling import Told, tell, words_for
from wiki.people.acting import acting_people, holders
from wiki.people.models import Membership, Person
from wiki.people.viewer import in_force, today

# So many at most are told of one version. More are reached by what stands on the page and in the change list.
MOST_TOLD = 5_000
WORDS: dict[str, Any] = {
    "guideline-asked": _l("A new version waits for you to put it in force: %(title)s"),
    "guideline-sent-back": _l("An approver sent your version back, with a reason: %(title)s"),
    "guideline-approved": _l("Your version was approved and comes in force on its day: %(title)s"),
    "guideline-consulted": _l("The time for comments is over. It is a draft again: %(title)s"),
    "guideline-came": _l("%(title)s: version %(version)s is in force. %(note)s"),
    "guideline-suspended": _l("Do not follow it for the time being: %(title)s"),
    "guideline-superseded": _l("Another guideline takes its place: %(title)s."),
    "guideline-merged": _l("It is a part of another guideline now: %(title)s."),
    "guideline-withdrawn": _l("Do not follow it any more, it was withdrawn: %(title)s."),
}
LINKED = _l("Something that you keep links to it.")
# What people work by. Whoever keeps it should know when a guideline that it leads to has ended.
_WORKED_BY = ("playbook", "module", "track", "guideline")
_PLACES = {"guideline-asked": "put_in_force", "guideline-sent-back": "ask", "guideline-approved": "versions"}

# Who else is concerned, `find(session, guideline)`: database ids of people. Whoever may not read it is left out.
Concerned = Callable[[Session, Guideline], Iterable[int]]
_concerned: dict[str, Concerned] = {}


def add_concerned(name: str, find: Concerned) -> None:
    """Tell these people too when a major version comes in force."""
    _concerned[name] = find


def init_app(app: Flask) -> None:
    """Say how these notices are told, and tell those concerned after a version came in force."""
    to_do = _l("A guideline waits for an approver")
    words_for(app, "guideline-asked", subject=to_do, find=_named)
    words_for(app, *(set(WORDS) - {"guideline-asked"}), subject=_l("News about a guideline"), find=_named)
    outbox.handle(app.extensions["chancery_db"], TOPIC, tell_all)
    loop.tell("guidelines", of_lesson)


def approvers(session: Session, guideline: Guideline) -> set[int]:
    """The approvers (database ids) who can read a guideline now."""
    return readable_by(session, guideline, holders(session, Role.APPROVER))


def readable_by(session: Session, guideline: Guideline, people: Iterable[int]) -> set[int]:
    """Those of these people who can read a guideline now."""
    session.flush()
    labels = frozenset(row.label for row in guideline.labels)
    found = readers.meeting(labels).where(Person.id.in_(sorted(set(people)))).order_by(Person.id).limit(MOST_TOLD)
    return set(session.scalars(found))


def asked(session: Session, guideline: Guideline, edition: Edition) -> None:
    """Tell the approver who was asked, or all who can read it."""
    wanted = approvers(session, guideline)
    people = wanted & {edition.approver_id} if edition.approver_id else wanted - {edition.asked_by_id}
    once = f"guideline-asked:{guideline.public_id}:{edition.id}"
    tell(session, people, "guideline-asked", about=guideline.public_id, once=once)


def settled(session: Session, guideline: Guideline, edition: Edition, code: str, *, by: Viewer | None) -> None:
    """Tell whoever asked what became of it. `by` is None for the clock."""
    if edition.asked_by_id is not None and (by is None or edition.asked_by_id != by.person):
        people = readable_by(session, guideline, {edition.asked_by_id})
        tell(session, people, code, about=guideline.public_id, once=f"{code}:{guideline.public_id}:{edition.id}")


def suspended(session: Session, guideline: Guideline, *, by: Viewer) -> None:
    """Tell those concerned that it does not hold for the time being."""
    people = concerned(session, guideline) - {by.person}
    once = f"guideline-suspended:{guideline.public_id}:{db.now():%F %T}"
    tell(session, people, "guideline-suspended", about=guideline.public_id, once=once)


def ended(session: Session, guideline: Guideline, *, by: Viewer) -> None:
    """Tell those concerned that it was withdrawn, superseded or merged, and those who keep what links to it.

    What takes its place is not named: some of them may not read it. The page leads on whoever may.
    """
    code, once = f"guideline-{guideline.status}", f"{guideline.status}:{guideline.public_id}:{guideline.version_name}"
    linking = readable_by(session, guideline, _keepers_of_links(session, guideline)) - {by.person}
    answered = select(Attested.person_id).where(Attested.document_id == guideline.id, Attested.done)
    others = readable_by(session, guideline, session.scalars(answered)) | concerned(session, guideline)
    tell(session, linking, code, about=guideline.public_id, once=once, linked="yes")
    tell(session, others - linking - {by.person}, code, about=guideline.public_id, once=once)


def _keepers_of_links(session: Session, guideline: Guideline) -> set[int]:
    """Those who act for the units that keep what links to it, and its authors."""
    was = select(Redirect.slug).where(Redirect.document_id == guideline.id, Redirect.kind == "guideline")
    to = or_(Link.target_slug == guideline.slug, Link.target_slug.in_(was)), Link.target_kind.in_(("guideline", ""))
    linking = select(Link.document_id).where(*to)
    found = session.scalars(
        select(Document)
        .where(Document.id.in_(linking), Document.kind.in_(_WORKED_BY), Document.status.in_(LIVE))
        .where(Document.id != guideline.id)
        .order_by(Document.id)
        .limit(MOST_TOLD)
    ).all()
    acting = {person for owner in {one.owner_id for one in found} for person in acting_people(session, owner)}
    return acting | {author.id for one in found for author in one.authors if author.is_active}


def keepers(session: Session, guideline: Guideline) -> set[int]:
    """Those who act for the unit that keeps it, and its authors."""
    return acting_people(session, guideline.owner_id) | {person.id for person in guideline.authors if person.is_active}


def concerned(session: Session, guideline: Guideline, groups: Sequence[str] = ()) -> set[int]:
    """Who should know of a new version: keepers, those who marked one as read, and members of the groups named.

    These are the groups that it is shared with, and those that were named when it was asked for or approved.
    """
    named = {label.removeprefix("group:") for label in guideline.audience if label.startswith("group:")} | set(groups)
    dated = in_force(Membership.starts_on, Membership.ends_on, today())
    marked = select(ReadingMark.person_id).where(ReadingMark.document_id == guideline.id)
    members = select(Membership.person_id).where(Membership.group_id.in_(sorted(named)), dated)
    by_name = [label.removeprefix("person:") for label in guideline.audience if label.startswith("person:")]
    found = set(
        session.scalars(
            select(Person.id)
            .where(Person.is_active)
            .where(or_(Person.id.in_(marked), Person.id.in_(members), Person.public_id.in_(by_name)))
            .order_by(Person.id)
            .limit(MOST_TOLD)
        )
    )
    further = {person for find in _concerned.values() for person in find(session, guideline)}
    return readable_by(session, guideline, found | further | keepers(session, guideline))


def tell_all(ids: Sequence[int], upto: int) -> None:
    """Tell those concerned that these versions came in force. Nobody is told twice, however often it runs."""
    for number in sorted(set(ids)):
        with db.system_session(writing=True) as session:
            edition = session.get(Edition, number)
            guideline = session.get(Guideline, edition.document_id) if edition is not None else None
            if edition is None or guideline is None or edition.state != EditionState.CAME:
                continue
            people = concerned(session, guideline, edition.groups) - {edition.approved_by_id}
            once = f"guideline-came:{guideline.public_id}:{edition.name}"
            tell(session, people, "guideline-came", about=guideline.public_id, once=once, version=edition.name)
            edition.told = max(edition.told, len(people))


def _named(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    about = {notice.about for notice in notices}
    found = {
        guideline.public_id: guideline
        for guideline in session.scalars(select(Guideline).where(Guideline.public_id.in_(about), visible_to(viewer)))
    }
    ids = [guideline.id for guideline in found.values()]
    came = select(Edition).where(Edition.document_id.in_(ids), Edition.state == EditionState.CAME)
    editions = {(edition.document_id, edition.name): edition for edition in session.scalars(came)}
    return {notice.id: _told(notice, found[notice.about], editions) for notice in notices if notice.about in found}


def _told(notice: Notice, guideline: Guideline, editions: dict[tuple[int, str], Edition]) -> Told:
    version = (notice.details or {}).get("version", "")
    edition = editions.get((guideline.id, version))
    title = f"{numbers.cited(guideline.number)} {guideline.title}".strip()
    values = {"title": title, "version": version, "note": edition.note if edition else ""}
    words = f"{str(WORDS[notice.code]) % values} {LINKED if (notice.details or {}).get('linked') else ''}"
    return Told(words.strip(), _place(notice, guideline, edition))


def _place(notice: Notice, guideline: Guideline, edition: Edition | None) -> str:
    if edition is not None:
        return difference_url(guideline.slug, edition)
    return url_for(f"guideline.{_PLACES.get(notice.code, 'read')}", slug=guideline.slug)


def difference_url(slug: str, edition: Edition) -> str:
    """Where what a version changed is shown; of the first one, the guideline itself."""
    if edition.name == "1.0":
        return url_for("guideline.read", slug=slug)
    return url_for("guideline.difference", slug=slug, to=edition.name)


def of_lesson(session: Session, viewer: Viewer, lesson: Document) -> list[loop.Happening]:
    """The versions that took up what this lesson asked for, as far as the viewer may read the guidelines."""
    rows = session.execute(
        select(Guideline.slug, Guideline.number, Edition)
        .join(Edition, Edition.document_id == Guideline.id)
        .join(loop.Proposal, loop.Proposal.document_id == Guideline.id)
        .where(loop.Proposal.lesson_id == lesson.id, loop.Proposal.outcome == loop.Outcome.TAKEN)
        .where(Edition.came_at == loop.Proposal.settled_at, visible_to(viewer))
        .distinct()
        .order_by(Edition.id)
    )
    return [_happening(slug, number, edition) for slug, number, edition in rows]


def _happening(slug: str, number: int | None, edition: Edition) -> loop.Happening:
    words = _l("Guideline %(number)s, version %(version)s, came in force.",
               number=numbers.cited(number), version=edition.name)  # fmt: skip
    told = ngettext("%(num)d person was told.", "%(num)d people were told.", edition.told) if edition.told else ""
    at = edition.came_at or db.now()
    return loop.Happening(at, "book-open", f"{words} {told}".strip(), difference_url(slug, edition))
