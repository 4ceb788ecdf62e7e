"""The steps of tracks as one person sees them: what they may read, and what they have done.

Every function is asked with tracks that were found under the viewer's rights. A step that leads to something this
viewer may not read is no step to them: it is neither listed nor counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from training.tracks.models import Did, LearningEvent, Module, TrackItem
from wiki import kinds
from wiki.access.policy import LIVE, Viewer
from wiki.documents.models import Document, Redirect
from wiki.documents.visibility import visible_to


@dataclass(frozen=True, slots=True)
class Step:
    """One step for one person. `basis` says on what ground it counts as done, and is empty as long as it does not.

    `url` is where it leads, empty for a task. `turn` counts how often its state changed: a form that was made for
    another turn has been posted before.
    """

    position: int
    key: str
    section: str
    label: str
    url: str
    kind: str
    minutes: int | None
    required: bool
    basis: str
    turn: int

    @property
    def is_module(self) -> bool:
        return self.kind == "module"


# The steps of each track, by the id of its document; a track of which nothing was written down is not among them.
Steps = dict[int, tuple[Step, ...]]


def steps_of(session: Session, viewer: Viewer, revisions: Mapping[int, int]) -> Steps:
    """The steps of these revisions of tracks, in three statements however many they are; of none in none."""
    if not revisions:
        return {}
    items = _items(session, revisions)
    targets = _targets(session, viewer, items)
    states = _states(session, viewer, [*revisions, *(each.id for each in targets.values())])
    found: dict[int, list[Step]] = {item.document_id: [] for item in items}
    for item in items:
        target = _target(item, targets)
        if target is not None or not item.target_slug:
            found[item.document_id].append(_step(item, target, states))
    return {document: tuple(steps) for document, steps in found.items()}


@dataclass(frozen=True, slots=True)
class _Target:
    """A document that a step leads to."""

    id: int
    kind: str
    slug: str
    title: str
    minutes: int | None


# What was last said of a step, as its basis, and how often anything was said.
_States = dict[tuple[int, str], tuple[str, int]]
_Targets = dict[tuple[str, str], _Target]


def _items(session: Session, revisions: Mapping[int, int]) -> Sequence[TrackItem]:
    if not revisions:
        return ()
    return session.scalars(
        select(TrackItem)
        .where(tuple_(TrackItem.document_id, TrackItem.revision).in_(list(revisions.items())))
        .order_by(TrackItem.document_id, TrackItem.position)
    ).all()


def _targets(session: Session, viewer: Viewer, items: Iterable[TrackItem]) -> _Targets:
    """What this viewer may read of all that steps lead to, by kind and by the address that the text names."""
    slugs = sorted({item.target_slug for item in items if item.target_slug})
    if not slugs:
        return {}
    found: _Targets = {}
    # Addresses are indexed below their kinds: without them both halves would look through everything.
    of_kind = list(kinds.all_kinds())
    now = _readable(viewer, Document.slug).where(Document.kind.in_(of_kind), Document.slug.in_(slugs))
    before = (
        _readable(viewer, Redirect.slug)
        .join(Redirect, (Redirect.document_id == Document.id) & (Redirect.kind == Document.kind))
        .where(Redirect.kind.in_(of_kind), Redirect.slug.in_(slugs))
    )
    # What lives at an address now goes before what lived there once.
    for asked, *columns in sorted(session.execute(union_all(now, before)), key=lambda row: bool(row[0] != row[3])):
        target = _Target(*columns)
        found.setdefault((target.kind, asked), target)
    return found


def _readable(viewer: Viewer, asked: Any) -> Select[Any]:
    module = Module.__table__.c
    return (
        select(asked.label("asked"), Document.id, Document.kind, Document.slug, Document.title, module.minutes)
        .outerjoin(Module.__table__, module.id == Document.id)
        .where(visible_to(viewer), Document.status.in_(LIVE))
    )


def _target(item: TrackItem, targets: _Targets) -> _Target | None:
    # A link that names no kind leads to the first kind that has the address, as it does in a text.
    names = [item.target_kind] if item.target_kind else list(kinds.all_kinds())
    return next((targets[name, item.target_slug] for name in names if (name, item.target_slug) in targets), None)


def _states(session: Session, viewer: Viewer, documents: Iterable[int]) -> _States:
    """What this person said or did last, of each step and each whole module."""
    states: _States = {}
    rows = session.execute(
        select(LearningEvent.document_id, LearningEvent.key, LearningEvent.did, LearningEvent.basis)
        .where(
            LearningEvent.person_id == viewer.person,
            LearningEvent.document_id.in_(sorted(set(documents))),
            or_(LearningEvent.did == Did.DONE, LearningEvent.did == Did.UNDONE),
        )
        .order_by(LearningEvent.id)
    )
    for document, key, did, basis in rows:
        turn = states.get((document, key), ("", 0))[1]
        states[document, key] = ((basis or "acts") if did == Did.DONE else "", turn + 1)
    return states


def _step(item: TrackItem, target: _Target | None, states: _States) -> Step:
    is_module = target is not None and target.kind == "module"
    place = (target.id, "") if target is not None and is_module else (item.document_id, item.key)
    basis, turn = states.get(place, ("", 0))
    return Step(
        position=item.position,
        key=item.key,
        section=item.section,
        label=item.label or (target.title if target else ""),
        url=f"{kinds.kind(target.kind).prefix}/{target.slug}" if target else "",
        kind=target.kind if target else "",
        minutes=target.minutes if target else None,
        required=item.required,
        basis=basis,
        turn=turn,
    )
