"""The whole application at a real address, with the cast in it and the starter pack, and a real browser to visit it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask, abort, template_rendered
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import make_server

from tests import databases
from tests.conftest import AppMaker
from tests.people import World
from wiki import outbox
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.exchange.starter import load_starter

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
TELL_OF_VIOLATIONS = """document.addEventListener("securitypolicyviolation",
    (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed on this machine"))


@dataclass
class Site:
    """The address, who lives there, and which templates were shown."""

    url: str
    world: World
    shown: set[str] = field(default_factory=set)


def trouble(code: int) -> Any:
    """Answer with any error there is a page for."""
    if code == 500:
        raise ZeroDivisionError
    abort(code)


@pytest.fixture(scope="session")
def site(template: str, tmp_path_factory: pytest.TempPathFactory, pool: databases.Pool | None) -> Iterator[Site]:
    maker = AppMaker(template, tmp_path_factory.mktemp("browser"), pool)
    app = maker()
    app.add_url_rule("/trouble/<int:code>", "trouble", needs(Action.HOME_READ)(trouble))
    world = World(app)
    with app.app_context():
        load_starter()
        outbox.drain(wait=True)
    found = Site("", world)
    template_rendered.connect(note := _noting(found.shown), app)
    with Listening(app) as found.url:
        yield found
    template_rendered.disconnect(note, app)
    maker.take_down()


def _noting(shown: set[str]) -> Callable[..., None]:
    return lambda sender, template, **more: shown.add(template.name)


class Listening:
    def __init__(self, app: Flask) -> None:
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self) -> str:
        self.thread.start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *trouble: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@dataclass
class Visits:
    """Opens windows for people, and hears every complaint of the browser."""

    browser: Browser
    site: Site
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def __call__(self, who: str | None, path: str = "/", *, scripts: bool = True, **more: Any) -> Page:
        """A window in which this person is signed in, at this address."""
        options = {"reduced_motion": "reduce", "viewport": {"width": 1280, "height": 900}, **more}
        context = self.browser.new_context(base_url=self.site.url, java_script_enabled=scripts, **options)
        self.contexts.append(context)
        if who is not None:
            cookie = self.site.world.client(who).get_cookie("sid")
            assert cookie is not None
            context.add_cookies([{"name": "sid", "value": cookie.value, "url": self.site.url}])
        context.add_init_script(TELL_OF_VIOLATIONS)
        page = context.new_page()
        page.on("console", lambda message: self._hear(message, page))
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.goto(path)
        return page

    def _hear(self, message: ConsoleMessage, page: Page) -> None:
        # That a page answers 404 or 409 is what some tests are about; that a part of a page is missing is not.
        is_the_page_itself = message.location.get("url", "").split("#")[0] == page.url.split("#")[0]
        if message.type in ("error", "warning") and not (is_the_page_itself and "Failed to load" in message.text):
            self.complaints.append(f"{message.type}: {message.text} at {page.url}")


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Visits]:
    """Visit the site. At the end of every test: not one violation of the policy, and no script failed."""
    visits = Visits(chromium, site)
    yield visits
    for context in visits.contexts:
        context.close()
    assert visits.complaints == []
