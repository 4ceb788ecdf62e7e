"""Language versions: guidelines that say the same in different languages, each with its own text, owner and readers.

One of them is the source. A version knows which revision of the source it follows, and says so when the source has
moved on. Nothing is told of a version to those who may not read it.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from guidelines.guides.keeping.models import LanguageVersion
from guidelines.guides.keeping.refusals import Refused
from guidelines.guides.models import Guideline
from wiki import db
from wiki.access import audit, policy
from wiki.access.policy import LIVE, Action, Viewer
from wiki.documents import reading
from wiki.documents.models import Document
from wiki.documents.reading import Entry
from wiki.documents.visibility import visible_to
from wiki.people.models import Person

FALLBACK = "en"


def link(session: Session, guideline: Guideline, slug: str, *, by: Viewer) -> LanguageVersion:
    """Make this guideline a version of the one at this address, in the language it is written in."""
    policy.require(by, Action.GUIDELINE_TRANSLATE, guideline.item)
    source = reading.find(session, by, "guideline", slug)
    if not isinstance(source, Guideline) or source.id == guideline.id or source.status not in LIVE:
        raise Refused(_l("Choose the guideline that this one says in another language."))
    if source.lang == guideline.lang:
        raise Refused(_l("Both are in the same language. Set the language of each where you edit its text."))
    known = _known(by)
    if session.scalar(known.where(LanguageVersion.document_id == source.id)) is not None:
        raise Refused(_l("That one is a version of another guideline itself. Link to that one."))
    if session.scalar(known.where(LanguageVersion.source_id == guideline.id).limit(1)) is not None:
        raise Refused(_l("Other guidelines follow this one, so it cannot follow another one."))
    row = session.get(LanguageVersion, guideline.id) or LanguageVersion(document_id=guideline.id)
    row.source_id, row.follows, row.at = source.id, _newest(source), db.now()
    session.add(row)
    audit.record(session, "guideline:translate", by=by.person, about=guideline.public_id)
    return row


def _known(viewer: Viewer) -> Select[int]:
    """The versions that this viewer reads, of sources that they read. Of others no refusal and no list may tell."""
    version, source = aliased(Document), aliased(Document)
    return (
        select(LanguageVersion.document_id)
        .join(version, version.id == LanguageVersion.document_id)
        .join(source, source.id == LanguageVersion.source_id)
        .where(visible_to(viewer, version), visible_to(viewer, source))
    )


def follows(session: Session, guideline: Guideline, *, by: Viewer) -> None:
    """Say that a version says what its source says now."""
    policy.require(by, Action.GUIDELINE_TRANSLATE, guideline.item)
    row, source = _of(session, guideline)
    row.follows, row.at = _newest(source), db.now()
    audit.record(session, "guideline:translate-follows", by=by.person, about=guideline.public_id)


def unlink(session: Session, guideline: Guideline, *, by: Viewer) -> None:
    """Let a version stand by itself again."""
    policy.require(by, Action.GUIDELINE_TRANSLATE, guideline.item)
    row, _source = _of(session, guideline)
    session.delete(row)
    audit.record(session, "guideline:translate-ended", by=by.person, about=guideline.public_id)


def _of(session: Session, guideline: Guideline) -> tuple[LanguageVersion, Document]:
    row = session.get(LanguageVersion, guideline.id)
    # A source that this person may not read is not found: to them it is no version of anything.
    source = session.scalar(select(Document).where(Document.id == row.source_id)) if row is not None else None
    if row is None or source is None:
        raise Refused(_l("This guideline is no version of another one."))
    return row, source


def _newest(document: Document) -> int:
    return document.published or document.working


def sources_for(session: Session, viewer: Viewer, guideline: Guideline) -> dict[str, str]:
    """Guidelines in other languages of which this one could be a version, by address."""
    other = (Document.kind == "guideline", Document.status.in_(LIVE), Document.id != guideline.id)
    free = Document.id.not_in(_known(viewer))
    found = reading.entries(
        session, viewer, *other, Document.lang != guideline.lang, free, limit=500, order=(Document.title,)
    )
    return {entry.slug: entry.title for entry in found}


def best_for(session: Session, viewer: Viewer, guideline: Guideline) -> str:
    """The address of the version for this reader: in the language they use, one they speak, English, or the source."""
    own = select(LanguageVersion.source_id).where(LanguageVersion.document_id == guideline.id)
    source = session.scalar(own) or guideline.id
    family = select(LanguageVersion.document_id).where(LanguageVersion.source_id == source)
    found = session.execute(
        select(Document.slug, Document.lang, Document.id)
        .where(Document.id.in_(family) | (Document.id == source), visible_to(viewer), Document.status.in_(LIVE))
        .order_by(Document.id)
    ).all()
    spoken = session.scalar(select(Person.languages).where(Person.id == viewer.person)) or []
    return _first(found, [viewer.lang, *spoken, FALLBACK], source) or guideline.slug


def _first(found: Sequence[object], languages: list[str], source: int) -> str | None:
    by_lang = {row.lang: row.slug for row in reversed(found)}  # type: ignore[attr-defined]
    wanted = next((by_lang[lang] for lang in languages if lang in by_lang), None)
    return wanted or next((row.slug for row in found if row.id == source), None)  # type: ignore[attr-defined]


def family(session: Session, viewer: Viewer, guideline: Guideline) -> list[Entry]:
    """The guidelines that follow this one, as far as this viewer may read them."""
    following = select(LanguageVersion.document_id).where(LanguageVersion.source_id == guideline.id)
    return reading.entries(session, viewer, Document.id.in_(following), order=(Document.title,))


def source_of(session: Session, viewer: Viewer, guideline: Guideline) -> tuple[Entry, bool] | None:
    """The source of a version that this viewer may read, and whether it has moved on."""
    row = session.get(LanguageVersion, guideline.id)
    if row is None:
        return None
    found = reading.entries(session, viewer, Document.id == row.source_id, limit=1)
    newest = select(Document.published, Document.working).where(Document.id == row.source_id)
    numbers = session.execute(newest).first()
    if not found or numbers is None:
        return None
    return found[0], row.follows < (numbers.published or numbers.working)
