"""Every page there is: for everybody to use, in light and dark, on a desk and in a hand, never wider than the hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlalchemy import select

from tests.browser.conftest import Site, Visits
from tests.browser.states import STATES
from tests.guidelines import rules_at_work
from tests.people import LONG_AGO, World, email
from tests.site import twin_kinds
from wiki import db
from wiki.access.models import AccessRequest, Quarantine
from wiki.access.policy import Role
from wiki.documents import operations
from wiki.documents.models import Document, Term
from wiki.documents.sharing import Sharing
from wiki.holding.models import StewardQuestion
from wiki.people.models import Person, RoleAssignment
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
        officer = session.scalars(select(Person.id).where(Person.email == email("bruno"))).one()
        roles = (Role.LESSONS_OFFICER, Role.SECURITY_OFFICER, Role.AUDITOR, Role.DUTY_OFFICER)
        session.add_all(RoleAssignment(person_id=officer, role=role, starts_on=LONG_AGO) for role in roles)
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
    _versions(world)
    secret = Sharing(("group:lisbon",), "hidden", "A secret", "Ask us.", "source", until)
    address = world.write("Hidden page", "Words.", sharing=secret)
    _hold_back(world, world.document(held), world.document(address), until)
    world.write("In the bin", "Words.")
    world.post("amina", "/wiki/in-the-bin/bin")
    twin_kinds.furnish(world, held=False)
    world.settle()
    return site


def _late(until: date) -> Sharing:
    return Sharing(("group:lisbon",), "stub", "A late project", "Ask us about it.", "source", until)


def _versions(world: World) -> None:
    """Guidelines with two versions and a working copy, suspended, and put up for comments."""
    many = rules_at_work.rule(world, "Many versions", RICH, since=today() - timedelta(days=40))
    rules_at_work.next_version(world, many, f"{RICH}\n\nMore.", note="Say more.")
    rules_at_work.edit(world, many, f"{RICH}\n\nStill more.")
    waits = rules_at_work.rule(world, "Asked rule", RICH)
    rules_at_work.edit(world, waits, f"{RICH}\n\nMore.")
    world.post("ines", f"{waits}/approval", {"note": "Say more.", "revision": "2"})
    rules_at_work.rule(world, "Suspended rule", RICH)
    world.post("marek", "/guidelines/suspended-rule/suspension", {"why": "A number in it is wrong."})
    world.write("In consultation", RICH, kind="guideline", by="ines", owner="digital", status="draft")
    until = (today() + timedelta(days=9)).isoformat()
    world.post("ines", "/guidelines/in-consultation/consultation", {"until": until})


def _hold_back(world: World, held: Document, hidden: Document, until: date) -> None:
    """A request, things to decide for a steward, and a spill."""
    late = world.document(world.write("Late page", "Words.", sharing=_late(until)))
    spill = world.document(world.write("Spilt page", "Words."))
    amina, bruno = world.viewer("amina").person, world.viewer("bruno").person
    with world.app.app_context(), db.system_session(writing=True) as session:
        about = {"target": held.public_id, "document_id": held.id}
        due = db.now() + timedelta(days=2)
        session.add(AccessRequest(**about, person_id=bruno, owner_id="lisbon", reason="negotiation", due_at=due))
        session.add(StewardQuestion(**about, until=until, words="Talks go on.", asked_by_id=amina))
        session.get_one(Document, late.id).review_since = db.now() - timedelta(days=40)
        session.get_one(Document, hidden.id).hidden_asked_by_id = amina
        session.get_one(Document, hidden.id).hidden_asked_at = db.now()
        session.add(Quarantine(document_id=spill.id, set_by_id=bruno, why="It names a contact of ours."))
        shut = session.get_one(Document, spill.id)
        shut.quarantined_at = db.now()
        operations.relabel(session, shut)


READING = (
    "/", "/recent", "/drafts", "/bin", "/tags", "/tags/steel", "/topic/crisis", "/wiki/", "/guidelines/", "/groups",
    "/groups/lisbon", "/me", "/search", "/search?q=words", "/search?q=zzzzzz", "/wiki/a-project", "/wiki/only-a-draft",
    "/wiki/in-the-bin", "/guidelines/old-rule", "/guidelines/gone-rule", "/guidelines/posting-in-a-crisis",
    "/guidelines/platforms", "/guidelines/platforms?audience=young&country=IN",
    "/guidelines/platforms?audience=young&purpose=consular", "/guidelines/platforms/choose",
    "/guidelines/platforms/choose?audience=citizens&country=CN&purpose=consular&answers=nobody",
    "/guidelines/platforms/choose?audience=young&country=PT&purpose=culture",
    "/guidelines/before-you-start?topic=crisis&platform=x&country=CN", "/guidelines/before-you-start?country=TV",
    "/guidelines/posting-pack", "/guidelines/posting-pack?post=nowhere",
    "/guidelines/book", "/guidelines/book?as-of=2020-01-01", "/guidelines/book?as-of=x", "/guidelines/suspended-rule",
)  # fmt: skip
KINDS = (
    "/lessons/", "/lessons/open-lesson", "/lessons/open-lesson/uses", "/lessons/open-lesson/occurrences",
    "/lessons/open-lesson/comments", "/lessons/wrong-lesson", "/playbooks/", "/playbooks/open-playbook",
    "/playbooks/open-playbook/runs", "/playbooks/open-playbook/runs/new", "/playbooks/open-playbook/edit", "/training/",
    "/training/modules/", "/training/modules/open-module", "/training/modules/open-module/check",
    "/training/modules/new", "/training/tracks/", "/training/tracks/open-track", "/training/tracks/new", "/comments",
    "/notices", "/people", "/people?q=a", "/people?q=zzzz", "/lessons/new", "/playbooks/new",
)  # fmt: skip
ADMINISTERING = ("/admin", "/admin/people", "/admin/people/new", "/admin/groups", "/admin/groups/new",
                 "/admin/groups/lisbon")  # fmt: skip
WRITING = ("/wiki/new", "/wiki/a-project/sharing")
AROUND = ("", "/history", "/history/1", "/diff?from=1&to=3", "/edit", "/files", "/why")
TROUBLE = (400, 403, 404, 409, 413, 422, 429, 500, 503)
STEPS = ("", "/in-force", "/supersession", "/withdrawal", "/merger", "/suspension", "/working")
VERSIONS = (
    "",
    "/versions",
    "/difference",
    "/working",
    "/wording",
    "/approval",
    "?as-of=2020-01-01",
    f"?as-of={today()}",
)
ACTING = ("", "/validation", "/actions", "/learning", "/obsolescence", "/merging", "/proposals", "/timeline")
ACTION = f"/lessons/open-lesson/actions/{twin_kinds.ACTIONS[1]}"
FOLLOWS = (*(f"/lessons/open-lesson{part}" for part in ACTING), ACTION, f"{ACTION}/refusal", f"{ACTION}/completion")
KEEPING = ("notices", "exceptions", "annexes", "review", "asking", "attestation", "languages")
PLACES: dict[str | None, tuple[str, ...]] = {
    None: ("/sign-in", "/forgot", "/welcome/no-such-link"),
    "amina": (*READING, *WRITING, *(f"/wiki/rich-page{part}" for part in AROUND)),
    "okello": (*KINDS, "/requests", "/held", "/sharing-health", "/handover", "/log/mine", "/log/mine/opened"),
    "ada": (*ADMINISTERING, "/admin/roles", "/break-glass"),
    "tomas": tuple(f"/trouble/{code}" for code in TROUBLE),
    "oskar": ("/search?q=project", "/lesson-numbers", f"/lesson-month?month={today():%Y-%m}", "/lesson-month"),
    "ines": (
        "/wiki/a-project",
        "/guidelines/posting-in-a-crisis/settlements",
        *(f"/guidelines/posting-in-a-crisis/{part}" for part in KEEPING),
        *(f"/keeping/{part}" for part in ("exceptions", "overdue", "questions")),
        *(f"/guidelines/many-versions{part}" for part in VERSIONS),
        "/guidelines/in-consultation",
        "/guidelines/in-consultation/consultation",
        "/guidelines/in-consultation/approval",
        "/lessons/open-lesson/edit",
        "/training/modules/open-module/edit",
        "/training/tracks/open-track/edit",
    ),
    "bruno": (*FOLLOWS, "/lesson-tasks", "/log", "/security", "/security/quarantine", "/requests/mine"),
    "marek": (
        *(f"/guidelines/new-rule{step}" for step in STEPS),
        "/guidelines/new-rule/exceptions",
        "/guidelines/platforms",
        "/guidelines/platforms/x/facts",
        "/keeping/approvals",
        "/",
        "/guidelines/",
    ),
}


Look = tuple[Literal["light", "dark"], int]
# Two and two of them together show both schemes and both widths.
LOOKS: list[Look] = [("light", 1280), ("dark", 390), ("dark", 1280), ("light", 390)]
OTHER_LOOKS = [LOOKS[number ^ 1] for number in range(len(LOOKS))]


# What scheme and width can change; names, roles and order are the same in each look.
BY_LOOK = ("color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size")


def faults(page: Page, look: Look, other: Look | None = None) -> list[str]:
    """What stands in somebody's way on this page: all rules in the one look, those of looks in the other."""
    found = _violations(page, look, {})
    if other is not None:
        found += _violations(page, other, {"runOnly": {"type": "rule", "values": BY_LOOK}})
    page.set_viewport_size({"width": 320, "height": 800})
    if page.evaluate("document.documentElement.scrollWidth") > 320:
        found.append(f"{page.url} scrolls sideways at 320")
    return found


def _violations(page: Page, look: Look, more: dict[str, object]) -> list[str]:
    scheme, width = look
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    found = Axe().run(page, options={"resultTypes": ["violations"], **more}).response["violations"]
    return [f"{page.url} {scheme} {width}: {one['id']} {[n['target'] for n in one['nodes']]}" for one in found]


@pytest.mark.parametrize("who", PLACES)
def test_nothing_stands_in_anybody_s_way(visit: Visits, furnished: Site, who: str | None) -> None:
    """Each page in one of the looks in turn, and in its counterpart."""
    page, found = visit(who), []
    for place, looks in zip(PLACES[who], itertools.cycle(zip(LOOKS, OTHER_LOOKS, strict=True))):
        page.goto(place)
        found += faults(page, *looks)
    assert found == []


@pytest.mark.parametrize("state", STATES)
def test_nothing_stands_in_the_way_when_something_went_wrong(
    visit: Visits, furnished: Site, state: Callable[[Page, Site], None]
) -> None:
    page = visit("amina")
    state(page, furnished)
    assert faults(page, *LOOKS[:2]) == []


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
