"""Two worlds: A without and B with what is held back. Whoever is outside must not be able to tell them apart.

Every field of what is held back holds a canary, a word that stands nowhere else. The stub is in both worlds with the
same released fields; everything behind it differs, in content and in size.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from flask import current_app
from sqlalchemy import event, select

from guidelines.guides import numbers, settling
from guidelines.guides.models import Guideline
from guidelines.lessons.acting.models import LessonAction, LessonRecheck
from guidelines.loop import Proposal
from guidelines.playbooks.models import Run
from tests.people import LONG_AGO, World, email
from tests.site import twin_keeping, twin_kinds, twin_opened, twin_pairs, twin_platforms, twin_rules
from tests.site.canaries import CANARY, id_of, soon
from wiki import clocks, db
from wiki.access.models import AccessGrant, AccessRequest, Alarm, Quarantine, SpillReport
from wiki.access.policy import Viewer
from wiki.documents import comments, file_views, files, leave, operations, texts
from wiki.documents.models import Comment, Document, DocumentLabel, Passage, Term
from wiki.documents.operations import Facts
from wiki.documents.sharing import Sharing
from wiki.holding.models import StewardQuestion
from wiki.notices.models import Notice
from wiki.people.models import Group, Membership, Person, SignIn

OUTSIDERS = ("oskar", "gita", "ada", "ines", "marek", *twin_pairs.OFFICERS, None)
INSIDERS = ("leila", "bruno")
# Pages that are made to tell somebody of what is held back, in numbers, codes and ids. Even there no canary stands.
# A steward is told how much each unit holds back; an auditor and a security officer, that something was done.
MAY_DIFFER = {"ines": {"/sharing-health"}, "aude": {"/log"}, "selma": {"/log"}}

FIELDS = (
    "title", "body", "heading", "purpose", "tag", "slug", "filename", "filetext", "oldtext",
    "note", "releasetitle", "shareline", "linktarget", "groupname", "groupid", "drafttitle", "draftbody", "bintitle",
    "binbody",
    "guidetitle", "guidebody", "grantwhy", "stubbody", "stubtitle", "stubtag", "stubfile", "stubold", "stubheading",
    "childtitle", "childbody", "commentbody", "answerbody", "settledwords",
)  # fmt: skip
CANARIES = {name: f"{CANARY}{name}" for name in FIELDS}
CANARIES |= twin_kinds.HELD_CANARIES | twin_pairs.HELD_CANARIES | twin_opened.HELD_CANARIES | twin_rules.HELD_CANARIES
CANARIES |= twin_keeping.HELD_CANARIES
PAGES = (
    "welcome", "handbook", "bridge-plan", "wrong-bridge", "moving", CANARIES["slug"], CANARIES["slug"] + "-child",
    CANARIES["drafttitle"], CANARIES["bintitle"], *twin_pairs.PAGES, *twin_opened.PAGES, "nothing-here",
)  # fmt: skip
GUIDELINES = (
    twin_rules.OPEN, "shared-rule", CANARIES["guidetitle"], twin_rules.MERGED, *twin_pairs.GUIDELINES, "nothing-here",
)  # fmt: skip
FILES = ("plan.txt", CANARIES["filename"] + ".txt", CANARIES["stubfile"] + ".txt")


@contextmanager
def a_stopped_clock() -> Iterator[None]:
    """The worlds are made and visited one after the other, but at the same moment."""
    moment = datetime.now(UTC)
    # Columns hold the clock itself, so it is stopped from within.
    with patch.object(db, "datetime", SimpleNamespace(now=lambda zone: moment)):
        yield


@contextmanager
def the_same_ids_in_both_worlds() -> Iterator[None]:
    """Public ids are random in life. Here they follow from what they are of, so that the worlds can be compared."""

    def named(target: Any, args: Any, kwargs: dict[str, Any]) -> None:
        kwargs["public_id"] = id_of(type(target), seed_of(type(target), kwargs))

    for table in NAMED_BY:
        event.listen(table, "init", named, propagate=True)
    try:
        # So do the numbers of guidelines.
        passages = patch.object(db, "new_public_id", _id_of_the_next_passage)
        with passages, patch.object(numbers, "draw", twin_rules.drawn):
            yield
    finally:
        for table in NAMED_BY:
            event.remove(table, "init", named)


# The columns that tell the rows of a table apart, and have the same values in both worlds.
NAMED_BY: dict[type[Any], tuple[str, ...]] = {
    Person: ("email",),
    Document: ("slug", "owner_id", "person_id"),
    SignIn: ("slug", "owner_id", "person_id"),
    Comment: ("body",),
    Run: ("words", "idempotency_key"),
    AccessGrant: ("document", "person_id", "sort", "why"),
    AccessRequest: ("target", "person_id"),
    Notice: ("person_id", "once"),
    Quarantine: ("set_by_id", "why"),
    SpillReport: ("person_id", "words"),
    Alarm: ("code", "person_id", "window"),
    StewardQuestion: ("sort", "target", "words"),
    LessonAction: ("what",),
    LessonRecheck: ("words",),
    Proposal: ("words",),
}


def seed_of(table: type[Any], values: dict[str, Any]) -> str:
    """What the public id of a row follows from."""
    columns = next(columns for base, columns in NAMED_BY.items() if issubclass(table, base))
    return " ".join(str(values.get(column)) for column in columns)


def _id_of_the_next_passage() -> str:
    """A passage gets its id while its text is read: both worlds read the same number of them, in the same order."""
    counted = current_app.extensions.setdefault("passages_of_the_twins", itertools.count())
    return id_of(Passage, str(next(counted)))


def furnish(world: World, *, held: bool) -> None:
    """Fill a world. What is held back is written between the common papers, not after them."""
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add_all(
            Term(vocabulary=vocabulary, slug=slug, name=name)
            for vocabulary, slug, name in (
                ("platform", "x", "X"),
                ("topic", "crisis", "Crisis"),
                ("topic", "travel", "Travel"),
            )
        )
    world.write(
        "Welcome", "Open words about [[handbook]] and [[nothing-here]] and the bridge.", terms={"tag": ["start"]}
    )
    if held:
        _hold_back(world)
    _stub(world, held=held)
    world.write(
        "Handbook", "## Part one\n\nOpen words, again of the bridge. " + twin_kinds.RARE, terms={"topic": ["crisis"]}
    )
    for_the_task_force = Sharing(
        ("group:bridge", "group:lisbon"), "stub", "Plans", "Plans exist.", "negotiation", soon()
    )
    world.write("Bridge plan", "For the task force.", sharing=for_the_task_force)
    guideline = {"kind": "guideline", "by": "ines", "owner": "digital", "status": "in-force"}
    world.write("Posting in a crisis", "::: sixty-seconds\nStop the queue.\n:::\n\n## First hour\n\nx", **guideline)
    if held:
        # Links from what is held back to what is open must show on no open page.
        links = f"[[welcome]] [[handbook]] [[guideline:posting-in-a-crisis]] {CANARIES['linktarget']}"
        hidden = (CANARIES["guidetitle"], CANARIES["slug"])
        twin_keeping.hold_back(world, *hidden, "posting-in-a-crisis")
        _write(world, "Linking", links, Sharing(("group:consular",), "hidden", reason="source", until=soon()))
    twin_kinds.furnish(world, held=held)
    twin_platforms.furnish(world)
    twin_pairs.furnish(world, held=held)
    twin_opened.furnish(world, held=held)
    twin_rules.furnish(world, CANARIES["guidetitle"] if held else None)
    twin_pairs.agreed_to(world)
    _talk_in_the_open(world)
    twin_rules.print_booklets(world, CANARIES["guidetitle"] if held else None)
    with world.app.app_context():
        # Whatever is due by now is done, and no request does it later.
        clocks.run_now_and_then()
    world.settle()


def _talk_in_the_open(world: World) -> None:
    """A question and an answer under a paper of each kind that everybody reads."""
    open_to_all = select(DocumentLabel.document_id).where(DocumentLabel.label == "service")
    with world.app.app_context(), db.system_session() as session:
        found = session.execute(select(Document.kind, Document.id).where(Document.id.in_(open_to_all))).all()
    for kind, number in sorted(dict(sorted(found, reverse=True)).items()):
        _say(world, number, "tomas", f"A question about a {kind}, see [[welcome]].", f"An open answer on a {kind}.")


def _say(world: World, document: int, who: str, question: str, answer: str) -> None:
    """A question by somebody, and Leila's answer."""
    asks, answers = world.viewer(who), world.viewer("leila")
    with world.app.app_context(), db.system_session(writing=True) as session:
        about = session.get_one(Document, document)
        thread = comments.say(session, about, comments.prepare(question), by=asks)
        comments.say(session, about, comments.prepare(answer), by=answers, thread=thread)


# Where the question under the paper that is held back lives.
COMMENT = id_of(Comment, CANARIES["commentbody"])


def _hold_back(world: World) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(Group(id=CANARIES["groupid"], name=CANARIES["groupname"], type="task-force", is_hidden=True))
        leila = session.scalars(select(Person).where(Person.email == email("leila"))).one()
        session.flush()
        session.add(Membership(person_id=leila.id, group_id=CANARIES["groupid"], rank="lead", starts_on=LONG_AGO))
    hidden = Sharing(
        ("group:consular", f"group:{CANARIES['groupid']}"),
        "hidden",
        CANARIES["releasetitle"],
        CANARIES["shareline"],
        "source",
        soon(),
    )
    heading = f"## {CANARIES['heading']}\n\nx [[{CANARIES['linktarget']}]]"
    body = f"{CANARIES['body']} of the bridge, crisis, open words.\n\n{heading}"
    terms = {"tag": [CANARIES["tag"], "start"], "platform": ["x"], "topic": ["crisis", "travel"]}
    above = _write(world, CANARIES["title"], body, hidden, slug=CANARIES["slug"], terms=terms,
                   file=CANARIES["filename"], old=CANARIES["oldtext"], purpose=CANARIES["purpose"],
                   note=CANARIES["note"])  # fmt: skip
    _write(world, CANARIES["childtitle"], CANARIES["childbody"], hidden, slug=CANARIES["slug"] + "-child", parent=above)
    _write(world, CANARIES["drafttitle"], CANARIES["draftbody"], Sharing(), status="draft")
    binned = _write(world, CANARIES["bintitle"], CANARIES["binbody"], Sharing())
    about = {"topic": ["crisis"], "platform": ["x"]}
    guide = _write(world, CANARIES["guidetitle"], CANARIES["guidebody"], hidden, kind="guideline", status="in-force",
                   terms=about)  # fmt: skip
    # Bruno says nothing anywhere else, so his name as one who talks would tell of it.
    _say(world, above, "bruno", CANARIES["commentbody"], f"{CANARIES['answerbody']} [[welcome]]")
    viewer = world.viewer("leila")
    with world.app.app_context(), db.system_session(writing=True) as session:
        operations.bin_document(session, session.get_one(Document, binned), by=viewer)
        gap = {"yes": False, "anchor": "", "words": CANARIES["settledwords"], "revision": None}
        settling.settle(session, session.get_one(Guideline, guide), **gap, by=viewer)
        document = session.get_one(Document, above)
        leave.give(session, document.public_id, viewer.person, _later(), by=viewer.person, why=CANARIES["grantwhy"])


def _later() -> datetime:
    return datetime.now(UTC) + timedelta(days=20)


def _stub(world: World, *, held: bool) -> None:
    """The same stub in both worlds; behind it a short plain text in A, a long one full of canaries in B."""
    sharing = Sharing(
        ("group:consular",),
        "stub",
        "The photograph of the bridge",
        "A wrong picture was shared. Ask us.",
        "negotiation",
        soon(),
    )
    if not held:
        _write(world, "Wrong", "Short.", sharing, slug="wrong-bridge", terms={"topic": ["crisis"]})
        return
    body = f"{CANARIES['stubbody']} bridge open words {'long ' * 400}\n\n## {CANARIES['stubheading']}\n\nx [[welcome]]"
    terms = {"topic": ["crisis"], "tag": [CANARIES["stubtag"], "start"], "platform": ["x"]}
    _write(world, CANARIES["stubtitle"], body, sharing, slug="wrong-bridge", terms=terms, file=CANARIES["stubfile"],
           old=CANARIES["stubold"])  # fmt: skip


def _write(
    world: World,
    title: str,
    body: str,
    sharing: Sharing,
    *,
    slug: str | None = None,
    kind: str = "page",
    status: str = "published",
    terms: dict[str, list[str]] | None = None,
    parent: int | None = None,
    file: str | None = None,
    old: str | None = None,
    purpose: str = "",
    note: str = "",
) -> int:
    leila = world.viewer("leila")
    with world.app.app_context():
        prepared = [texts.prepare(title, text) for text in ([old, body] if old else [body])]
        with db.system_session(writing=True) as session:
            facts = Facts("consular", parent=parent, terms=terms or {}, columns={"purpose": purpose})
            document = operations.draft(session, kind, prepared[0], facts, sharing, by=leila, slug=slug or title)
            for text in prepared[1:]:
                operations.revise(session, document, text, base=document.working, by=leila, note=note)
            if status != "draft":
                operations.publish(session, document, by=None, status=status)
            if file is not None:
                _attach(world, document, file, leila)
            return document.id


def _attach(world: World, document: Document, name: str, by: Viewer) -> None:
    checked = files.check(f"{name}.txt", io.BytesIO(CANARIES["filetext"].encode()), limit=1000)
    sha256 = world.app.extensions["chancery_files"].put(checked.content)
    file_views.attach(db.session(), document, checked, sha256, by=by.person)


_MASKS = (
    # Tokens against forged posts and keys against double posts are random for each form.
    re.compile(r'(name="(?:csrf_token|key|started)"[^>]*value=")[^"]*'),
    re.compile(r'(value=")[^"]*("[^>]*name="(?:csrf_token|key)")'),
    re.compile(r"(/lessons/drafts/)[\w-]{22}"),
    # Blocks get a random id when they are first saved.
    re.compile(r"(\bb-)[0-9a-z]{4,}"),
    re.compile(r"(saved=)[\w-]+"),
    # The worlds were made one after the other; the day is compared, the second is not.
    re.compile(r"(datetime=[\"']\d{4}-\d\d-\d\d)T[^\"']*"),
    re.compile(r"(data-saved-draft=\")[^\"]*"),
    # Somebody at work on the look may build it anew between two visits.
    re.compile(r"(/static/app-)[0-9A-Za-z]+"),
)


def masked(text: str) -> str:
    """A page without what is random in every answer."""
    for mask in _MASKS:
        text = mask.sub(
            lambda found: found[1] + "…" + (found[2] if found.lastindex and found.lastindex > 1 else ""), text
        )
    return text
