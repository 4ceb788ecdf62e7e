"""On paper: a playbook is two sheets of A4, whatever it is about."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import Site, Visits
from tests.people import email
from wiki.exchange.starter import FOLDER

SHEET = re.compile(rb"/Type\s*/Page\b(?!s)")


@pytest.mark.parametrize("slug", sorted(path.stem for path in (FOLDER / "playbooks").glob("*.md")))
def test_a_playbook_prints_on_two_sheets(visit: Visits, slug: str) -> None:
    page = visit("amina", f"/playbooks/{slug}")
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert 1 <= len(SHEET.findall(printed)) <= 2


@pytest.mark.parametrize("occasion", ["live", "exercise"])
def test_a_run_prints_on_two_sheets_with_roles_times_contacts_and_words_to_use(
    visit: Visits, site: Site, occasion: str
) -> None:
    form = {"occasion": occasion, "words": f"Fire at the port {occasion}", "key": f"sheet-{occasion}"}
    place = str(site.world.post("amina", "/playbooks/crisis-first-hour/runs/new", form).location)
    for role, who in (("leads", "okello"), ("speaks", "tomas"), ("logs", "amina")):
        given = {"role": role, "email": email(who), "reach": "Extension 12, room 4"}
        assert site.world.post("amina", f"{place}/roles", given).status_code == 303
    for name in ("Harbour police", "Port desk"):
        site.world.post("amina", f"{place}/contacts", {"contact": name, "contact_reach": "+1 555 0100"})
    page = visit("amina", f"{place}/sheet")
    page.emulate_media(media="print")
    assert page.get_by_text("James Okello").first.is_visible()
    assert page.get_by_text("Harbour police").is_visible()
    assert page.locator(".block-example").first.is_visible()
    assert page.locator(".task-list-item").last.is_visible()
    assert (page.get_by_text("EXERCISE EXERCISE EXERCISE").count() > 0) is (occasion == "exercise")
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert 1 <= len(SHEET.findall(printed)) <= 2


def test_what_to_read_before_a_task_prints_on_one_sheet(visit: Visits, site: Site) -> None:
    for number in range(3):
        told = "The film was out before anybody had seen it, and the harbour was on fire. " * 3
        site.world.write(f"Look twice {number}", f"## What happened?\n\n{told}", kind="lesson", status="observed",
                         terms={"topic": ["crisis"], "platform": ["x"]})  # fmt: skip
    page = visit("amina", "/guidelines/before-you-start?topic=crisis&platform=x&country=CN&activity=posting")
    assert page.locator(".line").count() == 7
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(SHEET.findall(printed)) == 1


def test_what_only_a_screen_needs_stays_off_the_paper_and_the_steps_do_not(visit: Visits) -> None:
    page = visit("amina", "/playbooks/crisis-first-hour")
    page.emulate_media(media="print")
    for gone in (".head", ".crumbs", ".tools", ".side", ".foot", "[data-kind] .chips"):
        assert page.locator(gone).count() == 0 or not page.locator(gone).first.is_visible(), gone
    assert page.locator(".task-list-item").last.is_visible()
    assert page.locator(".block-sixty-seconds").is_visible()
    link = page.locator(".prose a[href^='/']").first
    assert link.evaluate("a => getComputedStyle(a, '::after').content") == "none"


def test_a_guideline_prints_its_addresses(visit: Visits) -> None:
    page = visit("amina", "/guidelines/impersonation")
    page.emulate_media(media="print")
    link = page.locator(".prose a[href^='/']").first
    assert "/" in link.evaluate("a => getComputedStyle(a, '::after').content")
    assert page.locator(".head .mark").is_visible()
