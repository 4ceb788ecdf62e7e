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
    "not-unit": _l("Only its authors and the unit that keeps it change this text. Tell them what you would change."),
    "not-approver": _l("Only an approver puts guidelines in force or ends them. Ask one to do it."),
    "not-teller": _l("Only duty officers, approvers and the leads of the unit that keeps it do this. Ask one of them."),
    "not-exempter": _l("Only an approver grants exceptions or ends them. Ask one to do it."),
    "not-steward": _l("Only a steward can do this. Ask one to do it."),
    "not-administrator": _l("Only an administrator changes accounts, groups and roles. Ask one to do it."),
    "not-arbiter": _l("Only an arbiter decides this. Ask one to do it."),
    "own-request": _l("Somebody else has to answer your own request."),
    "own-refusal": _l("You refused this yourself. Another arbiter has to decide."),
    "not-security-officer": _l("Only a security officer can do this. Ask one to do it."),
    "not-duty-officer": _l("Only a duty officer or an administrator can do this. Ask one to do it."),
    "not-on-duty": _l("Only a duty officer can do this. Call the one who is on duty."),
    "not-auditor": _l("Only auditors and security officers read the log. Your own part of it is under “My log”."),
    "quarantined": _l("This is under quarantine. Nothing can be done with it until a security officer lifts that."),
    "not-tasked": _l("Only those who act for the unit that was asked, and lessons officers, can do this."),
    "not-lessons-officer": _l("Only a lessons officer can do this. Ask one to do it."),
    "not-your-comment": _l("Only whoever wrote a comment changes its words. You can answer it."),
    "not-live": _l("This is not published, so it cannot be used yet."),
    "leave-to-read": _l("You have leave to read this, not to change it. Tell those who keep it what you would change."),
    "passage-not-shared": _l("This passage is not shared with you, so you cannot do this. Ask for access first."),
    "keeps-it": _l("You keep this yourself. Decide about it as its keepers do, or ask another steward."),
    "asked-yourself": _l("You asked for this yourself. A second person has to look at it: ask another steward."),
    "older-words-held": _l(
        "This older text holds words that are held back now. The newest text has all that you may read."
    ),
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
        if not names.get(rest):
            return _l("A closed group keeps it, and you act for it today.")
        return _l("%(group)s keeps it, and you act for that unit today.", group=names[rest])
    if kind == "person":
        return _l("It is shared with you by name, or you wrote it.")
    if kind == "quarantine":
        return _l("It is under quarantine, and you are a security officer.")
    return _l("Somebody gave you leave to read it for a time.")


def broke_glass(until: str) -> Any:
    """Why whoever broke the glass may read, until a moment in words."""
    return _l("You broke the glass; you can read it until %(until)s.", until=until)


def opened_by_glass(who: str, day: str) -> Any:
    """Why somebody who broke the glass may read, for those who look at the page as they see it."""
    return _l("They can read it: opened by break-glass by %(who)s on %(day)s.", who=who, day=day)


NOT_SHARED = _l("They cannot read it: it is not shared with them.")
CANNOT_TELL = _l(
    "We cannot tell. A closed group, or people who wrote it without being named, can read this too, and who they are"
    " is told to nobody else. What we know of is not shared with them."
)


def why_somebody_reads(label: str, groups: dict[str, str]) -> Any:
    """Why somebody else may read: the sentence for the label that their key opened. `groups` are names by id."""
    kind, _, rest = label.partition(":")
    if kind == "service":
        return _l("They can read it: it is shared with the whole service, and they are in it.")
    if kind == "group":
        return _l("They can read it: it is shared with %(group)s, and they belong to it today.", group=groups[rest])
    if kind == "lead":
        return _l("They can read it: %(group)s keeps it, and they act for that unit today.", group=groups[rest])
    if kind == "person":
        return _l("They can read it: it is shared with them by name, or they wrote it.")
    if kind == "quarantine":
        return _l("They can read it: it is under quarantine, and they are a security officer.")
    return _l("They can read it: somebody gave them leave to read it for a time.")
