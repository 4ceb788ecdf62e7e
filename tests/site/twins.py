"""Two worlds: A without and B with what is held back. Whoever is outside must not be able to tell them apart.

Every field of what is held back holds a canary, a word that stands nowhere else. The stub is in both worlds with the
same released fields; everything behind it differs, in content and in size.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import event, select

from tests.people import LONG_AGO, World, email
from wiki import db
from wiki.access.policy import Viewer
from wiki.documents import file_views, files, operations, sharing_views, texts
from wiki.documents.models import Document, Term
from wiki.documents.operations import Facts
from wiki.documents.sharing import Sharing
from wiki.people.models import Group, Membership, Person, SignIn, new_public_id
from wiki.people.viewer import today

OUTSIDERS = ("oskar", "gita", "ada", "ines", "marek", None)
INSIDERS = ("leila", "bruno")

# Every canary begins with this; nothing else in any world does.
CANARY = "zqx"
FIELDS = (
    "title", "body", "heading", "purpose", "tag", "platform", "topic", "slug", "filename", "filetext", "oldtext",
    "note", "releasetitle", "shareline", "linktarget", "groupname", "groupid", "drafttitle", "draftbody", "bintitle",
    "binbody",
    "guidetitle", "guidebody", "grantwhy", "stubbody", "stubtitle", "stubtag", "stubfile", "stubold", "stubheading",
    "childtitle", "childbody",
)  # fmt: skip
CANARIES = {name: f"{CANARY}{name}" for name in FIELDS}
SLUGS = (
    "welcome", "handbook", "bridge-plan", "wrong-bridge", "moving", "posting-in-a-crisis", "shared-rule",
    CANARIES["slug"], CANARIES["slug"] + "-child", CANARIES["drafttitle"], CANARIES["bintitle"],
    CANARIES["guidetitle"], "nothing-here",
)  # fmt: skip
FILES = ("plan.txt", CANARIES["filename"] + ".txt", CANARIES["stubfile"] + ".txt")


@contextmanager
def a_stopped_clock() -> Iterator[None]:
    """The worlds are made and visited one after the other, but at the same moment."""
    moment = datetime.now(UTC)
    with patch.object(db, "now", lambda: moment):
        yield


@contextmanager
def the_same_ids_in_both_worlds() -> Iterator[None]:
    """Public ids are random in life. Here they follow from what they are of, so that the worlds can be compared."""

    def named(target: Any, args: Any, kwargs: dict[str, Any]) -> None:
        seed = kwargs.get("email") or f"{kwargs.get('slug')} {kwargs.get('owner_id')} {kwargs.get('person_id')}"
        digest = hashlib.sha256(f"{type(target).__name__}{seed}".encode()).hexdigest()
        kwargs["public_id"] = digest[: len(new_public_id())]

    for table in (Person, Document, SignIn):
        event.listen(table, "init", named, propagate=True)
    try:
        yield
    finally:
        for table in (Person, Document, SignIn):
            event.remove(table, "init", named)


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
    world.write("Handbook", "## Part one\n\nOpen words, again of the bridge.", terms={"topic": ["crisis"]})
    for_the_task_force = Sharing(
        ("group:bridge", "group:lisbon"), "stub", "Plans", "Plans exist.", "negotiation", soon()
    )
    world.write("Bridge plan", "For the task force.", sharing=for_the_task_force)
    guideline = {"kind": "guideline", "by": "ines", "owner": "digital", "status": "in-force"}
    world.write("Posting in a crisis", "::: sixty-seconds\nStop the queue.\n:::\n\n## First hour\n\nx", **guideline)
    if held:
        # Links from what is held back to what is open must show on no open page.
        links = f"[[welcome]] [[handbook]] [[guideline:posting-in-a-crisis]] {CANARIES['linktarget']}"
        _write(world, "Linking", links, Sharing(("group:consular",), "hidden", reason="source", until=soon()))
    world.settle()


def soon() -> date:
    return today() + timedelta(days=60)


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
    _write(world, CANARIES["guidetitle"], CANARIES["guidebody"], hidden, kind="guideline", status="in-force")
    viewer = world.viewer("leila")
    with world.app.app_context(), db.system_session(writing=True) as session:
        operations.bin_document(session, session.get_one(Document, binned), by=viewer)
        document = session.get_one(Document, above)
        sharing_views.give(session, document, viewer.person, _later(), by=viewer.person, why=CANARIES["grantwhy"])


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
    # Blocks get a random id when they are first saved.
    re.compile(r"(b-)[0-9a-z]{4,}"),
    # Tokens against forged posts and keys against double posts are random for each form.
    re.compile(r'(name="(?:csrf_token|key)"[^>]*value=")[^"]*'),
    re.compile(r'(value=")[^"]*("[^>]*name="(?:csrf_token|key)")'),
    re.compile(r"(saved=)[\w-]+"),
    # The worlds were made one after the other; the day is compared, the second is not.
    re.compile(r"(datetime=[\"']\d{4}-\d\d-\d\d)T[^\"']*"),
    re.compile(r"(data-saved-draft=\")[^\"]*"),
)


def masked(text: str) -> str:
    """A page without what is random in every answer."""
    for mask in _MASKS:
        text = mask.sub(
            lambda found: found[1] + "…" + (found[2] if found.lastindex and found.lastindex > 1 else ""), text
        )
    return text
