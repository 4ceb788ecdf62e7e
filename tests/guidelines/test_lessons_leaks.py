"""Nobody is named by a lesson who did not agree to it, and what is held back is not told by its address."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from guidelines.lessons.models import Lesson, LessonUse
from tests.guidelines.lessons_at_work import STORY, appoint, tell
from tests.journeys.reader import Reader
from tests.people import World, email
from tests.wiki.saying import say
from wiki import db
from wiki.people.models import Person
from wiki.people.viewer import today

EVERYWHERE = ("", "/history", "/history/1", "/diff?from=1&to=2", "/comments")
AGREE, REFUSE = "Yes, this is mine", "It is not mine"


def told_for_okello(world: World, **fields: str) -> str:
    """The address of a lesson that Tomás wrote down for Okello."""
    return tell(world, who="tomas", on_behalf_of=email("okello"), **fields).path.split("?")[0]


def names(world: World, address: str, paths: tuple[str, ...] = EVERYWHERE) -> set[str]:
    """Who of the cast a reader finds named on the pages of a lesson."""
    pages = "".join(world.get("marek", f"{address}{path}").text for path in paths)
    return {name for name in ("Tomás", "Okello", "Amina", "Oskar") if name in pages}


def edit(world: World, who: str, address: str, /, **fields: str) -> Reader:
    return Reader(world, who).open(f"{address}/edit").press("Save", **fields)


def test_the_writer_cannot_name_the_colleague_who_agreed_to_the_post(world: World) -> None:
    address = told_for_okello(world)
    Reader(world, "okello").open(address).press(AGREE)
    assert edit(world, "tomas", address, attribution="named").status == 200
    assert names(world, address) == set()
    Reader(world, "okello").open(address).press(AGREE)
    assert names(world, address, ("",)) == {"Tomás", "Okello"}


def test_the_colleague_cannot_name_the_writer(world: World) -> None:
    address = told_for_okello(world)
    Reader(world, "okello").open(address).press(AGREE)
    assert edit(world, "okello", address, attribution="named").status == 422
    assert names(world, address) == set()


def test_one_of_several_authors_cannot_name_the_others(world: World) -> None:
    address = told_for_okello(world)
    with world.app.app_context(), db.system_session(writing=True) as session:
        lesson = session.scalars(select(Lesson)).one()
        lesson.authors = [*lesson.authors, session.scalars(select(Person).where(Person.email == email("amina"))).one()]
    Reader(world, "okello").open(address).press(AGREE)
    for who in ("tomas", "okello", "amina"):
        page = edit(world, who, address, attribution="named")
        assert (page.status, bool(page.beside("attribution"))) == (422, True), who
    assert names(world, address) == set()


def test_to_be_named_back_and_forth_asks_each_time(world: World) -> None:
    address = told_for_okello(world, attribution="named")
    assert names(world, address) == set()
    Reader(world, "okello").open(address).press(AGREE)
    assert "Okello" in names(world, address, ("",))
    edit(world, "tomas", address, attribution="post")
    assert names(world, address) == set()
    edit(world, "tomas", address, attribution="named")
    assert names(world, address) == set()


def test_the_history_never_names_who_changed_it_while_nobody_was_named(world: World) -> None:
    appoint(world, "oskar")
    address = tell(world).path.split("?")[0]
    edit(world, "oskar", address, sense="It was early.")
    edit(world, "amina", address, attribution="named")
    edit(world, "oskar", address, sense="It was very early.")
    assert names(world, address, ("",)) == {"Amina"}
    early = ("/history/1", "/history/2", "/diff?from=1&to=2")
    told = {path: names(world, address, (path,)) for path in ("/history", *early, "/history/4")}
    assert told["/history"] == told["/history/4"] == {"Oskar"}, "what he changed later is told"
    assert [told[path] for path in early] == [set(), set(), set()]
    assert world.get("marek", f"{address}/history").text.count("Oskar Berg") == 1


def test_a_conflict_does_not_name_who_saved_while_nobody_was_named(world: World) -> None:
    appoint(world, "oskar")
    address = told_for_okello(world, attribution="named")
    mine = Reader(world, "tomas").open(f"{address}/edit")
    edit(world, "oskar", address, happened="Quite another story.")
    Reader(world, "okello").open(address).press(AGREE)
    page = mine.press("Save", happened="My own story.")
    assert page.status == 409
    assert "Oskar" not in page.answer.text
    assert "What Somebody saved" in page.words


def test_who_said_something_as_the_unnamed_author_stays_unnamed_after_refusing(world: World) -> None:
    address = told_for_okello(world)
    say(world, "okello", address, "In haste, as so often.")
    question = say(world, "marek", address, "Who decided?")
    say(world, "okello", address, "The desk did.", thread=question)
    assert names(world, address) == set()
    Reader(world, "okello").open(address).press(REFUSE)
    assert names(world, address) == set()
    assert "Okello" not in world.get("marek", "/comments").text
    assert "The author" in world.get("marek", address).text
    say(world, "okello", address, "A reader again.")
    assert names(world, address) == {"Okello"}, "from now on a reader like others"


def test_the_address_of_a_notice_tells_its_words_and_not_the_title(world: World) -> None:
    page = tell(
        world, audience="group:lisbon", discovery="stub", release_title="Notice about handles",
        share_line="Ask Lisbon.", reason="personal", until=(today() + timedelta(days=30)).isoformat(),
    )  # fmt: skip
    assert (page.status, page.path.split("?")[0]) == (200, "/lessons/notice-about-handles")
    world.settle()
    for path in ("/lessons/notice-about-handles", "/search?q=notice+handles", "/lessons/"):
        text = world.get("marek", path).text
        assert "look-at-the-handle" not in text, path
        assert STORY["title"] not in text, path
    assert "Notice about handles" in world.get("marek", "/lessons/notice-about-handles").text


def test_the_address_of_an_open_lesson_can_be_changed_when_it_is_held_back(world: World) -> None:
    address = tell(world, who="amina", audience="service").path.split("?")[0]
    sharing = Reader(world, "amina").open(f"{address}/sharing")
    page = sharing.press(
        "Save", audience="group:lisbon", discovery="stub", release_title="Notice about handles",
        share_line="Ask Lisbon.", reason="personal", until=(today() + timedelta(days=30)).isoformat(),
    )  # fmt: skip
    assert page.status == 200, page.words
    shown = Reader(world, "amina").open(f"{address}/sharing").words
    assert f"Everyone sees its address too: {address}." in shown
    tell(world, who="amina", title="Taken", happened="Another.")
    assert "This address is taken" in edit(world, "amina", address, address="taken").beside("address")
    assert edit(world, "amina", address, address="handles").path.split("?")[0] == "/lessons/handles"
    world.settle()
    assert "Notice about handles" in world.get("marek", "/lessons/handles").text
    assert world.get("marek", address).status_code == 404
    assert "look-at-the-handle" not in world.get("marek", "/search?q=notice+handles").text


def test_the_key_of_a_form_counts_for_whoever_used_it_alone(world: World) -> None:
    address = tell(world).path.split("?")[0]
    form = {"key": "k" * 22, "words": "It helped.", "post": ""}
    for who in ("oskar", "marek", "oskar"):
        assert world.post(who, f"{address}/uses", form).status_code == 303, who
    with world.app.app_context(), db.system_session() as session:
        assert len(session.scalars(select(LessonUse)).all()) == 2
    drafts = f"/lessons/drafts/{form['key']}"
    for who, words in (("oskar", "Oskar's beginning."), ("marek", "Marek's beginning.")):
        assert world.post(who, drafts, {"happened": words}).status_code == 200
    world.post("marek", f"{drafts}/removal")
    kept = Reader(world, "oskar").open(f"/lessons/new?draft={form['key']}")
    assert kept.field("happened") == "Oskar's beginning."


def test_a_tap_on_an_older_page_does_not_agree_to_be_named(world: World) -> None:
    address = told_for_okello(world)
    okello = Reader(world, "okello").open(address)
    assert "Your name will be shown" not in okello.words
    edit(world, "tomas", address, attribution="named")
    okello.press(AGREE)
    assert "was changed since you opened the page" in okello.words
    assert names(world, address) == set()
    assert "Your name will be shown with it." in okello.words
    okello.press(AGREE)
    assert names(world, address) == {"Tomás", "Okello"}
