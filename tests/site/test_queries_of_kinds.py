"""How often the pages of lessons, playbooks, modules, tracks and comments ask: as often for twelve as for three."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.guides import settling
from guidelines.guides.models import Guideline
from guidelines.lessons import operations as lessons, story
from guidelines.lessons.acting.models import LessonAction, LessonStep
from guidelines.lessons.models import Lesson, LessonDraft
from guidelines.loop import Proposal
from guidelines.playbooks import operations as playbooks
from guidelines.playbooks.models import Occasion, Playbook, Run
from tests.conftest import BACKEND
from tests.people import World
from tests.site.test_queries import cost
from training.tracks import learning, modules_acts
from training.tracks.modules_acts import Sheet
from wiki import db
from wiki.documents import comments, operations, texts
from wiki.documents.models import Document, Term
from wiki.documents.operations import Facts
from wiki.documents.sharing import Sharing

FEW, MANY = 3, 12
# On PostgreSQL the search asks the same database, so the form of a lesson shows its search for similar ones, too.
LIST, READ, HOME = 10, 12, 16
EDIT = 14 if BACKEND == "sqlite" else 18
# A run looks up its people, whether its text was revised since, and the lessons that help, once and not every time it
# is looked at again.
RUN = 18 if BACKEND == "sqlite" else 22
KINDS = ("lesson", "playbook", "module", "track", "guideline")
STATUS = {"lesson": "identified", "guideline": "in-force"}


def body(kind: str, number: int) -> str:
    """A text with so many of everything that its kind can hold, and as many links."""
    each = range(number)
    links = " ".join(f"[[module:module-{n}]]" for n in each)
    if kind == "lesson":
        return story.compose({"happened": f"It broke. {links}", "intended": "To hold."})
    if kind == "module":
        key = "- [x] Yes\n  > Well. [[lesson:lesson-0]]\n- [ ] No"
        return "\n\n".join(f"::: quiz {{#b-q{n}a}}\nWhich {n}?\n{key}\n:::" for n in each) + f"\n\n{links}\n"
    if kind == "playbook":
        return "## First\n\n" + "\n".join(f"- [ ] Step {n} [[module:module-{n}]]" for n in each)
    if kind == "track":
        return "## Day 1\n\n" + "\n".join(f"- [[module:module-{n}]]\n- Task {n}" for n in each)
    return f"## Part\n\n{links}"


def grow(world: World, first: int, last: int) -> None:
    """Documents up to this number, and hubs that hold as many of everything."""
    by = {who: world.viewer(who) for who in ("amina", "tomas", "okello")}
    with world.app.app_context():
        prepared = {
            (kind, n): texts.prepare(f"{kind} {n}", body(kind, 2)) for kind in KINDS for n in range(first, last)
        }
        hubs = {kind: texts.prepare(f"{kind} hub", body(kind, last)) for kind in KINDS}
        with db.system_session(writing=True) as session:
            for (kind, n), text in prepared.items():
                _fill(session, _write(session, kind, text, by["amina"]), by, n, steps=1)
            for kind, text in hubs.items():
                hub = session.scalar(select(Document).where(Document.slug == f"{kind}-hub"))
                if hub is None:
                    hub = _write(session, kind, text, by["amina"])
                else:
                    operations.revise(session, hub, text, base=hub.working, by=by["amina"])
                    operations.publish(session, hub, by=None, status=STATUS.get(kind))
                for n in range(first, last):
                    _fill(session, hub, by, 100 + n, steps=last)
            mine = {"title": ["Begun"], "happened": ["x"]}
            session.add_all(
                LessonDraft(key=f"form-{n}", person_id=by["amina"].person, fields=mine) for n in range(first, last)
            )
    world.settle()


def _write(session: Session, kind: str, text: texts.PreparedText, by: Any) -> Document:
    terms = {"tag": ["steel"], "topic": ["crisis"], "platform": ["x"]}
    columns = {"harm": 3, "cause": "x", "action": "y", "action_body_id": "hq"} if kind == "lesson" else {}
    facts = Facts("lisbon", terms=terms, columns=columns)
    document = operations.draft(session, kind, text, facts, Sharing(), by=by)
    operations.publish(session, document, by=None, status=STATUS.get(kind))
    return document


def _say_anew(world: World) -> None:
    """A run of an older text asks what of it is held back by now, however much there is: so it does from the start."""
    by = world.viewer("amina")
    with world.app.app_context():
        text = texts.prepare("playbook hub", f"{body('playbook', FEW)}\n\nMore words.")
        with db.system_session(writing=True) as session:
            hub = session.scalars(select(Document).where(Document.slug == "playbook-hub")).one()
            operations.revise(session, hub, text, base=hub.working, by=by)
            operations.publish(session, hub, by=None)


def _fill(session: Session, document: Document, by: dict[str, Any], n: int, *, steps: int) -> None:
    """What people do with a document, the n-th time."""
    for who in ("tomas", "amina"):
        thread = comments.say(session, document, comments.prepare(f"Words {n} [[module:module-{n}]]"), by=by[who])
        comments.say(session, document, comments.prepare(f"Answer {n}"), by=by["okello"], thread=thread)
    if isinstance(document, Lesson):
        for sort in ("used", "occurred"):
            told = lessons.Told(sort, "lisbon", None, f"Words {n}")
            lessons.use(session, document, told, by=by["tomas"], key=f"{document.slug}{sort}{n}"[-40:])
        asked = {"document_id": document.id, "what": f"Action {n}"}
        session.add_all(LessonAction(**asked, body_id=body) for body in ("lisbon", "digital"))
        session.add(LessonStep(document_id=document.id, step="in-action", words=f"Step {n}"))
        session.add(Proposal(lesson_id=document.id, document_id=document.id, words=f"Change {n}"))
    elif isinstance(document, Playbook):
        key = f"{document.slug}-{n}"
        run = playbooks.start(session, document, Occasion.LIVE, f"Words {n}", by=by["tomas"], key=key)
        for step in range(1, steps + 1):
            playbooks.tick(session, document, run, f"s{step}", done=True, by=by["okello"])
            note = f"Note {step}"
            playbooks.note(session, document, run, note, step=f"s{step}", by=by["amina"], key=f"{key}-{step}"[-40:])
    elif isinstance(document, Guideline):
        answer = {"yes": False, "anchor": "part", "words": f"Words {n}", "revision": None}
        settling.settle(session, document, by=by["tomas"], **answer)
    elif document.kind == "module":
        for question in range(steps):
            sheet = Sheet(document.working, f"{document.slug}{n}", {f"b-q{question}a": ["0"]})
            modules_acts.answer(session, document, f"b-q{question}a", sheet, by=by["amina"])
        for who in by.values():
            modules_acts.offer(session, document, f"Words {n}", by=who)
    else:
        learning.begin(session, document, by=by["amina"])


@pytest.fixture
def grown(world: World) -> World:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add_all(
            Term(vocabulary=vocabulary, slug=slug, name=slug)
            for vocabulary, slug in (("topic", "crisis"), ("platform", "x"))
        )
    grow(world, 0, FEW)
    _say_anew(world)
    return world


def pages(world: World) -> dict[str, int]:
    """The pages to visit, each with the most statements it may take."""
    with world.app.app_context(), db.system_session() as session:
        hub = select(Document.id).where(Document.slug == "playbook-hub")
        run = session.scalars(select(Run.public_id).where(Run.document_id.in_(hub)).order_by(Run.id)).first()
    lists = ("/lessons/", "/lessons/?nature=failure&harm=2&topic=crisis", "/playbooks/", "/playbooks/playbook-hub/runs",
             "/training/", "/training/tracks/", "/training/modules/", "/training/modules/?topic=crisis", "/comments",
             "/recent", "/tags/steel", "/lesson-tasks", "/lessons/new", "/lessons/new?draft=form-0",
             "/guidelines/guideline-hub/settlements")  # fmt: skip
    hubs = [f"{_PREFIX[kind]}/{kind}-hub" for kind in KINDS]
    around = [f"{hub}/{part}" for hub in hubs for part in ("comments", "history")]
    edited = [f"{hub}/edit" for hub in hubs]
    read = [*hubs, *around, "/training/modules/module-hub/check",
            "/lessons/lesson-hub/timeline"]  # fmt: skip
    runs = {f"/playbooks/playbook-hub/runs/{run}": RUN}
    return {"/": HOME} | runs | dict.fromkeys(lists, LIST) | dict.fromkeys(read, READ) | dict.fromkeys(edited, EDIT)


_PREFIX = {"lesson": "/lessons", "playbook": "/playbooks", "module": "/training/modules", "track": "/training/tracks",
           "guideline": "/guidelines"}  # fmt: skip


@pytest.mark.parametrize("who", ["amina", "ines"])
def test_no_page_asks_more_often_when_there_is_more_to_show(grown: World, who: str) -> None:
    few = {path: cost(grown, path, who) for path in pages(grown)}
    grow(grown, FEW, MANY)
    many = {path: cost(grown, path, who) for path in pages(grown)}
    assert {path: (few[path], many[path]) for path in few if few[path] < many[path]} == {}
    assert {path: many[path] for path, most in pages(grown).items() if many[path] > most} == {}
    assert "Words 111" in grown.get(who, "/playbooks/playbook-hub/runs").text, "the control: there was more to show"
    assert "lesson 11" in grown.get(who, "/lessons/").text
