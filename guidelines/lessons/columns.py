"""Which column of a table is which part of a lesson: known names of columns, NASA LLIS among them, and a mapping."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wiki.exchange import yamls
from wiki.exchange.problems import FileRefused, did_you_mean, shown

# Each part with the names by which a column is known without a mapping, folded (see `_folded`).
FIELDS: dict[str, tuple[str, ...]] = {
    "id": ("id", "lessonid", "lessonnumber", "lessonno", "number", "key", "reference", "ref"),
    "title": ("title", "subject", "headline", "rule", "lessontitle"),
    "abstract": ("abstract", "summary"),
    "happened": ("happened", "whathappened", "drivingevent", "descriptionofdrivingevent", "event", "observation"),
    "intended": ("intended", "whatweintended", "whatwasintended", "intention", "expected"),
    "sense": ("sense", "whyitmadesense", "discussion"),
    "learned": ("learned", "lessonlearned", "lessonslearned", "lesson", "conclusion"),
    "recommended": ("recommended", "whatwerecommend", "recommendation", "recommendations"),
    "cause": ("cause", "rootcause"),
    "action": ("action", "nextaction"),
    "happened_on": ("happenedon", "date", "eventdate", "lessondate", "dateofevent"),
    "nature": ("nature", "kind", "kindoflesson"),
    "harm": ("harm",),
    "topics": ("topics", "topic", "keywords", "tags"),
    "platforms": ("platforms", "platform", "channel"),
    "skip": (),
}
# At least one of these must be there, or there is nothing to tell.
TELLING = frozenset({"title", "abstract", "happened", "intended", "sense", "learned", "recommended"})
# A column left out on purpose.
SKIP = "skip"


class MappingRefused(Exception):
    """The mapping cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Columns:
    """`parts` maps a column to its part; `others` are columns that no part fits, kept under their own names."""

    parts: Mapping[str, str]
    others: tuple[str, ...]


def columns_of(names: Sequence[str], wished: Mapping[str, str]) -> Columns:
    """What each of these columns is; `wished` maps names of columns to parts. Raises MappingRefused."""
    parts = _wished(names, wished)
    taken = set(parts.values())
    for name in names:
        part = _known(name)
        if name not in parts and part is not None and part not in taken:
            parts[name] = part
            taken.add(part)
    if not TELLING & taken:
        raise MappingRefused(
            f"None of the columns ({', '.join(shown(name) for name in names[:12])}) is known."
            f' Say what one of them is: --map "{names[0]}=recommended". Parts are {", ".join(FIELDS)}.'
        )
    return Columns(parts, tuple(name for name in names if name not in parts))


def near(name: str) -> str:
    """The sentence that proposes what an unknown column may have been meant to be, or nothing."""
    known = {alias for aliases in FIELDS.values() for alias in aliases}
    hint = did_you_mean(_folded(name), known)
    return hint if hint.startswith("Did") else ""


def pairs_of(words: Iterable[str]) -> dict[str, str]:
    """Column and part from words such as “Driving Event=happened”. Raises MappingRefused."""
    found = {}
    for word in words:
        column, sign, part = word.rpartition("=")
        if not sign or not column.strip() or not part.strip():
            raise MappingRefused(f'{shown(word)} is no mapping. Write it as "Column=part".')
        found[" ".join(column.split())] = part.strip()
    return found


def mapping_in(path: Path) -> dict[str, str]:
    """The mapping in a YAML file: “Column: part” on each line. Raises MappingRefused."""
    try:
        data = yamls.read(yamls.decoded(path.read_bytes(), path.name), path.name)
    except FileRefused as refused:
        raise MappingRefused(str(refused)) from None
    if not isinstance(data, dict) or not all(isinstance(part, str) for part in data.values()):
        raise MappingRefused(f"{path.name} is no mapping. Write “Column: part” on each line.")
    return {" ".join(column.split()): part.strip() for column, part in data.items()}


def _wished(names: Sequence[str], wished: Mapping[str, str]) -> dict[str, str]:
    by_folded = {name.casefold(): name for name in names}
    parts: dict[str, str] = {}
    for column, part in wished.items():
        name = by_folded.get(column.casefold())
        if name is None:
            raise MappingRefused(f"There is no column {shown(column)}. {did_you_mean(column, names)}".rstrip())
        if part not in FIELDS:
            raise MappingRefused(f"{shown(part)} is no part of a lesson. {did_you_mean(part, FIELDS)}")
        if part != SKIP and part in parts.values():
            raise MappingRefused(f"Two columns are mapped to {shown(part)}. Map one of them.")
        parts[name] = part
    return parts


def _known(name: str) -> str | None:
    folded = _folded(name)
    return next((part for part, aliases in FIELDS.items() if folded in aliases), None)


def _folded(name: str) -> str:
    """“Lesson(s) Learned” and “lessons learned” are one name."""
    return re.sub(r"[\W_]+", "", name.replace("(s)", "s").casefold())
