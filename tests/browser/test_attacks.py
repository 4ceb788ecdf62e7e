"""Nothing that somebody writes ever runs in the browser of somebody else. Each layer is tried alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Site, Visits
from wiki import markdown, web

RUN = "window.ran=(window.ran||0)+1"
PAYLOADS = (
    f"<script>{RUN}</script>",
    f'<img src="/static/nothing.png" onerror="{RUN}">',
    f'<svg onload="{RUN}"><circle r="9"/></svg>',
    '<iframe srcdoc="<script>parent.ran=1</script>"></iframe>',
    f'<details open ontoggle="{RUN}"><summary>x</summary></details>',
    f'<a href="javascript:{RUN}" id="lure">press</a>',
    f'<a href="java&#x09;script:{RUN}" id="lure">press</a>',
    f'<video><source onerror="{RUN}"></video><body onload="{RUN}">',
    f'<form action="javascript:{RUN}"><button id="lure">press</button></form>',
    f'<input autofocus onfocus="{RUN}"><select autofocus onfocus="{RUN}"></select>',
    f'<math><mtext><table><mglyph><style><img src=x onerror="{RUN}"></style></mglyph></table></mtext></math>',
    f'<base href="javascript:{RUN}//"><a href="#" id="lure">press</a><object data="javascript:{RUN}"></object>',
    f'<p style="position:fixed;inset:0" id="lure" onclick="{RUN}" hx-on:click="{RUN}" hx-get="/recent">cover</p>',
    '<meta http-equiv="refresh" content="0;url=/recent?away"><div data-restore id="main"></div>',
)
IN_MARKDOWN = (
    f"[press](javascript:{RUN})",
    f"[press](<java\tscript:{RUN}>)",
    f'![x](x" onerror="{RUN})',
    f"<javascript:{RUN}>",
    f"[[welcome\" onmouseover=\"{RUN}|<img src=x onerror='{RUN}'>]]",
    f"[x]: javascript:{RUN}\n\n[press][x]",
    f"::: note \"><img src=x onerror='{RUN}'>\nx\n:::",
    f'```"><script>{RUN}</script>\nx\n```',
    f"[^1]\n\n[^1]: <img src=x onerror='{RUN}'>",
    f"| <img src=x onerror='{RUN}'> |\n|---|\n| x |",
    f"## <svg onload='{RUN}'>\n\ndata:text/html,<script>{RUN}</script>",
)
TITLE = f"<img src=x onerror='{RUN}'>\"'><script>{RUN}</script>"
AROUND = ("", "/history", "/history/1", "/diff?from=1&to=2", "/edit", "/files", "/why", "/sharing")


def ran(page: Page) -> bool:
    """Whether anything ran, also when lures are pressed, or led away."""
    page.wait_for_timeout(150)
    for lure in page.locator("main #lure, main .prose a").all():
        if lure.is_visible() and (lure.get_attribute("href") or "javascript:").lower().strip().startswith("java"):
            lure.dispatch_event("click")
    page.wait_for_timeout(50)
    return page.evaluate("window.ran") is not None or "away" in page.url


@pytest.fixture
def attacked(site: Site) -> str:
    body = "\n\n".join([*PAYLOADS, *IN_MARKDOWN])
    terms = {"tag": [f"<b onclick={RUN}>"]}
    address = site.world.write(TITLE, body, terms=terms)
    change = {"title": TITLE, "body": body + "\n\nMore.", "base_revision": "1", "note": TITLE, "purpose": TITLE}
    assert site.world.post("amina", f"{address}/edit", change).status_code == 303
    site.world.settle()
    return address


def test_nothing_runs_on_any_page_that_shows_it(visit: Visits, attacked: str) -> None:
    page = visit("amina")
    for place in (*(attacked + part for part in AROUND), "/recent", "/tags", "/", "/search?q=onerror"):
        page.goto(place)
        assert "onerror" in page.content() or place in ("/tags", f"{attacked}/files"), "the words are there to read"
        assert not ran(page), place
        assert page.locator("main [onerror], main [onload], main [onclick], main iframe, main base").count() == 0


def test_nothing_runs_while_titles_are_offered_or_a_preview_is_made(visit: Visits, attacked: str) -> None:
    page = visit("amina", "/wiki/new")
    page.fill("[name=title]", TITLE)
    page.fill("[name=body]", "\n\n".join([*PAYLOADS, *IN_MARKDOWN]))
    page.get_by_role("button", name="Preview").click()
    page.locator("#preview .prose").wait_for()
    assert not ran(page)
    page.fill("#q", "onerror")
    page.locator("[role=option]").first.wait_for()
    assert not ran(page)


def test_what_is_asked_for_is_never_repeated_as_markup(visit: Visits, site: Site) -> None:
    page = visit("amina")
    words = "%22%3E%3Cscript%3Ewindow.ran=1%3C/script%3E%3Cimg%20src=x%20onerror=window.ran=1%3E"
    for path in (f"/search?q={words}", f"/tags/{words}", f"/wiki/new?address={words}", f"/guidelines/?topic={words}",
                 f"/wiki/{words}", f"/groups?type={words}", f"/search?q=a&kind={words}"):  # fmt: skip
        page.goto(path)
        assert not ran(page), path


@contextmanager
def unsanitised(monkeypatch: pytest.MonkeyPatch, html: str) -> Iterator[None]:
    """As if the sanitiser and the parser's own care were not there."""
    with monkeypatch.context() as patch:
        patch.setattr(markdown, "fill_links", lambda stored, states: html)
        yield


@pytest.fixture
def window(chromium: Browser, site: Site) -> Iterator[Page]:
    """A window to which nobody listens: complaints of the browser are what is hoped for here."""
    context = chromium.new_context(base_url=site.url)
    cookie = site.world.client("amina").get_cookie("sid")
    assert cookie is not None
    context.add_cookies([{"name": "sid", "value": cookie.value, "url": site.url}])
    yield context.new_page()
    context.close()


def outcome(window: Page, address: str) -> bool:
    """Whether it runs."""
    window.goto(address)
    return ran(window)


def test_the_policy_alone_stops_what_a_broken_sanitiser_lets_through(
    window: Page, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = site.world.write("Unsanitised", "Words.")
    # A refresh by markup is the one thing that no policy stops: against that there is only the sanitiser.
    for payload in PAYLOADS[:-1]:
        with unsanitised(monkeypatch, payload):
            assert not outcome(window, address), payload


def test_without_sanitiser_and_policy_the_payloads_do_run(
    window: Page, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: these payloads bite, and the test sees it."""
    address, bites = site.world.write("Unguarded", "Words."), []
    monkeypatch.delitem(web.HEADERS, "Content-Security-Policy")
    for payload in PAYLOADS:
        with unsanitised(monkeypatch, payload):
            bites.append(outcome(window, address))
    assert bites.count(True) >= len(PAYLOADS) - 3, list(zip(bites, PAYLOADS, strict=True))
