"""Types of groups, roles and devices in words for people."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l

from wiki.access.policy import Role
from wiki.people.models import GroupType

_TYPES: dict[str, Any] = {
    GroupType.POST: _l("Post"),
    GroupType.UNIT: _l("Unit"),
    GroupType.COMMUNITY: _l("Community"),
    GroupType.STAFF_CATEGORY: _l("Staff category"),
    GroupType.TASK_FORCE: _l("Task force"),
}
_ROLES: dict[str, Any] = {
    Role.MENTOR: _l("Mentor"),
    Role.COACH: _l("Coach"),
    Role.TRAINER: _l("Trainer"),
    Role.APPROVER: _l("Approver"),
    Role.LESSONS_OFFICER: _l("Lessons officer"),
    Role.STEWARD: _l("Steward"),
    Role.ARBITER: _l("Arbiter"),
    Role.DUTY_OFFICER: _l("Duty officer"),
    Role.SECURITY_OFFICER: _l("Security officer"),
    Role.AUDITOR: _l("Auditor"),
    Role.ADMINISTRATOR: _l("Administrator"),
}
# The first that fits counts: nearly every browser also claims to be one of those further down.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrom|CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def group_type(type: str) -> Any:
    """The type of a group."""
    return _TYPES[type]


def role_name(role: str) -> Any:
    """The name of a role."""
    return _ROLES[role]


def device(agent: str) -> str:
    """What signed in, as far as the browser says: “Firefox, Windows”."""
    found = [name for known in (_BROWSERS, _SYSTEMS) if (name := _first(known, agent))]
    return ", ".join(found) or _("Unknown device")


def initials(name: str) -> str:
    """The first letters of the first and last word of a name."""
    words = name.split()
    return "".join(word[0] for word in dict.fromkeys([words[0], words[-1]])).upper() if words else ""


def _first(known: tuple[tuple[str, str], ...], agent: str) -> str | None:
    return next((name for sign, name in known if re.search(sign, agent)), None)
