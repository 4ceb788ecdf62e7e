"""The rules of sharing in plain Python, without database, index or web (03-sharing).

The same rule stands in SQL (`wiki.documents.visibility`) and inside the search engines; a property test holds the
three together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

SERVICE = "service"

LIVE = frozenset({"published", "in-force", "superseded", "withdrawn"})
DRAFT = "draft"
BINNED = "binned"


class Role(StrEnum):
    """Roles give actions, never readership (03-sharing 3.7)."""

    MENTOR = "mentor"
    COACH = "coach"
    TRAINER = "trainer"
    APPROVER = "approver"
    LESSONS_OFFICER = "lessons-officer"
    STEWARD = "steward"
    ARBITER = "arbiter"
    DUTY_OFFICER = "duty-officer"
    SECURITY_OFFICER = "security-officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """Everything a person can do, as `<what>:<verb>`."""

    HOME_READ = "home:read"
    SEARCH = "search:read"
    DOCUMENT_READ = "document:read"
    DOCUMENT_LIST = "document:list"
    DOCUMENT_CREATE = "document:create"
    DOCUMENT_REVISE = "document:revise"
    DOCUMENT_SHARE = "document:share"
    DOCUMENT_BIN = "document:bin"
    DOCUMENT_RESTORE = "document:restore"
    DOCUMENT_PUBLISH = "document:publish"
    DOCUMENT_GRANT = "document:grant"
    DOCUMENT_VIEW_AS = "document:view-as"
    DOCUMENT_HIDE_APPROVE = "document:approve-hidden"
    GUIDELINE_PUT_IN_FORCE = "guideline:put-in-force"
    GUIDELINE_END = "guideline:end"
    PERSON_READ = "person:read"
    GROUP_READ = "group:read"
    SELF_MANAGE = "self:manage"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person as the rules see them.

    `keys` open labels: `person:<public id>`, `group:<id>`, `lead:<group id>`, `doc:<public id>`; staff hold `service`.
    """

    person: int
    public_id: str
    name: str
    keys: frozenset[str]
    roles: frozenset[Role] = frozenset()
    is_staff: bool = True
    lang: str = "en"
    timezone: str = "UTC"

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()

    @property
    def leads(self) -> frozenset[str]:
        """The ids of the groups this person acts for today."""
        return frozenset(key.removeprefix("lead:") for key in self.keys if key.startswith("lead:"))

    @property
    def groups(self) -> frozenset[str]:
        """The ids of the groups this person belongs to today."""
        return frozenset(key.removeprefix("group:") for key in self.keys if key.startswith("group:"))

    def has(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class Item:
    """A document as the rules see it."""

    kind: str
    status: str
    labels: frozenset[str]
    owner: str
    authors: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Decision:
    """May it be done, and why (a code; the words for people are in `wiki.access.reasons`)."""

    allowed: bool
    reason: str

    def __bool__(self) -> bool:
        return self.allowed


def readable(keys: frozenset[str], labels: Iterable[str]) -> bool:
    """The whole algebra: labels meet keys."""
    return not keys.isdisjoint(labels)


def effective_labels(
    *, public_id: str, status: str, audience: Iterable[str], owner: str, authors: Iterable[str]
) -> frozenset[str]:
    """The labels of a document: who may read it in the state it is in (03-sharing 3.1).

    `audience` is what the owner chose for the time it is live; a draft or binned document is for its authors and the
    owner's leads. Those keep their keys to a live document too, so that nobody is shut out of their own unit's papers.
    """
    # Leave to read one document ends, for the time being, when it is put in the bin.
    own = {f"doc:{public_id}"} if status != BINNED else set()
    keepers = {f"lead:{owner}"} | {f"person:{author}" for author in authors}
    chosen = set(audience)
    if status not in LIVE:
        return frozenset(own | keepers)
    if SERVICE in chosen:
        return frozenset(own | {SERVICE} | {label for label in chosen if label != SERVICE})
    return frozenset(own | keepers | chosen)


def may(viewer: Viewer | None, action: Action, item: Item | None = None) -> Decision:
    """Decide. An action on an item first asks whether the item may be read: what cannot be read cannot be touched."""
    if viewer is None:
        return Decision(False, "signed-out")
    if item is not None and not readable(viewer.keys, item.labels):
        return Decision(False, "absent")
    return _RULES[action](viewer, item)


def _everyone(viewer: Viewer, item: Item | None) -> Decision:
    return Decision(True, "signed-in")


def _staff(viewer: Viewer, item: Item | None) -> Decision:
    return Decision(True, "staff") if viewer.is_staff else Decision(False, "guest")


def _keeps(viewer: Viewer, item: Item | None) -> Decision:
    """Sharing belongs to the owner's leads, the author and stewards (3.4)."""
    if item is None:
        return _staff(viewer, item)
    if viewer.public_id in item.authors:
        return Decision(True, "author")
    if item.owner in viewer.leads:
        return Decision(True, "lead")
    if viewer.has(Role.STEWARD):
        return Decision(True, "steward")
    return Decision(False, "not-keeper")


def _revise(viewer: Viewer, item: Item | None) -> Decision:
    """A wiki page is open to every member of staff who reads it; advice in force is changed by its unit."""
    if item is None or not viewer.is_staff:
        return _staff(viewer, item)
    if item.status == BINNED:
        return Decision(False, "binned")
    if all(label.startswith("doc:") for label in viewer.keys & item.labels):
        return Decision(False, "leave-to-read")
    if item.kind != "guideline":
        return Decision(True, "staff")
    if item.owner in viewer.groups or viewer.has(Role.APPROVER):
        return Decision(True, "unit")
    kept = _keeps(viewer, item)
    return kept if kept else Decision(False, "not-unit")


def _publish(viewer: Viewer, item: Item | None) -> Decision:
    if item is not None and item.status == BINNED:
        return Decision(False, "binned")
    return _keeps(viewer, item)


def _approve(viewer: Viewer, item: Item | None) -> Decision:
    if viewer.has(Role.APPROVER):
        return Decision(True, "approver")
    return Decision(False, "not-approver")


def _steward(viewer: Viewer, item: Item | None) -> Decision:
    return Decision(True, "steward") if viewer.has(Role.STEWARD) else Decision(False, "not-steward")


_RULES = {
    Action.HOME_READ: _everyone,
    Action.SEARCH: _everyone,
    Action.DOCUMENT_READ: _everyone,
    Action.DOCUMENT_LIST: _everyone,
    Action.DOCUMENT_CREATE: _staff,
    Action.DOCUMENT_REVISE: _revise,
    Action.DOCUMENT_SHARE: _keeps,
    Action.DOCUMENT_BIN: _keeps,
    Action.DOCUMENT_RESTORE: _keeps,
    Action.DOCUMENT_PUBLISH: _publish,
    Action.DOCUMENT_GRANT: _keeps,
    Action.DOCUMENT_VIEW_AS: _keeps,
    Action.DOCUMENT_HIDE_APPROVE: _steward,
    Action.GUIDELINE_PUT_IN_FORCE: _approve,
    Action.GUIDELINE_END: _approve,
    Action.PERSON_READ: _everyone,
    Action.GROUP_READ: _everyone,
    Action.SELF_MANAGE: _everyone,
}


class NotAllowed(Exception):
    """The viewer may see the item but not do this; answered 403 with the reason."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.reason)
        self.decision = decision


def require(viewer: Viewer | None, action: Action, item: Item | None = None) -> None:
    """Do nothing when it may be done; raise NotAllowed otherwise."""
    decision = may(viewer, action, item)
    if not decision:
        raise NotAllowed(decision)
