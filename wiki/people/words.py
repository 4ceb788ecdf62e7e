"""Types of groups, roles and devices in words for people."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask_babel import format_date, format_time, gettext as _, lazy_gettext as _l, to_user_timezone

from wiki import db
from wiki.access.policy import Role
from wiki.people.models import GroupType, Membership, RoleAssignment

TYPES: dict[str, Any] = {
    GroupType.POST: _l("Post"),
    GroupType.UNIT: _l("Unit"),
    GroupType.COMMUNITY: _l("Community"),
    GroupType.STAFF_CATEGORY: _l("Staff category"),
    GroupType.TASK_FORCE: _l("Task force"),
}
ROLES: dict[str, Any] = {
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
# What each role lets somebody do today, beyond what all staff may; the rules are in `access.policy`.
DUTIES: dict[str, Any] = {
    Role.MENTOR: _l("Has no special rights in this release yet."),
    Role.COACH: _l("Has no special rights in this release yet."),
    Role.TRAINER: _l("Changes modules and tracks of every unit."),
    Role.APPROVER: _l("Puts guidelines in force and ends them. Changes guidelines and playbooks of every unit."),
    Role.LESSONS_OFFICER: _l("Validates lessons. Changes lessons of every unit."),
    Role.STEWARD: _l(
        "Publishes, shares and bins documents of every unit, settles comments, and approves what is to be hidden. "
        "Acts for units without a lead, takes requests that are overdue, and sees the sharing health of every unit."
    ),
    Role.ARBITER: _l("Decides appeals against a refusal, and requests that nobody else settled."),
    Role.DUTY_OFFICER: _l(
        "Answers urgent requests. In an emergency opens one document for a day, which its keepers and the security "
        "officers are told at once."
    ),
    Role.SECURITY_OFFICER: _l(
        "Puts a spill under quarantine and lifts that, suspends accounts, reads the log, and settles alarms."
    ),
    Role.AUDITOR: _l("Reads and exports the log. It opens no document."),
    Role.ADMINISTRATOR: _l(
        "Keeps accounts, groups and roles on these pages. It opens no document, but for an emergency, which its "
        "keepers and the security officers are told at once."
    ),
}
# What people say they speak, each under its own name. Other languages are added here when somebody misses theirs.
SPOKEN = {
    "en": "English", "fr": "Français", "es": "Español", "ar": "العربية", "ru": "Русский", "zh": "中文",
    "de": "Deutsch", "pt": "Português", "it": "Italiano", "nl": "Nederlands", "pl": "Polski", "sv": "Svenska",
    "uk": "Українська", "tr": "Türkçe", "fa": "فارسی", "he": "עברית", "hi": "हिन्दी", "ur": "اردو",
    "id": "Bahasa Indonesia", "ja": "日本語", "ko": "한국어", "sw": "Kiswahili",
}  # fmt: skip
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
    return TYPES[type]


def role_name(role: str) -> Any:
    """The name of a role."""
    return ROLES[role]


def language_name(code: str) -> str:
    """What those who speak a language call it."""
    return SPOKEN.get(code, code)


def time_of(zone: str) -> tuple[datetime, str]:
    """The clock of somebody's time zone, and how to say it: with the day of the week where it is not the reader's."""
    moment = db.now()
    try:
        there = moment.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        there = moment.astimezone(UTC)
    shown = format_time(there, "HH:mm", rebase=False)
    if there.date() != to_user_timezone(moment).date():
        day = format_date(there, "EEEE", rebase=False)
        return there, _("It is %(time)s on %(day)s for them.", time=shown, day=day)
    return there, _("It is %(time)s for them.", time=shown)


def span(row: Membership | RoleAssignment) -> str:
    """From when to when, in words."""
    first = format_date(row.starts_on, _("d MMM y"))
    if row.ends_on is None:
        return _("from %(first)s until further notice", first=first)
    return _("from %(first)s to %(last)s", first=first, last=format_date(row.ends_on, _("d MMM y")))


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
