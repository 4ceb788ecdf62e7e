"""The log in words: a sentence for each event, names for its details."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from flask import current_app
from flask_babel import format_date, format_datetime, gettext as _, lazy_gettext as _l

from wiki.documents.sharing import REASONS
from wiki.people.words import ROLES

# Events whose code is not here are shown by their code.
EVENTS: dict[str, Any] = {
    "document:read": _l("Opened something held back"),
    "document:view-as": _l("Looked at it as somebody else sees it"),
    "document:share": _l("Changed who can read it"),
    "document:publish": _l("Published it for its readers"),
    "document:grant": _l("Gave one person leave to read"),
    "document:withdraw-grant": _l("Took leave to read back"),
    "document:bin": _l("Put it in the bin"),
    "document:restore": _l("Took it out of the bin"),
    "comment:withdraw": _l("Withdrew a comment"),
    "access:ask": _l("Asked for access"),
    "access:grant": _l("Granted a request for access"),
    "access:refuse": _l("Refused a request for access"),
    "access:lapse": _l("Nobody answered a request in time, so access was given"),
    "access:escalate": _l("Nobody answered a request in time, so it went further"),
    "access:appeal": _l("Appealed against a refusal"),
    "access:decide": _l("Decided an appeal"),
    "access:withdraw": _l("Took a request for access back"),
    "access:urgent": _l("Made a request for access urgent"),
    "access:wait": _l("A request for access waits for the end of an embargo"),
    "access:settle": _l("A request for access was no longer needed"),
    "document:grant-ended": _l("Leave to read ended with a membership"),
    "document:authors": _l("Changed who its authors are"),
    "hold:opened": _l("Its time came, and it was opened"),
    "hold:review": _l("Its time came, and it waits to be reviewed"),
    "hold:review-renewed": _l("Held it back for longer, as its keepers did not look at it"),
    "hold:review-opens": _l("Let it open in a week, as its keepers did not look at it"),
    "hold:renew": _l("Held it back for longer"),
    "hold:stop": _l("Stopped its opening"),
    "hold:open": _l("Opened it"),
    "hold:opens-later": _l("Its time came, and it stays held back for a while longer"),
    "hidden:ask-again": _l("Asked again that it be hidden"),
    "hidden:became-notice": _l("It is hidden no longer: others find a notice"),
    "hidden:approve": _l("Approved that it is hidden"),
    "hidden:refuse": _l("Refused that it is hidden"),
    "passage:hold": _l("Held a passage back"),
    "passage:change": _l("Changed who can read a passage"),
    "passage:renew": _l("Held a passage back for longer"),
    "passage:open": _l("Opened a passage"),
    "passage:opened": _l("Its time came, and it was opened"),
    "document:opened": _l("Its time came, and it was opened"),
    "hold:renewal-asked": _l("Asked a steward to hold it back once more"),
    "group.working-days": _l("Changed the working days of a group"),
    "passage:remove": _l("Removed a held passage"),
    "passage:repeated-anyway": _l("Saved words that repeat something held back, after a warning"),
    "lesson:confirm": _l("Confirmed a lesson"),
    "lesson:disown": _l("Did not confirm a lesson"),
    "lesson:identify": _l("Validated a lesson"),
    "lesson:identified": _l("Validated a lesson"),
    "lesson:observed": _l("Opened a lesson again"),
    "lesson:in-action": _l("A lesson came in action"),
    "lesson:learned": _l("Said that a lesson is learned"),
    "lesson:confirmed": _l("Confirmed that it did not happen again"),
    "lesson:shared-only": _l("Shared a lesson only"),
    "lesson:merged": _l("Merged a lesson into another one"),
    "lesson:declined": _l("Did not take up a lesson"),
    "lesson:obsolete": _l("A lesson no longer holds"),
    "lesson:obsolete-on": _l("Set a day from which a lesson no longer holds"),
    "lesson:task": _l("Asked a unit to act on a lesson"),
    "lesson:task-dropped": _l("No longer asked a unit to act on a lesson"),
    "lesson:proposal-declined": _l("Did not take up a change that a lesson proposed"),
    "playbook:start": _l("Began to work through a playbook"),
    "playbook:end": _l("Ended the work through a playbook"),
    "playbook:reopen": _l("Went on with a playbook"),
    "crisis:declare": _l("Declared a crisis"),
    "crisis:change": _l("Changed what is told of a crisis"),
    "crisis:end": _l("Ended a crisis"),
    "guideline:asked": _l("Asked that a version come in force"),
    "guideline:taken-back": _l("Took a version back that waited"),
    "guideline:sent-back": _l("Sent a version back"),
    "guideline:approved": _l("Approved a version for a day to come"),
    "guideline:wording": _l("Changed the wording of a guideline"),
    "guideline:consultation": _l("Put a draft up for comments"),
    "guideline:consulted": _l("The time for comments ended"),
    "guideline:suspended": _l("Suspended a guideline"),
    "guideline:resumed": _l("Let a guideline hold again"),
    "guideline:merged": _l("Merged a guideline into another one"),
    "guideline:notice": _l("Put a notice on top of a guideline"),
    "guideline:notice-ended": _l("Ended the notice on top of a guideline"),
    "guideline:exempt": _l("Granted an exception"),
    "guideline:exempt-ended": _l("Ended an exception"),
    "guideline:annex": _l("Added local notes to a guideline"),
    "guideline:annex-removed": _l("Took local notes off a guideline"),
    "guideline:annex-compared": _l("Said that local notes are still right"),
    "guideline:review": _l("Looked at sections of a guideline again"),
    "platform:keep": _l("Wrote down what is known of a platform"),
    "guideline:ask": _l("Asked readers about a guideline"),
    "guideline:ask-ended": _l("Stopped asking readers about a guideline"),
    "guideline:translate": _l("Linked two language versions"),
    "guideline:translate-ended": _l("Took two language versions apart"),
    "guideline:translate-follows": _l("Said that a language version is up to date"),
    "glass:break": _l("Broke the glass to read it"),
    "glass:attempt": _l("Tried to break the glass where nothing is"),
    "quarantine:set": _l("Put it under quarantine"),
    "quarantine:lift": _l("Lifted the quarantine"),
    "quarantine:attempt": _l("Tried to put something under quarantine where nothing is"),
    "spill:report": _l("Reported a spill"),
    "alarm:raise": _l("An alarm was raised"),
    "alarm:settle": _l("Settled an alarm"),
    "log:export": _l("Exported a part of the log"),
    "lesson:export": _l("Took a copy of lessons"),
    "guideline:export": _l("Took a copy of guidelines"),
    "person.signed-in": _l("Signed in"),
    "person.sign-ins-refused": _l("Attempts to sign in that were refused"),
    "person.signed-out": _l("Signed somebody out everywhere"),
    "person.added": _l("Added a person"),
    "person.changed": _l("Changed a person"),
    "person.renamed": _l("Changed a name"),
    "person.address-changed": _l("Changed an e-mail address"),
    "person.made-staff": _l("Made somebody staff"),
    "person.made-guest": _l("Made somebody a guest"),
    "person.invitation": _l("Made an invitation"),
    "person.reset": _l("Made a link for a new password"),
    "person.password-changed": _l("Chose a new password"),
    "person.disabled": _l("Suspended an account"),
    "person.enabled": _l("Let an account in again"),
    "group.added": _l("Added a group"),
    "group.changed": _l("Changed a group"),
    "group.renamed": _l("Renamed a group"),
    "group.placed": _l("Moved a group"),
    "group.joined": _l("Made somebody a member"),
    "group.left": _l("Ended a membership"),
    "group.membership-changed": _l("Changed a membership"),
    "role.given": _l("Gave a role"),
    "role.changed": _l("Changed the dates of a role"),
    "role.ended": _l("Ended a role"),
    "backup.restored": _l("Restored a backup"),
}
DETAILS: dict[str, Any] = {
    "person": _l("Person"),
    "role": _l("Role"),
    "rank": _l("Rank"),
    "starts": _l("From"),
    "ends": _l("To"),
    "until": _l("Until"),
    "before": _l("Readers before"),
    "after": _l("Readers after"),
    "audience": _l("Readers"),
    "discovery": _l("Others find"),
    "reason": _l("Reason"),
    "rows": _l("Rows"),
    "count": _l("How many"),
    "minutes": _l("In so many minutes"),
    "how": _l("How"),
    "columns": _l("What was changed"),
    "parent": _l("Part of"),
    "passage": _l("Passage"),
    "passages": _l("Passages"),
    "code": _l("Sort"),
    "sort": _l("Sort"),
    "refusal": _l("Refused because"),
    "staff": _l("Staff"),
    "grant": _l("Leave"),
    "quarantine": _l("Quarantine"),
    "request": _l("Request"),
}
ALARMS: dict[str, Any] = {
    "held-reads": _l("Opened much that is held back within an hour"),
    "owners": _l("Opened held-back papers of many units on one day"),
    "export": _l("Exported very much at once"),
    "leaving": _l("Opened much that is held back in the week before leaving a post or unit"),
    "probing": _l("Asked for much that is held back on one day"),
}
ALARM_DETAILS: dict[str, Any] = {
    "reads": _l("opened"),
    "owners": _l("units"),
    "rows": _l("rows"),
    "requests": _l("requests"),
    "attempts": _l("attempts"),
    "limit": _l("limit"),
}


_SORTS: dict[str, Any] = {
    "leave": _l("leave to read"),
    "dispute": _l("to decide a dispute about it"),
    "glass": _l("in an emergency, without asking"),
}
_HOW: dict[str, Any] = {"password": _l("with a password"), "link": _l("with a link")}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DISCOVERY: dict[str, Any] = {"open": _l("all of it"), "stub": _l("a short notice"), "hidden": _l("nothing")}


def value(name: str, raw: str) -> str:
    """A value of a detail in words: days, moments by the reader's clock, codes as they are called elsewhere."""
    try:
        if _DAY.fullmatch(raw):
            return str(format_date(date.fromisoformat(raw), _("d MMM y")))
        if "T" in raw:
            return str(format_datetime(datetime.fromisoformat(raw), _("d MMM y, HH:mm")))
    except ValueError:
        return raw
    known = {
        "discovery": _DISCOVERY,
        "role": ROLES,
        "code": ALARMS,
        "sort": _SORTS,
        "how": _HOW,
        # Words of packages beside this one.
        **current_app.extensions.get("chancery_log_words", {}),
        "reason": {code: reason.words for code, reason in REASONS.items()},
    }
    return str(known.get(name, {}).get(raw, raw))


def event(code: str) -> Any:
    """What an event was, in words."""
    return EVENTS.get(code, code)


def alarm(code: str) -> Any:
    """What an alarm is about, in words."""
    return ALARMS.get(code, code)


def counts(details: dict[str, Any]) -> str:
    """The counts of an alarm in a line."""
    # In an order of our own: a database may keep them in another one.
    return " · ".join(f"{said}: {details[name]}" for name, said in ALARM_DETAILS.items() if name in details)
