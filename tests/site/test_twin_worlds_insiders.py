"""The controls of the master test: those who are inside find every canary, and every page is reached by somebody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import AppMaker
from tests.people import World
from tests.site import twin_kinds, twins
from tests.site.crawler import Crawl, addresses, crawl
from tests.site.twin_checks import PRIVATE, assert_nothing_private, everywhere, is_of_people
from tests.site.twins import CANARIES, INSIDERS, OUTSIDERS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def with_it(make_shared_app: AppMaker) -> Iterator[World]:
    """The world with what is held back, for tests that only look."""
    with twins.a_stopped_clock(), twins.the_same_ids_in_both_worlds():
        world = World(make_shared_app("with"))
        twins.furnish(world, held=True)
        yield world


_by_links: dict[str | None, Crawl] = {}


def by_links(world: World, who: str | None) -> Crawl:
    """What this person finds by following links from the home page."""
    if who not in _by_links:
        _by_links[who] = crawl(world, who)
    return _by_links[who]


@pytest.mark.parametrize("who", INSIDERS)
def test_what_is_private_in_the_open_is_private_to_insiders_too(with_it: World, who: str) -> None:
    assert_nothing_private(everywhere(with_it, who), who)


def test_what_is_private_is_shown_to_those_it_is_for(with_it: World) -> None:
    for canary, allowed in PRIVATE.items():
        for who in allowed & {*INSIDERS, *OUTSIDERS, "tomas"} - {"leila"}:
            found = everywhere(with_it, who) if who in INSIDERS else by_links(with_it, who)
            pages = found.pages.items()
            assert [path for path, answer in pages if canary[:-1] not in path and canary in answer.text], (canary, who)
    oskar = by_links(with_it, "oskar").pages
    assert twin_kinds.TOLD_BY_POST in oskar["/lessons/open-lesson"].text
    assert "I would do it again" in oskar["/lessons/open-lesson"].text
    assert any(twin_kinds.NAME in answer.text for path, answer in oskar.items() if is_of_people(path))


def test_every_canary_is_found_by_those_it_is_shared_with(with_it: World) -> None:
    """A crawl that reaches nothing would prove nothing."""
    seen = "".join(answer.text for who in INSIDERS for answer in everywhere(with_it, who).pages.values())
    own = "".join(answer.text for answer in by_links(with_it, "leila").pages.values())
    never_on_a_page = {"groupid"}
    for name in set(CANARIES) - never_on_a_page:
        assert CANARIES[name] in seen, f"{name} is reached by nobody"
    for name in ("title", "body", "heading", "purpose", "tag", "stubbody", "childtitle", "bintitle", "drafttitle"):
        assert CANARIES[name] in own, f"{name} is not reached by links alone"


def test_the_crawl_reaches_every_page_there_is(with_it: World) -> None:
    """Of those outside, each goes everywhere in a test of its own; here they go only where nobody was yet."""
    app = with_it.app
    everything = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    reached: set[str] = set()
    for who in INSIDERS:
        reached |= everywhere(with_it, who).endpoints(app)
    for who in OUTSIDERS:
        reached |= crawl(with_it, who, addresses(app, who), to=everything - reached).endpoints(app)
    # Links that work once are tested where they are made.
    assert everything - reached <= {"people.welcome"}
