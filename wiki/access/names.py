"""What the rules of sharing speak of: roles, actions, viewers, documents as they see them, and decisions. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

SERVICE = "service"

_LIVE_GUIDELINES = {"consultation", "in-force", "suspended", "superseded", "withdrawn"}
_LIVE_LESSONS = {"observed", "identified", "in-action", "learned", "confirmed", "shared-only", "declined", "obsolete"}
LIVE = frozenset({"published", "merged"} | _LIVE_GUIDELINES | _LIVE_LESSONS)
DRAFT = "draft"
BINNED = "binned"
# What is under quarantine carries this label and no other; security officers alone hold its key.
QUARANTINE = "quarantine"


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
    COMMENT_WRITE = "comment:write"
    COMMENT_RESOLVE = "comment:resolve"
    KEYS_READ = "keys:read"
    GUIDELINE_PUT_IN_FORCE = "guideline:put-in-force"
    GUIDELINE_END = "guideline:end"
    GUIDELINE_SETTLE = "guideline:settle"
    GUIDELINE_ANSWERS = "guideline:answers"
    GUIDELINE_NOTICE = "guideline:notice"
    GUIDELINE_EXEMPT = "guideline:exempt"
    GUIDELINE_ANNEX = "guideline:annex"
    GUIDELINE_REVIEW = "guideline:review"
    GUIDELINE_ASK = "guideline:ask"
    GUIDELINE_TRANSLATE = "guideline:translate"
    LESSON_VALIDATE = "lesson:validate"
    LESSON_USE = "lesson:use"
    LESSON_NUMBERS = "lesson:numbers"
    PLAYBOOK_RUN = "playbook:run"
    PLAYBOOK_CRISIS = "playbook:declare-crisis"
    TRAINING_LEARN = "training:learn"
    TRAINING_TEACH = "training:teach"
    PERSON_READ = "person:read"
    GROUP_READ = "group:read"
    SELF_MANAGE = "self:manage"
    PEOPLE_MANAGE = "people:manage"
    ACCESS_ASK = "access:ask"
    ACCESS_ANSWER = "access:answer"
    ACCESS_DECIDE = "access:decide"
    HOLD_RENEW = "hold:renew"
    HOLD_STOP_OPENING = "hold:stop-opening"
    HOLD_OPEN = "hold:open"
    QUARANTINE_SET = "quarantine:set"
    QUARANTINE_LIFT = "quarantine:lift"
    GLASS_BREAK = "glass:break"
    ACCOUNT_SUSPEND = "account:suspend"
    LOG_READ = "log:read"
    LOG_EXPORT = "log:export"
    LOG_READ_OWN = "log:read-own"
    ALARM_SETTLE = "alarm:settle"
    SECURITY_READ = "security:read"
    HEALTH_READ = "health:read"
    NOTICE_READ = "notice:read"


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
