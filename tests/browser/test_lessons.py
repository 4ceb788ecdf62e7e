"""What scripts add while a lesson is written: it is kept, hints and lessons that are alike appear, nothing is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Visits
from tests.browser.test_every_page import LOOKS, faults
from tests.guidelines.lessons_at_work import appoint, tell


def test_what_is_typed_is_kept_and_looked_through_while_it_is_typed(visit: Visits, site: Site) -> None:
    tell(site.world, who="oskar", title="Check a parody account twice")
    site.world.settle()
    page = visit("amina", "/lessons/new")
    page.evaluate("window.same = true")
    page.locator("#happened").press_sequentially("A parody account of Mr Ivanov wrote to us.")
    expect(page.locator("#kept")).to_contain_text("Draft saved", timeout=15_000)
    expect(page.get_by_text("This looks like a name")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("link", name="Check a parody account twice")).to_be_visible(timeout=15_000)
    assert page.input_value("#happened") == "A parody account of Mr Ivanov wrote to us."
    assert page.evaluate("window.same") is True


def test_guidelines_are_found_in_place(visit: Visits) -> None:
    page = visit("amina", "/lessons/new")
    page.fill("#happened", "Words that must stay.")
    page.get_by_text("Add more, if you have a minute").click()
    page.fill("#guideline_words", "trolls")
    page.get_by_role("button", name="Find", exact=True).click()
    # What has the words in its title stands first; others tell of it in their text.
    expect(page.locator("#found-guidelines label").first).to_contain_text("Trolls")
    assert page.input_value("#happened") == "Words that must stay."


def test_what_is_held_back_is_not_kept_on_the_device(visit: Visits) -> None:
    page = visit("tomas", "/lessons/new")
    page.fill("#happened", "Words for a few.")
    wait_until_kept(page, 1)
    page.get_by_text("Share it with fewer people").click()
    page.check("[name=audience][value='group:lisbon']")
    wait_until_kept(page, 0)
    page.fill("#happened", "More words for a few.")
    page.wait_for_timeout(1500)
    assert kept(page) == 0


def test_words_that_never_reached_us_come_back_and_are_forgotten_once_recorded(visit: Visits) -> None:
    page = visit("bruno", "/lessons/new")
    page.on("dialog", lambda dialog: dialog.accept())
    page.route("**/lessons/drafts/**", lambda route: route.fulfill(status=204, body=""))
    page.fill("#happened", "Written in the lift.")
    wait_until_kept(page, 1)
    page.goto("/lessons/new")
    page.get_by_role("button", name="Put them back").click()
    assert page.input_value("#happened") == "Written in the lift."
    page.fill("#intended", "To get out.")
    page.fill("#title", "Take the stairs")
    page.get_by_role("button", name="Record it").click()
    page.wait_for_url("**/lessons/take-the-stairs**")
    assert kept(page) == 0


@pytest.mark.slow
def test_nothing_stands_in_anybody_s_way_on_the_pages_of_lessons(visit: Visits, site: Site) -> None:
    appoint(site.world, "leila")
    mine = "A parody account of Mr Ivanov wrote to us from +44 20 7946 0958."
    told = tell(site.world, who="leila", title="Look at every page", happened=mine)
    address = told.path.split("?")[0]
    for step in ("uses", "occurrences"):
        site.world.post("oskar", f"{address}/{step}", {"key": f"{step:>22}", "post": "jakarta", "words": "Here, too."})
    validated = {"cause": "Haste.", "action": "Look twice.", "body": "digital"}
    site.world.post("leila", f"{address}/validation", validated)
    site.world.post("leila", "/lessons/drafts/" + "k" * 22, {"happened": "Begun."})
    page, found = visit("leila"), []
    for path in ("/lessons/", "/lessons/new", "", "/edit", "/uses", "/occurrences", "/validation"):
        page.goto(path if path.startswith("/lessons") else address + path)
        for fold in page.locator("details.more > summary").all():
            fold.click()
        found += faults(page, *LOOKS[:2])
    page.goto("/lessons/new")
    page.fill("#happened", mine)
    page.get_by_role("button", name="Record it").click()
    found += faults(page, *LOOKS[:2])
    assert found == []


def wait_until_kept(page: Page, number: int) -> None:
    for _ in range(50):
        if kept(page) == number:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{kept(page)} texts are kept, not {number}")


def kept(page: Page) -> int:
    found: int = page.evaluate("localStorage.length")
    return found
