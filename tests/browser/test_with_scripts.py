"""What scripts add: titles while typing, a key for search, previews in place, drafts that survive."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Visits

LONG = "\n\n".join(f"## Part {number}\n\n" + "Words of this part. " * 120 for number in range(1, 6))


def test_titles_are_offered_while_typing_and_chosen_with_the_keyboard(visit: Visits) -> None:
    page = visit("amina")
    page.locator("#find").press_sequentially("trolls")
    expect(page.locator("[role=option]").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/guidelines/trolls-and-hostile-comments")


def test_the_slash_key_goes_to_the_search_box(visit: Visits) -> None:
    page = visit("amina", "/recent")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("crisis/desk")
    assert page.input_value("#q") == "crisis/desk", "in a box it is a letter like any other"


def test_a_preview_appears_in_place_and_nothing_typed_moves(visit: Visits, site: Site) -> None:
    page = visit("amina", "/wiki/new")
    page.fill("[name=title]", "Previewed")
    page.fill("[name=body]", "See [[welcome]] and **this**.")
    page.evaluate("window.same = true")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview strong")).to_have_text("this")
    assert page.evaluate("window.same") is True, "the page was not loaded anew"
    assert page.locator("#preview a").get_attribute("href") == "/wiki/welcome"
    page.fill("[name=body]", "x" * 200_100)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("longer than 200 kB")


def test_the_lines_that_hold_back_a_passage_come_around_whole_lines(visit: Visits, site: Site) -> None:
    page = visit("amina", "/wiki/new")
    page.fill("[name=title]", "Partly held")
    page.fill("[name=body]", "Open words.\nA source.\nMore open words.")
    page.get_by_text("Hold back a passage", exact=True).click()
    page.evaluate("document.querySelector('[name=body]').setSelectionRange(14, 18)")
    page.get_by_role("button", name="Put these lines around").click()
    lines = page.input_value("[name=body]").split("\n")
    assert lines[0] == "Open words."
    assert lines[2].startswith("::: held audience=")
    assert lines[3:6] == ["A source.", ":::", ""]
    assert lines[6] == "More open words."
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("Held: only")


def test_counting_the_readers_happens_in_place(visit: Visits, site: Site) -> None:
    site.world.write("Counted", "Words.")
    page = visit("amina", "/wiki/counted/sharing")
    page.evaluate("window.same = true")
    page.check("[name=audience][value='group:lisbon']")
    page.get_by_role("button", name="Count the readers").click()
    expect(page.locator("#reach")).to_contain_text("3 people at 1 post")
    assert page.evaluate("window.same") is True


def test_words_that_were_not_saved_come_back(visit: Visits, site: Site) -> None:
    site.world.write("Drafted", "Words.")
    page = visit("amina", "/wiki/drafted/edit")
    page.on("dialog", lambda dialog: dialog.accept())
    page.fill("[name=body]", "An hour of work.")
    kept_on_the_device(page)
    page.goto("/recent")
    page.goto("/wiki/drafted/edit")
    assert page.input_value("[name=body]").strip() == "Words."
    page.get_by_role("button", name="Put them back").click()
    assert page.input_value("[name=body]") == "An hour of work."
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/wiki/drafted?saved=*")
    assert page.evaluate("localStorage.length") == 0, "what is saved is kept on no device"


def kept_on_the_device(page: Page) -> None:
    for _ in range(50):
        if page.evaluate("localStorage.length"):
            return
        page.wait_for_timeout(100)
    raise AssertionError("nothing was kept")


def test_a_page_that_is_held_back_is_never_kept_on_the_device(visit: Visits, site: Site) -> None:
    site.world.write("Draft of one", "Words.", status="draft")
    page = visit("amina", "/wiki/draft-of-one/edit")
    page.on("dialog", lambda dialog: dialog.accept())
    page.fill("[name=body]", "An hour of work.")
    page.wait_for_timeout(1200)
    assert page.evaluate("localStorage.length") == 0


def test_the_list_of_contents_shows_where_one_reads(visit: Visits, site: Site) -> None:
    site.world.write("Long page", LONG)
    page = visit("amina", "/wiki/long-page")
    current = page.locator(".toc-wide [aria-current=true]")
    expect(current).to_have_text("Part 1")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(current).to_have_text("Part 5")
    page.goto("/wiki/long-page#" + str(page.locator("h2", has_text="Part 3").get_attribute("id")))
    expect(current).to_have_text("Part 3")


def test_an_answer_after_the_session_ended_leads_to_signing_in_again_with_the_answer(visit: Visits, site: Site) -> None:
    body = "::: quiz short {#b-aaaa}\nWhich word?\n= false\n:::\n"
    page = visit("oskar", site.world.write("Asked with scripts", body, kind="module"))
    page.fill("#b-aaaa [name=answer]", "my own word")
    page.context.clear_cookies()
    page.locator("#b-aaaa").get_by_role("button", name="Answer").click()
    expect(page.locator("input[type=password]")).to_be_visible()
    assert page.locator("input[name=resume-answer]").get_attribute("value") == "my own word"
    # The browser tells of the first refusal, which no script can keep it from.
    visit.complaints[:] = [words for words in visit.complaints if "status of 403" not in words]
