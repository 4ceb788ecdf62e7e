"""Every page there is: for everybody to use, in light and dark, on a desk and in a hand, never wider than the hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlalchemy import select

from tests.browser.conftest import Site, Visits
from tests.people import PASSWORD, email
from wiki import db
from wiki.documents.models import Term
from wiki.documents.sharing import Sharing
from wiki.people import operations as people
from wiki.people.models import Person
from wiki.people.viewer import today

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
RICH = """::: sixty-seconds
Stop the queue.
:::

## The first hour

::: do
- Ask the desk
:::

::: dont
- Argue
:::

| When | Who |
|:-----|----:|
| Now  | You |

- [x] Done
- [ ] To do

See [[welcome]], [[nobody-wrote-this]] and `code`.[^1]

## Afterwards

> Said by somebody.

```python
def f(): return "words"
```

[^1]: A note.
"""


@pytest.fixture(scope="module")
def furnished(site: Site) -> Site:
    """One of everything that a page can show."""
    world, until = site.world, today() + timedelta(days=60)
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.merge(Term(vocabulary="topic", slug="crisis", name="Crisis"))
    terms = {"tag": ["steel"], "topic": ["crisis"]}
    rich = world.write("Rich page", RICH, terms=terms)
    for number, last in enumerate(("More.", "Less."), 1):
        change = {"title": "Rich page", "body": f"{RICH}\n{last}", "base_revision": str(number), "note": last}
        world.post("amina", f"{rich}/edit", change)
    stub = Sharing(("group:lisbon",), "stub", "A project", "Ask us.", "negotiation", until)
    held = world.write("Held page", "Words.", sharing=stub, terms=terms)
    world.post("amina", f"{held}/grants", {"email": email("oskar"), "grant_until": str(until), "why": "He was there"})
    world.write("Only a draft", "Words.", status="draft")
    for name in ("Old rule", "New rule", "Gone rule"):
        world.write(name, RICH, kind="guideline", by="ines", owner="digital", status="in-force", terms=terms)
    world.post("marek", "/guidelines/old-rule/supersession", {"successor": "new-rule"})
    world.post("marek", "/guidelines/gone-rule/withdrawal", {"why": "Out of date."})
    world.post("ines", "/guidelines/new-rule/edit", {"title": "New rule", "body": "Other.", "base_revision": "1"})
    world.write("In the bin", "Words.")
    world.post("amina", "/wiki/in-the-bin/bin")
    world.settle()
    return site


READING = (
    "/", "/recent", "/drafts", "/bin", "/tags", "/tags/steel", "/topic/crisis", "/wiki/", "/guidelines/", "/groups",
    "/groups/lisbon", "/me", "/search", "/search?q=words", "/search?q=zzzzzz", "/wiki/held-page", "/wiki/only-a-draft",
    "/wiki/in-the-bin", "/guidelines/old-rule", "/guidelines/gone-rule", "/guidelines/posting-in-a-crisis",
)  # fmt: skip
WRITING = ("/wiki/new", "/wiki/held-page/sharing")
AROUND = ("", "/history", "/history/1", "/diff?from=1&to=3", "/edit", "/files", "/why")
TROUBLE = (400, 403, 404, 409, 413, 422, 429, 500, 503)
STEPS = ("", "/in-force", "/supersession", "/withdrawal")
PLACES: dict[str | None, tuple[str, ...]] = {
    None: ("/sign-in", "/forgot", "/welcome/no-such-link"),
    "amina": (*READING, *WRITING, *(f"/wiki/rich-page{part}" for part in AROUND)),
    "tomas": tuple(f"/trouble/{code}" for code in TROUBLE),
    "oskar": ("/search?q=project",),
    "ines": ("/wiki/held-page",),
    "marek": tuple(f"/guidelines/new-rule{step}" for step in STEPS),
}


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).first.click()


def a_form_full_of_mistakes(page: Page, site: Site) -> None:
    page.goto("/wiki/new")
    page.check("[name=audience][value=groups]")
    press(page, "Publish")
    assert page.locator(".summary").count() == 1


def a_sharing_form_full_of_mistakes(page: Page, site: Site) -> None:
    page.goto("/wiki/rich-page/sharing")
    page.check("[name=audience][value=people]")
    page.fill("[name=people]", "ghost@example.org")
    press(page, "Save")
    assert page.locator(".summary").count() == 1


def a_file_that_was_refused(page: Page, site: Site) -> None:
    page.goto("/wiki/rich-page/files")
    page.set_input_files("[name=file]", {"name": "run.exe", "mimeType": "x/y", "buffer": b"MZ"})
    press(page, "Keep it here")
    assert page.locator(".summary").count() == 1


def a_conflict(page: Page, site: Site) -> None:
    address = site.world.write("Contested", "Words.")
    page.goto(f"{address}/edit")
    site.world.post("tomas", f"{address}/edit", {"title": "Contested", "body": "Theirs.", "base_revision": "1"})
    page.fill("[name=body]", "Mine.")
    press(page, "Save")
    assert page.locator(".versus").count() == 1


def a_person(page: Page, site: Site) -> None:
    page.goto("/wiki/rich-page")
    page.get_by_role("link", name="Amina Farouk", exact=True).last.click()
    assert "/people/" in page.url


def an_invitation(page: Page, site: Site) -> None:
    settings = site.world.app.extensions["chancery_settings"]
    with site.world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person).where(Person.email == email("bruno"))).one()
        link = people.invite(session, person, settings=settings, by=None)
    page.goto("/welcome/" + link.rsplit("/", 1)[1])


def a_session_that_ended(page: Page, site: Site) -> None:
    page.goto(site.world.write("Interrupted", "Words.") + "/edit")
    page.fill("[name=body]", "An hour of work.")
    page.context.clear_cookies()
    press(page, "Save")
    assert "kept on this page" in page.locator("main").inner_text()


def a_text_that_came_back(page: Page, site: Site) -> None:
    a_session_that_ended(page, site)
    page.fill("[name=email]", email("amina"))
    page.fill("[name=password]", PASSWORD)
    press(page, "Sign in")
    assert "Welcome back" in page.locator("h1").inner_text()


STATES: tuple[Callable[[Page, Site], None], ...] = (
    a_form_full_of_mistakes, a_sharing_form_full_of_mistakes, a_file_that_was_refused, a_conflict, a_person,
    an_invitation, a_session_that_ended, a_text_that_came_back,
)  # fmt: skip

Look = tuple[Literal["light", "dark"], int]
LOOKS: list[Look] = [("light", 1280), ("dark", 390), ("dark", 1280), ("light", 390)]


def faults(page: Page, *looks: Look) -> list[str]:
    """What stands in somebody's way on this page."""
    found = []
    for scheme, width in looks:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        found += [
            f"{page.url} {scheme} {width}: {one['id']} {[n['target'] for n in one['nodes']]}" for one in violations
        ]
    page.set_viewport_size({"width": 320, "height": 800})
    if page.evaluate("document.documentElement.scrollWidth") > 320:
        found.append(f"{page.url} scrolls sideways at 320")
    return found


@pytest.mark.parametrize("who", PLACES)
def test_nothing_stands_in_anybody_s_way(visit: Visits, furnished: Site, who: str | None) -> None:
    """Each page in one of the looks in turn; the slow test below takes them all."""
    page, found = visit(who), []
    for place, look in zip(PLACES[who], itertools.cycle(LOOKS)):
        page.goto(place)
        found += faults(page, look)
    assert found == []


@pytest.mark.parametrize("state", STATES)
def test_nothing_stands_in_the_way_when_something_went_wrong(
    visit: Visits, furnished: Site, state: Callable[[Page, Site], None]
) -> None:
    page = visit("amina")
    state(page, furnished)
    assert faults(page, *LOOKS[:2]) == []


@pytest.mark.slow
@pytest.mark.parametrize("who", PLACES)
def test_nothing_stands_in_anybody_s_way_in_any_look(visit: Visits, furnished: Site, who: str | None) -> None:
    page, found = visit(who), []
    for place in PLACES[who]:
        page.goto(place)
        found += faults(page, *LOOKS)
    assert found == []


def test_axe_sees_a_fault_when_there_is_one(visit: Visits, furnished: Site) -> None:
    """The control of the tests above."""
    page = visit("amina", "/recent")
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    page.evaluate("document.querySelector('main img').width = 500")
    found = faults(page, LOOKS[0])
    assert any("image-alt" in fault for fault in found)


def test_every_template_was_looked_at(visit: Visits, furnished: Site) -> None:
    """What is not in the lists above would go unseen."""
    names = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    whole = {name for name in names if not name.startswith(("components/", "mail/")) and "/_" not in name}
    whole -= {"base.html", "errors/page.html"}
    # Alone, this test looks for itself; after the others there is nothing left to see.
    if whole - furnished.shown:
        for who, places in PLACES.items():
            for place in places:
                furnished.world.get(who, place)
        for state in STATES:
            state(visit("amina"), furnished)
    assert whole - furnished.shown == set()
