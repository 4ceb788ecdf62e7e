"""What stands around a guideline to keep it true, as one reader may know it: found in one statement, or three where
readers are asked something.

The statement names tables and takes its values when asked, so it is built once. It steps past the net of
`wiki.documents.visibility` and carries its rule itself: of other documents, only what this viewer may read.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CompoundSelect,
    Date,
    Integer,
    String,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from guidelines.guides.keeping import attesting
from guidelines.guides.keeping.attesting import Asked
from guidelines.guides.keeping.models import (
    Annex,
    Attestation,
    Exemption,
    InterimNotice,
    LanguageVersion,
    SectionReview,
)
from wiki import db
from wiki.access.policy import LIVE, Action, Role, Viewer
from wiki.documents.models import Document
from wiki.documents.reading import FILTERED
from wiki.documents.visibility import opened_by_keys, values_of
from wiki.people.models import Group
from wiki.people.viewer import today


class Line(NamedTuple):
    """Words that hold until a day: an interim notice, or an exception."""

    key: str
    words: str
    until: date


class Other(NamedTuple):
    """Another document that belongs to this one: local notes with the group that keeps them, or a language version.

    `follows` is the revision it was compared with last; `newest` the newest one of the source that readers get.
    """

    title: str
    slug: str
    lang: str
    summary: str = ""
    group: str = ""
    keeper: str = ""
    follows: int = 0
    newest: int = 0

    @property
    def is_behind(self) -> bool:
        return self.follows < self.newest


class Keeping(NamedTuple):
    """All of it; `reviewed` is when its keepers looked at a section of it last."""

    notices: tuple[Line, ...] = ()
    exemptions: tuple[Line, ...] = ()
    annexes: tuple[Other, ...] = ()
    source: Other | None = None
    versions: tuple[Other, ...] = ()
    reviewed: date | None = None
    asked: Asked | None = None


def find(session: Session, viewer: Viewer, document: Any, number: int, allowed: frozenset[Action]) -> Keeping:
    """What stands around a document of which the viewer reads revision `number`."""
    values = {
        "document": document.id,
        "day": today(),
        "groups": sorted(viewer.groups),
        "sees_all": int(sees_all_exemptions(viewer, allowed)),
        **values_of(viewer),
    }
    rows: dict[str, list[Any]] = {}
    for row in session.execute(_statement(), values):
        rows.setdefault(row.what, []).append(row)
    return Keeping(
        notices=tuple(Line(row.key, row.words, row.day) for row in rows.get("notice", ())),
        exemptions=tuple(Line(row.key, row.words, row.day) for row in rows.get("exemption", ())),
        annexes=tuple(_other(row, newest=number) for row in rows.get("annex", ())),
        source=next((_other(row, newest=row.newest) for row in rows.get("source", ())), None),
        versions=tuple(_other(row) for row in rows.get("version", ())),
        reviewed=next((row.at.date() for row in rows.get("reviewed", ()) if row.at), None),
        asked=attesting.for_reader(session, viewer, document.id) if "asked" in rows else None,
    )


def sees_all_exemptions(viewer: Viewer, allowed: frozenset[Action]) -> bool:
    """Whether exceptions of every group concern this reader: those who keep the guideline, and approvers."""
    return Action.GUIDELINE_ANSWERS in allowed or viewer.has(Role.APPROVER)


def _other(row: Any, newest: int = 0) -> Other:
    return Other(row.title, row.key, row.lang, row.words, row.group_id, row.keeper, row.number, newest)


@cache
def _statement() -> Any:
    parts = (_notices(), _exemptions(), _annexes(), _source(), _versions(), _reviewed(), _asked())
    together: CompoundSelect[Any] = union_all(*parts)
    rows = together.subquery()
    return select(rows).order_by(rows.c.what, rows.c.day, rows.c.title, rows.c.key).execution_options(**FILTERED)


def _row(what: str, **columns: Any) -> Any:
    """One part of the statement: all parts have the same columns, of the same types."""
    words = {name: columns.get(name, literal("", String)) for name in _WORDS}
    numbers = {name: columns.get(name, literal(0, Integer)) for name in ("number", "newest")}
    day, at = columns.get("day", cast(null(), Date)), columns.get("at", cast(null(), db.Moment))
    named = {**words, **numbers, "day": day, "at": at}
    return select(literal(what, String).label("what"), *(value.label(name) for name, value in named.items()))


_WORDS = ("key", "title", "words", "lang", "group_id", "keeper")


def _here() -> Any:
    return bindparam("document", type_=Integer)


def _today() -> Any:
    return bindparam("day", type_=Date)


def _groups() -> Any:
    return bindparam("groups", expanding=True, type_=String)


def _notices() -> Any:
    notice = InterimNotice.__table__.c
    return _row("notice", key=notice.public_id, words=notice.words, day=notice.until).where(
        notice.document_id == _here(), notice.until >= _today(), notice.ended_at.is_(None)
    )


def _exemptions() -> Any:
    given = Exemption.__table__.c
    return _row("exemption", key=given.public_id, words=given.words, day=given.until).where(
        given.document_id == _here(),
        given.until >= _today(),
        given.ended_at.is_(None),
        or_(bindparam("sees_all", type_=Integer) == 1, given.group_id.in_(_groups())),
    )


def _annexes() -> Any:
    annex, page, group = Annex.__table__, Document.__table__.alias(), Group.__table__
    name = case((~group.c.is_hidden | group.c.id.in_(_groups()), group.c.name), else_="")
    summary = func.coalesce(func.nullif(page.c.purpose, ""), page.c.summary)
    return (
        _row("annex", key=page.c.slug, title=page.c.title, words=summary, lang=page.c.lang, number=annex.c.seen,
             group_id=group.c.id, keeper=name)
        .select_from(annex.join(page, page.c.id == annex.c.page_id).join(group, group.c.id == page.c.owner_id))
        .where(annex.c.document_id == _here(), page.c.status.in_(sorted(LIVE)), opened_by_keys(page.c.id))
    )  # fmt: skip


def _source() -> Any:
    version, source = LanguageVersion.__table__, Document.__table__.alias()
    return (
        _row("source", key=source.c.slug, title=source.c.title, lang=source.c.lang, number=version.c.follows,
             newest=func.coalesce(source.c.published, source.c.working))
        .select_from(version.join(source, source.c.id == version.c.source_id))
        .where(version.c.document_id == _here(), opened_by_keys(source.c.id))
    )  # fmt: skip


def _versions() -> Any:
    """The versions that follow this one, and those that follow the same source."""
    version, own, other = LanguageVersion.__table__.alias(), LanguageVersion.__table__, Document.__table__.alias()
    same = select(own.c.source_id).where(own.c.document_id == _here())
    return (
        _row("version", key=other.c.slug, title=other.c.title, lang=other.c.lang)
        .select_from(version.join(other, other.c.id == version.c.document_id))
        .where(
            or_(version.c.source_id == _here(), version.c.source_id.in_(same)),
            version.c.document_id != _here(),
            other.c.status.in_(sorted(LIVE)),
            opened_by_keys(other.c.id),
        )
    )


def _reviewed() -> Any:
    review = SectionReview.__table__.c
    return _row("reviewed", at=func.max(review.at)).where(review.document_id == _here()).having(func.count() > 0)


def _asked() -> Any:
    asked = Attestation.__table__.c
    return _row("asked", number=asked.turn).where(asked.document_id == _here())
