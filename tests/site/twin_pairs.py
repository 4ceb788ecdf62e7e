"""What the twin worlds hold in pairs: both have it, closed to outsiders, and what is behind it is not the same.

Outsiders have to do with it all the same: they asked for it, had leave to read it, were told of it, wrote it before it
was shut away, or stand in a group with somebody from a hidden one. None of that may tell them which world they are in.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from guidelines.guides.models import Guideline
from guidelines.lessons import operations as lessons, story
from guidelines.lessons.models import Attribution, Lesson, Nature
from tests.people import LONG_AGO, World, _enter
from tests.site.canaries import CANARY, soon
from training.tracks import modules_acts
from wiki import db
from wiki.access import audit
from wiki.access.models import AccessRequest, Alarm, Quarantine, RequestState, SpillReport
from wiki.access.policy import Role
from wiki.documents import comments, leave, operations, texts
from wiki.documents.models import Document, Passage
from wiki.documents.operations import Facts
from wiki.documents.sharing import Sharing
from wiki.notices.telling import tell
from wiki.people.models import Group, Membership, Person
from wiki.people.viewer import today
from wiki.security import quarantine

# Each holds one role; a role opens nothing.
OFFICERS = {
    "selma": Role.SECURITY_OFFICER,
    "aude": Role.AUDITOR,
    "arvo": Role.ARBITER,
    "dora": Role.DUTY_OFFICER,
}
# Who serves in a hidden post: Leila leads it, Bruno and Okello are there too.
CELL = "pair-cell"
KINDS = ("page", "guideline", "lesson", "playbook", "module", "track")
HELD = (
    "cellname", "pairtitle", "pairbody", "passagewords", "passageheading", "passageold",
    "passagecell", "askedwords",
)  # fmt: skip
HELD_CANARIES = {name: f"{CANARY}{name}" for name in HELD} | {
    f"passage{kind}": f"{CANARY}passage{kind}" for kind in KINDS
}
PAGES = (
    "hidden-pair", "old-pair", "child-of-the-pair", "links-to-the-pair", "bridge-notes", "paper-of-the-cell",
    "papers-of-oskar", "papers-for-some", "spill", "spill-draft", "with-passage-page",
)  # fmt: skip
GUIDELINES = ("rule-of-old", "hidden-rule", "with-passage-guideline")
# The things that outsiders might name in addresses: requests, quarantines, and what can be asked for.
REQUESTS: list[str] = []
QUARANTINES: list[str] = []
TARGETS: list[str] = []


def furnish(world: World, *, held: bool) -> None:
    """Fill a world with the pairs; `held` says which of the two it is."""
    _people(world, held=held)
    pair = _hidden_pair(world, held=held)
    _of_the_cell(world)
    for kind in KINDS:
        _with_passages(world, kind, held=held)
    _papers_of_oskar(world)
    _what_outsiders_had_to_do_with_it(world, pair, held=held)
    _note_addresses(world)


def agreed_to(world: World) -> None:
    """A steward agreed to all that is hidden but for the pairs: stewards look at what waits for them."""
    with world.app.app_context(), db.system_session(writing=True) as session:
        leila = _person(session, "leila").id
        old = (Document.discovery == "hidden", Document.slug.not_in(PAGES + GUIDELINES))
        agreed = {"hidden_approved_by_id": leila, "hidden_asked_at": None, "hidden_until": soon()}
        session.execute(update(Document).where(*old).values(agreed).execution_options(synchronize_session=False))


def _note_addresses(world: World) -> None:
    with world.app.app_context(), db.system_session() as session:
        REQUESTS[:] = session.scalars(select(AccessRequest.public_id).order_by(AccessRequest.id))
        QUARANTINES[:] = session.scalars(select(Quarantine.public_id).order_by(Quarantine.id))
        slugs = ("hidden-pair", "wrong-bridge", "spill", "papers-of-oskar", "with-passage-page", "with-passage-lesson")
        documents = select(Document.public_id).where(Document.slug.in_(slugs)).order_by(Document.slug)
        within = select(Passage.public_id).join(Document).where(Document.slug.in_(("with-passage-page", "hidden-pair")))
        TARGETS[:] = [*session.scalars(documents), *session.scalars(within.order_by(Passage.id))]


def _word(name: str, held: bool) -> str:
    """What stands in this place: a canary where it is held back, a word of another length where it is not."""
    return HELD_CANARIES[name] if held else "other"


def _people(world: World, *, held: bool) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        for who, role in OFFICERS.items():
            _enter(session, who, {"name": who.title(), "in": {}, "roles": [role]})
        session.add(Group(id=CELL, name=_word("cellname", held), type="post", parent_id="jakarta", is_hidden=True))
        session.flush()
        for who, rank in (("leila", "lead"), ("bruno", "member"), ("okello", "member")):
            person = _person(session, who)
            session.add(Membership(person_id=person.id, group_id=CELL, rank=rank, starts_on=LONG_AGO))
        # Oskar goes in three days, so he is shown what he leaves behind.
        serves = session.scalars(select(Membership).where(Membership.person_id == _person(session, "oskar").id)).one()
        serves.ends_on = today() + timedelta(days=3)


def _person(session: Any, who: str) -> Person:
    found: Person = session.scalars(select(Person).where(Person.email == f"{who}@example.org")).one()
    return found


def _hidden_pair(world: World, *, held: bool) -> int:
    """A hidden page that was renamed, with an open page below it and open pages that name it by either address."""
    long = " of the bridge, again and again" * (40 if held else 1)
    hidden = Sharing(("group:consular",), "hidden", "A pair", reason="source", until=soon())
    end = (soon() + timedelta(days=9)).isoformat()
    within = f'::: held audience="group:consular" reason=source until={end}\n{_word("passagewords", held)}\n:::\n'
    body = f"{_word('pairbody', held)}{long}\n\n{within}"
    number = write(world, "page", _word("pairtitle", held), body, slug="old-pair", sharing=hidden)
    leila = world.viewer("leila")
    with world.app.app_context(), db.system_session(writing=True) as session:
        operations.rename(session, session.get_one(Document, number), "hidden-pair", by=leila)
    write(world, "page", "Child of the pair", "Open words.", slug="child-of-the-pair", parent=number)
    links = "See [[old-pair]], [[hidden-pair]] and [[wrong-bridge]]."
    linking = write(world, "page", "Links to the pair", links, slug="links-to-the-pair", by="amina", owner="lisbon")
    rule = write(world, "guideline", _word("pairtitle", held), "A rule.", slug="hidden-rule", sharing=hidden)
    old = write(world, "guideline", "Rule of old", "An older rule of the bridge.", slug="rule-of-old")
    for_the_task_force = Sharing(("group:bridge", "group:lisbon"), "stub", "Notes", "Notes.", "negotiation", soon())
    bridge = write(world, "page", "Notes on the bridge", links, slug="bridge-notes", by="tomas", owner="lisbon",
                   sharing=for_the_task_force)  # fmt: skip
    said_by = world.viewer("tomas")
    with world.app.app_context(), db.system_session(writing=True) as session:
        former = session.get_one(Guideline, old)
        former.successor_id, former.status = rule, "superseded"
        operations.relabel(session, former)
        for document, name in ((linking, "links"), (bridge, "notes")):
            comments.say(
                session, session.get_one(Document, document), comments.prepare(f"{links} On {name}."), by=said_by
            )
    return number


def _of_the_cell(world: World) -> None:
    """Open papers of a hidden post: everybody reads them, and nobody reads whose they are."""
    told = story.compose({"happened": "It rained.", "intended": "To stay dry.", "sense": "It was wet."})
    columns = {"nature": Nature.FAILURE, "harm": 1, "attribution": Attribution.POST}
    number = write(world, "lesson", "Told by a closed post", told, slug="lesson-of-the-cell", owner=CELL,
                   columns=columns)  # fmt: skip
    write(world, "page", "A paper of a closed post", "Open words of the bridge.", slug="paper-of-the-cell", owner=CELL)
    leila = world.viewer("leila")
    with world.app.app_context(), db.system_session(writing=True) as session:
        lesson = session.get_one(Lesson, number)
        lessons.use(session, lesson, lessons.Told("used", CELL, None, "We used it."), by=leila, key="cell-used")
        module = session.scalars(select(Document).where(Document.slug == "open-module")).one()
        modules_acts.offer(session, module, "On Tuesdays", by=leila)


def _with_passages(world: World, kind: str, *, held: bool) -> None:
    """An open document with passages: one that stays, one that is gone by now, one of the cell."""
    many = " and so on" * (60 if held else 1)

    def passage(words: str, audience: str, days: int = 0) -> str:
        end = (soon() + timedelta(days=days)).isoformat()
        return f'::: held audience="{audience}" reason=source until={end}\n{words}\n:::\n'

    heading = _word("passageheading", held)
    first = passage(f"## {heading}\n\n{_word('passagewords', held)} of the bridge [[welcome]]{many}", "group:consular")
    gone = passage(f"{_word('passageold', held)}{many}", "group:consular", 1)
    own = passage(f"{_word(f'passage{kind}', held)} {heading}", "person:bruno@example.org", 2)
    of_the_cell = passage(f"{_word('passagecell', held)}{many}", f"group:{CELL}", 3)
    steps = {"playbook": "## Do\n\n- [ ] Look\n", "track": "## Day 1\n\n- [[module:open-module]]\n"}.get(kind, "")
    last = "## The end\n\nOpen words.\n"
    body = f"Open words.\n\n{first}\n{gone}\n{of_the_cell}\n{steps}\n{last}"
    columns = {"lesson": {"nature": Nature.FAILURE, "harm": 1, "attribution": Attribution.POST}}.get(kind, {})
    number = write(world, kind, f"With a passage, {kind}", body, slug=f"with-passage-{kind}", columns=columns)
    leila = world.viewer("leila")
    with world.app.app_context(), db.system_session(writing=True) as session:
        document = session.get_one(Document, number)
        ids = [found.public_id for found in _passages(session, number)]
        kept = f"[[held:{ids[0]}]]\n\n[[held:{ids[2]}]]\n"
        newer = texts.prepare(document.title, f"Open words.\n\n{kept}\n{own}\n{steps}\n{last}")
        operations.revise(session, document, newer, base=document.working, by=leila, note="Less of it")
        operations.publish(session, document, by=None, status=_live(kind))
        comments.say(session, document, comments.prepare(f"Open words on a {kind}."), by=leila)


def _passages(session: Any, document: int) -> list[Passage]:
    return list(session.scalars(select(Passage).where(Passage.document_id == document).order_by(Passage.id)))


def _papers_of_oskar(world: World) -> None:
    """What he wrote: open papers, and such as were shut away from him when somebody saw that they hold a spill."""
    own = {"by": "oskar", "owner": "jakarta"}
    write(world, "page", "Papers of Oskar", "Open words.", slug="papers-of-oskar", **own)
    with_the_cell = Sharing(("group:jakarta", f"group:{CELL}"), "stub", "Papers", "A notice.", "negotiation", soon())
    write(world, "page", "Papers for some", "Words.", slug="papers-for-some", sharing=with_the_cell, **own)
    stub = Sharing(("group:jakarta",), "stub", "A spill", "A notice.", "negotiation", soon())
    end = soon().isoformat()
    within = f'::: held audience="group:consular" reason=source until={end}\n{SPILLED}\n:::\n'
    spill = write(world, "page", SPILLED, f"{SPILLED} of the bridge.\n\n{within}", slug="spill", sharing=stub, **own)
    draft = write(world, "page", SPILLED, f"{SPILLED} of the bridge.", slug="spill-draft", draft=True, **own)
    selma = world.viewer("selma")
    with world.app.app_context(), db.system_session(writing=True) as session:
        leila = _person(session, "leila").id
        opened = session.get_one(Document, spill)
        audit.record(session, "document:read", by=leila, about=opened.public_id, owner="jakarta")
        # He has leave, too. A quarantine goes before it.
        for target in (opened.public_id, _passages(session, spill)[0].public_id):
            leave.give(session, target, _person(session, "oskar").id, db.now() + timedelta(days=9), by=leila)
        for number in (spill, draft):
            quarantine.set_on(session, session.get_one(Document, number), f"{SPILLED} {number == spill}", by=selma)


SPILLED = f"{CANARY}spilled"
# Like `twin_kinds.PRIVATE`: what is in both worlds, and those who may read it.
REPORTED = f"{CANARY}reported"
PRIVATE = {SPILLED: frozenset({"selma"}), REPORTED: frozenset({"selma"})}


def _what_outsiders_had_to_do_with_it(world: World, pair: int, *, held: bool) -> None:
    """Requests, leave that ended, notices, rows of the log, learning, alarms."""
    leila, oskar, ines = (world.viewer(who) for who in ("leila", "oskar", "ines"))
    moment = db.now()
    with world.app.app_context(), db.system_session(writing=True) as session:
        document = session.get_one(Document, pair)
        stub = session.scalars(select(Document).where(Document.slug == "wrong-bridge")).one()
        passage = _passages(session, session.scalars(
            select(Document.id).where(Document.slug == "with-passage-page")).one())[0]  # fmt: skip
        within = _passages(session, pair)[0]
        everybody = [oskar.person, ines.person, *(_person(session, who).id for who in OFFICERS)]
        for about in (document, stub):
            given = leave.give(session, about.public_id, oskar.person, moment + timedelta(days=9), by=leila.person,
                               owner="consular", why="Once")  # fmt: skip
            leave.withdraw(session, given, by=leila.person, owner="consular")
            for code in ("hold:stopped", "hidden:refused", "glass:broken", "handover:passed-on"):
                tell(session, everybody, code, about=about.public_id, by=leila.public_id)
            audit.record(session, "document:share", by=oskar.person, about=about.public_id, owner="consular")
        for held_one in (passage, within):
            tell(session, everybody, "hold:stopped", about=held_one.public_id)
        said = comments.say(session, document, comments.prepare("Said under the pair."), by=leila)
        session.flush()
        for code in ("comment:question", "comment:answer"):
            tell(session, everybody, code, about=said.public_id)
        tell(session, everybody, "handover:soon", about=CELL, until=soon().isoformat())
        ask = _Asking(session, moment)
        ask.of(document, document.public_id, oskar.person, words="Mine")
        ask.of(stub, stub.public_id, oskar.person, words="Mine too")
        ask.of(passage.document, passage.public_id, oskar.person, words="Mine of the passage")
        ask.of(document, within.public_id, oskar.person, words="Mine of the passage in it")
        bruno, tomas, okello = (_person(session, who).id for who in ("bruno", "tomas", "okello"))
        ask.of(passage.document, passage.public_id, tomas, words=_word("askedwords", held), state=RequestState.REFUSED,
               answered_at=moment, refusal="other", instead="Nothing.")  # fmt: skip
        # What others asked, in words that are for the one who answers.
        ask.of(stub, stub.public_id, tomas, words=_word("askedwords", held))
        asked = ask.of(stub, stub.public_id, okello, words=ASKED, urgent=True, escalated_at=moment,
                       state=RequestState.ESCALATED)  # fmt: skip
        # What is disputed an arbiter reads, so it is the same in both worlds.
        disputed = session.scalars(select(Document).where(Document.slug == "papers-for-some")).one()
        ask.of(disputed, disputed.public_id, tomas, words=DISPUTED, arbiter_at=moment, state=RequestState.ESCALATED)
        tell(session, [leila.person], "request-asked", about=asked.public_id)
        for code in ("request-asked", "request-granted"):
            tell(session, [oskar.person], code, about=asked.public_id)
        session.add(SpillReport(document_id=pair, person_id=bruno, words=REPORTED))
        session.add(Alarm(code="reads", person_id=bruno, window="pair"))


ASKED, DISPUTED = f"{CANARY}askedofofficers", f"{CANARY}disputed"
PRIVATE[ASKED] = frozenset({"ines", "dora", "leila", "okello"})
PRIVATE[DISPUTED] = frozenset({"arvo", "ines", "tomas"})


class _Asking:
    def __init__(self, session: Any, moment: datetime) -> None:
        self.session, self.moment = session, moment

    def of(self, document: Document, target: str, person: int, **more: Any) -> AccessRequest:
        later = self.moment + timedelta(days=3)
        told = {"reason": "source", "due_at": later, "remind_at": later, **more}
        made = AccessRequest(
            target=target, document_id=document.id, person_id=person, owner_id=document.owner_id, **told
        )
        self.session.add(made)
        self.session.flush()
        return made


def _live(kind: str) -> str | None:
    return {"lesson": "identified", "guideline": "in-force"}.get(kind)


def write(
    world: World,
    kind: str,
    title: str,
    body: str,
    *,
    slug: str,
    by: str = "leila",
    owner: str = "consular",
    sharing: Sharing | None = None,
    parent: int | None = None,
    columns: dict[str, Any] | None = None,
    draft: bool = False,
) -> int:
    """Write a document; returns its number."""
    viewer = world.viewer(by)
    with world.app.app_context():
        text = texts.prepare(title, body)
        with db.system_session(writing=True) as session:
            facts = Facts(owner, parent=parent, columns=columns or {})
            document = operations.draft(session, kind, text, facts, sharing or Sharing(), by=viewer, slug=slug)
            if isinstance(document, Lesson):
                document.names_authors = False
            if not draft:
                operations.publish(session, document, by=None, status=_live(kind))
            return document.id
