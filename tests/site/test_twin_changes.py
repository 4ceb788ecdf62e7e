"""Changes around what is held back: somebody outside sees the same before and after in a world with it and without.

A file of the same bytes, an import over an address, a copy kept by a browser, a transfer, a broken glass.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.people import World, _enter, email
from tests.site import twin_opened, twin_pairs, twins
from tests.site.canaries import soon
from tests.site.crawler import shown
from tests.site.test_twin_posts import AFTERWARDS
from tests.site.twin_checks import Worlds, assert_pages_are_the_same, assert_same, unsaid
from tests.site.twins import CANARIES, OUTSIDERS
from wiki import clocks, db
from wiki.access.policy import Role
from wiki.documents import operations
from wiki.documents.models import Document
from wiki.documents.sharing import Sharing
from wiki.people.models import Membership, Person

SLUG, FILE = CANARIES["slug"], f"{CANARIES['filename']}.txt"
WORDS = CANARIES["filetext"].encode()
AROUND = (
    *(f"/wiki/{SLUG}{more}" for more in ("", "/history", "/files", f"/files/{FILE}", "/comments", "-child")),
    *(f"/wiki/{slug}" for slug in twin_opened.PAGES), "/wiki/hidden-pair", "/wiki/wrong-bridge",
    "/wiki/child-of-the-pair", "/wiki/links-to-everything", "/wiki/links-to-the-pair",
    "/wiki/", "/tags", "/tags/start", "/groups/consular",
    "/groups", "/people", "/guidelines/", f"/guidelines/{CANARIES['guidetitle']}", "/search?q=zq*", "/search?q=long",
    "/log/mine/opened", "/requests", "/lessons/held-lesson", "/playbooks/held-playbook",
    "/training/modules/held-module", "/training/tracks/held-track",
)  # fmt: skip


def enter(worlds: Worlds, who: str, **facts: Any) -> None:
    """Somebody new in both worlds."""
    for world in worlds:
        with world.app.app_context(), db.system_session(writing=True) as session:
            _enter(session, who, {"name": who.title(), **facts})


def upload(world: World, who: str, place: str, name: str) -> TestResponse:
    return world.post(who, place, {"file": (io.BytesIO(WORDS), name)})


@pytest.mark.parametrize("name", ["mine.txt", FILE])
def test_a_file_with_the_bytes_of_a_hidden_one_is_a_file_like_any_other(worlds: Worlds, name: str) -> None:
    place = "/wiki/papers-of-oskar/files"
    asked = {"file": WORDS.decode(), "name": name}
    for act in (
        lambda world: upload(world, "oskar", place, name),
        lambda world: upload(world, "oskar", place, name),
        lambda world: world.get("oskar", f"{place}/{name}"),
        lambda world: world.get("oskar", f"/search?q={WORDS.decode()}"),
        lambda world: world.post("oskar", f"{place}/{name}/removal"),
        lambda world: world.get("oskar", f"{place}/{name}"),
        lambda world: upload(world, "oskar", "/wiki/hidden-pair/files", name),
    ):
        first, second = (act(world) for world in worlds)
        assert_same(first, second, name)
        assert first.headers.get("ETag") == second.headers.get("ETag")
        assert unsaid(second, asked, "oskar") == []
        for world in worlds:
            world.settle()
    assert_pages_are_the_same(worlds, "oskar", (place, "/wiki/papers-of-oskar", "/recent", "/notices", "/log/mine"))
    with worlds[1].app.app_context():
        clocks.run_now_and_then()
    assert worlds[1].get("leila", f"/wiki/{SLUG}/files/{FILE}").data == WORDS, "the control: hers stays"


def test_a_copy_kept_by_a_browser_is_not_confirmed_once_it_is_shut_away(worlds: Worlds) -> None:
    paths, kept = [], {}
    for world in worlds:
        for title in ("Once open", "Once told"):
            address = world.write(title, "Open words of the bridge.", by="amina", owner="lisbon")
            assert upload(world, "amina", f"{address}/files", "plan.txt").status_code == 303
            paths = [f"{address}{more}" for more in ("", "/files/plan.txt", "/history/1", "/comments", "/history")]
            kept |= {path: tag for path in paths if (tag := world.get("oskar", path).headers.get("ETag"))}
    assert {"/wiki/once-open", "/wiki/once-open/files/plan.txt", "/wiki/once-told"} <= set(kept)
    for path, tag in kept.items():
        for world in worlds:
            assert world.get("oskar", path, headers={"If-None-Match": tag}).status_code == 304, "the control"
    _shut_away(worlds)
    for path, tag in kept.items():
        for asked in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            first, second = (world.get("oskar", path, headers={"If-None-Match": asked}) for world in worlds)
            assert_same(first, second, path, asked)
            assert second.status_code == (403 if path == "/wiki/once-told" else 404), (path, asked)
            assert "ETag" not in second.headers, path


def _shut_away(worlds: Worlds) -> None:
    """One page is gone where the other world hides it; the other one is behind a notice in both."""
    without, with_it = worlds
    amina = without.viewer("amina")
    _change(without, "once-open", lambda session, document: operations.bin_document(session, document, by=amina))
    hidden = Sharing(("group:lisbon",), "hidden", reason="source", until=soon())
    _change(with_it, "once-open", lambda session, document: operations.share(session, document, hidden, by=None))
    stub = Sharing(("group:lisbon",), "stub", "A title", "A line.", "negotiation", soon())
    twin_pairs.agreed_to(with_it)
    for world in worlds:
        _change(world, "once-told", lambda session, document: operations.share(session, document, stub, by=None))


def _change(world: World, slug: str, act: Callable[[Any, Document], object]) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        act(session, session.scalars(select(Document).where(Document.slug == slug)).one())
    world.settle()


def test_whoever_knows_the_bytes_of_a_hidden_file_cannot_have_them_confirmed(worlds: Worlds) -> None:
    tag = f'"{hashlib.sha256(WORDS).hexdigest()[:32]}"'
    places = (f"/wiki/{SLUG}/files/{FILE}", f"/wiki/wrong-bridge/files/{CANARIES['stubfile']}.txt")
    for path in places:
        for who in ("oskar", "gita", "arvo"):
            first, second = (world.get(who, path, headers={"If-None-Match": tag}) for world in worlds)
            assert_same(first, second, who, path)
            assert second.status_code == 404
        inside = worlds[1].get("leila", path, headers={"If-None-Match": tag})
        assert (inside.status_code, inside.data) == (200, WORDS), "the control: it is there, and never kept"
        assert "ETag" not in inside.headers


def test_a_session_that_stays_open_loses_the_old_keys_with_the_transfer(worlds: Worlds) -> None:
    enter(worlds, "petra", **{"in": {"consular": "member"}})
    before = [path for path in AROUND if len({shown(world.get("petra", path)) for world in worlds}) == 2]
    assert len(before) > 15, "the control: she reads what is held back, and has it open"
    for world in worlds:
        assert world.get("petra", "/wiki/wrong-bridge").status_code == 200
        _end_at_once(world, "petra")
    for path in (*AROUND, *AFTERWARDS):
        answers = [world.get("petra", path) for world in worlds]
        if path != "/log/mine":  # There stands, without a title, what she opened while she might.
            assert_same(*answers, path)
        assert unsaid(answers[1], path, "petra") == [], path
        assert answers[1].status_code != 302, "the control: she is signed in still"
    assert worlds[1].get("petra", f"/wiki/{SLUG}").status_code == 404


def _end_at_once(world: World, who: str) -> None:
    """As an administrator does it."""
    with world.app.app_context(), db.system_session() as session:
        person = session.scalars(select(Person).where(Person.email == email(who))).one()
        number = session.scalars(select(Membership.id).where(Membership.person_id == person.id)).one()
    form = {"version": "1", f"membership-{number}-rank": "member", "do": "now"}
    assert world.post("ada", f"/admin/people/{person.public_id}/memberships/{number}", form).status_code == 303


def test_a_glass_broken_by_somebody_inside_is_not_heard_outside(worlds: Worlds) -> None:
    """In one world only. Security officers are told of it, which is what they are for; no words of it reach them."""
    enter(worlds, "dulce", roles=[Role.DUTY_OFFICER], **{"in": {"consular": "member"}})
    with_it = worlds[1]
    assert CANARIES["stillheld"] not in with_it.get("dulce", f"/wiki/{twin_opened.HIDDEN}").text
    asked = {"place": f"/wiki/{twin_opened.HIDDEN}", "why": "A call in the night, and nobody else is awake."}
    assert with_it.post("dulce", "/break-glass", asked).status_code == 303
    with_it.settle()
    assert CANARIES["stillheld"] in with_it.get("dulce", f"/wiki/{twin_opened.HIDDEN}").text, "the control"
    assert "broke the glass" in with_it.get("leila", "/notices").text.lower(), "the control: its keepers are told"
    for who in OUTSIDERS:
        paths = sorted(
            {*AROUND, *AFTERWARDS, "/me", "/sharing-health", "/log"} - twins.MAY_DIFFER.get(who or "", set())
        )
        if who != "selma":
            assert_pages_are_the_same(worlds, who, paths)
        for path in ("/notices", "/log", "/security", "/sharing-health", "/log/mine"):
            assert unsaid(with_it.get(who, path), path, who) == [], (who, path)
    assert "glass" in with_it.get("selma", "/notices").text.lower(), "the control: a security officer is told"


# Files of imports that wish for addresses that something hidden has: kinds, addresses, and what they say themselves.
MARKDOWN = {
    "a.md": f"---\ntitle: Innocent words\nslug: {SLUG}\ntags: [start]\n---\nFrom the old site.\n",
    "b.md": "---\ntitle: Innocent too\nslug: hidden-pair\n---\nFrom the old site.\n",
    "c.md": "---\ntitle: Another\nslug: old-pair\n---\nFrom the old site.\n",
    "d.md": f"---\ntitle: Half done\nslug: {CANARIES['drafttitle']}\n---\nFrom the old site.\n",
}
TABLE = "id,title,what happened,recommendation\n7,Held lesson,It rained on the roof.,Take an umbrella.\n"
FILE_OF_A_WORLD = f"""\
documents:
  - {{kind: page, slug: {SLUG}-child, title: Of the file, owner: jakarta,
     body: Newer words., revisions: [Older words.]}}
  - {{kind: playbook, slug: held-playbook, title: Of the file, owner: jakarta, body: "- [ ] Look"}}
"""
IMPORTED = (
    *(f"/wiki/{slug}{more}" for slug in (SLUG, "hidden-pair", "old-pair", CANARIES["drafttitle"], f"{SLUG}-child")
      for more in ("", "-2", "/history", "/files", "/comments", "/history/1")),
    "/lessons/held-lesson", "/lessons/held-lesson-7", "/lessons/", "/playbooks/held-playbook", "/playbooks/",
    "/recent", "/wiki/", "/groups/jakarta", "/search?q=innocent", "/search?q=umbrella", "/tags/start", "/",
    "/wiki/links-to-everything", "/wiki/links-to-the-pair",
)  # fmt: skip


def test_an_import_over_the_address_of_something_hidden_is_one_over_a_free_address(
    own_worlds: Worlds, tmp_path: Path
) -> None:
    """Nobody can import by a page. Whoever runs the server can, and is outside of what is held back like others."""
    commands = _commands(tmp_path)
    told = [[_import(world, *command) for command in commands] for world in own_worlds]
    assert told[0] == told[1]
    for who in ("oskar", "gita", "ines", None):
        assert_pages_are_the_same(own_worlds, who, IMPORTED, (MARKDOWN, FILE_OF_A_WORLD))
    without, with_it = own_worlds
    for path, words in ((f"/wiki/{SLUG}", "From the old site"), ("/lessons/held-lesson", "umbrella"),
                        (f"/wiki/{SLUG}-child", "Newer words"), ("/playbooks/held-playbook", "Of the file"),
                        ):  # fmt: skip
        assert words in without.get("oskar", path).text, "the control: it came in"
    for word in ("body", "childbody", "draftbody", "lessonhappened", "playbookbody"):
        assert CANARIES[word] in with_it.get("leila", f"/search?q={CANARIES[word]}").text, "nothing of hers was lost"


def _commands(folder: Path) -> list[tuple[str, ...]]:
    site, table, file = folder / "site", folder / "old.csv", folder / "world.yaml"
    site.mkdir()
    for name, text in MARKDOWN.items():
        (site / name).write_text(text, encoding="utf-8")
    table.write_text(TABLE, encoding="utf-8")
    file.write_text(FILE_OF_A_WORLD, encoding="utf-8")
    twice = (("world", "load", str(file)), ("import", "markdown", str(site), "--owner", "jakarta"))
    return [*twice, ("import", "lessons", str(table), "--owner", "jakarta"), *twice]


def _import(world: World, *command: str) -> tuple[int, str]:
    done = world.app.test_cli_runner().invoke(args=list(command))
    return done.exit_code, done.output
