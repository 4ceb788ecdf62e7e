"""Everything works without scripts: each step as a plain link or form."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.conftest import Site, Visits
from tests.people import PASSWORD, email
from wiki.people.viewer import today


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).first.click()


def write(page: Page, title: str, body: str) -> None:
    page.goto("/wiki/new")
    page.fill("[name=title]", title)
    page.fill("[name=body]", body)
    press(page, "Publish")


def test_signing_in_searching_and_reading(visit: Visits) -> None:
    page = visit(None, "/guidelines/", scripts=False)
    page.fill("[name=email]", email("amina"))
    page.fill("[name=password]", PASSWORD)
    press(page, "Sign in")
    assert page.url.endswith("/guidelines/"), "one arrives where one was going"
    page.fill("[name=q]", "trolls hostile comments")
    page.keyboard.press("Enter")
    page.locator(".hit h2 a").first.click()
    assert "/guidelines/" in page.url
    assert page.locator("article .prose").inner_text()


def test_writing_with_a_preview_first(visit: Visits) -> None:
    page = visit("amina", "/wiki/new", scripts=False)
    page.fill("[name=title]", "Plain writing")
    page.fill("[name=body]", "It is **easy**.")
    press(page, "Preview")
    assert page.locator("#preview strong").inner_text() == "easy"
    assert page.input_value("[name=body]") == "It is **easy**."
    press(page, "Publish")
    assert page.locator("h1").inner_text() == "Plain writing"
    assert page.locator(".flash").inner_text().strip() == "Saved."


def test_a_conflict_is_settled(visit: Visits) -> None:
    amina, tomas = visit("amina", scripts=False), visit("tomas", scripts=False)
    write(amina, "Plain conflict", "Monday: Amina")
    for page, words in ((amina, "Monday: James"), (tomas, "Monday: Leila")):
        page.goto("/wiki/plain-conflict/edit")
        page.fill("[name=body]", words)
    press(amina, "Save")
    press(tomas, "Save")
    assert "Somebody saved while you were writing" in tomas.locator("h1").inner_text()
    assert tomas.input_value("[name=body]").strip() == "Monday: Leila"
    assert "Monday: James" in tomas.locator(".versus").inner_text()
    press(tomas, "Save this text")
    assert "Monday: Leila" in tomas.locator("article .prose").inner_text()


def test_sharing_with_few_and_counting_them_first(visit: Visits) -> None:
    page = visit("amina", scripts=False)
    write(page, "Plain sharing", "For Lisbon.")
    page.goto("/wiki/plain-sharing/sharing")
    page.check("[name=audience][value='group:lisbon']")
    page.select_option("[name=reason]", "negotiation")
    page.fill("[name=until]", today().replace(year=today().year + 1).isoformat())
    page.fill("[name=release_title]", "A project")
    page.fill("[name=share_line]", "Ask us.")
    press(page, "Count the readers")
    assert "3 people at 1 post can read this" in page.locator("#reach").inner_text()
    press(page, "Save")
    assert visit("oskar", "/wiki/plain-sharing", scripts=False).locator("h1").inner_text() == "A project"


def test_keeping_a_file_with_a_page(visit: Visits, site: Site) -> None:
    page = visit("amina", scripts=False)
    write(page, "Plain files", "See the plan.")
    page.goto("/wiki/plain-files/files")
    page.set_input_files("[name=file]", {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"The plan."})
    press(page, "Keep it here")
    assert page.get_by_role("link", name="plan.txt").count() == 1
    assert site.world.get("oskar", "/wiki/plain-files/files/plan.txt").data == b"The plan."
