"""Going everywhere: every link a person finds, and every address that can be made of the routes and the known words."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.people import GROUPS, World
from tests.site.twins import CANARIES, FILES, SLUGS, masked

# Answers that must be the same are compared with these headers; the others carry times or random ids.
HEADERS = (
    "Content-Type",
    "Cache-Control",
    "Vary",
    "Allow",
    "Location",
    "Content-Disposition",
    "Content-Security-Policy",
)
_LINK = re.compile(r'(?:href|src|action|hx-get)="(/[^"]*)"')
MOST = 2000


@dataclass
class Crawl:
    """What one person found."""

    pages: dict[str, TestResponse] = field(default_factory=dict)

    def endpoints(self, app: Flask) -> set[str]:
        """The endpoints that gave this person something to read."""
        adapter = app.url_map.bind("localhost")
        good = [path for path, answer in self.pages.items() if answer.status_code < 400]
        return {adapter.match(urlsplit(path).path, return_rule=False)[0] for path in good if _matches(adapter, path)}


def _matches(adapter: object, path: str) -> bool:
    try:
        adapter.match(urlsplit(path).path)  # type: ignore[attr-defined]
    except Exception:
        return False
    return True


def crawl(world: World, who: str | None, more: Iterable[str] = ()) -> Crawl:
    """Follow every link from the home page, and try `more` addresses too."""
    found, waiting = Crawl(), ["/", *more]
    while waiting:
        path = waiting.pop()
        if path in found.pages:
            continue
        assert len(found.pages) < MOST, "a crawl that does not end"
        answer = world.get(who, path)
        # Two worlds that are both broken would look the same.
        assert answer.status_code < 500, (who, path)
        found.pages[path] = answer
        if answer.mimetype == "text/html" and answer.status_code < 400:
            waiting += [link for link in links(answer.text) if link not in found.pages]
    return found


def links(page: str) -> Iterator[str]:
    """The addresses of our own pages in a page; forms that post are not followed."""
    for raw in _LINK.findall(page):
        path = unescape(raw).split("#")[0]
        # Filters of the search combine without end; the questions below try them one by one.
        if path and not path.startswith(("/static/", "//", "/search?")):
            yield path


def addresses(app: Flask) -> list[str]:
    """Every address the routes allow, with every word that anybody might try."""
    made = set()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in ("static", "people.sign_out"):
            continue
        names = sorted(rule.arguments)
        for values in itertools.product(*(_words(rule.endpoint, name) for name in names)):
            made.add(str(rule.build(dict(zip(names, values, strict=True)), append_unknown=False)[1]))  # type: ignore[index]
    return sorted(made | set(_with_questions()))


def _words(endpoint: str, name: str) -> tuple[object, ...]:
    words: dict[str, tuple[object, ...]] = {
        "slug": SLUGS,
        "number": (1, 2, 9),
        "name": FILES,
        "term": ("start", "x", "travel", CANARIES["tag"], CANARIES["stubtag"], "none"),
        "group_id": (*(group[0] for group in GROUPS), CANARIES["groupid"], "none"),
        "public_id": ("nobody",),
        "token": ("nothing",),
        "vocabulary": ("platform", "topic"),
    }
    return words[name]


def _with_questions() -> Iterator[str]:
    for canary in CANARIES.values():
        yield f"/search?q={canary}"
        yield f"/search/suggest?q={canary[:-1]}"
    for question in ("bridge", "open words", "crisis", "zq*", "tag:start", "topic:travel", "owner:consular",
                     "kind:page bridge", "status:draft", "bridgf", "start", "platform:x",
                     "kind:guideline"):  # fmt: skip
        yield f"/search?q={question}"
        yield f"/search/suggest?q={question}"
    for slug in SLUGS:
        yield f"/wiki/{slug}/diff?from=1&to=2"
        yield f"/wiki/new?parent={slug}"
        yield f"/wiki/new?address={slug}"
    for status in ("draft", "in-force", "superseded", "withdrawn"):
        yield f"/guidelines/?status={status}"
    yield "/guidelines/?topic=travel"
    yield "/guidelines/?platform=x"


def shown(answer: TestResponse) -> tuple[int, tuple[tuple[str, str], ...], str]:
    """Everything of an answer that a person could compare."""
    headers = tuple((name, masked(answer.headers.get(name, ""))) for name in HEADERS)
    return (
        answer.status_code,
        headers,
        masked(answer.text) if answer.mimetype.startswith(("text/", "application/json")) else "",
    )
