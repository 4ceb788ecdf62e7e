"""The master test: outside of what is held back, a world with it and a world without it are the same.

Oskar tries it here. The crawls of the others take minutes, so they have files of their own that run beside this one:
test_twin_worlds_staff.py and test_twin_worlds_officers.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from tests.people import World
from tests.site import twin_kinds
from tests.site.canaries import CANARY
from tests.site.crawler import crawl, shown
from tests.site.twin_checks import assert_nobody_can_tell, assert_same
from tests.site.twin_kinds import HELD_RUN
from tests.site.twins import CANARIES, COMMENT
from wiki import db, kinds
from wiki.documents.models import Document, DocumentLabel


def test_no_outsider_can_tell_the_worlds_apart(worlds: tuple[World, World]) -> None:
    assert_nobody_can_tell(worlds, "oskar")


@pytest.mark.slow
def test_what_is_hidden_answers_every_method_like_what_is_absent(worlds: tuple[World, World]) -> None:
    without, with_it = worlds
    rules = [rule for rule in with_it.app.url_map.iter_rules() if "slug" in rule.arguments]
    values = {
        "number": 1,
        "name": "plan.txt",
        "grant": "nothing",
        "run": HELD_RUN,
        "step": "s1",
        "key": "b-held",
        "action": twin_kinds.ACTIONS[0],
        "proposal": twin_kinds.PROPOSALS[0],
        "recheck": twin_kinds.RECHECKS[0],
        "public_id": "nothing",
    }
    for who in ("oskar", "gita", None):
        for rule in rules:
            kind = rule.endpoint.split(".")[0]
            for slug, comment in _held_of(kind):
                named = {"slug": slug, "comment": comment, **values}
                made = rule.build({name: named[name] for name in rule.arguments})
                assert made is not None
                for method in ("GET", "HX", "HEAD", "OPTIONS", "POST", "PUT"):
                    answers = [_send(world, who, method, str(made[1])) for world in (without, with_it)]
                    assert_same(*answers, who, method, made[1])


def _held_of(kind: str) -> tuple[tuple[str, str], ...]:
    """Addresses of what is hidden of a kind, each with a comment under it."""
    if kind in twin_kinds.KINDS:
        return ((f"held-{kind}", twin_kinds.comment_ids(kind)[0]),)
    slugs = (CANARIES["guidetitle"],) if kind == "guideline" else (CANARIES["slug"], CANARIES["drafttitle"])
    return tuple((slug, COMMENT) for slug in slugs)


def _send(world: World, who: str | None, method: str, path: str):  # type: ignore[no-untyped-def]
    if method == "POST":
        return world.post(who, path, {"title": "x", "body": "x"})
    if method == "HX":
        return world.get(who, path, headers={"HX-Request": "true"})
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
        assert_same(first, second)
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
    paths = ["/recent", f"/wiki/{CANARIES['slug']}", f"/wiki/{CANARIES['slug']}/history", "/tags", "/groups/consular"]
    paths += ["/", "/comments", "/lessons/", "/playbooks/", "/training/", "/training/tracks/", "/training/modules/"]
    paths += [f"{kinds.kind(kind).prefix}/held-{kind}" for kind in twin_kinds.KINDS]
    paths += ["/training/tracks/open-track", "/lessons/?harm=5", f"/playbooks/held-playbook/runs/{HELD_RUN}"]
    for path in paths:
        assert shown(without.get("oskar", path)) != shown(with_it.get("oskar", path)), path


def test_no_way_of_writing_an_address_tells_more(worlds: tuple[World, World]) -> None:
    """Encodings, upper case, slashes, dots: what is hidden answers like what is absent, with whatever headers."""
    slug, id_ = CANARIES["slug"], "/wiki/hidden-pair"
    written = [
        f"/wiki/{slug}/", f"/wiki/{slug.upper()}", f"/wiki//{slug}", f"//wiki/{slug}", f"/wiki/./{slug}",
        f"/wiki/%2e/{slug}", f"/wiki/x/../{slug}", f"/wiki/x/%2e%2e/{slug}", f"/wiki/%7A{slug[1:]}", f"/wiki/{slug}%20",
        f"/wiki/{slug}%00", f"/wiki/{slug}.html", f"/wiki/{slug}?x=1", f"/wiki/{slug}%3Fx", f"/WIKI/{slug}",
        f"/wiki/{slug}/files/{CANARIES['filename']}.txt", f"/wiki/{slug}/files/{CANARIES['filename']}.TXT/",
        f"/wiki/{slug}/history/1/", f"/wiki/{slug}/diff?from=1&to=x", f"{id_}/", f"{id_.upper()}", f"{id_}%2F",
    ]  # fmt: skip
    headers: tuple[dict[str, str], ...] = (
        {}, {"Range": "bytes=0-9"}, {"If-None-Match": "*"}, {"If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"},
        {"Accept": "application/json"}, {"Accept-Language": "ar"}, {"X-Forwarded-Host": "x"},
    )  # fmt: skip
    without, with_it = worlds
    for who in ("oskar", "gita", "arvo", None):
        for path in written:
            for more in headers if who == "oskar" else headers[:1]:
                answers = [world.get(who, path, headers=more) for world in (without, with_it)]
                assert_same(*answers, who, path, more)
                assert answers[1].status_code < 500, (who, path, more)


def test_nothing_of_what_is_held_back_is_logged_or_mailed(
    worlds: tuple[World, World], caplog: pytest.LogCaptureFixture
) -> None:
    with_it = worlds[1]
    with caplog.at_level("DEBUG"):
        for path in (
            f"/wiki/{CANARIES['slug']}",
            "/search?q=bridge",
            "/wiki/with-passage-page",
            "/notices",
            "/requests",
        ):
            for who in ("leila", "oskar", "ines"):
                with_it.get(who, path)
    said = [record.getMessage() for record in caplog.records if not record.name.startswith("sqlalchemy")]
    hidden = {word for name, word in CANARIES.items() if name not in ("slug", "groupid")}
    assert [line for line in said for word in hidden if word in line] == []
    letters = list(Path(with_it.app.extensions["chancery_settings"].data_dir).rglob("*.eml"))
    assert letters, "the control: people were told by mail, too"
    assert [path for path in letters for word in hidden if word in path.read_text("utf-8", "replace")] == []
