"""In a real browser, under the real security policy: fragments, suggestions, drafts, and axe on every component."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, Response, jsonify, render_template_string, request
from flask_babel import Babel
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server
from wtforms import BooleanField, Form, RadioField, SelectField, StringField, TextAreaField, validators
from wtforms.fields.choices import SelectChoice

from wiki.assets import Manifest
from wiki.web import HEADERS

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "wiki/static/dist"
CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed on this machine"),
]

WRITING = """
{% extends "base.html" %}{% block title %}Write{% endblock %}{% block main %}<h1 class="title">Write a page</h1>
<form method="post" action="/save" data-guard data-keep-draft="page:new" {{ "data-keep-locally" if request.args.keep }}>
<label for="body">Text</label><textarea id="body" name="body"></textarea>
<button id="preview" hx-post="/{{ request.args.get('answer', 'preview') }}" hx-target="#shown">Preview</button>
<button id="save">Save</button></form><section id="shown"></section>
<form method="post" action="/out" data-forget-drafts><button id="out">Sign out</button></form>{% endblock %}
"""

COMPONENTS = """
{% extends "base.html" %}
{% from "components/forms.html" import errors, field, submit %}
{% from "components/facts.html" import fact, facts %}{% from "components/stamp.html" import stamp %}
{% from "components/share.html" import share %}{% from "components/note.html" import empty, note %}
{% from "components/lines.html" import line, lines, section_head %}{% from "components/who.html" import who %}
{% from "components/pagination.html" import pagination %}{% from "components/diff.html" import words %}
{% from "components/toc.html" import toc, toc_fold %}{% from "components/crumbs.html" import crumbs %}
{% from "components/kind.html" import kind %}{% from "components/tree.html" import tree %}
{% from "components/files.html" import files %}{% from "components/find.html" import find %}
{% block title %}Components{% endblock %}
{% block hero %}
<section class="hero on-deep"><div class="wrap"><p>Good morning, Amina.</p><h1>What do you need to do?</h1>
{{ find(action="/search", id="find", big=true) }}
<div class="quick"><a href="#s-a">A rumour is spreading</a></div></div></section>
{% endblock %}
{% block breadcrumbs %}{{ crumbs(items=[("Home", "/"), ("Crisis", none)]) }}{% endblock %}
{% block main %}{{ errors(form=form) }}<p>{{ kind(name="lesson") }} {{ kind(name="track") }}</p>
{% call facts() %}{% call fact(label="Status") %}{{ stamp(status="in-force") }}{% endcall %}
{% call fact(label="Who may read it") %}{{ share() }}{{ share(scope="stub") }}{% endcall %}{% endcall %}
{% for status in ("draft", "superseded", "withdrawn", "in-review") %}{{ stamp(status=status) }}{% endfor %}
{{ toc_fold(headings=contents) }}
<div class="split"><article class="prose">
<h2 id="s-a">First</h2>
<div class="pair"><section class="block block-do"><h3 class="block-title">Do</h3><ul><li>Stop</li></ul></section>
<section class="block block-dont"><h3 class="block-title">Don't</h3><ul><li>Argue</li></ul></section></div>
{% for name in ("note", "warning", "rule", "checklist", "example", "sixty-seconds") %}
<section class="block block-{{ name }}"><h3 class="block-title">{{ name }}</h3><p>Words</p><ul><li>1</li></ul></section>
{% endfor %}
<p><a class="wiki-missing" href="/n">missing</a> <a class="wiki-stub" href="/s">stub</a> <code>code</code></p>
<pre tabindex="0"><code><span class="k">def</span> <span class="nf">f</span> <span class="s1">"x"</span>
<span class="c1"># c</span> <span class="mi">1</span> <span class="err">?</span></code></pre>
{% call note(title="A note", tone="brass", icon="info") %}<p>Words</p>{% endcall %}
{{ empty(title="Nothing yet", text="Say something.") }}
<div class="diff"><p>{{ words(parts=[("same", "a "), ("ins", "b"), ("del", "c")]) }}</p></div></article>
<aside class="side">{{ toc(headings=contents) }}
{{ tree(nodes=[{"title": "A", "url": "/a", "children": [{"title": "B", "url": "/b"}]}]) }}
{{ files(items=[{"name": "a.pdf", "url": "/f", "size": "2 kB"}]) }}
{{ who(name="Amina", initials="AF", note="Nairobi") }}</aside></div>
{{ section_head(title="Lessons", id="lessons", url="/l", link="All") }}
{% call lines(tone="brass") %}{% call line(title="We answered a parody", url="/x", text="Words", meta="Lisbon") %}
{{ stamp(status="practice-changed") }}{% endcall %}{% endcall %}
<form method="post" novalidate>{% for f in form %}{{ field(f=f, hint="A hint") }}{% endfor %}
<div class="row">{{ submit(label="Save") }}{{ submit(label="Delete", style="grave") }}</div></form>
<div class="results"><div><ol class="hits"><li class="hit stub"><h3>Held</h3>
<p class="snippet">a <mark>word</mark></p></li></ol></div></div>
{{ pagination(previous="/p", next="/n", here="Page 2") }}{% endblock %}
"""


class LessonForm(Form):
    title = StringField("In one line", [validators.InputRequired("Write a line")])
    story = TextAreaField("What happened?")
    kind = SelectField("Kind", choices=[SelectChoice("page", "Page")])
    audience = RadioField("Who may read it?", choices=[SelectChoice("service", "Whole service")])
    urgent = BooleanField("This is urgent")


def make_app() -> Flask:
    app = Flask("gallery", template_folder=str(ROOT / "templates"), static_folder=str(DIST), static_url_path="/static")
    app.config["SECRET_KEY"] = "gallery"
    Babel(app)
    app.jinja_env.globals.update(asset=Manifest(DIST).url, site_name="Chancery", csrf_token=lambda: "token")
    app.context_processor(frame)
    app.after_request(guarded)
    app.add_url_rule("/me", "people.me", lambda: "me")
    app.add_url_rule("/notices", "notices.index", lambda: "notices")
    app.add_url_rule("/write", "write", lambda: render_template_string(WRITING))
    app.add_url_rule("/components", "components", components)
    app.add_url_rule("/preview", "preview", lambda: "<p id=ok>fine</p>", methods=["POST"])
    app.add_url_rule("/attack", "attack", lambda: "<p id=bad>x</p><script>window.ran = 1</script>", methods=["POST"])
    app.add_url_rule("/broken", "broken", lambda: ("<p id=bad>a whole page of trouble</p>", 500), methods=["POST"])
    for path in ("save", "out"):
        app.add_url_rule(f"/{path}", path, lambda: render_template_string(PLAIN), methods=["POST"])
    app.add_url_rule("/search/suggest", "suggest", suggest)
    return app


PLAIN = '{% extends "base.html" %}{% block title %}Done{% endblock %}{% block main %}<h1>Done</h1>{% endblock %}'


def frame() -> dict[str, Any]:
    viewer = SimpleNamespace(name="Amina Farouk", initials="AF", public_id=request.args.get("viewer", "p1"))
    section = SimpleNamespace(label="Guidelines", endpoint="write", icon="book-open", current=True)
    rtl = request.args.get("dir") == "rtl"
    language = {"ui_lang": "ar" if rtl else "en", "ui_dir": "rtl" if rtl else "ltr"}
    return {"viewer": viewer, "navigation": [section], "search_url": "/search", **language}


def guarded(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


def components() -> str:
    form = LessonForm(data={})
    form.validate()
    contents = [SimpleNamespace(anchor="s-a", title="First", level=2)]
    return render_template_string(COMPONENTS, form=form, contents=contents)


def suggest() -> Response:
    titles = ("Posting during a crisis", "<b>Crisis</b> desk")
    return jsonify(suggestions=[{"title": title, "url": "/components", "kind": "Guideline"} for title in titles])


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, make_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce")
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()


def test_a_preview_is_placed_under_the_real_policy_without_a_complaint(
    page: Page, site: str, complaints: list[str]
) -> None:
    page.goto(f"{site}/write")
    page.click("#preview")
    page.wait_for_selector("#shown #ok")

    assert complaints == []


def test_a_script_in_a_fragment_is_never_run(page: Page, site: str, complaints: list[str]) -> None:
    page.goto(f"{site}/write?answer=attack")
    with page.expect_event("console"):
        page.click("#preview")

    assert page.evaluate("window.ran") is None
    assert "Code in pages is not run" in " ".join(complaints)


def test_trouble_on_the_server_does_not_replace_what_is_on_the_page(page: Page, site: str) -> None:
    page.goto(f"{site}/write?answer=broken")
    page.fill("#body", "my words")
    with page.expect_response("**/broken"):
        page.click("#preview")
    page.wait_for_selector(".htmx-request", state="detached")

    assert "Nothing on this page is lost" in page.locator("[role=alert]").inner_text()
    assert page.locator("#bad").count() == 0
    assert page.input_value("#body") == "my words"


def test_the_slash_key_goes_to_search_and_arrows_choose_a_suggestion(page: Page, site: str) -> None:
    page.goto(f"{site}/write")
    page.keyboard.press("/")
    page.keyboard.type("cri")
    page.wait_for_selector("[role=option]")
    page.keyboard.press("ArrowDown")

    box = page.locator("[role=combobox]")
    assert box.get_attribute("aria-expanded") == "true"
    assert page.locator(f"#{box.get_attribute('aria-activedescendant')}").inner_text().startswith("Posting during")
    page.keyboard.press("Enter")
    page.wait_for_url("**/components")


def test_escape_closes_the_suggestions_and_keeps_the_words(page: Page, site: str) -> None:
    page.goto(f"{site}/write")
    page.fill("#q", "cri")
    page.wait_for_selector("[role=option]")
    page.keyboard.press("Escape")

    assert page.get_attribute("#q", "aria-expanded") == "false"
    assert page.input_value("#q") == "cri"


def test_titles_in_suggestions_are_words_and_not_markup(page: Page, site: str) -> None:
    page.goto(f"{site}/write")
    page.fill("#q", "cri")

    assert "<b>Crisis</b> desk" in page.locator("[role=option]").nth(1).inner_text()


def test_a_draft_comes_back_after_a_crash_and_goes_once_it_is_saved(page: Page, site: str) -> None:
    leave_behind(page, f"{site}/write?keep=1")
    page.goto(f"{site}/write?keep=1")
    page.click("[data-restore]")
    assert page.input_value("#body") == "words that matter"

    page.click("#save")
    page.wait_for_url("**/save")
    assert page.evaluate("localStorage.length") == 0


def test_words_being_written_in_another_window_are_not_offered_as_left_behind(page: Page, site: str) -> None:
    page.goto(f"{site}/write?keep=1")
    page.fill("#body", "words that matter")
    for _ in range(50):
        if page.evaluate("localStorage.length"):
            break
        page.wait_for_timeout(100)
    second = page.context.new_page()
    second.goto(f"{site}/write?keep=1")
    second.wait_for_selector("text=You are writing this in another window too")
    second.wait_for_timeout(500)
    assert second.locator("[data-restore]").count() == 0
    page.close(run_before_unload=False)
    second.goto(f"{site}/write?keep=1")
    second.wait_for_selector("[data-restore]")


def test_the_time_of_a_draft_is_written_as_all_times_are(page: Page, site: str) -> None:
    page.goto(f"{site}/write?keep=1")
    kept = '{"at": 1795313400000, "words": {"body": "words"}}'
    page.evaluate(f"localStorage.setItem('chancery-draft:' + document.body.dataset.viewer + ':page:new', '{kept}')")
    page.goto(f"{site}/write?keep=1")
    page.wait_for_selector("[data-restore]")
    assert page.inner_text(".draft-offer time") == "22 Nov 2026, 02:10"


def test_nothing_is_kept_on_the_device_where_the_page_does_not_allow_it(page: Page, site: str) -> None:
    page.goto(f"{site}/write")
    page.fill("#body", "words that are held back")
    page.wait_for_timeout(1000)

    assert page.evaluate("localStorage.length") == 0


def test_signing_out_forgets_every_draft(page: Page, site: str) -> None:
    leave_behind(page, f"{site}/write?keep=1")
    page.goto(f"{site}/write")
    page.click("#out")
    page.wait_for_url("**/out")

    assert page.evaluate("localStorage.length") == 0


def test_the_next_person_on_a_shared_machine_finds_no_draft_of_the_last(page: Page, site: str) -> None:
    leave_behind(page, f"{site}/write?keep=1")
    page.goto(f"{site}/write?keep=1&viewer=p2")

    assert page.locator("[data-restore]").count() == 0
    assert page.evaluate("localStorage.length") == 0


def leave_behind(page: Page, address: str) -> None:
    """Write, wait until the words are kept, and go away without saving."""
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(address)
    page.fill("#body", "words that matter")
    # The policy forbids eval, which wait_for_function would need.
    for _ in range(50):
        if page.evaluate("localStorage.length"):
            return
        page.wait_for_timeout(100)
    pytest.fail("no draft was kept")


def test_leaving_with_unsaved_words_asks_first(page: Page, site: str) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.type))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{site}/write")
    page.fill("#body", "unsaved")
    page.goto(f"{site}/components")

    assert asked == ["beforeunload"]


def test_a_summary_of_errors_takes_the_focus(page: Page, site: str) -> None:
    page.goto(f"{site}/components")

    assert page.evaluate("document.activeElement.className") == "summary"


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("path", ["write", "components"])
def test_nothing_scrolls_sideways_on_a_screen_of_320_pixels(page: Page, site: str, path: str, direction: str) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{site}/{path}?dir={direction}")

    assert page.title().endswith("Chancery")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_complain_about_in_any_component(
    browser: Browser, site: str, scheme: Any, width: int
) -> None:
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{site}/components")
    violations = Axe().run(page).response["violations"]
    context.close()

    assert [(found["id"], [node["target"] for node in found["nodes"]]) for found in violations] == []
