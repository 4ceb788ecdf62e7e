"""What a file says about groups, people and documents, read but not yet compared with the database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """A group; what is None was not said."""

    path: str
    id: str
    name: str
    type: str
    parent: str | None = None
    hidden: bool | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class MembershipEntry:
    """A place in a group; without a start it begins when it is loaded."""

    path: str
    group: str
    rank: str | None = None
    starts: date | None = None
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class RoleEntry:
    path: str
    role: str
    starts: date | None = None
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """A person; what is None was not said."""

    path: str
    email: str
    name: str
    password: str | None = None
    staff: bool | None = None
    active: bool | None = None
    lang: str | None = None
    timezone: str | None = None
    languages: tuple[str, ...] | None = None
    can_help: str | None = None
    groups: tuple[MembershipEntry, ...] = ()
    roles: tuple[RoleEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class TermEntry:
    """A word of a vocabulary: platform or topic."""

    vocabulary: str
    slug: str
    name: str
    description: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True)
class FileEntry:
    path: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class GrantEntry:
    path: str
    person: str
    until: date


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A document. `audience` holds `service`, `group:<id>` and `person:<e-mail>`; `revisions` are older texts."""

    path: str
    kind: str
    slug: str
    title: str
    body: str
    owner: str
    status: str
    authors: tuple[str, ...] = ()
    lang: str = "en"
    purpose: str = ""
    parent: str | None = None
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    audience: tuple[str, ...] = ("service",)
    discovery: str = "stub"
    share_line: str = ""
    release_title: str = ""
    reason: str | None = None
    until: date | None = None
    handling: str | None = None
    released: bool = False
    review: date | None = None
    successor: str | None = None
    why: str = ""
    # Columns of its kind alone, such as the minutes of a module (`Kind.file_fields`).
    columns: Mapping[str, Any] = field(default_factory=dict)
    attachments: tuple[FileEntry, ...] = ()
    revisions: tuple[str, ...] = ()
    grants: tuple[GrantEntry, ...] = ()

    @property
    def place(self) -> tuple[str, str]:
        """Kind and slug: what makes it the same document at the next load."""
        return self.kind, self.slug

    @property
    def is_held(self) -> bool:
        return "service" not in self.audience

    @property
    def fingerprint(self) -> str:
        """A hash of all that the file says of it, wherever in the file it stands."""
        told = asdict(self)
        # What was loaded before there were such columns has the same fingerprint as ever.
        if not self.columns:
            del told["columns"]
        return hashlib.sha256(json.dumps(_plain(told), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class World:
    """Everything one file says."""

    groups: tuple[GroupEntry, ...] = ()
    people: tuple[PersonEntry, ...] = ()
    terms: tuple[TermEntry, ...] = ()
    documents: tuple[DocumentEntry, ...] = ()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items() if key != "path"}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return value.isoformat() if isinstance(value, date) else value
