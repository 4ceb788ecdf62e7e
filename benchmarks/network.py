"""The form of a lesson over a slow line: how long until its first box is on the screen and takes a key."""

from __future__ import annotations

import importlib.util
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.servers import Server
from benchmarks.world import EMAIL, PASSWORD

FORM = "/lessons/new"
VISITS = 5
PATIENCE = 60.0
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
# The box counts once a frame was drawn with it in place, not when the parser has met it: only then can it be tapped.
_WATCH = """
(() => {
  const look = () => {
    const box = document.querySelector("#lesson textarea");
    const drawn = performance.getEntriesByName("first-contentful-paint").length;
    if (!drawn || !box || !box.getClientRects().length) return requestAnimationFrame(look);
    box.addEventListener("input", () => { window.typedAt ??= performance.now(); });
    box.focus();
    if (document.activeElement === box) window.usableAt = performance.now(); else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""
_TOLD = """() => {
  const page = performance.getEntriesByType("navigation")[0];
  const files = performance.getEntriesByType("resource").filter((each) => each.responseEnd <= window.typedAt);
  return {
    usable: window.usableAt, typed: window.typedAt, first: page.responseStart, end: page.responseEnd,
    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    bytes: page.transferSize, fetched: files.filter((each) => each.transferSize > 0).map((each) => each.name),
  };
}"""


@dataclass(frozen=True, slots=True)
class Line:
    """A kind of line: kilobits a second in each direction, and milliseconds for the way there and back."""

    name: str
    kilobits: float
    latency: float


SLOW, FAST = Line("slow 3G", 400, 400), Line("fast 3G", 1600, 150)
# What the developer tools of Chrome call slow 3G: each request waits two seconds.
TOOLS = Line("slow 3G of the developer tools", 400, 2000)


@dataclass(frozen=True, slots=True)
class FirstInput:
    """Milliseconds from the tap on the link, the median of the visits; `worst` is the slowest to take a key.

    `first` is when the first byte of the page came, `paint` when something was drawn, `usable` when the first box could
    be typed in, `typed` when a key had arrived there. `fetched` are the files that came over the line before it.
    """

    line: str
    cached: bool
    first: float
    paint: float
    usable: float
    typed: float
    worst: float
    bytes: int
    fetched: tuple[str, ...]


def can_measure() -> bool:
    """Whether Chromium and Playwright are here."""
    return shutil.which("chromium") is not None and importlib.util.find_spec("playwright") is not None


def first_inputs(server: Server) -> list[FirstInput]:
    """Each line with the files of the site in the browser's cache, as signing in leaves them, and with an empty one."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        found = list(_all(browser, f"http://127.0.0.1:{server.port}"))
        browser.close()
    return found


def _all(browser: Any, site: str) -> Iterator[FirstInput]:
    for line, cached in ((SLOW, True), (SLOW, False), (FAST, True), (FAST, False), (TOOLS, True)):
        visits = [_visit(browser, site, line, cached=cached) for _ in range(VISITS)]
        yield _together(line, visits, cached=cached)


def _visit(browser: Any, site: str, line: Line, *, cached: bool) -> dict[str, Any]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{site}/sign-in")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{site}/", wait_until="load")
    page.goto("about:blank")
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    if not cached:
        tools.send("Network.clearBrowserCache")
    bytes_a_second = line.kilobits * 1000 / 8
    tools.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": line.latency,
        "downloadThroughput": bytes_a_second, "uploadThroughput": bytes_a_second,
    })  # fmt: skip
    page.add_init_script(_WATCH)
    page.goto(f"{site}{FORM}", wait_until="commit")
    _wait(page, "usableAt")
    page.keyboard.press("a")
    _wait(page, "typedAt")
    told: dict[str, Any] = page.evaluate(_TOLD)
    context.close()
    return told


def _wait(page: Any, moment: str) -> None:
    # Not wait_for_function: it lets the page evaluate words, which the rules of our pages refuse.
    end = time.monotonic() + PATIENCE
    while page.evaluate(f"window.{moment}") is None:
        if time.monotonic() > end:
            raise RuntimeError(f"the form took no key within {PATIENCE:.0f} seconds")
        time.sleep(0.01)


def _together(line: Line, visits: Sequence[dict[str, Any]], *, cached: bool) -> FirstInput:
    times = {name: median(visit[name] for visit in visits) for name in ("first", "paint", "usable", "typed")}
    worst = max(visit["typed"] for visit in visits)
    fetched = tuple(address.rpartition("/")[2] for address in visits[-1]["fetched"])
    return FirstInput(line.name, cached, **times, worst=worst, bytes=visits[-1]["bytes"], fetched=fetched)
