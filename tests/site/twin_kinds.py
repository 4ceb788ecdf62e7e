"""What the twin worlds hold of lessons, playbooks, modules and tracks: held back, as stubs, and open to all.

Of an open document not everything is for everybody: whose eyes a private canary is for stands in `PRIVATE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from guidelines.guides import settling
from guidelines.guides.models import Guideline
from guidelines.lessons import about, operations as lessons, story
from guidelines.lessons.acting.models import LessonAction, LessonRecheck
from guidelines.lessons.models import Attribution, Lesson, LessonDraft, LessonUse, Nature
from guidelines.loop import Proposal
from guidelines.playbooks.models import Crisis, Occasion, Run
from tests.people import World, _enter, email
from tests.site import twin_follows, twin_runs
from tests.site.canaries import CANARY, id_of, soon
from training.tracks import learning, modules_acts
from training.tracks.models import Basis, Did, Enrolment, HelpOffer, LearningEvent
from wiki import db
from wiki.documents import comments, operations, texts
from wiki.documents.models import Comment, Document
from wiki.documents.operations import Facts
from wiki.documents.sharing import Sharing
from wiki.people.models import Person

KINDS = ("lesson", "playbook", "module", "track")
LIVE = {"lesson": "identified"}

HELD = (
    "lessontitle", "lessonhappened", "lessonintended", "lessonsense", "lessonrecommended", "lessonrest", "lessonrole",
    "lessoncause", "usewords", "occurwords", "begunwords", "playbooktitle", "playbookbody",
    "playbookphase", "playbookstep", "runwords", "runnote", "runoutcome", "rundecision", "runwhy", "runreach",
    "runcontact", "runsentence", "runquestion", "runanswer", "crisisclosing", "crisiswords", "crisisduty",
    "moduletitle", "modulebody", "moduleheading", "modulequestion",
    "moduleoption", "modulekey", "moduleexplanation", "modulewhy", "helpwords", "typedanswer",
    "tracktitle", "trackbody", "tracksection", "tracklabel", "tracktask", "actionwhat", "actionanswer", "actionproof",
    "actiondone", "stepwords", "proposalwords", "proposalopen", "recheckwords",
    *(f"{what}{kind}" for kind in KINDS for what in ("stubtitle", "stubbody", "comment", "answer", "oncesaid")),
)  # fmt: skip
HELD_CANARIES = {name: f"{CANARY}{name}" for name in HELD}

# What stands in an open document, or is somebody's own, and those of the cast who may read it.
_KEEPERS_OF_THE_MODULE = frozenset({"leila", "bruno", "ines"})
PRIVATE: dict[str, frozenset[str]] = {
    f"{CANARY}openkey": _KEEPERS_OF_THE_MODULE,
    f"{CANARY}openexplanation": _KEEPERS_OF_THE_MODULE,
    f"{CANARY}openwhy": _KEEPERS_OF_THE_MODULE,
    f"{CANARY}openanswer": frozenset({"leila"}),
    f"{CANARY}openuse": frozenset({"ines"}),
    f"{CANARY}opensettled": frozenset({"ines"}),
    f"{CANARY}begunopen": frozenset({"tomas"}),
}
# Somebody who tells lessons by the post. The name stands among people, and beside no lesson.
NAMELESS = "nameless"
NAME = f"{CANARY}nameless"
# In one open page and in what is held back: what is alike is found by words that are rare in what all may read.
RARE = "a harbour, a tower and a lantern"
TOLD_BY_POST = "The banner by the post"

BEGUN = {"leila": "held-form-of-leila", "tomas": "open-form-of-tomas"}


def slugs_of(kind: str) -> tuple[str, ...]:
    """The addresses of a kind in both worlds or in one, and one that is in none."""
    return (f"held-{kind}", f"wrong-{kind}", f"open-{kind}", "nothing-here")


def canary(name: str) -> str:
    return HELD_CANARIES[name]


def comment_ids(kind: str) -> tuple[str, ...]:
    """The comments under what is held back of a kind, and under what is open."""
    bodies = (canary(f"comment{kind}"), canary(f"oncesaid{kind}"), f"Said of an open {kind}.")
    return tuple(id_of(Comment, body) for body in bodies)


PHOTOGRAPH = "A photograph"
HELD_RUN, OPEN_RUN = (id_of(Run, seed) for seed in (f"{canary('runwords')} held-run", f"{PHOTOGRAPH} open-run"))
RUNS = (HELD_RUN, OPEN_RUN, id_of(Run, f"{canary('runwords')} held-run-2"))


# An action, a proposal and a recheck of what is held back, what is open to all, and one that is nowhere.
ACTIONS = (id_of(LessonAction, canary("actionwhat")), id_of(LessonAction, twin_follows.ASKED_OF_ALL), "nothing")
PROPOSALS = (*(id_of(Proposal, canary(name)) for name in ("proposalwords", "proposalopen")), "nothing")
RECHECKS = (id_of(LessonRecheck, canary("recheckwords")), "nothing")


def furnish(world: World, *, held: bool) -> None:
    """Fill a world with the kinds. What is held back comes between the papers that both worlds have."""
    with world.app.app_context(), db.system_session(writing=True) as session:
        _enter(session, NAMELESS, {"name": f"{NAME} Person", "in": {}})
    _links_to_everything(world)
    _write(world, "module", "Open module", _OPEN_MODULE, slug="open-module")
    if held:
        _hold_back(world)
    for kind in KINDS:
        _stub(world, kind, held=held)
    _open_track(world)
    _open_playbook(world)
    _open_lessons(world)
    _what_readers_do_in_the_open(world)
    twin_follows.from_the_open_lesson(world, held=held)


def talk(world: World, document: int, opening: tuple[str, str], *answers: tuple[str, str]) -> None:
    """A thread: pairs of who and words."""
    said_by = [(world.viewer(who), words) for who, words in (opening, *answers)]
    with world.app.app_context(), db.system_session(writing=True) as session:
        found, thread = session.get_one(Document, document), None
        for by, words in said_by:
            said = comments.say(session, found, comments.prepare(words), by=by, thread=thread)
            thread = thread or said


def _links_to_everything(world: World) -> None:
    """An open page that names whatever may be held back: its links must look the same in both worlds."""
    lines = [f"- [[{kind}:{slug}]], [[{slug}]]" for kind in KINDS for slug in slugs_of(kind)]
    _write(world, "page", "Links to everything", "\n".join(lines), owner="lisbon", by="amina")


_OPEN_MODULE = f"""Read this of the bridge.

## First part

::: quiz {{#b-open}}
Who signs?
- [x] The head of mission
  > {CANARY}openexplanation
- [ ] The press officer

> why: {CANARY}openwhy
:::

::: quiz short {{#b-openshort}}
Which word comes first?
= {CANARY}openkey
:::
"""


def _held_texts() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """By kind: title, text and columns, with a canary in every place."""
    boxes = {
        box: f"{canary(f'lesson{box}')} of the bridge, {RARE}"
        for box in ("happened", "intended", "sense", "recommended")
    }
    lesson = story.compose(boxes | {"rest": f"{canary('lessonrest')} [[welcome]]"})
    module = f"""{canary("modulebody")} of the bridge [[welcome]]

## {canary("moduleheading")}

::: quiz {{#b-held}}
{canary("modulequestion")}
- [x] {canary("moduleoption")}
  > {canary("moduleexplanation")}
- [ ] Another

> why: {canary("modulewhy")}
:::

::: quiz short {{#b-heldshort}}
Which word?
= {canary("modulekey")}
:::
"""
    playbook = f"""{canary("playbookbody")} of the bridge

## {canary("playbookphase")}

- [ ] (5 min) {canary("playbookstep")} [[welcome]]
- [ ] Call

::: tree
- {canary("runquestion")}?
  - {canary("runanswer")}: [[welcome]]
  - No: Wait.
:::
"""
    track = f"""{canary("trackbody")} of the bridge

## Day 1: {canary("tracksection")}

- [[module:open-module|{canary("tracklabel")}]]
- {canary("tracktask")}
"""
    columns = {
        "nature": Nature.NEAR_MISS, "harm": 5, "contained": True, "happened_on": date(2026, 3, 1),
        "attribution": Attribution.ROLE, "role_words": canary("lessonrole"), "cause": canary("lessoncause"),
        "causes": ["tool"], "activity": "campaign", "crisis": True,
    }  # fmt: skip
    return {
        "lesson": (canary("lessontitle"), about.with_guidelines(lesson, ["posting-in-a-crisis"]), columns),
        "playbook": (canary("playbooktitle"), playbook, {}),
        "module": (canary("moduletitle"), module, {"minutes": 77}),
        "track": (canary("tracktitle"), track, {"horizon": "year"}),
    }


def _hold_back(world: World) -> None:
    hidden = Sharing(("group:consular",), "hidden", reason="source", until=soon())
    terms = {"tag": ["start"], "platform": ["x"], "topic": ["crisis", "travel"]}
    held = {
        kind: _write(world, kind, title, body, slug=f"held-{kind}", sharing=hidden, terms=terms, columns=columns)
        for kind, (title, body, columns) in _held_texts().items()
    }
    for kind, number in held.items():
        talk(world, number, ("leila", canary(f"comment{kind}")), ("bruno", canary(f"answer{kind}")))
    _use_what_is_held_back(world, held)
    # Oskar could read all of it once. What he did then is his, and tells him nothing now.
    _what_oskar_once_did(world, held)


def _use_what_is_held_back(world: World, held: Mapping[str, int]) -> None:
    leila, bruno = world.viewer("leila"), world.viewer("bruno")
    with world.app.app_context(), db.system_session(writing=True) as session:
        lesson = session.get_one(Lesson, held["lesson"])
        lesson.authors = [*lesson.authors, session.get_one(Person, bruno.person)]
        lesson.on_behalf_of_id = bruno.person
        for sort in ("used", "occurred"):
            told = lessons.Told(sort, "consular", None, canary("usewords" if sort == "used" else "occurwords"))
            lessons.use(session, lesson, told, by=bruno, key=f"held-{sort}")
        fields = {"title": [canary("begunwords")], "happened": [canary("begunwords")]}
        session.add(LessonDraft(key=BEGUN["leila"], person_id=leila.person, fields=fields))
        module = session.get_one(Document, held["module"])
        sheet = modules_acts.Sheet(1, "", {"b-heldshort": [canary("typedanswer")]})
        modules_acts.answer(session, module, "b-heldshort", sheet, by=leila)
        modules_acts.offer(session, module, canary("helpwords"), by=bruno)
        for number in held["track"], twin_follows.by_slug(session, "track", "held-track"):
            learning.begin(session, session.get_one(Document, number), by=leila)
        twin_follows.from_the_held_lesson(session, held["lesson"], leila.person)
        twin_runs.run(
            session, held["playbook"], "held", leila, canary("runwords"), canary("runnote"), canary("runoutcome")
        )
        said = {"words": canary("crisiswords"), "on_duty": canary("crisisduty")}
        until, number = db.now() + timedelta(days=1), held["playbook"]
        session.add(Crisis(document_id=number, open_for=number, until=until, **said))
        over = {"ended_at": db.now() - timedelta(days=1), "closing": canary("crisisclosing")}
        session.add(Crisis(document_id=number, until=db.now() - timedelta(days=1), **said, **over))


def _what_oskar_once_did(world: World, held: Mapping[str, int]) -> None:
    oskar = world.viewer("oskar").person
    with world.app.app_context(), db.system_session(writing=True) as session:
        leila = session.scalars(select(Person.id).where(Person.email == email("leila"))).one()
        for kind, number in held.items():
            words = canary(f"oncesaid{kind}")
            first = Comment(document_id=number, body=words, html=f"<p>{words}</p>", author_id=oskar)
            session.add(first)
            session.flush()
            # Leila answered, which is news for whoever asked.
            answer = {"thread_id": first.id, "author_id": leila, "document_id": number}
            session.add(Comment(body=f"To Oskar of {words}", html=f"<p>{words}</p>", **answer))
        module, track, playbook = held["module"], held["track"], held["playbook"]
        session.add(HelpOffer(person_id=oskar, document_id=module, words=canary("helpwords")))
        session.add(Enrolment(person_id=oskar, document_id=track, started_on=date(2026, 1, 1)))
        for number, did in ((module, Did.DONE), (track, Did.ENROLLED)):
            session.add(LearningEvent(person_id=oskar, document_id=number, revision=1, did=did, basis=Basis.ACTS))
        session.add(LessonUse(document_id=held["lesson"], person_id=oskar, sort="used", words=canary("usewords")))
        steps = [{"key": "s1", "phase": "", "words": "One", "text": "One"}]
        told = {"steps": steps, "occasion": Occasion.LIVE, "words": canary("runwords"), "idempotency_key": "oskar-run"}
        session.add(Run(document_id=playbook, revision=1, started_by_id=oskar, **told))


def _stub(world: World, kind: str, *, held: bool) -> None:
    """The same stub in both worlds; behind it little in one, and a lot in the other."""
    stub = Sharing(("group:consular",), "stub", f"A {kind} of the bridge", "Ask us for it.", "negotiation", soon())
    terms = {"topic": ["crisis"]}
    body = "## Day 1\n\n- [ ] Short."
    if held:
        terms |= {"tag": ["start"], "platform": ["x"]}
        body = f"{canary(f'stubbody{kind}')} [[welcome]] {'long ' * 400}\n\n## Day 1\n\n- [ ] One\n- [ ] Two\n"
    title = canary(f"stubtitle{kind}") if held else "Wrong"
    columns = {"nature": Nature.SURPRISE, "harm": 4} if held and kind == "lesson" else {}
    number = _write(world, kind, title, body, slug=f"wrong-{kind}", sharing=stub, terms=terms, columns=columns)
    if held:
        talk(world, number, ("bruno", f"{canary(f'comment{kind}')} of a stub"))


def _open_track(world: World) -> None:
    """It leads through what is hidden and what is a stub too; whoever cannot read those must not count them."""
    body = """Begin here.

## Day 1: Read

- [[module:open-module]]
- [[module:held-module]]
- [[held-track]]
- [[module:wrong-module|A stub on the way]]
- Say hello

## Day 2: Do

- [[lesson:held-lesson]] (optional)
- [[playbook:open-playbook]]
"""
    _write(world, "track", "Open track", body, slug="open-track", columns={"horizon": "month"})


def _open_playbook(world: World) -> None:
    body = "Words.\n\n## First\n\n- [ ] Look at [[lesson:held-lesson]] and [[wrong-module]]\n- [ ] (5 min) Call\n"
    body += "\n::: tree\n- Is it so?\n  - Yes: See [[lesson:held-lesson]].\n  - No: Wait.\n:::\n"
    number = _write(world, "playbook", "Open playbook", body, slug="open-playbook", by="amina", owner="lisbon")
    tomas = world.viewer("tomas")
    with world.app.app_context(), db.system_session(writing=True) as session:
        twin_runs.run(session, number, "open", tomas, PHOTOGRAPH, "Seen, see [[playbook:held-playbook]]", "Well.")


def _open_lessons(world: World) -> None:
    told = story.compose({"happened": "The bridge closed.", "intended": "To tell early.", "sense": "It was late."})
    body = about.with_guidelines(told, ["posting-in-a-crisis"])
    columns = {"nature": Nature.FAILURE, "harm": 2, "attribution": Attribution.POST}
    terms = {"platform": ["x"], "topic": ["travel"]}
    more: dict[str, Any] = {"by": NAMELESS, "owner": "jakarta", "terms": terms}
    _write(world, "lesson", TOLD_BY_POST, body, slug="open-lesson", columns=columns, old="Older words.", **more)
    # Told by name, but not before the colleague has agreed.
    named = columns | {"attribution": Attribution.NAMED}
    number = _write(world, "lesson", f"{TOLD_BY_POST}, for a colleague", told, columns=named, **more)
    colleague = world.viewer("tomas").person
    with world.app.app_context(), db.system_session(writing=True) as session:
        lesson = session.get_one(Lesson, number)
        lesson.on_behalf_of_id = colleague
        lesson.names_authors = False
        tomas = session.get_one(Person, lesson.on_behalf_of_id)
        lesson.authors = [*lesson.authors, tomas]


def _what_readers_do_in_the_open(world: World) -> None:
    tomas, leila, bruno, oskar = (world.viewer(who) for who in ("tomas", "leila", "bruno", "oskar"))
    with world.app.app_context(), db.system_session(writing=True) as session:
        open_to_all = {kind: twin_follows.by_slug(session, kind, f"open-{kind}") for kind in KINDS}
        lesson, module = (session.get_one(Document, open_to_all[kind]) for kind in ("lesson", "module"))
        assert isinstance(lesson, Lesson)
        for sort, words in (("used", f"{CANARY}openuse"), ("occurred", "It was so here.")):
            lessons.use(session, lesson, lessons.Told(sort, "lisbon", None, words), by=tomas, key=f"open-{sort}")
        fields = {"title": [f"{CANARY}begunopen"]}
        session.add(LessonDraft(key=BEGUN["tomas"], person_id=tomas.person, fields=fields))
        for turn, words in enumerate((f"{CANARY}openanswer", f"{CANARY}openanswer too")):
            sheet = modules_acts.Sheet(1, str(turn), {"b-openshort": [words]})
            modules_acts.answer(session, module, "b-openshort", sheet, by=leila)
        modules_acts.offer(session, module, "On Mondays", by=bruno)
        for who in (oskar, leila):
            learning.begin(session, session.get_one(Document, open_to_all["track"]), by=who)
        guideline = session.get_one(Guideline, twin_follows.by_slug(session, "guideline", "posting-in-a-crisis"))
        missing = f"{CANARY}opensettled"
        settling.settle(session, guideline, yes=False, anchor="", words=missing, revision=None, by=tomas)
    for kind, number in open_to_all.items():
        answer = NAMELESS if kind == "lesson" else "amina"
        links = f"See [[{kind}:held-{kind}]], [[{kind}:wrong-{kind}]]."
        talk(world, number, ("oskar", f"Said of an open {kind}."), (answer, f"Answered on the {kind}. {links}"))
    # Whoever wrote it begins a thread of their own.
    talk(world, open_to_all["lesson"], (NAMELESS, "I would do it again."))


def _write(
    world: World,
    kind: str,
    title: str,
    body: str,
    *,
    slug: str | None = None,
    by: str = "leila",
    owner: str = "consular",
    sharing: Sharing | None = None,
    terms: dict[str, list[str]] | None = None,
    columns: Mapping[str, Any] | None = None,
    old: str | None = None,
) -> int:
    viewer = world.viewer(by)
    with world.app.app_context():
        prepared = [texts.prepare(title, text) for text in ([old, body] if old else [body])]
        with db.system_session(writing=True) as session:
            facts = Facts(owner, terms=terms or {}, columns=columns or {})
            shared = sharing or Sharing()
            document = operations.draft(session, kind, prepared[0], facts, shared, by=viewer, slug=slug or title)
            for text in prepared[1:]:
                operations.revise(session, document, text, base=document.working, by=viewer, note="Shorter")
            if isinstance(document, Lesson):
                document.names_authors = document.attribution == Attribution.NAMED
            operations.publish(session, document, by=None, status=LIVE.get(kind))
            return document.id
