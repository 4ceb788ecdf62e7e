"""Templates compile, components draw what they promise, and every icon they name exists."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from wtforms import BooleanField, Form, HiddenField, RadioField, SelectField, StringField, TextAreaField, validators
from wtforms.fields.choices import SelectChoice

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
ICONS = set(json.loads((ROOT / "frontend/icons.json").read_text())) | {"mark"}
NAMED_IN_TEMPLATES = re.compile(r'(?:icon|draw)\(name="([\w-]+)"|\bicon="([\w-]+)"')
NAMED_IN_PYTHON = re.compile(r'\bicon="([\w-]+)"')
PACKAGES = ("wiki", "guidelines", "search", "training")
ERRORS = ("400", "403", "404", "409", "413", "422", "429", "500", "503")
AUDIENCES = [SelectChoice("service", "Whole service"), SelectChoice("named", "Named people")]


class LessonForm(Form):
    token = HiddenField()
    title = StringField("In one line", [validators.InputRequired("Write a line")])
    story = TextAreaField("What happened?")
    kind = SelectField("Kind", choices=[SelectChoice("page", "Page")])
    audience = RadioField("Who may read it?", choices=AUDIENCES)
    urgent = BooleanField("This is urgent")


@pytest.fixture(scope="module")
def jinja() -> Environment:
    env = Environment(loader=FileSystemLoader(TEMPLATES), extensions=["jinja2.ext.i18n"], autoescape=True)
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    # Flask-Babel brings these; here it is enough that the words come through.
    env.filters.update(
        dict.fromkeys(("dateformat", "datetimeformat", "timeformat", "timedeltaformat", "numberformat"), str)
    )
    env.globals.update(
        asset=lambda name: f"/static/{name}",
        csrf_token=lambda: "token",
        url_for=lambda endpoint: f"/{endpoint}",
        get_flashed_messages=lambda with_categories: [],
        site_name="Chancery",
    )
    return env


def draw(jinja: Environment, source: str, **context: object) -> str:
    return jinja.from_string(source).render(**context)


def page(jinja: Environment, template: str, **context: object) -> str:
    viewer = SimpleNamespace(name="Amina Farouk", initials="AF", public_id="p1")
    request = SimpleNamespace(script_root="", path="/", blueprint=None)
    section = SimpleNamespace(label="Guidelines", endpoint="guideline.index", icon="book-open", current=True)
    frame = {"viewer": viewer, "request": request, "navigation": [section], "search_url": "/search"}
    return jinja.get_template(template).render(**(frame | context))


def test_the_frame_and_the_components_compile_without_the_application(jinja: Environment) -> None:
    names = [
        name for name in jinja.list_templates() if name == "base.html" or name.startswith(("components/", "errors/"))
    ]

    assert len(names) > 20
    for name in names:
        jinja.get_template(name)


def test_every_template_is_well_formed(jinja: Environment) -> None:
    names = jinja.list_templates(extensions=["html", "txt"])

    assert "base.html" in names
    for name in names:
        jinja.parse((TEMPLATES / name).read_text(), filename=name)


def test_every_icon_named_in_a_template_or_a_package_is_in_the_sprite() -> None:
    found = {
        name
        for path in TEMPLATES.rglob("*.html")
        for pair in NAMED_IN_TEMPLATES.findall(path.read_text())
        for name in pair
    }
    for package in PACKAGES:
        found |= {name for path in (ROOT / package).rglob("*.py") for name in NAMED_IN_PYTHON.findall(path.read_text())}

    assert "search" in found
    assert found - {""} <= ICONS


@pytest.mark.parametrize("component", ["kind", "share"])
def test_every_icon_a_component_can_choose_is_in_the_sprite(jinja: Environment, component: str) -> None:
    source = (TEMPLATES / f"components/{component}.html").read_text()
    choices = re.findall(r'"([\w-]+)": \(_\(', source)
    call = f'{{% from "components/{component}.html" import {component} %}}{{{{ {component}(choice) }}}}'

    assert choices
    for choice in choices:
        drawn = re.findall(r'icons\.svg#([\w-]+)"', draw(jinja, call, choice=choice))
        assert drawn, choice
        assert set(drawn) <= ICONS


def test_a_stamp_takes_an_enum_or_a_word_and_shows_unknown_ones_plainly(jinja: Environment) -> None:
    source = '{% from "components/stamp.html" import stamp %}{{ stamp(status=status) }}'

    assert ">In force<" in draw(jinja, source, status=SimpleNamespace(value="in_force"))
    assert 'class="stamp plain">Half open<' in draw(jinja, source, status="half-open")


def test_a_field_with_an_error_ties_label_hint_and_error_to_its_input(jinja: Environment) -> None:
    form = LessonForm(data={})
    form.validate()
    html = draw(jinja, _FIELD, f=form.title, hint="As on the phone")

    assert '<label for="title">' in html
    assert 'aria-describedby="title-hint title-error"' in html
    assert 'aria-invalid="true"' in html
    assert "Write a line" in html


def test_a_field_without_hint_or_error_describes_nothing(jinja: Environment) -> None:
    html = draw(jinja, _FIELD, f=LessonForm().story, hint=None)

    assert "aria-describedby" not in html
    assert "aria-invalid" not in html


def test_what_is_written_finds_its_own_direction_and_what_is_chosen_runs_as_the_page_does(jinja: Environment) -> None:
    form = LessonForm()

    assert 'dir="auto"' in draw(jinja, _FIELD, f=form.title, hint=None)
    assert 'dir="auto"' in draw(jinja, _FIELD, f=form.story, hint=None)
    assert "dir=" not in draw(jinja, _FIELD, f=form.kind, hint=None)


def test_icons_that_point_are_turned_on_pages_that_run_from_right_to_left(jinja: Environment) -> None:
    source = '{% from "components/icon.html" import icon %}{{ icon(name=name) }}'

    assert 'class="i turn"' in draw(jinja, source, name="log-in")
    assert 'class="i turn"' in draw(jinja, source, name="arrow-right")
    assert 'class="i"' in draw(jinja, source, name="search")


def test_a_group_of_choices_is_a_fieldset_with_a_legend_and_a_hint_for_each(jinja: Environment) -> None:
    source = '{% from "components/forms.html" import field %}{{ field(f=f, hints={"service": "Every colleague"}) }}'
    html = draw(jinja, source, f=LessonForm().audience)

    assert "<legend>Who may read it?</legend>" in html
    assert 'aria-describedby="audience-0-about"' in html
    assert html.count('type="radio"') == 2


def test_the_summary_of_errors_leads_to_each_input_and_to_the_first_choice_of_a_group(jinja: Environment) -> None:
    form = LessonForm(data={})
    form.validate()
    html = draw(jinja, '{% from "components/forms.html" import errors %}{{ errors(form=form) }}', form=form)

    assert 'href="#title"' in html
    assert 'href="#audience-0"' in html
    assert 'role="alert"' in html


def test_words_from_people_are_escaped_in_every_component(jinja: Environment) -> None:
    source = (
        '{% from "components/lines.html" import line %}{% from "components/diff.html" import words %}'
        '{% from "components/crumbs.html" import crumbs %}{% from "components/who.html" import who %}'
        '{{ line(title=x, text=x, meta=x) }}{{ words(parts=[("ins", x), ("del", x), ("same", x)]) }}'
        "{{ crumbs(items=[(x, none)]) }}{{ who(name=x, note=x) }}"
    )
    html = draw(jinja, source, x="<script>")

    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 9


def test_no_template_carries_inline_style_or_script() -> None:
    inline = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)
    pages = {path.name: path.read_text() for path in TEMPLATES.rglob("*.html") if "mail" not in path.parts}

    assert [name for name, source in pages.items() if inline.search(without_jinja(source))] == []


def without_jinja(source: str) -> str:
    return re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", source, flags=re.DOTALL)


@pytest.mark.parametrize("code", ERRORS)
def test_an_error_says_what_happened_and_what_to_do_next(jinja: Environment, code: str) -> None:
    html = page(jinja, f"errors/{code}.html", message=None)

    assert html.count("<h1") == 1
    assert "What you can do now" in html
    assert "Go to the home page" in html


def test_the_answer_to_a_missing_page_does_not_depend_on_what_was_asked(jinja: Environment) -> None:
    elsewhere = SimpleNamespace(script_root="", path="/secret-talks", blueprint="search")
    quiet = SimpleNamespace(label="Guidelines", endpoint="guideline.index", icon="book-open", current=False)

    asked = page(jinja, "errors/404.html", request=elsewhere, navigation=[quiet], message="The secret talks")
    assert asked == page(jinja, "errors/404.html")


def test_the_gravest_errors_need_neither_viewer_nor_navigation(jinja: Environment) -> None:
    strict = jinja.overlay(undefined=StrictUndefined)
    request = SimpleNamespace(script_root="")

    for code in ("500", "503"):
        assert "home page" in strict.get_template(f"errors/{code}.html").render(request=request)


def test_a_visitor_who_is_not_signed_in_sees_no_sections_and_no_search(jinja: Environment) -> None:
    html = page(jinja, "errors/403.html", viewer=None, message=None)

    assert "<nav" not in html
    assert "data-suggest" not in html


_FIELD = '{% from "components/forms.html" import field %}{{ field(f=f, hint=hint) }}'
