"""Saving held passages with their text: what may be changed by whom, what is refused and why, and the rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, undefer

from wiki import markdown
from wiki.access.policy import Viewer
from wiki.documents import passages, passages_again, passages_bounds, passages_files, passages_told
from wiki.documents.models import Document, Passage, PassageText, Revision
from wiki.documents.sharing import LONGEST_DAYS, REASONS, Problem
from wiki.documents.texts import PreparedPassage, PreparedText
from wiki.people.models import Group, Person
from wiki.people.viewer import today


class PassagesRefused(ValueError):
    """The held passages of a text cannot be saved as they stand; `problems` say why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who may read a passage, why it is held, and until when."""

    audience: tuple[str, ...]
    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class _Around:
    """What a text is compared with: the passages it may hold, those it held so far, and the words this viewer reads."""

    known: Mapping[str, Passage]
    before: tuple[str, ...]
    words: Mapping[str, passages.Words]


def problems(session: Session, text: PreparedText, document: Document | None, viewer: Viewer | None) -> list[Problem]:
    """Everything that keeps the passages of a text from being saved by this viewer; None is the system.

    The text is compared with the newest one of the document, or stands alone when there is none yet.
    """
    if not text.passages and not markdown.tokens_in(text.body) and document is None:
        return []
    return _problems(session, text, document, _around(session, text, document, viewer), viewer)


def _problems(
    session: Session, text: PreparedText, document: Document | None, around: _Around, viewer: Viewer | None
) -> list[Problem]:
    before = {public_id: words.body for public_id, words in around.words.items()}
    odd = [*_of_the_tokens(text, around, viewer), *_of_the_choices(session, text, around, viewer)]
    odd += passages_bounds.of_open_words(session, viewer, document, text, before)
    return [*odd, *passages_again.problems(session, viewer, document, text, choose)]


def _around(session: Session, text: PreparedText, document: Document | None, viewer: Viewer | None) -> _Around:
    if document is None:
        return _Around({}, (), {})
    before = _held_in(session, document, document.working)
    there = {*markdown.tokens_in(text.body), *before}
    if not there:
        return _Around({}, (), {})
    known = passages.of_document(session, document.id, there)
    words = passages.changeable(session, viewer, document.id, document.working) if known else {}
    return _Around(known, before, words)


def _held_in(session: Session, document: Document, number: int) -> tuple[str, ...]:
    newest = session.scalar(
        select(Revision)
        .where(Revision.document_id == document.id, Revision.number == number)
        .options(undefer(Revision.body))
    )
    return markdown.tokens_in(newest.body) if newest is not None else ()


def _of_the_tokens(text: PreparedText, around: _Around, viewer: Viewer | None) -> Iterator[Problem]:
    there = markdown.tokens_in(text.body)
    typed = {passage.public_id: passage for passage in text.passages}
    for public_id in dict.fromkeys(there):
        passage = typed.get(public_id)
        if there.count(public_id) > 1:
            yield Problem("body", _TWICE, {"id": public_id})
        elif passage is not None and passage.is_new:
            continue
        elif public_id not in around.known:
            yield Problem("body", _UNKNOWN, {"id": public_id})
        elif passage is not None and public_id not in around.words:
            yield Problem("body", _NOT_YOURS, {"id": public_id})
    for public_id in around.before:
        if public_id not in there and (missing := _missing(around, public_id, viewer)) is not None:
            yield Problem("body", missing, {"id": public_id})


def _missing(around: _Around, public_id: str, viewer: Viewer | None) -> object | None:
    """Why a passage cannot go, or None when it may: whoever takes it out must know its words and may share them."""
    passage = around.known.get(public_id)
    if viewer is None or passage is None or passage.opened_at is not None:
        return None
    if public_id not in around.words:
        return _PUT_BACK
    return None if passages.may_manage(viewer, passage) else _NOT_YOURS_TO_REMOVE


def _of_the_choices(session: Session, text: PreparedText, around: _Around, viewer: Viewer | None) -> Iterator[Problem]:
    for typed in text.passages:
        passage = around.known.get(typed.public_id)
        if typed.is_new or (passage is not None and typed.public_id in around.words):
            found = choose(session, typed, passage, viewer)
            if isinstance(found, Problem):
                yield found


def choose(
    session: Session, typed: PreparedPassage, passage: Passage | None, viewer: Viewer | None
) -> Chosen | Problem:
    """What holds for a passage from now on: what was typed, and what held before where nothing was."""
    if passage is not None and passage.opened_at is not None:
        said = typed.audience is not None or typed.reason or typed.until
        return Problem("body", _OPENED, {"id": passage.public_id}) if said else _now(passage)
    audience = _audience(session, typed, passage, viewer)
    if isinstance(audience, Problem):
        return audience
    reason = typed.reason or (passage.reason if passage else "")
    if reason not in REASONS:
        return Problem(
            "body", _NO_REASON if not reason else _ODD_REASON, {"word": reason, "reasons": ", ".join(REASONS)}
        )
    until = typed.until or (passage.held_until if passage else _default_end(reason))
    if until is None:
        return Problem("body", _NO_END, {})
    chosen = Chosen(audience, reason, until)
    if passage is not None and chosen == _now(passage):
        return chosen
    if viewer is not None and passage is not None and not passages.may_manage(viewer, passage):
        return Problem("body", _NOT_YOURS_TO_CHANGE, {"id": passage.public_id})
    return _of_the_end(until, passage) or passages_bounds.of_a_later_end(passage, chosen, viewer) or chosen


def _now(passage: Passage) -> Chosen:
    return Chosen(tuple(sorted(passage.audience)), passage.reason, passage.held_until)


def _default_end(reason: str) -> date | None:
    days = REASONS[reason].days
    return today() + timedelta(days=days) if days else None


def _of_the_end(until: date, passage: Passage | None) -> Problem | None:
    if passage is not None and until == passage.held_until:
        return None
    if until <= today():
        return Problem("body", _PAST, {"day": until.isoformat()})
    if until > today() + timedelta(days=LONGEST_DAYS):
        return Problem("body", _TOO_LATE, {"day": until.isoformat()})
    return None


def _audience(
    session: Session, typed: PreparedPassage, passage: Passage | None, viewer: Viewer | None
) -> tuple[str, ...] | Problem:
    now = tuple(sorted(passage.audience)) if passage is not None else ()
    if typed.audience is None and passage is not None:
        return now
    shown = told_audience(session, passage, viewer) if passage is not None else {}
    if set(typed.audience or ()) == set(shown.values()):
        if passage is not None:
            return now
        return Problem("body", _NO_AUDIENCE, {})
    labels = {word: _label(session, word, viewer) for word in typed.audience or ()}
    if None in labels.values():
        labels = _by_name(session, typed.audience or (), labels, viewer)
    unknown = [word for word, label in labels.items() if label is None]
    if unknown:
        return Problem("body", _NOBODY, {"word": " ".join(unknown)})
    # Whom this writer was not told of stays among the readers.
    kept = {label for label in now if label not in shown}
    chosen = {label for label in labels.values() if label is not None} | kept
    return tuple(sorted(chosen)) if chosen else Problem("body", _NO_AUDIENCE, {})


def told_audience(session: Session, passage: Passage, viewer: Viewer | None) -> dict[str, str]:
    """The labels of a passage with the words a writer has for them; of people only before those who may share it."""
    groups = [label[6:] for label in passage.audience if label.startswith("group:")]
    people = [label[7:] for label in passage.audience if label.startswith("person:")]
    known = set(session.scalars(select(Group.id).where(Group.id.in_(groups), _may_know(viewer)))) if groups else set()
    told = {f"group:{group}": f"group:{group}" for group in groups if group in known}
    if people and (viewer is None or passages.may_manage(viewer, passage)):
        rows = session.execute(select(Person.public_id, Person.email).where(Person.public_id.in_(people)))
        told |= {f"person:{public_id}": f"person:{email}" for public_id, email in rows}
    return told


def _label(session: Session, word: str, viewer: Viewer | None) -> str | None:
    """The label that a word of a writer means, if they may know it."""
    sort, colon, rest = word.partition(":")
    if not colon:
        sort, rest = ("person" if "@" in word else "group"), word
    if sort == "group":
        found = session.scalar(select(Group.id).where(Group.id == rest, _may_know(viewer)))
        return f"group:{found}" if found else None
    if sort != "person":
        return None
    who = Person.email == rest.lower() if "@" in rest else Person.public_id == rest
    found = session.scalar(select(Person.public_id).where(who))
    return f"person:{found}" if found else None


def _by_name(
    session: Session, words: tuple[str, ...], labels: Mapping[str, str | None], viewer: Viewer | None
) -> dict[str, str | None]:
    """The same, where words that stand together may be the whole name of a group; one that two bear means neither."""
    named: dict[tuple[str, ...], set[str]] = {}
    for group, name in session.execute(select(Group.id, Group.name).where(_may_know(viewer))):
        named.setdefault(tuple(re.split(r"[\s,;]+", name.casefold().strip())), set()).add(group)
    low, found, place = [word.casefold() for word in words], dict[str, str | None](), 0
    while place < len(words):
        fits = (end for end in range(len(words), place, -1) if len(named.get(tuple(low[place:end]), ())) == 1)
        end = next(fits, None)
        if end is None or (end == place + 1 and labels[words[place]] is not None):
            found[words[place]], place = labels[words[place]], place + 1
        else:
            (group,) = named[tuple(low[place:end])]
            found[" ".join(words[place:end])], place = f"group:{group}", end
    return found


def _may_know(viewer: Viewer | None) -> ColumnElement[bool]:
    """A hidden group is known to its members alone."""
    if viewer is None:
        return Group.id.is_not(None)
    return or_(~Group.is_hidden, Group.id.in_(sorted(viewer.groups)))


def adopted(session: Session, document: Document, text: PreparedText) -> PreparedText:
    """A text of a file that comes again: its passages, which have no numbers there, are those of the newest text.

    The first stays the first, and so on; whatever is left over is new.
    """
    new = [each.public_id for each in text.passages if each.is_new]
    there = _held_in(session, document, document.working) if new else ()
    names = dict(zip(new, there, strict=False))
    body = text.body
    for made, known in names.items():
        body = body.replace(made, known)
    found = tuple(_called(each, names[each.public_id]) if each.public_id in names else each for each in text.passages)
    html = markdown.rename_passages(text.html, names)
    return replace(text, body=body, html=html, passages=found)


def _called(typed: PreparedPassage, public_id: str) -> PreparedPassage:
    made = typed.public_id
    toc = [{**each, "anchor": each["anchor"].replace(made, public_id)} for each in typed.toc]
    sections = [{**each, "anchor": (each["anchor"] or "").replace(made, public_id) or None} for each in typed.sections]
    html = typed.html.replace(made, public_id)
    return replace(typed, public_id=public_id, is_new=False, html=html, toc=toc, sections=sections)


def differ(session: Session, document: Document, text: PreparedText, *, bare: Callable[[str], str]) -> bool:
    """Whether the passages of a text of the system say anything else than what is there; `bare` makes texts alike."""
    around = _around(session, text, document, None)
    for typed in text.passages:
        passage, words = around.known.get(typed.public_id), around.words.get(typed.public_id)
        if passage is None or words is None or bare(words.body) != bare(typed.body):
            return True
        if passage.opened_at is None and choose(session, typed, passage, None) != _now(passage):
            return True
    return False


def save(
    session: Session, document: Document, text: PreparedText, revision: int, *, by: Viewer | None, author: int | None
) -> None:
    """Write the passages of a text that becomes this revision. Raises PassagesRefused, before anything is written."""
    before = document if revision > 1 else None
    around = _around(session, text, before, by)
    odd = _problems(session, text, before, around, by)
    if odd:
        raise PassagesRefused(odd)
    for typed in text.passages:
        passage = around.known.get(typed.public_id)
        chosen = choose(session, typed, passage, by)
        assert isinstance(chosen, Chosen)
        words, is_changed = around.words.get(typed.public_id), passage is not None and chosen != _now(passage)
        if passage is None:
            passage = _hold(session, document, typed, chosen, by=by, author=author)
        elif is_changed:
            _change(session, passage, chosen, by=by)
        if words is None or words.body != typed.body:
            _add_words(session, passage, typed, revision, author)
        elif is_changed:
            # The same words once more: what this revision is about is told to nobody who cannot read them.
            _add_words(session, passage, typed, revision, passage.created_by_id)
    there = set(markdown.tokens_in(text.body))
    for public_id in around.before:
        if public_id not in there and public_id in around.known:
            passages.taken_out(session, around.known[public_id], by=by)
    passages_files.follow(session, document, text, revision, by=by)


def _hold(
    session: Session,
    document: Document,
    typed: PreparedPassage,
    chosen: Chosen,
    *,
    by: Viewer | None,
    author: int | None,
) -> Passage:
    chosen = replace(chosen, audience=passages.with_writer(document, chosen.audience, by))
    passage = Passage(
        public_id=typed.public_id,
        document_id=document.id,
        document=document,
        created_by_id=by.person if by else author,
        audience=list(chosen.audience),
        reason=chosen.reason,
        held_until=chosen.until,
        renewals=passages_again.renewals(session, by, document, typed, chosen.until),
    )
    session.add(passage)
    passages.relabel(session, passage)
    passages.note(session, "passage:hold", passage, by=by, **_told(chosen))
    passages_told.tell_keepers(session, passage, by=by)
    return passage


def _change(session: Session, passage: Passage, chosen: Chosen, *, by: Viewer | None) -> None:
    before = _told(_now(passage))
    passages_bounds.follow(session, passage, chosen.until)
    passage.audience, passage.reason, passage.held_until = list(chosen.audience), chosen.reason, chosen.until
    passages.relabel(session, passage)
    passages.note(session, "passage:change", passage, by=by, before=before, after=_told(chosen))


def _told(chosen: Chosen) -> dict[str, object]:
    return {"audience": list(chosen.audience), "reason": chosen.reason, "until": chosen.until.isoformat()}


def _add_words(session: Session, passage: Passage, typed: PreparedPassage, revision: int, author: int | None) -> None:
    session.add(
        PassageText(
            passage_id=passage.id,
            revision=revision,
            body=typed.body,
            html=typed.html,
            toc=typed.toc,
            sections=typed.sections,
            links=[list(link) for link in sorted(typed.links)],
            author_id=author,
        )
    )
    session.flush()


_TWICE = _l("The held passage [[held:%(id)s]] stands in the text twice. Keep it once.")
_UNKNOWN = _l(
    "There is no held passage “%(id)s” in this text. Take it out, or, to hold back new words, leave this number away."
)
_NOT_YOURS = _l(
    "You cannot change the words of a passage that is held back from you. Put this line in its place: [[held:%(id)s]]"
)
_PUT_BACK = _l(
    "A passage of this text is held back from you, and its place is missing. Put this line back where it belongs:"
    " [[held:%(id)s]]"
)
_NOT_YOURS_TO_REMOVE = _l(
    "Only whoever held this passage back, the leads of the unit that keeps the page, its authors and stewards can take"
    " it out or open it. Put this line back where it belongs: [[held:%(id)s]]"
)
_NOT_YOURS_TO_CHANGE = _l(
    "You can change the words of the passage %(id)s. Who reads it, why and until when is for whoever held it back, the"
    " leads of the unit that keeps the page, its authors and stewards. Leave its first line as it was."
)
_OPENED = _l(
    "The passage %(id)s was opened. To hold its words back again, leave its number and the word “opened” away, and say"
    " who may read it, why and until when."
)
_NO_AUDIENCE = _l('Say who may read the held passage, for example audience="group:consular".')
_NOBODY = _l("There is no group or person “%(word)s”. Say who may read the held passage by the name or short name of a"
             " group or an e-mail address. “Hold back a passage” below the text lists short names.")  # fmt: skip
_NO_REASON = _l("Say why the passage is held, for example reason=source. The reasons are: %(reasons)s.")
_ODD_REASON = _l("“%(word)s” is no reason to hold a passage. The reasons are: %(reasons)s.")
_NO_END = _l("Say until when the passage is held, for example until=2027-05-01.")
_PAST = _l("The day %(day)s has passed. Choose a day to come for the held passage.")
_TOO_LATE = _l("The day %(day)s is too far away. Hold the passage for three years at most; it can be renewed then.")
