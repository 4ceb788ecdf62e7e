"""Why something may be read or may not be done, in words for people."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

_WORDS: dict[str, Any] = {
    "signed-out": _l("Sign in first."),
    "guest": _l("Guests can read what is shared with them. Ask your host in the service to do this for you."),
    "not-keeper": _l(
        "Only its authors, the leads of the unit that keeps it, and stewards can do this. Ask one of them."
    ),
    "not-unit": _l("Only the unit that keeps this guideline changes its text. Tell them what you would change."),
    "not-approver": _l("Only an approver puts guidelines in force or ends them. Ask one to do it."),
    "not-steward": _l("Only a steward can do this. Ask one to do it."),
    "leave-to-read": _l("You have leave to read this, not to change it. Tell those who keep it what you would change."),
    "binned": _l("This is in the bin. Take it out first, then change it."),
}


def words(reason: str) -> Any:
    """The sentence for a decision's reason."""
    return _WORDS.get(reason, _l("This is not yours to do."))


def why_readable(label: str, names: dict[str, str]) -> Any:
    """Why a viewer may read: the sentence for the label that their key opened."""
    kind, _, rest = label.partition(":")
    if kind == "service":
        return _l("It is shared with the whole service, and you are in it.")
    if kind == "group":
        return _l("It is shared with %(group)s, and you belong to it today.", group=names.get(rest, rest))
    if kind == "lead":
        return _l("%(group)s keeps it, and you act for that unit today.", group=names.get(rest, rest))
    if kind == "person":
        return _l("It is shared with you by name, or you wrote it.")
    return _l("Somebody gave you leave to read it for a time.")
