"""The words for people that lessons are sorted by."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

NATURES: dict[str, Any] = {
    "failure": _l("Something went wrong"),
    "near-miss": _l("A near miss"),
    "good-practice": _l("Good practice"),
    "surprise": _l("A surprise"),
}
HARMS: dict[int, Any] = {
    1: _l("No harm"),
    2: _l("Little harm"),
    3: _l("Some harm"),
    4: _l("Much harm"),
    5: _l("Severe harm"),
}
STATES: dict[str, Any] = {
    "draft": _l("Draft"),
    "observed": _l("Recorded"),
    "identified": _l("Identified"),
    "in-action": _l("In action"),
    "learned": _l("Practice changed"),
    "confirmed": _l("Confirmed"),
    "shared-only": _l("Shared only"),
    "merged": _l("Merged"),
    "declined": _l("Not taken up"),
    "obsolete": _l("No longer holds"),
}
CAUSES: dict[str, Any] = {
    "no-second-look": _l("Nobody looked twice"),
    "unclear-rule": _l("The rule was unclear or missing"),
    "not-known": _l("The rule was not known"),
    "time-pressure": _l("There was too little time"),
    "tool": _l("The tool or the platform"),
    "hand-over": _l("The hand-over"),
    "who-decides": _l("Nobody knew who decides"),
    "language": _l("Language or local customs"),
    "outside": _l("Something outside our hands"),
}
ACTIVITIES: dict[str, Any] = {
    "posting": _l("Posting"),
    "answering": _l("Answering comments and messages"),
    "campaign": _l("A campaign"),
    "event": _l("An event or a visit"),
    "media": _l("Work with the press"),
    "consular": _l("Consular help"),
    "accounts": _l("Looking after accounts"),
    "advertising": _l("Paid promotion"),
    "monitoring": _l("Watching what is said"),
    "training": _l("Training and exercises"),
}
BOXES: dict[str, Any] = {
    "happened": _l("What happened?"),
    "intended": _l("What did you intend or expect?"),
    "title": _l("What should the next person do?"),
    "sense": _l("Why did it make sense at the time?"),
    "conclusion": _l("What do you conclude?"),
    "recommended": _l("What do you recommend?"),
    "rest": _l("What else stands in the text"),
}
