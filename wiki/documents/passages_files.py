"""Files that only held passages name: they are for those who read one of these passages, whatever else names them.

Which passages a file is held with is written down when a text is saved or a file comes, by the rights of whoever does
it: to name a file means nothing when its writer could not see it. Somebody who does not know of a file may add one of
the same name; each reader has their own under it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import unquote

from sqlalchemy import ColumnElement, ForeignKey, exists, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from wiki import db
from wiki.access.policy import Viewer
from wiki.documents.models import Attachment, Document, Passage, PassageText, Revision
from wiki.documents.texts import PreparedText
from wiki.documents.visibility import of_readable_passage

_FILTERED = {"filtered_for_the_viewer": True}
_FILE = re.compile(r"files/([^\"'?#/\s]+)")


class AttachmentPassage(db.Base):
    """A file is held with a passage. It is open from the revision on in which somebody who sees it named it openly."""

    __tablename__ = "attachment_passage"

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id", ondelete="CASCADE"), primary_key=True)
    passage_id: Mapped[int] = mapped_column(ForeignKey("passage.id", ondelete="CASCADE"), primary_key=True, index=True)
    open_from: Mapped[int | None]


def named_in(stored: str) -> set[str]:
    """The names of the files that stored HTML shows or leads to."""
    return {unquote(html.unescape(name)) for name in _FILE.findall(stored)}


def hidden(session: Session, viewer: Viewer, document: int) -> frozenset[int]:
    """The ids of the files that are held with passages which this viewer cannot read: to them, they are not there."""
    held = AttachmentPassage
    shown = func.coalesce(Document.published, Document.working)
    rows = session.execute(
        select(held.attachment_id, or_(_reads(viewer), func.coalesce(held.open_from <= shown, False)))
        .join(Attachment, Attachment.id == held.attachment_id)
        .join(Document, Document.id == Attachment.document_id)
        .where(Attachment.document_id == document, Attachment.removed_at.is_(None))
        .execution_options(**_FILTERED)
    ).all()
    return frozenset(number for number, _ in rows) - {number for number, is_open in rows if is_open}


def _reads(viewer: Viewer) -> ColumnElement[bool]:
    words = (PassageText.passage_id == AttachmentPassage.passage_id, of_readable_passage(viewer))
    return exists().where(*words).correlate(AttachmentPassage)


def of_document(session: Session, viewer: Viewer | None, document: int) -> list[Attachment]:
    """The files of a document that this viewer sees, those that are held first; None is the system, which sees all."""
    closed = hidden(session, viewer, document) if viewer is not None else frozenset()
    is_held = exists().where(AttachmentPassage.attachment_id == Attachment.id).correlate(Attachment)
    there = session.scalars(
        select(Attachment)
        .where(Attachment.document_id == document, Attachment.removed_at.is_(None))
        .order_by(Attachment.name, is_held.desc(), Attachment.id.desc())
    )
    return [file for file in there if file.id not in closed]


def in_place_of(session: Session, viewer: Viewer | None, document: int, name: str) -> list[Attachment]:
    """The files whose place a new one of this name takes: those that are held, where it is to be held itself."""
    there = [file for file in of_document(session, viewer, document) if file.name == name]
    held = _held_with(session, [file.id for file in there])
    is_held = held or _alone_naming(session, viewer, document, name)
    return [file for file in there if file.id in held] if is_held else there


def _held_with(session: Session, ids: Sequence[int]) -> dict[int, dict[int, int | None]]:
    """With which passages these files are held, and since when they are open all the same."""
    found: dict[int, dict[int, int | None]] = {}
    for row in session.scalars(select(AttachmentPassage).where(AttachmentPassage.attachment_id.in_(ids))):
        found.setdefault(row.attachment_id, {})[row.passage_id] = row.open_from
    return found


def came(session: Session, viewer: Viewer | None, file: Attachment, before: Iterable[Attachment]) -> None:
    """Hold a file that was added with the passages of those whose place it takes, or with those that alone name it."""
    held = _held_with(session, [old.id for old in before])
    passages = {passage: since for each in held.values() for passage, since in each.items()}
    if not passages:
        passages = dict.fromkeys(_alone_naming(session, viewer, file.document_id, file.name))
    session.add_all(
        AttachmentPassage(attachment_id=file.id, passage_id=passage, open_from=since)
        for passage, since in passages.items()
    )
    session.flush()


def _alone_naming(session: Session, viewer: Viewer | None, document: int, name: str) -> set[int]:
    """The held passages that name a file which no open text names, of those that whoever adds it reads."""
    if name in _named_openly(session, document):
        return set()
    words = select(PassageText.passage_id, PassageText.html).join(Passage, Passage.id == PassageText.passage_id)
    words = words.where(Passage.document_id == document, Passage.opened_at.is_(None))
    if viewer is not None:
        words = words.where(of_readable_passage(viewer))
    rows = session.execute(words.execution_options(**_FILTERED))
    return {passage for passage, stored in rows if name in named_in(stored)}


def _named_openly(session: Session, document: int) -> set[str]:
    """The files that the newest text names openly, or the one that readers get."""
    numbers = or_(Revision.number == Document.working, Revision.number == Document.published)
    stored = session.scalars(
        select(Revision.html)
        .join(Document, Document.id == Revision.document_id)
        .where(Document.id == document, numbers)
        .execution_options(**_FILTERED)
    )
    return set[str]().union(*map(named_in, stored))


def follow(session: Session, document: Document, text: PreparedText, revision: int, *, by: Viewer | None) -> None:
    """Hold files with the passages that name them, and open those that are named openly, as whoever writes may.

    The passages of the text are written down by now, the text itself is not. `by` None is the system.
    """
    changes = replace(by, keys=frozenset(key for key in by.keys if not key.startswith("doc:"))) if by else None
    files = of_document(session, changes, document.id) if revision > 1 else []
    if not files:
        return
    held = _held_with(session, [file.id for file in files])
    now, before = named_in(text.html), _named_openly(session, document.id)
    newly = {file.id for file in files if file.id in held and file.name in now - before}
    if newly:
        _set_open(session, newly, revision)
    _close_again(session, document, now)
    there = {file.name for file in files if file.id in held}
    for passage, names in _of_passages(session, document, text).items():
        for file in files:
            known = held.get(file.id, {})
            is_open = file.id not in held and (file.name in now | before or file.name in there)
            if file.name in names and passage not in known and not is_open:
                since = revision if file.id in newly else next(iter(known.values()), None)
                session.add(AttachmentPassage(attachment_id=file.id, passage_id=passage, open_from=since))
    session.flush()


def _of_passages(session: Session, document: Document, text: PreparedText) -> dict[int, set[str]]:
    """The files that the held passages of a text name, as far as its writer could type them."""
    typed = {each.public_id: named_in(each.html) for each in text.passages if not each.is_opened}
    if not any(typed.values()):
        return {}
    wanted = (Passage.document_id == document.id, Passage.public_id.in_(typed))
    there = session.execute(select(Passage.id, Passage.public_id).where(*wanted))
    return {number: typed[public_id] for number, public_id in there}


def _set_open(session: Session, files: Iterable[int], revision: int) -> None:
    mine = update(AttachmentPassage).where(AttachmentPassage.attachment_id.in_(files))
    session.execute(mine.values(open_from=revision).execution_options(synchronize_session=False))


def _close_again(session: Session, document: Document, named: set[str]) -> None:
    """What no text names openly any more is held as before."""
    mine = select(Attachment.id).where(Attachment.document_id == document.id, Attachment.name.not_in(named))
    gone = update(AttachmentPassage).where(AttachmentPassage.attachment_id.in_(mine))
    session.execute(gone.values(open_from=None).execution_options(synchronize_session=False))
