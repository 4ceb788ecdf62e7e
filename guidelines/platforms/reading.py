"""What the pages about platforms ask the database. Facts are for the whole service; guidelines have readers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.platforms.models import PlatformFact
from wiki.access.policy import Viewer
from wiki.documents import lists
from wiki.documents.models import Document, DocumentTerm, Term
from wiki.people.viewer import today

# The guidelines that a platform is listed with: those that stand in the list of guidelines unless asked otherwise.
HOLDING = ("in-force", "suspended")


@dataclass(frozen=True, slots=True)
class Row:
    """A platform with its facts, and how many guidelines on it this reader finds."""

    slug: str
    name: str
    fact: PlatformFact
    guidelines: int = 0

    @property
    def is_expired(self) -> bool:
        """Whether the day has passed until which its facts are trusted."""
        return self.fact.trusted_until < today()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader looks for; empty where they do not say."""

    audience: str = ""
    country: str = ""
    purpose: str = ""
    answers: str = ""

    @property
    def is_anything(self) -> bool:
        return bool(self.audience or self.country or self.purpose or self.answers)


def rows(session: Session, viewer: Viewer) -> list[Row]:
    """Every platform of which something is known, by name."""
    found = (
        select(Term.slug, Term.name, PlatformFact)
        .join(PlatformFact, PlatformFact.platform == Term.slug)
        .where(Term.vocabulary == "platform")
        .order_by(Term.name, Term.slug)
    )
    rules = (Document.kind == "guideline", Document.status.in_(HOLDING))
    counts = {slug: number for slug, _name, number in lists.counted_terms(session, viewer, "platform", *rules)}
    return [Row(slug, name, fact, counts.get(slug, 0)) for slug, name, fact in session.execute(found)]


def narrowed(found: list[Row], wanted: Wanted) -> list[Row]:
    """The rows that fit. Where a platform is blocked is worth knowing, so a country leaves such rows in."""
    return [
        row
        for row in found
        if (not wanted.audience or wanted.audience in row.fact.audiences)
        and (not wanted.purpose or wanted.purpose in row.fact.purposes)
        and (not wanted.country or _told_of(row.fact, wanted.country))
    ]


def _told_of(fact: PlatformFact, country: str) -> bool:
    return not fact.countries or country in fact.countries or country in fact.blocked


def names(session: Session) -> dict[str, str]:
    """Every platform of the vocabulary by slug, in its order."""
    found = select(Term.slug, Term.name).where(Term.vocabulary == "platform").order_by(Term.position, Term.slug)
    return dict(session.execute(found).all())


def find(session: Session, platform: str) -> PlatformFact | None:
    """The facts about a platform, if somebody wrote some down."""
    return session.get(PlatformFact, platform)


def without_facts(every: dict[str, str], found: Collection[Row]) -> dict[str, str]:
    """The platforms of which nothing is known yet."""
    return {slug: name for slug, name in every.items() if slug not in {row.slug for row in found}}


def expired(session: Session, document_id: int) -> list[tuple[str, str, date]]:
    """The platforms of a document whose facts are not trusted any more: slug, name, and the last day they were."""
    found = (
        select(Term.slug, Term.name, PlatformFact.trusted_until)
        .join(PlatformFact, PlatformFact.platform == Term.slug)
        .join(DocumentTerm, (DocumentTerm.vocabulary == Term.vocabulary) & (DocumentTerm.term == Term.slug))
        .where(DocumentTerm.document_id == document_id, Term.vocabulary == "platform")
        .where(PlatformFact.trusted_until < today())
        .order_by(PlatformFact.trusted_until, Term.slug)
    )
    return [(slug, name, day) for slug, name, day in session.execute(found)]
