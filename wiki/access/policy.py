"""The rules of sharing in plain Python, without database, index or web (03-sharing).

The same rule stands in SQL (`wiki.documents.visibility`) and inside the search engines; a property test holds the
three together. What the rules speak of is in `wiki.access.names`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wiki.access.names import (
    BINNED,
    DRAFT,
    LIVE,
    QUARANTINE,
    SERVICE,
    Action,
    Decision,
    Item,
    Role,
    Viewer,
)

__all__ = [
    "BINNED",
    "DRAFT",
    "LIVE",
    "QUARANTINE",
    "SERVICE",
    "Action",
    "Decision",
    "Item",
    "NotAllowed",
    "Role",
    "Viewer",
    "effective_labels",
    "may",
    "passage_labels",
    "readable",
    "require",
]


def readable(keys: frozenset[str], labels: Iterable[str]) -> bool:
    """The whole algebra: labels meet keys."""
    return not keys.isdisjoint(labels)


def effective_labels(
    *,
    public_id: str,
    status: str,
    audience: Iterable[str],
    owner: str,
    authors: Iterable[str],
    quarantined: bool = False,
) -> frozenset[str]:
    """The labels of a document: who may read it in the state it is in (03-sharing 3.1).

    `audience` is what the owner chose for the time it is live; a draft or binned document is for its authors and the
    owner's leads. Those keep their keys to a live document too, so that nobody is shut out of their own unit's papers.
    """
    if quarantined:
        return frozenset({QUARANTINE})
    # Leave to read one document ends, for the time being, when it is put in the bin.
    own = {f"doc:{public_id}"} if status != BINNED else set()
    keepers = {f"lead:{owner}"} | {f"person:{author}" for author in authors}
    chosen = set(audience)
    if status not in LIVE:
        return frozenset(own | keepers)
    if SERVICE in chosen:
        return frozenset(own | {SERVICE} | {label for label in chosen if label != SERVICE})
    return frozenset(own | keepers | chosen)


def passage_labels(*, public_id: str, audience: Iterable[str], owner: str, author: str | None) -> frozenset[str]:
    """The labels of a held passage (03-sharing 3.5). Whoever reads it must be able to read its document, too.

    `author` is the public id of whoever wrapped it; leave to read it is given under its own public id.
    """
    own = {f"doc:{public_id}", f"lead:{owner}"} | ({f"person:{author}"} if author else set())
    return frozenset(own | set(audience))


def may(viewer: Viewer | None, action: Action, item: Item | None = None) -> Decision:
    """Decide. An action on an item first asks whether the item may be read: what cannot be read cannot be touched."""
    if viewer is None:
        return Decision(False, "signed-out")
    if item is not None and not readable(viewer.keys, item.labels):
        return Decision(False, "absent")
    if item is not None and QUARANTINE in item.labels and action not in _IN_QUARANTINE:
        return Decision(False, "quarantined")
    return _RULES[action](viewer, item)


# All that may be done with what is under quarantine.
_IN_QUARANTINE = frozenset({Action.DOCUMENT_READ, Action.QUARANTINE_LIFT})


def _everyone(viewer: Viewer, item: Item | None) -> Decision:
    return Decision(True, "signed-in")


def _staff(viewer: Viewer, item: Item | None) -> Decision:
    return Decision(True, "staff") if viewer.is_staff else Decision(False, "guest")


def _keeps(viewer: Viewer, item: Item | None) -> Decision:
    """Sharing belongs to the owner's leads, the author and stewards (3.4). Leave to read makes no keeper."""
    if item is None:
        return _staff(viewer, item)
    if viewer.public_id in item.authors:
        return Decision(True, "author")
    if item.owner in viewer.leads:
        return Decision(True, "lead")
    if not viewer.has(Role.STEWARD):
        return Decision(False, "not-keeper")
    return Decision(False, "leave-to-read") if _only_by_leave(viewer, item) else Decision(True, "steward")


def _only_by_leave(viewer: Viewer, item: Item) -> bool:
    """Whether nothing but leave, asked for or taken by breaking the glass, lets this viewer read it."""
    return all(label.startswith("doc:") for label in viewer.keys & item.labels)


def _revise(viewer: Viewer, item: Item | None) -> Decision:
    """A wiki page is open to every member of staff who reads it; advice in force is changed by its unit."""
    if item is None or not viewer.is_staff:
        return _staff(viewer, item)
    if item.status == BINNED:
        return Decision(False, "binned")
    if _only_by_leave(viewer, item):
        return Decision(False, "leave-to-read")
    if item.kind == "page":
        return Decision(True, "staff")
    if item.owner in viewer.groups or viewer.has(_EDITS_TOO.get(item.kind, Role.STEWARD)):
        return Decision(True, "unit")
    kept = _keeps(viewer, item)
    return kept if kept else Decision(False, "not-unit")


# Who changes texts of a kind beside the unit that keeps them. Only plain pages are open to everyone who reads them:
# advice binds people, a lesson is somebody's testimony, and whoever edits a module sees the answers to its questions.
_EDITS_TOO = {
    "guideline": Role.APPROVER,
    "playbook": Role.APPROVER,
    "lesson": Role.LESSONS_OFFICER,
    "module": Role.TRAINER,
    "track": Role.TRAINER,
}


def _publish(viewer: Viewer, item: Item | None) -> Decision:
    if item is not None and item.status == BINNED:
        return Decision(False, "binned")
    return _keeps(viewer, item)


def _approve(viewer: Viewer, item: Item | None) -> Decision:
    if viewer.has(Role.APPROVER):
        return Decision(True, "approver")
    return Decision(False, "not-approver")


def _tell_readers(viewer: Viewer, item: Item | None) -> Decision:
    """An interim notice: by duty officers, approvers and the leads of the unit that keeps the guideline."""
    if item is None:
        return _staff(viewer, item)
    if item.status not in LIVE:
        return Decision(False, "not-live")
    found = next((role for role in (Role.DUTY_OFFICER, Role.APPROVER) if viewer.has(role)), None)
    if found:
        return Decision(False, "leave-to-read") if _only_by_leave(viewer, item) else Decision(True, found.value)
    return Decision(True, "lead") if item.owner in viewer.leads else Decision(False, "not-teller")


def _exempt(viewer: Viewer, item: Item | None) -> Decision:
    """Approvers alone grant exceptions, and not from what they read by leave."""
    if item is not None and _only_by_leave(viewer, item):
        return Decision(False, "leave-to-read")
    return Decision(True, "approver") if viewer.has(Role.APPROVER) else Decision(False, "not-exempter")


def _of_staff_and_live(viewer: Viewer, item: Item | None) -> Decision:
    """Staff use what is live: nobody runs a draft or learns from the bin."""
    if item is not None and item.status not in LIVE:
        return Decision(False, "not-live")
    return _staff(viewer, item)


def _declares(viewer: Viewer, item: Item | None) -> Decision:
    """A duty officer declares a crisis, and may let guests read: leave to read is not passed on."""
    if not viewer.has(Role.DUTY_OFFICER):
        return Decision(False, "not-on-duty")
    if item is not None and _only_by_leave(viewer, item):
        return Decision(False, "leave-to-read")
    return _of_staff_and_live(viewer, item)


def _talk(viewer: Viewer, item: Item | None) -> Decision:
    """Whoever may read may comment, guests too: they read only what was shared with their groups."""
    if item is not None and item.status == BINNED:
        return Decision(False, "binned")
    return Decision(True, "reader")


def _learn(viewer: Viewer, item: Item | None) -> Decision:
    """Whoever may read may learn, guests too. There is no role of a student."""
    if item is not None and item.status not in LIVE:
        return Decision(False, "not-live")
    return Decision(True, "reader")


def _validate(viewer: Viewer, item: Item | None) -> Decision:
    if viewer.has(Role.LESSONS_OFFICER):
        return Decision(True, "lessons-officer")
    return Decision(False, "not-lessons-officer")


def _steward(viewer: Viewer, item: Item | None) -> Decision:
    return Decision(True, "steward") if viewer.has(Role.STEWARD) else Decision(False, "not-steward")


def _answers(viewer: Viewer, item: Item | None) -> Decision:
    """Requests go to the owner's leads; stewards take those that are overdue, duty officers those that are urgent.

    Which of these a request is, the caller knows; an item here is what was asked for, if the viewer may read it.
    """
    if viewer.leads or viewer.has(Role.STEWARD, Role.DUTY_OFFICER, Role.ARBITER):
        return Decision(True, "answers")
    return Decision(False, "not-keeper")


def _holds(*roles: Role) -> Callable[[Viewer, Item | None], Decision]:
    """The rule that somebody holds one of these roles today."""

    def rule(viewer: Viewer, item: Item | None) -> Decision:
        found = next((role for role in roles if role in viewer.roles), None)
        return Decision(True, found.value) if found else Decision(False, f"not-{roles[0].value}")

    return rule


def _looks_after(viewer: Viewer, item: Item | None) -> Decision:
    """Sharing health is for stewards and for those who lead something."""
    if viewer.has(Role.STEWARD):
        return Decision(True, "steward")
    return Decision(True, "lead") if viewer.leads else Decision(False, "not-keeper")


def _administrator(viewer: Viewer, item: Item | None) -> Decision:
    """Accounts, groups and roles. It opens no document: readership comes from memberships alone (3.7)."""
    if viewer.has(Role.ADMINISTRATOR):
        return Decision(True, "administrator")
    return Decision(False, "not-administrator")


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
    Action.GUIDELINE_SETTLE: _learn,
    Action.GUIDELINE_ANSWERS: _keeps,
    Action.GUIDELINE_NOTICE: _tell_readers,
    Action.GUIDELINE_EXEMPT: _exempt,
    Action.GUIDELINE_ANNEX: _of_staff_and_live,
    Action.GUIDELINE_REVIEW: _keeps,
    Action.GUIDELINE_ASK: _keeps,
    Action.GUIDELINE_TRANSLATE: _revise,
    Action.COMMENT_WRITE: _talk,
    Action.COMMENT_RESOLVE: _keeps,
    Action.KEYS_READ: _revise,
    Action.LESSON_VALIDATE: _validate,
    Action.LESSON_USE: _of_staff_and_live,
    Action.LESSON_NUMBERS: _staff,
    Action.PLAYBOOK_RUN: _of_staff_and_live,
    Action.PLAYBOOK_CRISIS: _declares,
    Action.TRAINING_LEARN: _learn,
    Action.TRAINING_TEACH: _of_staff_and_live,
    Action.PERSON_READ: _everyone,
    Action.GROUP_READ: _everyone,
    Action.SELF_MANAGE: _everyone,
    Action.PEOPLE_MANAGE: _administrator,
    Action.ACCESS_ASK: _staff,
    Action.ACCESS_ANSWER: _answers,
    Action.ACCESS_DECIDE: _holds(Role.ARBITER),
    Action.HOLD_RENEW: _keeps,
    Action.HOLD_STOP_OPENING: _keeps,
    Action.HOLD_OPEN: _keeps,
    Action.QUARANTINE_SET: _holds(Role.SECURITY_OFFICER),
    Action.QUARANTINE_LIFT: _holds(Role.SECURITY_OFFICER),
    Action.GLASS_BREAK: _holds(Role.DUTY_OFFICER, Role.ADMINISTRATOR),
    Action.ACCOUNT_SUSPEND: _holds(Role.SECURITY_OFFICER),
    Action.LOG_READ: _holds(Role.AUDITOR, Role.SECURITY_OFFICER),
    Action.LOG_EXPORT: _holds(Role.AUDITOR, Role.SECURITY_OFFICER),
    Action.LOG_READ_OWN: _everyone,
    Action.ALARM_SETTLE: _holds(Role.SECURITY_OFFICER),
    Action.SECURITY_READ: _holds(Role.SECURITY_OFFICER),
    Action.HEALTH_READ: _looks_after,
    Action.NOTICE_READ: _everyone,
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
