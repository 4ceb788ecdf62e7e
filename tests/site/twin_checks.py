"""What the tests of the twin worlds share: making the pair, visiting it once for each person, and comparing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from werkzeug.test import TestResponse

from tests.conftest import BACKEND, AppMaker
from tests.people import World, email
from tests.site import report, twin_kinds, twin_pairs, twins
from tests.site.canaries import CANARY, id_of
from tests.site.crawler import Answer, Crawl, addresses, crawl, shown
from tests.site.twins import CANARIES
from wiki.people.models import Person

PRIVATE = twin_kinds.PRIVATE | twin_pairs.PRIVATE
Worlds = tuple[World, World]


def pair(maker: AppMaker) -> Worlds:
    """World A, without what is held back, and world B, with it."""
    without, with_it = World(maker("without")), World(maker("with"))
    twins.furnish(without, held=False)
    twins.furnish(with_it, held=True)
    return without, with_it


_crawls: dict[tuple[int, str | None], Crawl] = {}


def everywhere(world: World, who: str | None) -> Crawl:
    """Everything this person finds in a world nobody changes, crawled once."""
    key = (id(world), who)
    if key not in _crawls:
        _crawls[key] = crawl(world, who, addresses(world.app, who))
    return _crawls[key]


def assert_nobody_can_tell(worlds: Worlds, who: str | None) -> None:
    """Visit both worlds as somebody outside; they must be the same, and no canary may stand in either."""
    first, second = (everywhere(world, who) for world in worlds)
    paths = _compared(first, who)
    assert paths == _compared(second, who)
    for path in sorted(paths):
        assert_same(first.pages[path], second.pages[path], who, path)
    assert_no_canary(second)
    assert_nothing_private(second, who)
    report.note("the same in both worlds", seen_by=who or "nobody", pages=len(paths), database=BACKEND)


def _compared(found: Crawl, who: str | None) -> set[str]:
    """All but those few pages that are made to tell this person of what is held back, in numbers and codes."""
    return {path for path in found.pages if path.split("?")[0] not in _told(found, who)}


def _told(found: Crawl, who: str | None) -> set[str]:
    if who == "ada":
        # She looks after hidden groups too.
        return {path.split("?")[0] for path in found.pages if _is_admin(path)}
    return twins.MAY_DIFFER.get(who or "", set())


def _is_admin(path: str) -> bool:
    return path.split("?")[0].startswith("/admin")


def assert_same(first: TestResponse | Answer, second: TestResponse | Answer, *where: object) -> None:
    """Two answers in which nobody could see a difference."""
    one, two = shown(first), shown(second)
    if one != two:
        lines = difflib.unified_diff(one[2].splitlines(), two[2].splitlines(), "without", "with", n=0, lineterm="")
        raise AssertionError(f"{where}: {one[:2]} {two[:2]}\n" + "\n".join(list(lines)[:20]))


def assert_no_canary(found: Crawl) -> None:
    """No word of what is held back stands in any answer, but for what somebody typed themselves."""
    for path, answer in found.pages.items():
        said = answer.said
        if CANARY not in said:
            continue
        words = {path, *path.replace("=", "/").split("/")}
        known = {"groupname", "groupid", "cellname"} if _is_admin(path) and answer.status_code == 200 else set()
        for canary in (word for name, word in CANARIES.items() if name not in known and word in said):
            # An address that a person typed themselves may be repeated to them; nothing else may.
            assert any(canary in word or (word in canary and word.startswith(CANARY)) for word in words), (path, canary)


def assert_nothing_private(found: Crawl, who: str | None) -> None:
    """What stands in an open document and is not for everybody, and what is somebody's own."""
    theirs = {canary for canary, allowed in PRIVATE.items() if who in allowed}
    named = (twin_kinds.NAME, id_of(Person, email(twin_kinds.NAMELESS)))
    for path, answer in found.pages.items():
        said = answer.said
        for canary in set(PRIVATE) - theirs:
            if canary[:-1] not in path:
                assert canary not in said, (who, path, canary)
        if is_of_people(path):
            assert twin_kinds.TOLD_BY_POST not in said, (who, path)
        else:
            # Whoever looks at a page as somebody else is told as whom.
            shown_names = [name for name in named if name in said and name not in path and named[1] not in path]
            assert not shown_names or path.startswith("/log"), (who, path)


def is_of_people(path: str) -> bool:
    """Whether a page is about people, where the name of whoever tells lessons by the post may stand."""
    return path.split("?")[0].startswith(("/people", "/admin"))


def unsaid(answer: TestResponse, data: object, who: str | None) -> list[str]:
    """Canaries that were told without having been asked about, in what was sent or in an address."""
    said = f"{answer.text} {answer.headers}"
    if CANARY not in said:
        return []
    asked = str(data)
    private = [words for words, allowed in PRIVATE.items() if who not in allowed]
    named = [] if is_of_people(asked) else [twin_kinds.NAME]
    names = [*CANARIES.values(), *named, *private]
    return [canary for canary in names if canary in said and canary not in asked]


def assert_pages_are_the_same(worlds: Worlds, who: str | None, paths: Iterable[str], asked: object = "") -> None:
    """Ask for each of these addresses in both worlds; nothing may differ, and no canary may stand there unasked."""
    for path in paths:
        first, second = (world.get(who, path) for world in worlds)
        assert_same(first, second, who, path)
        assert unsaid(second, f"{path} {asked}", who) == [], (who, path)
