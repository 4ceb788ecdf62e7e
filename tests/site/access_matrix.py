"""The table of who may do what with what: computed from the rules, written to `access_matrix.txt`, read by people.

`python -m tests.site.access_matrix` writes the file anew. A test compares it with the rules of today.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from wiki.access import policy
from wiki.access.policy import Action, Item, Role, Viewer, effective_labels, may

FILE = Path(__file__).with_name("access_matrix.txt")
OWNER, OTHER = "lisbon", "bridge"
HELD = (f"group:{OTHER}",)


def _viewer(name: str, *keys: str, roles: tuple[Role, ...] = (), staff: bool = True) -> Viewer:
    own = {f"person:{name}", *keys} | ({policy.SERVICE} if staff else set())
    # As `wiki.people.viewer` gives keys: security officers alone hold that of the quarantine.
    if Role.SECURITY_OFFICER in roles:
        own.add(policy.QUARANTINE)
    return Viewer(1, name, name, frozenset(own), frozenset(roles), staff)


# Everybody stands outside the audience of what is held back, unless it says otherwise.
PERSONS: dict[str, Viewer | None] = {
    "nobody": None,
    "guest outside": _viewer("guest", staff=False),
    "guest inside": _viewer("guest", f"group:{OTHER}", staff=False),
    "staff outside": _viewer("staff"),
    "staff inside": _viewer("staff", f"group:{OTHER}"),
    "with leave to read": _viewer("staff", "doc:d1"),
    "steward with leave": _viewer("staff", "doc:d1", roles=(Role.STEWARD,)),
    "owner’s member": _viewer("staff", f"group:{OWNER}"),
    "owner’s lead": _viewer("staff", f"group:{OWNER}", f"lead:{OWNER}"),
    "lead elsewhere": _viewer("staff", "group:jakarta", "lead:jakarta"),
    "author": _viewer("author"),
    **{f"{role.value} outside": _viewer("staff", roles=(role,)) for role in Role},
    **{f"{role.value} inside": _viewer("staff", f"group:{OTHER}", roles=(role,)) for role in Role},
}


def _item(kind: str, status: str, audience: tuple[str, ...] = (policy.SERVICE,), *, quarantined: bool = False) -> Item:
    labels = effective_labels(
        public_id="d1", status=status, audience=audience, owner=OWNER, authors=["author"], quarantined=quarantined
    )
    return Item(kind, status, labels, OWNER, frozenset({"author"}))


# Whether others find a notice of what is held back is no matter of these rules: outside they answer “absent” alike.
ITEMS: dict[str, Item | None] = {
    "no item": None,
    "open page": _item("page", "published"),
    "draft of a page": _item("page", "draft"),
    "page in the bin": _item("page", "binned"),
    "held page (notice or hidden)": _item("page", "published", HELD),
    "page under quarantine": _item("page", "published", quarantined=True),
    "open guideline in force": _item("guideline", "in-force"),
    "held guideline in force": _item("guideline", "in-force", HELD),
    "draft of a guideline": _item("guideline", "draft"),
    "superseded guideline": _item("guideline", "superseded"),
    "open playbook": _item("playbook", "published"),
    "observed lesson": _item("lesson", "observed"),
    "held lesson": _item("lesson", "observed", HELD),
    "identified lesson": _item("lesson", "identified"),
    "open module": _item("module", "published"),
    "draft of a module": _item("module", "draft"),
    "open track": _item("track", "published"),
}

# What is done with a document; everything else is asked without one, in the first block.
WITH_ITEMS = (
    "document",
    "comment",
    "keys",
    "guideline",
    "lesson",
    "playbook",
    "training",
    "hold",
    "quarantine",
    "glass",
)
# One sign for each reason: capitals and + are yes, small letters and . are no.
SIGNS = {
    "signed-in": "+", "staff": "S", "reader": "R", "author": "A", "lead": "L", "unit": "U", "answers": "W",
    "steward": "T", "approver": "P", "lessons-officer": "O", "arbiter": "J", "security-officer": "Q",
    "duty-officer": "D", "administrator": "M", "auditor": "G",
    "absent": ".", "signed-out": "?", "guest": "g", "not-keeper": "k", "not-unit": "u", "leave-to-read": "l",
    "binned": "b", "not-live": "v", "quarantined": "q", "not-approver": "p", "not-lessons-officer": "o",
    "not-steward": "t", "not-administrator": "m", "not-arbiter": "j", "not-security-officer": "s",
    "not-on-duty": "y", "not-duty-officer": "d", "not-auditor": "a", "not-teller": "n",
    "not-exempter": "x",
}  # fmt: skip


def table() -> str:
    """The whole table: a block for each state of things, a line for each action, a column for each person."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "Who may do what, by the state of what it is done with: the answers of wiki/access/policy.py."
    yield "Made by `python -m tests.site.access_matrix`; do not edit. “Inside” and “outside” are of the audience it is"
    yield "held for. The owner of everything is one unit; “elsewhere” is another one. A notice or nothing to be found:"
    yield "the rules answer “absent” alike, and what is found then is held to by the twin worlds."
    yield ""
    yield "Signs: capitals and “+” are yes with its reason, small letters, “.” and “?” are no."
    yield from _in_columns([f"{sign} {reason}" for reason, sign in SIGNS.items()], 4)
    yield ""
    yield "Persons:"
    yield from _in_columns([f"{code} {name}" for name, code in _codes().items()], 3)
    for name, item in ITEMS.items():
        yield ""
        yield f"## {name}"
        yield f"{'':<25}{' '.join(_codes().values())}"
        yield from (_row(action, item) for action in Action if item is None or action.split(":")[0] in WITH_ITEMS)


def _row(action: Action, item: Item | None) -> str:
    signs = (SIGNS[may(viewer, action, item).reason] for viewer in PERSONS.values())
    return f"{action.value:<25}{'  '.join(signs)}"


def _codes() -> dict[str, str]:
    """Two letters for each person: the first two of a role’s words, capital where they are inside."""
    short = {
        "nobody": "no", "guest outside": "gu", "guest inside": "GU", "staff outside": "st", "staff inside": "ST",
        "with leave to read": "lv", "steward with leave": "sv",
        "owner’s member": "me", "owner’s lead": "le", "lead elsewhere": "el",
        "author": "au",
    }  # fmt: skip
    letters = {
        Role.MENTOR: "mn", Role.COACH: "co", Role.TRAINER: "tr", Role.APPROVER: "ap", Role.LESSONS_OFFICER: "lo",
        Role.STEWARD: "sw", Role.ARBITER: "ar", Role.DUTY_OFFICER: "du", Role.SECURITY_OFFICER: "se",
        Role.AUDITOR: "ad", Role.ADMINISTRATOR: "am",
    }  # fmt: skip
    short |= {f"{role.value} outside": code for role, code in letters.items()}
    short |= {f"{role.value} inside": code.upper() for role, code in letters.items()}
    assert list(short) == list(PERSONS)
    return short


def _in_columns(words: list[str], number: int) -> Iterator[str]:
    for start in range(0, len(words), number):
        yield "  " + "".join(f"{word:<26}" for word in words[start : start + number]).rstrip()


def summary() -> str:
    """One line for the log of a check: how much was computed, and how often the answer is yes."""
    answers = [
        bool(may(viewer, action, item)) for viewer in PERSONS.values() for action in Action for item in ITEMS.values()
    ]
    return (
        f"access matrix: {len(PERSONS)} persons × {len(Action)} actions × {len(ITEMS)} states ="
        f" {len(answers)} answers, {sum(answers)} of them yes"
    )


if __name__ == "__main__":
    FILE.write_text(table(), encoding="utf-8")
    print(summary())
