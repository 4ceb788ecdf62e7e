"""What stands beside the text of a guideline: whether it settled a case, its versions, and the numbers of sections."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, NamedTuple

from flask import abort, redirect, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session, aliased

from guidelines import loop, nearby
from guidelines.guides import settling
from guidelines.guides.editions_models import PENDING, Edition, ReadingMark
from guidelines.guides.keeping import around as keeping
from guidelines.guides.keeping.around import Keeping
from guidelines.guides.models import GuidelineStatus
from guidelines.guides.settling import Settling
from guidelines.nearby import Near
from wiki.access.policy import Action, Viewer
from wiki.documents.models import Document
from wiki.documents.visibility import visible_to
from wiki.people.models import Person

# The link that every heading carries, to itself.
_LINK = re.compile(r'<a class="anchor" href="#([^"]+)" aria-label="[^"]*" rel="noopener">#</a></h2>')


class Life(NamedTuple):
    """What its header and banners say: the approver, the reader's own mark, and for editors what waits."""

    approver: tuple[str, str] | None = None
    marked: str = ""
    waits: str = ""
    waits_until: date | None = None
    asks: int = 0


class Beside(NamedTuple):
    """All that stands beside a guideline for one reader."""

    settling: Settling | None
    life: Life
    keeping: Keeping
    lessons: tuple[Near, ...] = ()


def beside(
    session: Session, viewer: Viewer, document: Any, text: Any, around: Any, allowed: frozenset[Action]
) -> Beside:
    """What stands beside a guideline, in four statements. What was merged leads on to what it is a part of."""
    if document.status == GuidelineStatus.MERGED and request.endpoint == "guideline.read":
        _lead_on(session, viewer, document)
    asked = settling.beside(session, viewer, document, text, around, allowed)
    kept = keeping.find(session, viewer, document, text.number, allowed)
    changed_by = nearby.taken_up(session, viewer, document.id)
    return Beside(asked, _life(session, viewer, document, around, allowed), kept, changed_by)


def _lead_on(session: Session, viewer: Viewer, document: Any) -> None:
    """Send whoever may read it to the guideline that this one was merged into, unless they asked to stay."""
    if "stay" in request.args or document.successor_id is None:
        return
    into = select(Document.slug).where(Document.id == document.successor_id, visible_to(viewer))
    slug = session.scalar(into)
    if slug is not None:
        abort(redirect(url_for("guideline.read", slug=slug), 302))


def _life(session: Session, viewer: Viewer, document: Any, around: Any, allowed: frozenset[Action]) -> Life:
    may_revise = Action.DOCUMENT_REVISE in allowed
    if not document.edition and not may_revise:
        return Life()
    person, edition, mark = Person.__table__.c, Edition.__table__.c, ReadingMark.__table__.c
    approver = person.id == document.approved_by_id
    mine = (mark.document_id == document.id, mark.person_id == viewer.person)
    waiting = (edition.document_id == document.id, edition.state.in_(PENDING))
    columns: list[Any] = [
        select(person.public_id).where(approver).scalar_subquery(),
        select(person.name).where(approver).scalar_subquery(),
        select(mark.major).where(*mine).scalar_subquery(),
        select(mark.minor).where(*mine).scalar_subquery(),
    ]
    if may_revise:
        columns += [
            select(edition.state).where(*waiting).limit(1).scalar_subquery(),
            select(edition.in_force_from).where(*waiting).limit(1).scalar_subquery(),
            _open_asks(viewer, document).scalar_subquery(),
        ]
    else:
        columns += [literal(""), literal(None), literal(0)]
    public_id, name, major, minor, waits, day, asks = session.execute(select(*columns)).one()
    # Whose words these are is not told where the text names nobody, not even as their approver.
    named = document.names_authors or public_id not in {author for author, _name in around.authors}
    marked = f"{major}.{minor}" if major is not None else ""
    return Life((public_id, name) if public_id and named else None, marked, waits or "", _day(day), asks)


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _open_asks(viewer: Viewer, document: Any) -> Any:
    lesson = aliased(Document)
    asked = (loop.Proposal.document_id == document.id, loop.Proposal.outcome == loop.Outcome.OPEN)
    found = select(func.count(loop.Proposal.id)).join(lesson, lesson.id == loop.Proposal.lesson_id)
    return found.where(*asked, visible_to(viewer, lesson))


def dress(html: Markup, document: Any, beside: Any) -> Markup:
    """The text with the number of each section beside its heading, as a link that stays."""
    if not document.number or not document.numbered:
        return html
    numbers = {anchor: number for number, anchor in enumerate(document.numbered, 1)}

    def numbered(found: re.Match[str]) -> str:
        number = numbers.get(found[1])
        if number is None:
            return found[0]
        url = escape(url_for("guideline.section", number=document.number, section=number))
        label = escape(_("Section %(number)s: a link that stays", number=number))
        return f'<a class="anchor" href="{url}" aria-label="{label}">§\u00a0{number}</a></h2>'

    # The text was sanitised when it was rendered, and what is added is escaped.
    return Markup(_LINK.sub(numbered, html))  # noqa: S704
