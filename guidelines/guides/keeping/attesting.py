"""Asking readers of a guideline: telling them, letting them confirm, or one question about a case.

The members of the chosen groups are asked once, and again only when a new major version comes in force. Those who keep
the guideline see numbers alone, and none below five; a lead sees names of their own group where a duty depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from guidelines import loop
from guidelines.guides.keeping.models import Attestation, Attested, Way
from guidelines.guides.keeping.refusals import Refused
from guidelines.guides.models import Guideline
from wiki import db, kinds
from wiki.access import audit, policy
from wiki.access.policy import LIVE, Action, Viewer
from wiki.documents import readers
from wiki.documents.models import Document, DocumentLabel
from wiki.documents.visibility import visible_to
from wiki.notices import telling
from wiki.people import directory
from wiki.people.models import Group, Membership, Person
from wiki.people.viewer import in_force, today

ASKED = "guideline:asks"
# Fewer than so many are not counted: a small number tells of somebody.
FEWEST = 5
MOST_OPTIONS = 4


class Option(NamedTuple):
    """One choice of the question, without what is said to whoever takes it."""

    number: int
    words: str


class Asked(NamedTuple):
    """What this reader is asked. `said` is what was said to their last choice; `before` is a text to compare with."""

    way: str
    turn: int
    due: date | None
    question: str
    options: tuple[Option, ...]
    is_done: bool
    chosen: int | None
    said: str
    before: int | None
    revision: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What those who keep a guideline choose."""

    way: Way
    groups: tuple[str, ...]
    due: date | None = None
    gated: bool = False
    question: str = ""
    options: tuple[tuple[str, str], ...] = ()
    key: int = 0


def for_reader(session: Session, viewer: Viewer, document_id: int) -> Asked | None:
    """What this reader is asked, in two statements; None where they are not among those asked."""
    plan = session.get(Attestation, document_id)
    if plan is None or viewer.groups.isdisjoint(plan.groups):
        return None
    mine: Attested | None = session.scalar(_answers(document_id, plan.turn).where(Attested.person_id == viewer.person))
    chosen = mine.choice if mine is not None else None
    return Asked(
        way=plan.way,
        turn=plan.turn,
        due=plan.due,
        question=plan.question,
        options=tuple(Option(number, one["words"]) for number, one in enumerate(plan.options)),
        is_done=bool(mine and mine.done),
        chosen=chosen,
        said=plan.options[chosen]["why"] if chosen is not None and chosen < len(plan.options) else "",
        before=plan.before,
        revision=plan.revision,
    )


def _answers(document_id: int, turn: int) -> Select[Any]:
    return select(Attested).where(Attested.document_id == document_id, Attested.turn == turn)


def ask(session: Session, guideline: Guideline, plan: Plan, *, by: Viewer) -> Attestation:
    """Begin to ask, or change what is asked. What was answered stays answered, unless other groups are asked.

    Then a new turn begins: from the numbers of two choices of groups could be told what one person answered.
    """
    policy.require(by, Action.GUIDELINE_ASK, guideline.item)
    if guideline.status not in LIVE:
        raise Refused(_l("This guideline does not hold yet. Readers are asked once it does."))
    if problem := _problem_of(plan):
        raise Refused(problem)
    row = session.get(Attestation, guideline.id)
    if row is None:
        row = Attestation(document_id=guideline.id, revision=guideline.published or guideline.working, turn=1)
        session.add(row)
    row.way, row.due, row.gated = plan.way, plan.due, plan.gated
    # A closed group that this person may not know of stays asked: they cannot see it in the form.
    unseen = [group for group in row.groups or [] if directory.group(session, by, group) is None]
    chosen = sorted({*unseen, *(one for one in plan.groups if directory.group(session, by, one) is not None)})
    if row.groups and row.groups != chosen:
        row.turn, row.asked_at = row.turn + 1, db.now()
    row.groups = chosen
    row.question, row.key = plan.question, plan.key
    row.options = [{"words": words, "why": why} for words, why in plan.options]
    session.flush()
    audit.record(session, "guideline:ask", by=by.person, about=guideline.public_id, sort=str(plan.way))
    _tell(session, guideline, row)
    return row


def _problem_of(plan: Plan) -> object | None:
    if not plan.groups:
        return _l("Choose at least one group to ask.")
    if plan.due is not None and plan.due < today():
        return _l("That day has passed. Choose today or a day to come.")
    if plan.way == Way.QUESTION:
        if not plan.question or len(plan.options) < 2:
            return _l("Write a question and at least two choices.")
        if not all(words and why for words, why in plan.options):
            return _l("Each choice needs its words and what is said to whoever takes it.")
        if not 0 <= plan.key < len(plan.options):
            return _l("Say which choice is the right one.")
    return None


def stop(session: Session, guideline: Guideline, *, by: Viewer) -> None:
    """Ask nobody any more. What was answered is forgotten with it."""
    policy.require(by, Action.GUIDELINE_ASK, guideline.item)
    row = session.get(Attestation, guideline.id)
    if row is not None:
        session.delete(row)
        for answered in session.scalars(select(Attested).where(Attested.document_id == guideline.id)):
            session.delete(answered)
        audit.record(session, "guideline:ask-ended", by=by.person, about=guideline.public_id)


def answer(session: Session, guideline: Guideline, *, turn: int | None, choice: int | None, by: Viewer) -> bool:
    """Note the answer of somebody who is asked; True when it was right. An answer to an older turn is refused."""
    policy.require(by, Action.GUIDELINE_SETTLE, guideline.item)
    plan = session.get(Attestation, guideline.id)
    if plan is None or by.groups.isdisjoint(plan.groups) or plan.way == Way.NOTIFY:
        raise Refused(_l("You are not asked about this guideline."))
    if turn != plan.turn:
        raise Refused(_l("The guideline has changed since. Read what is new, then answer."))
    if plan.way == Way.QUESTION and not (choice is not None and 0 <= choice < len(plan.options)):
        raise Refused(_l("Choose an answer."))
    mine: Attested | None = session.scalar(_answers(guideline.id, plan.turn).where(Attested.person_id == by.person))
    if mine is not None and mine.done:
        return True
    if mine is None:
        mine = Attested(document_id=guideline.id, turn=plan.turn, person_id=by.person)
        session.add(mine)
    mine.choice = choice if plan.way == Way.QUESTION else None
    mine.done, mine.at = plan.way == Way.CONFIRM or choice == plan.key, db.now()
    return mine.done


def begin_again(session: Session, guideline: Document, version: str, by: Viewer | None) -> None:
    """A version came in force: after a major one everybody is asked again, and shown what is different."""
    row = session.get(Attestation, guideline.id)
    if row is None or not version.endswith(".0"):
        return
    newest = guideline.published or guideline.working
    if row.revision == newest:
        return
    row.turn, row.before, row.revision, row.asked_at = row.turn + 1, row.revision, newest, db.now()
    # The old day has no meaning for the new text.
    row.due = None if row.due is not None and row.due < today() else row.due
    session.flush()
    _tell(session, guideline, row)


def _tell(session: Session, guideline: Document, row: Attestation) -> None:
    """Tell those who are asked and may read it; what it is about is found when they look."""
    labels = frozenset(session.scalars(select(DocumentLabel.label).where(DocumentLabel.document_id == guideline.id)))
    asked = select(Person.id).where(Person.id.in_(_members(row.groups)), Person.id.in_(readers.meeting(labels)))
    once = f"{ASKED}:{guideline.public_id}:{row.turn}"
    telling.tell(session, session.scalars(asked), ASKED, about=guideline.public_id, once=once, way=str(row.way))


def _members(groups: Iterable[str]) -> Select[Any]:
    dated = in_force(Membership.starts_on, Membership.ends_on, today())
    inside = select(Membership.person_id).join(Person, Person.id == Membership.person_id)
    return inside.where(Membership.group_id.in_(sorted(groups)), dated, Person.is_active)


class Progress(NamedTuple):
    """How far it has come, in numbers that tell of nobody: None where there are fewer than five."""

    asked: int | None
    done: int | None
    is_nearly_all: bool


def progress(session: Session, plan: Attestation) -> Progress:
    """How many of those who are asked today have answered in this turn."""
    members = _members(plan.groups)
    asked = session.scalar(select(func.count()).select_from(members.distinct().subquery())) or 0
    given = (Attested.document_id == plan.document_id, Attested.turn == plan.turn, Attested.done)
    done = session.scalar(select(func.count(Attested.id)).where(*given, Attested.person_id.in_(members))) or 0
    few, left = asked < FEWEST or done < FEWEST, asked - done
    # Where but a few are left, the number of all would tell how many.
    return Progress(asked if asked >= FEWEST and (left == 0 or left >= FEWEST) else None, None if few else done,
                    not few and 0 < left < FEWEST)  # fmt: skip


class Name(NamedTuple):
    """Somebody of a lead's own group, and whether they have answered."""

    public_id: str
    name: str
    is_done: bool


def names_for_lead(session: Session, viewer: Viewer, plan: Attestation) -> Sequence[Name]:
    """The members of the groups this viewer leads, where a duty depends on the answer; nobody otherwise."""
    mine = viewer.leads & viewer.groups & set(plan.groups)
    if not plan.gated or not mine:
        return ()
    given = select(Attested.person_id).where(
        Attested.document_id == plan.document_id, Attested.turn == plan.turn, Attested.done
    )
    found = select(Person.public_id, Person.name, Person.id.in_(given)).where(Person.id.in_(_members(mine)))
    return [Name(*row) for row in session.execute(found.order_by(Person.name, Person.id))]


class Open(NamedTuple):
    """A guideline that waits for this person's answer."""

    title: str
    slug: str
    way: str
    due: date | None


def open_for(session: Session, viewer: Viewer) -> list[Open]:
    """What waits for this person's answer, what is due first."""
    done = select(Attested.document_id).where(
        Attested.document_id == Attestation.document_id,
        Attested.turn == Attestation.turn,
        Attested.person_id == viewer.person,
        Attested.done,
    )
    found = (
        select(Document.title, Document.slug, Attestation.way, Attestation.due, Attestation.groups)
        .join(Attestation, Attestation.document_id == Document.id)
        .where(visible_to(viewer), Document.status.in_(LIVE), Attestation.way != Way.NOTIFY, ~done.exists())
        .order_by(_undated_last(), Attestation.due, Document.title)
    )
    return [Open(*row[:4]) for row in session.execute(found) if not viewer.groups.isdisjoint(row[4])]


def _undated_last() -> ColumnElement[bool]:
    return Attestation.due.is_(None)


def happenings(session: Session, viewer: Viewer, lesson: Document) -> list[loop.Happening]:
    """On the timeline of a lesson: how many answered the question of a guideline that it changed."""
    found = (
        select(Attestation, Document.slug)
        .join(Document, Document.id == Attestation.document_id)
        .join(loop.Proposal, loop.Proposal.document_id == Document.id)
        .where(loop.Proposal.lesson_id == lesson.id, loop.Proposal.outcome == loop.Outcome.TAKEN)
        .where(visible_to(viewer), Attestation.way == Way.QUESTION)
        .where(or_(loop.Proposal.settled_at.is_(None), Attestation.asked_at >= loop.Proposal.settled_at))
        .distinct()
    )
    prefix = kinds.kind("guideline").prefix
    return [
        loop.Happening(plan.asked_at, "list-checks", _in_words(progress(session, plan)), f"{prefix}/{slug}")
        for plan, slug in session.execute(found)
    ]


def _in_words(found: Progress) -> str:
    if found.done is None:
        return _("Readers are asked the question of the guideline. Fewer than five have answered it.")
    return ngettext(
        "%(num)d person answered the question of the guideline.",
        "%(num)d people answered the question of the guideline.",
        found.done,
    )


def groups_for(session: Session, viewer: Viewer) -> dict[str, str]:
    """The groups that may be asked, as far as this viewer may know of them."""
    found = select(Group.id, Group.name).where(directory.visible_groups(viewer)).order_by(Group.name, Group.id)
    return dict(session.execute(found).all())
