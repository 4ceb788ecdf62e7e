"""Going everywhere: every link a person finds, and every address that can be made of the routes and the known words."""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.people import GROUPS, World, email
from tests.site import twin_kinds, twin_opened, twin_pairs, twin_platforms, twin_rules
from tests.site.canaries import id_of
from tests.site.twins import CANARIES, COMMENT, FILES, GUIDELINES, PAGES, masked
from wiki import kinds
from wiki.documents.models import Page
from wiki.people.models import Person
from wiki.people.viewer import today

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
MOST = 3000
# Those who ask for each word that is held back: of the others, rights differ and the search does not.
ASKS_EVERYTHING = ("oskar", "gita")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is kept of an answer: thousands are compared, and each whole one would hold its request and more."""

    status_code: int
    mimetype: str
    headers: Headers
    text: str

    @classmethod
    def of(cls, answer: TestResponse) -> Answer:
        """All of it that a person could see."""
        return cls(answer.status_code, answer.mimetype, answer.headers, answer.text)

    @property
    def said(self) -> str:
        """Every letter of it."""
        return f"{self.text} {self.headers}"


@dataclass
class Crawl:
    """What one person found."""

    pages: dict[str, Answer] = field(default_factory=dict)

    def endpoints(self, app: Flask) -> set[str]:
        """The endpoints that gave this person something to read."""
        good = (path for path, answer in self.pages.items() if answer.status_code < 400)
        return {found for path in good if (found := _endpoint(app, path))}


def _endpoint(app: Flask, path: str) -> str | None:
    try:
        return app.url_map.bind("localhost").match(urlsplit(path).path)[0]
    except HTTPException:
        return None


def crawl(world: World, who: str | None, more: Iterable[str] = (), *, to: Container[str] | None = None) -> Crawl:
    """Follow every link from the home page, and try `more` addresses too; if `to` is given, those endpoints only."""
    found, waiting = Crawl(), [path for path in more if to is None or _endpoint(world.app, path) in to]
    waiting.append("/")
    while waiting:
        path = waiting.pop()
        if path in found.pages:
            continue
        assert len(found.pages) < MOST, "a crawl that does not end"
        answer = Answer.of(world.get(who, path))
        # Two worlds that are both broken would look the same.
        assert answer.status_code < 500, (who, path)
        found.pages[path] = answer
        if answer.mimetype == "text/html" and answer.status_code < 400:
            new = (link for link in links(answer.text) if link not in found.pages)
            waiting += [link for link in new if to is None or _endpoint(world.app, link) in to]
    return found


def links(page: str) -> Iterator[str]:
    """The addresses of our own pages in a page; forms that post are not followed."""
    for raw in _LINK.findall(page):
        path = unescape(raw).split("#")[0]
        # Filters of the search combine without end; the questions below try them one by one. Every page that is closed
        # leads to the same form to sign in.
        if path and not path.startswith(("/static/", "//", "/search?", "/sign-in?")):
            yield path


def addresses(app: Flask, who: str | None = ASKS_EVERYTHING[0]) -> list[str]:
    """Every address the routes allow, with every word that somebody might try."""
    made = set()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in ("static", "people.sign_out"):
            continue
        names = sorted(rule.arguments)
        for values in itertools.product(*(_words(rule.endpoint, name) for name in names)):
            made.add(str(rule.build(dict(zip(names, values, strict=True)), append_unknown=False)[1]))  # type: ignore[index]
    asked = _about_every_word() if who in ASKS_EVERYTHING else ()
    return sorted(made | set(_with_questions()) | set(asked))


_BY_NUMBER = ("guideline.numbered", "guideline.section")


def _words(endpoint: str, name: str) -> tuple[object, ...]:
    kind = endpoint.split(".")[0]
    words: dict[str, tuple[object, ...]] = {
        "slug": _slugs(kind),
        "number": tuple(map(twin_rules.number_of, GUIDELINES)) if endpoint in _BY_NUMBER else (1, 2),
        "section": (1, 2),
        "comment": twin_kinds.comment_ids(kind) if kind in twin_kinds.KINDS else (COMMENT,),
        "run": (*twin_kinds.RUNS, "nothing"),
        "key": ("b-open", "b-held", "nothing"),
        "name": FILES,
        "term": ("start", "x", "travel", CANARIES["tag"], CANARIES["stubtag"], "none"),
        "group_id": (*(group[0] for group in GROUPS), CANARIES["groupid"], twin_pairs.CELL, "none"),
        "public_id": ("nobody", *(id_of(Person, email(who)) for who in (twin_kinds.NAMELESS, "bruno"))),
        "token": ("nothing",),
        "vocabulary": ("platform", "topic"),
        "platform": ("x", "none"),
        "target": (
            "nothing",
            *twin_pairs.TARGETS,
            *twin_opened.TARGETS,
            id_of(Page, f"{CANARIES['slug']} consular None"),
        ),
        "request_id": ("nothing", *twin_pairs.REQUESTS),
        "quarantine": ("nothing", *twin_pairs.QUARANTINES),
        "report": ("nothing",),
        "alarm": ("nothing",),
        "grant": ("nothing",),
        "action": twin_kinds.ACTIONS,
        "proposal": twin_kinds.PROPOSALS,
        "recheck": twin_kinds.RECHECKS,
        "booklet": twin_rules.BOOKLETS,
    }
    return words[name]


def _slugs(kind: str) -> tuple[str, ...]:
    if kind in twin_kinds.KINDS:
        return (*twin_kinds.slugs_of(kind), f"with-passage-{kind}")
    return GUIDELINES if kind == "guideline" else PAGES


def _about_every_word() -> Iterator[str]:
    for name, canary in CANARIES.items():
        yield f"/search?q={canary}"
        if "title" in name:
            yield f"/search/suggest?q={canary[:-1]}"
        if name in ("tag", "groupname", "cellname", "helpwords", "moduletitle"):
            yield f"/people?q={canary}"


def _with_questions() -> Iterator[str]:
    for name in ("body", "title", "stubbody", "passagewords"):
        yield f"/search?q={CANARIES[name]}"
    for question in ("bridge", "open words", "crisis", "zq*", "tag:start", "topic:travel", "owner:consular",
                     "kind:page bridge", "status:draft", "bridgf", "start", "platform:x",
                     "kind:guideline"):  # fmt: skip
        yield f"/search?q={question}"
        yield f"/search/suggest?q={question}"
    for slug in PAGES:
        yield f"/wiki/{slug}/diff?from=1&to=2"
        yield f"/wiki/new?parent={slug}"
        yield f"/wiki/new?address={slug}"
    for status in ("draft", "in-force", "superseded", "withdrawn"):
        yield f"/guidelines/?status={status}"
    yield f"/people?post={CANARIES['groupid']}"
    yield "/people?post=jakarta&language=en"
    yield f"/people?post={twin_pairs.CELL}"
    yield f"/search?q=owner:{twin_pairs.CELL}"
    yield f"/lessons/?post={twin_pairs.CELL}"
    yield "/search?q=rule of old"
    yield "/log/mine?before=9"
    yield "/requests?show=answered"
    yield f"/people?q={CANARIES['moduletitle']}"
    yield f"/people?q={CANARIES['helpwords']}"
    yield "/guidelines/?topic=travel"
    yield "/guidelines/?platform=x"
    yield from twin_platforms.QUESTIONS
    yield from _with_questions_of_kinds()


def _with_questions_of_kinds() -> Iterator[str]:
    """Filters, places in lists, and forms that begin with something."""
    for kind in twin_kinds.KINDS:
        prefix = kinds.kind(kind).prefix
        yield f"/search?q=kind:{kind} bridge"
        yield f"/search?q=bridge&kind={kind}"
        for slug in twin_kinds.slugs_of(kind):
            yield f"{prefix}/{slug}/diff?from=1&to=2"
            yield f"{prefix}/{slug}/diff?from=1&to=2&as=written"
            yield f"{prefix}/{slug}/comments?after=50"
            yield f"{prefix}/new?parent={slug}"
    for chosen in ("nature=near-miss", "nature=surprise", "platform=x", "topic=crisis", "topic=travel", "harm=2",
                   "harm=4", "harm=5", "state=identified", "state=observed", "post=consular", "post=jakarta",
                   f"post={CANARIES['groupid']}", "after=30"):  # fmt: skip
        yield f"/lessons/?{chosen}"
    yield f"/lesson-month?month={today():%Y-%m}"
    for key in twin_kinds.BEGUN.values():
        yield f"/lessons/new?draft={key}"
    yield "/lessons/new?happened=The+bridge+closed"
    for topic in ("crisis", "travel"):
        yield f"/training/modules/?topic={topic}"
    for slug in ("held-playbook", "open-playbook"):
        for run in twin_kinds.RUNS:
            yield f"/playbooks/{slug}/runs/{run}?step=s1"
        yield f"/playbooks/{slug}/runs?after=30"
    for name in twin_kinds.PRIVATE:
        yield f"/search?q={name}"
        yield f"/search/suggest?q={name[:-1]}"
    yield f"/search?q={twin_kinds.NAME}"
    yield f"/people?q={twin_kinds.NAME}"
    yield "/guidelines/posting-in-a-crisis/settlements?revision=1"
    yield from twin_rules.questions(GUIDELINES)


def shown(answer: TestResponse | Answer) -> tuple[int, tuple[tuple[str, str], ...], str]:
    """Everything of an answer that a person could compare."""
    headers = tuple((name, masked(answer.headers.get(name, ""))) for name in HEADERS)
    return (
        answer.status_code,
        headers,
        masked(answer.text) if answer.mimetype.startswith(("text/", "application/json")) else "",
    )
