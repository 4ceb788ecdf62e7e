"""The master test: outside of what is held back, a world with it and a world without it are the same."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import AppMaker
from tests.people import World
from tests.site import twins
from tests.site.crawler import Crawl, addresses, crawl, shown
from tests.site.twins import CANARIES, CANARY, INSIDERS, OUTSIDERS
from wiki import db
from wiki.documents.models import Document, DocumentLabel

# The others are crawled in CI.
QUICK = "oskar"


def _pair(maker: AppMaker) -> tuple[World, World]:
    without, with_it = World(maker("without")), World(maker("with"))
    twins.furnish(without, held=False)
    twins.furnish(with_it, held=True)
    return without, with_it


@pytest.fixture(scope="module")
def worlds(make_shared_app: AppMaker) -> Iterator[tuple[World, World]]:
    """The pair, for tests that only look."""
    with twins.a_stopped_clock(), twins.the_same_ids_in_both_worlds():
        yield _pair(make_shared_app)


@pytest.fixture
def own_worlds(make_app: AppMaker) -> Iterator[tuple[World, World]]:
    """A pair for a test that writes."""
    with twins.a_stopped_clock(), twins.the_same_ids_in_both_worlds():
        yield _pair(make_app)


_crawls: dict[tuple[int, str | None], Crawl] = {}


def _everywhere(world: World, who: str | None) -> Crawl:
    """Everything this person finds in a world nobody changes, crawled once."""
    key = (id(world), who)
    if key not in _crawls:
        _crawls[key] = crawl(world, who, addresses(world.app))
    return _crawls[key]


_EVERYBODY = [QUICK, *(pytest.param(who, marks=pytest.mark.slow) for who in OUTSIDERS if who != QUICK)]


@pytest.mark.parametrize("who", _EVERYBODY)
def test_no_outsider_can_tell_the_worlds_apart(worlds: tuple[World, World], who: str | None) -> None:
    without, with_it = worlds
    first, second = _everywhere(without, who), _everywhere(with_it, who)
    assert set(first.pages) == set(second.pages)
    for path in first.pages:
        _assert_same(first.pages[path], second.pages[path], path)
    _assert_no_canary(second)


def _assert_same(first: TestResponse, second: TestResponse, *where: object) -> None:
    one, two = shown(first), shown(second)
    if one != two:
        lines = difflib.unified_diff(one[2].splitlines(), two[2].splitlines(), "without", "with", n=0, lineterm="")
        raise AssertionError(f"{where}: {one[:2]} {two[:2]}\n" + "\n".join(list(lines)[:20]))


def _assert_no_canary(found: Crawl) -> None:
    for path, answer in found.pages.items():
        words = {path, *path.replace("=", "/").split("/")}
        for canary in CANARIES.values():
            # An address that a person typed themselves may be repeated to them; nothing else may.
            typed = any(canary in word or (word in canary and word.startswith(CANARY)) for word in words)
            if not typed:
                assert canary not in answer.text, (path, canary)
                assert canary not in str(answer.headers), (path, canary)


@pytest.mark.slow
def test_every_canary_is_found_by_those_it_is_shared_with(worlds: tuple[World, World]) -> None:
    """The control of the tests above: a crawl that reaches nothing would prove nothing."""
    _without, with_it = worlds
    seen = ""
    for who in INSIDERS:
        seen += "".join(answer.text for answer in _everywhere(with_it, who).pages.values())
    own = "".join(answer.text for answer in crawl(with_it, "leila").pages.values())
    never_on_a_page = {"groupid"}
    for name in set(CANARIES) - never_on_a_page:
        assert CANARIES[name] in seen, f"{name} is reached by nobody"
    for name in ("title", "body", "heading", "purpose", "tag", "stubbody", "childtitle", "bintitle", "drafttitle"):
        assert CANARIES[name] in own, f"{name} is not reached by links alone"


@pytest.mark.slow
def test_the_crawl_reaches_every_page_there_is(worlds: tuple[World, World]) -> None:
    _without, with_it = worlds
    reached: set[str] = set()
    for who in (*INSIDERS, *OUTSIDERS):
        reached |= _everywhere(with_it, who).endpoints(with_it.app)
    everything = {rule.endpoint for rule in with_it.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    # Links that work once are tested where they are made.
    assert everything - reached <= {"people.welcome"}


@pytest.mark.slow
def test_what_is_hidden_answers_every_method_like_what_is_absent(worlds: tuple[World, World]) -> None:
    without, with_it = worlds
    rules = [rule for rule in with_it.app.url_map.iter_rules() if "slug" in rule.arguments]
    values = {"number": 1, "name": "plan.txt", "grant": "nothing"}
    for who in ("oskar", "gita", None):
        for rule in rules:
            there = (
                (CANARIES["guidetitle"],)
                if "guideline" in rule.endpoint
                else (CANARIES["slug"], CANARIES["drafttitle"])
            )
            for slug in there:
                made = rule.build({"slug": slug, **{n: values[n] for n in rule.arguments if n in values}})
                assert made is not None
                for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"):
                    answers = [_send(world, who, method, str(made[1])) for world in (without, with_it)]
                    _assert_same(*answers, who, method, made[1])


def _send(world: World, who: str | None, method: str, path: str):  # type: ignore[no-untyped-def]
    if method == "POST":
        return world.post(who, path, {"title": "x", "body": "x"})
    return world.client(who).open(path, method=method, buffered=True)


def test_taking_the_address_of_something_hidden_looks_like_taking_a_free_one(own_worlds: tuple[World, World]) -> None:
    slug = CANARIES["slug"]
    pages = []
    for world in own_worlds:
        form = {
            "title": "Mine",
            "body": "words",
            "owner": "jakarta",
            "audience": "service",
            "address": slug,
            "lang": "en",
        }
        answer = world.post("oskar", "/wiki/new", form)
        assert answer.status_code == 303
        world.settle()
        pages.append([answer, world.get("oskar", f"/wiki/{slug}")])
    for first, second in zip(*pages, strict=True):
        _assert_same(first, second)
    # Nothing was lost: those inside find the hidden page at an address of its own.
    inside = crawl(own_worlds[1], "leila")
    assert any(CANARIES["body"] in answer.text for answer in inside.pages.values())


def test_the_stub_shows_what_was_released_and_nothing_else(worlds: tuple[World, World]) -> None:
    _without, with_it = worlds
    page = with_it.get("oskar", "/wiki/wrong-bridge")
    assert page.status_code == 403
    for released in ("The photograph of the bridge", "A wrong picture was shared", "Consular Directorate", "Crisis"):
        assert released in page.text
    assert CANARY not in page.text
    assert with_it.get("gita", "/wiki/wrong-bridge").status_code == 404, "guests find no stubs"
    assert CANARIES["stubbody"] in with_it.get("bruno", "/wiki/wrong-bridge").text


def test_a_rule_that_lets_everybody_in_is_noticed(own_worlds: tuple[World, World]) -> None:
    """A control: where what is held back is open by mistake, the comparison must fail."""
    without, with_it = own_worlds
    with with_it.app.app_context(), db.system_session(writing=True) as session:
        open_already = set(session.scalars(select(DocumentLabel.document_id).where(DocumentLabel.label == "service")))
        closed = set(session.scalars(select(Document.id))) - open_already
        assert closed
        session.add_all(DocumentLabel(document_id=number, label="service") for number in closed)
    paths = ("/recent", f"/wiki/{CANARIES['slug']}", f"/wiki/{CANARIES['slug']}/history", "/tags", "/groups/consular")
    for path in paths:
        assert shown(without.get("oskar", path)) != shown(with_it.get("oskar", path)), path
