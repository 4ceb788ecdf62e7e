"""Before somebody starts: the card for a task, and the pack for a newcomer to a post."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from guidelines.lessons.models import Lesson
from tests.guidelines.keeping_world import a_rule, closed_group, held_rule
from tests.guidelines.test_platforms import a_fact, furnish
from tests.journeys.reader import Reader
from tests.people import World, email
from tests.site.test_queries import cost
from tests.site.twins import masked
from wiki import db
from wiki.documents.models import Document, Term
from wiki.documents.sharing import Sharing
from wiki.people.models import Group, Person

CARD, PACK = "/guidelines/before-you-start", "/guidelines/posting-pack"
CRISIS = {"topic": ["crisis"]}
CRISIS_ON_X = {"topic": ["crisis"], "platform": ["x"]}
HIDDEN = Sharing(("group:lisbon",), "hidden", reason="source")
STUB = Sharing(("group:lisbon",), "stub", "Told", "Ask us.", "source")


def a_lesson(world: World, title: str, body: str = "It went wrong.", **more: Any) -> str:
    told = {"kind": "lesson", "status": "observed", **more}
    return world.write(title, f"## What happened?\n\n{body}", **told)


def a_playbook(world: World, title: str, **more: Any) -> str:
    return world.write(title, "## First\n\n- [ ] Step", kind="playbook", by="ines", owner="digital", **more)


def terms(world: World) -> World:
    furnish(world, a_fact(risks="Much noise there."))
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add_all(Term(vocabulary="topic", slug=slug, name=slug.title()) for slug in ("crisis", "replies"))
    return world


def titles(page: Reader, *wanted: str) -> list[str]:
    """Those of these links that stand on the page, in its order."""
    return [words for words in page.links() if words in wanted]


def doing(world: World, address: str, activity: str) -> None:
    number = world.document(address).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.execute(update(Lesson.__table__).where(Lesson.__table__.c.id == number).values(activity=activity))


def say(world: World, who: str, can_help: str) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.scalars(select(Person).where(Person.email == email(who))).one().can_help = can_help


def test_the_card_shows_the_few_things_that_fit_best_first(world: World) -> None:
    terms(world)
    for number in range(3):
        a_rule(world, f"Crisis rule {number}", terms=CRISIS)
        a_lesson(world, f"Crisis lesson {number}", terms=CRISIS)
    a_rule(world, "Crisis on X", terms=CRISIS_ON_X)
    a_rule(world, "No match", terms={"topic": ["replies"]})
    a_lesson(world, "Lesson on X", terms=CRISIS_ON_X)
    a_playbook(world, "Other book", terms={"platform": ["x"]})
    a_playbook(world, "The first hour", terms=CRISIS_ON_X)
    page = Reader(world, "oskar").open("/guidelines/").follow("Before you start")
    page.press("Show", topic="crisis", platform="x")
    found = titles(page, "Crisis on X", "Crisis rule 2", "Crisis rule 1", "Crisis rule 0", "No match", "Lesson on X",
                   "Crisis lesson 2", "Crisis lesson 1", "Crisis lesson 0", "The first hour", "Other book")  # fmt: skip
    assert found == ["Crisis on X", "Crisis rule 2", "Crisis rule 1", "Lesson on X", "Crisis lesson 2",
                     "Crisis lesson 1", "The first hour"]  # fmt: skip
    assert "Much noise there." in page.words


def test_what_one_is_about_to_do_counts_for_lessons_and_by_its_topics_for_guidelines(world: World) -> None:
    terms(world)
    a_rule(world, "Replying", terms={"topic": ["replies"]})
    a_rule(world, "Crises", terms=CRISIS)
    doing(world, a_lesson(world, "While answering"), "answering")
    doing(world, a_lesson(world, "While posting"), "posting")
    page = Reader(world, "oskar").open(f"{CARD}?activity=answering")
    assert titles(page, "Replying", "Crises", "While answering", "While posting") == ["Replying", "While answering"]


def test_lessons_that_name_the_country_go_first_and_a_block_is_told(world: World) -> None:
    terms(world)
    a_lesson(world, "In Portugal", "The mayor of Lisbon, Portugal, was not told.")
    a_lesson(world, "Elsewhere", "Nobody in Port was told.")
    page = Reader(world, "oskar").open(f"{CARD}?country=PT")
    assert titles(page, "In Portugal", "Elsewhere") == ["In Portugal"]
    a_lesson(world, "On X", terms={"platform": ["x"]})
    page = Reader(world, "oskar").open(f"{CARD}?country=PT&platform=x")
    assert titles(page, "In Portugal", "On X") == ["In Portugal", "On X"]
    assert "blocked" not in page.words
    page = Reader(world, "oskar").open(f"{CARD}?country=CN&platform=x")
    assert "It is blocked in China." in page.words
    assert "/guidelines/platforms/choose?country=CN" in page.links().values()


def test_what_holds_no_more_is_no_advice(world: World) -> None:
    terms(world)
    for status in ("suspended", "draft", "withdrawn", "consultation"):
        a_rule(world, f"Rule {status}", terms=CRISIS, status=status)
    for status in ("obsolete", "declined", "merged", "draft"):
        a_lesson(world, f"Lesson {status}", terms=CRISIS, status=status)
    a_playbook(world, "Book draft", terms=CRISIS, status="draft")
    a_lesson(world, "Learned", terms=CRISIS, status="learned")
    page = Reader(world, "ines").open(f"{CARD}?topic=crisis")
    assert [words for words in page.links() if words.startswith(("Rule", "Lesson ", "Book", "Learned"))] == ["Learned"]


def test_when_nothing_fits_it_says_so_and_nonsense_asks_nothing(world: World) -> None:
    terms(world)
    a_rule(world, terms=CRISIS)
    page = Reader(world, "oskar").open(f"{CARD}?country=FR")
    assert "Nothing that you may read fits" in page.words
    plain = masked(world.get("oskar", CARD).text)
    assert "Nothing that you may read" not in plain
    assert masked(world.get("oskar", f"{CARD}?topic=zqx&activity=zqx&platform=zqx&country=ZZ").text) == plain


@pytest.mark.parametrize("sharing", [HIDDEN, STUB])
@pytest.mark.parametrize("who", ["oskar", "gita", "ines", "ada"])
def test_what_is_held_back_stands_on_no_card_and_in_no_pack(world: World, who: str, sharing: Sharing) -> None:
    terms(world)
    a_lesson(world, "Open lesson", "In Portugal.", terms=CRISIS)
    ways = (f"{CARD}?topic=crisis&platform=x&country=PT", f"{CARD}?country=PT", CARD, f"{PACK}?post=lisbon")
    before = {path: masked(world.get(who, path).text) for path in ways}
    told = {"terms": {"topic": ["crisis", "replies"], "platform": ["x"]}, "sharing": sharing, "by": "okello",
            "owner": "lisbon"}  # fmt: skip
    a_rule(world, "Held rule", **told)
    world.write("Held book", "- [ ] Step", kind="playbook", **told)
    a_lesson(world, "Held lesson", "In Portugal it happened.", **told)
    assert {path: masked(world.get(who, path).text) for path in ways} == before
    for title in ("Held rule", "Held lesson"):
        assert title in world.get("amina", ways[0]).text, "the control"
        assert title in world.get("amina", ways[3]).text, "the control"
    assert "Held book" in world.get("amina", ways[0]).text


def test_facts_about_platforms_are_not_for_guests(world: World) -> None:
    terms(world)
    a_lesson(world, "For the bridge", owner="lisbon", sharing=Sharing(("group:bridge", "group:lisbon"), "hidden",
             reason="source"), terms={"platform": ["x"]})  # fmt: skip
    page = Reader(world, "gita").open(f"{CARD}?platform=x")
    assert "For the bridge" in page.words
    assert "Much noise there." not in page.words
    assert "Much noise there." in Reader(world, "tomas").open(f"{CARD}?platform=x").words


def test_what_is_for_named_people_stays_off_the_paper(world: World) -> None:
    terms(world)
    rule = a_rule(world, "Red rule", terms=CRISIS)
    page = Reader(world, "oskar").open(f"{CARD}?topic=crisis")
    assert "sealed" not in page.answer.text
    number = world.document(rule).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Document, number).handling = "RED"
    page = Reader(world, "oskar").open(f"{CARD}?topic=crisis")
    assert '<article class="line sealed">' in page.answer.text
    assert "TLP:RED · does not go on paper" in page.words


def test_a_newcomer_finds_what_the_post_knows_and_who_can_help(world: World) -> None:
    terms(world)
    rule = a_rule(world, "Crises", terms=CRISIS)
    a_rule(world, "Replying", terms={"topic": ["replies"]})
    a_rule(world, "Lisbon rule", by="okello", owner="lisbon")
    a_lesson(world, "Ask the mayor", terms=CRISIS)
    a_lesson(world, "Far away", by="oskar", owner="jakarta", terms={"topic": ["replies"]})
    world.write("Lisbon notes", "Local law.")
    world.post("amina", f"{rule}/annexes", {"page": "lisbon-notes"})
    say(world, "amina", "Portuguese newspapers")
    say(world, "oskar", "Batik")
    page = Reader(world, "tomas").open("/guidelines/").follow("For a newcomer to a post")
    wanted = ("Lisbon rule", "Crises", "Replying", "Lisbon notes", "Ask the mayor", "Far away", "James Okello",
              "Amina Farouk", "Oskar Berg")  # fmt: skip
    assert titles(page, *wanted) == [
        "Lisbon rule", "Crises", "Lisbon notes", "Ask the mayor", "James Okello", "Amina Farouk"
    ]  # fmt: skip
    assert "Portuguese newspapers" in page.words
    page.press("Show", post="jakarta")
    assert titles(page, *wanted) == ["Replying", "Far away", "Oskar Berg"]
    assert "Choose a post" in Reader(world, "leila").open(PACK).words, "she serves at none"


def test_notes_that_one_may_not_read_or_to_what_one_may_not_read_are_not_in_the_pack(world: World) -> None:
    rule, secret = a_rule(world), held_rule(world)
    before = masked(world.get("oskar", f"{PACK}?post=lisbon").text)
    world.write("Held notes", "Local law.", sharing=HIDDEN)
    world.write("Open notes", "Local law.")
    world.post("amina", f"{rule}/annexes", {"page": "held-notes"})
    world.post("amina", f"{secret}/annexes", {"page": "open-notes"})
    assert masked(world.get("oskar", f"{PACK}?post=lisbon").text) == before
    page = Reader(world, "amina").open(f"{PACK}?post=lisbon")
    assert titles(page, "Held notes", "Open notes") == ["Held notes", "Open notes"], "the control"


def test_a_post_that_is_hidden_is_as_good_as_none(world: World) -> None:
    closed = closed_group(world, "Zqxpost", "amina")
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Group, closed).type = "post"
    assert "Zqxpost" in world.get("amina", f"{PACK}?post={closed}").text, "the control"
    for who in ("oskar", "gita", "ada"):
        there, absent = (masked(world.get(who, f"{PACK}?post={post}").text) for post in (closed, "nowhere"))
        assert there == absent
        assert "Zqxpost" not in there


def test_the_pages_cost_the_same_however_much_there_is(world: World) -> None:
    terms(world)
    paths = (f"{CARD}?topic=crisis&platform=x&country=PT", f"{PACK}?post=lisbon")

    def more(first: int, last: int) -> None:
        for number in range(first, last):
            rule = a_rule(world, f"Rule {number}", terms=CRISIS_ON_X)
            a_lesson(world, f"Lesson {number}", "In Portugal.", terms=CRISIS_ON_X)
            world.write(f"Notes {number}", "Local law.")
            world.post("amina", f"{rule}/annexes", {"page": f"notes-{number}"})

    more(0, 2)
    before = [cost(world, path) for path in paths]
    more(2, 8)
    # On PostgreSQL the search asks the same database, and once more while it finds little.
    assert all(cost(world, path) <= then for path, then in zip(paths, before, strict=True))
    assert max(before) <= 18
