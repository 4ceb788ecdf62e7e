"""Guidelines in the search: by the number people cite, and below others while their review is late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from guidelines.guides import citing, numbers
from guidelines.guides.keeping import reviews
from guidelines.guides.models import Guideline
from tests.guidelines.rules_at_work import edit, rule
from tests.journeys.reader import Reader
from tests.people import World
from tests.site.test_queries import cost
from tests.site.twins import masked
from wiki import db
from wiki.documents.sharing import Sharing
from wiki.people.viewer import today

BODY = "## First hour\n\nStop the queue.\n\n## Later\n\nLook again."
HIDDEN = Sharing(("group:lisbon",), "hidden", reason="source")


@pytest.fixture(autouse=True)
def one_number_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    wishes = iter(range(412, 500))
    monkeypatch.setattr(numbers, "draw", lambda guideline, among: next(wishes))


def suggested(world: World, who: str, typed: str) -> list[dict[str, Any]]:
    found: Any = world.get(who, "/search/suggest?" + urlencode({"q": typed})).json
    return list(found["suggestions"])


def results(world: World, who: str, typed: str, **more: str) -> Reader:
    return Reader(world, who).open("/search?" + urlencode({"q": typed, **more}))


def first(page: Reader) -> str:
    """The first answer, as words."""
    hits = page.answer.text.split('<li class="hit', 1)
    return hits[1].split("</li>")[0] if len(hits) > 1 else ""


@pytest.mark.parametrize("typed", ["G-412", "g412", " g 412 ", "G–412"])
def test_a_number_leads_to_its_guideline_before_what_speaks_of_it(world: World, typed: str) -> None:
    address = rule(world, "Posting in a crisis", BODY)
    world.write("Notes on G-412", "G-412 is good. G 412, g412: G-412!", by="ines")
    world.settle()
    hit = first(results(world, "oskar", typed))
    assert f'href="{address}"' in hit
    assert "G-412" in hit
    assert suggested(world, "oskar", typed)[0] == {
        "title": "G-412 Posting in a crisis", "url": address, "kind": "Guideline"
    }  # fmt: skip


@pytest.mark.parametrize("typed", ["G-412 §2", "g412 § 2", "G-412 section 2", "G-412 2"])
def test_a_section_is_named_with_it(world: World, typed: str) -> None:
    address = rule(world, "Posting in a crisis", BODY)
    hit = first(results(world, "oskar", typed))
    assert f'href="{address}#s-later"' in hit
    assert "§\u00a02" in hit
    assert suggested(world, "oskar", typed)[0]["url"] == f"{address}#s-later"


def test_a_section_that_is_not_there_leads_to_the_guideline(world: World) -> None:
    address = rule(world, "Posting in a crisis", BODY)
    for typed in ("G-412 §9", "G-412 §0"):
        assert f'href="{address}"' in first(results(world, "oskar", typed))


def test_the_pages_after_the_first_go_on_where_it_ended(world: World) -> None:
    rule(world, "Posting in a crisis", BODY)
    for at in range(11):
        world.write(f"Note {at}", "As G-412 says.", by="ines")
    world.settle()
    one, two = results(world, "oskar", "G-412"), results(world, "oskar", "G-412", page="2")
    assert "12 answers" in one.words
    assert "12 answers" in two.words
    assert one.answer.text.count('<li class="hit') == 10
    assert two.answer.text.count('<li class="hit') == 2


def test_filters_ask_for_what_they_say(world: World) -> None:
    rule(world, "Posting in a crisis", BODY)
    assert "Posting in a crisis" not in results(world, "oskar", "G-412", kind="lesson").words


def test_a_number_of_something_held_back_answers_like_one_that_nobody_has(world: World) -> None:
    rule(world, "Secret rule", BODY, sharing=HIDDEN, owner="lisbon")
    stub = Sharing(("group:lisbon",), "stub", "Open words", "A line.", reason="source")
    rule(world, "Held rule", BODY, sharing=stub, owner="lisbon")
    assert "Secret rule" in results(world, "amina", "G-412").words, "the control"
    assert "Held rule" in results(world, "amina", "G-413").words, "the control"
    for typed in ("G-%s", "g%s", "G-%s §1"):
        nobody = results(world, "oskar", typed % 499).answer.text.replace("499", "")
        for number in (412, 413):
            text = results(world, "oskar", typed % number).answer.text
            assert masked(text.replace(str(number), "")) == masked(nobody)
            assert suggested(world, "oskar", typed % number) == []
    with world.app.app_context(), db.system_session() as session:
        viewer = world.viewer("oskar")
        assert citing.find(session, viewer, "G-412") is None
        assert citing.find(session, world.viewer("amina"), "G-412") is not None, "the control"


def test_a_heading_that_is_gone_is_not_told(world: World) -> None:
    address = rule(world, "Posting in a crisis", BODY)
    edit(world, address, "## First hour\n\nStop the queue.")
    page = first(results(world, "oskar", "G-412 §2"))
    assert "Later" in page, "the control: readers have the text in force"


def set_day(world: World, address: str, years: int) -> None:
    number = world.document(address).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Guideline, number).review_on = today() + timedelta(days=365 * years)


def titles(page: Reader) -> list[str]:
    return [words for words, url in page.links().items() if url.startswith("/guidelines/") and "crisis" in words]


def test_what_is_late_sinks_and_says_so(world: World) -> None:
    rule(world, "One crisis", BODY)
    late = rule(world, "Two crisis", BODY)
    page = results(world, "oskar", "crisis")
    assert titles(page) == ["Two crisis", "One crisis"]
    assert "review is late" not in page.words
    set_day(world, late, -1)
    page = results(world, "oskar", "crisis")
    assert titles(page) == ["One crisis", "Two crisis"]
    assert page.words.count("Its review is late: it was due on") == 1
    set_day(world, late, 1)
    assert "review is late" not in results(world, "oskar", "crisis").words


def test_what_is_late_is_asked_once_for_each_question(world: World) -> None:
    one = cost(world, "/search?q=crisis", "oskar")
    for at in range(6):
        set_day(world, rule(world, f"Crisis {at}", BODY), -1)
    several = cost(world, "/search?q=crisis", "oskar")
    assert "review is late" in results(world, "oskar", "crisis").words, "the control"
    # The hits themselves, their successors and the words of facets are asked for together.
    assert several <= one + 3


def test_of_what_is_held_back_nobody_is_told_that_it_is_late(world: World) -> None:
    secret = rule(world, "Secret crisis", BODY, sharing=HIDDEN, owner="lisbon")
    set_day(world, secret, -1)
    with world.app.app_context(), db.system_session() as session:
        assert list(reviews.late(session, world.viewer("amina"))) == [world.document(secret).id], "the control"
        assert reviews.late(session, world.viewer("oskar")) == {}
