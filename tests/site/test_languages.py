"""Every word on a page can be translated, translations say what the source says, and readers are met in their own."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import force_locale
from jinja2 import Environment
from sqlalchemy import select, update

from tests.people import World, email
from training.tracks import paths
from wiki import db, languages
from wiki.documents.models import Document, Revision
from wiki.people.models import Person
from wiki.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
TRANSLATIONS = sorted((ROOT / "wiki/translations").glob("*/LC_MESSAGES/messages.po"))
KEYWORDS = {"_": None, "_l": None, "N_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
ARABIC = re.compile(r"[\u0600-\u06ff]")

# What stands in templates for machines, not for readers.
NOT_WORDS = {"width=device-width, initial-scale=1", "light dark"}
JINJA = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
READ_ALOUD = re.compile(r'\b(?:aria-label|aria-description|title|alt|placeholder|content|value|label)="([^"]*)"')
TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
# Nobody hears or sees what stands in these.
UNSEEN = re.compile(r'<input type="hidden"[^>]*>|<button [^>]*?name="[^"]*" value="[^"]*"')
CALL = re.compile(r"""\b(?:_|n?gettext)\((?:"[^"]*"|'[^']*')(?:,\s*(?:"[^"]*"|'[^']*'))?""")
LITERAL = re.compile(r""""([^"]*)"|'([^']*)'""")
# Two words, or one that begins a sentence; names of templates, classes and formats look otherwise.
SENTENCE = re.compile(r"[A-Z][a-z]+\b(?!/)|\b[a-z]+ [a-z]+ [a-z]+\b")


def untranslatable(source: str) -> list[str]:
    """The words of a template that no translator can reach."""
    bare = JINJA.sub("\0", source)
    shown = [*re.split("\0", TAG.sub("\0", bare)), *READ_ALOUD.findall(UNSEEN.sub("\0", bare))]
    loose = [text.strip() for text in shown if re.search(r"[^\W\d_]{2,}", text)]
    return [text for text in [*loose, *in_expressions(source)] if text not in NOT_WORDS]


def in_expressions(source: str) -> list[str]:
    expressions = [found for found in JINJA.findall(source) if not found.startswith("{#")]
    literals = [literal for found in expressions for literal in LITERAL.findall(CALL.sub("", found))]
    return [text for pair in literals if (text := "".join(pair)) and "<" not in text and SENTENCE.search(text)]


def catalog(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parents[1].name)


def messages(path: Path) -> list[Message]:
    return [message for message in catalog(path) if message.id and any(message.string or ())]


def strings(found: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [found] if isinstance(found, str) else list(found or ())


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%(?:\(\w+\))?[sd]", text))


def test_no_template_holds_words_that_cannot_be_translated() -> None:
    found = {path.name: untranslatable(path.read_text()) for path in TEMPLATES.rglob("*") if path.is_file()}

    assert len(found) > 50
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "<p>Hello there</p>",
        '<nav aria-label="Main">{{ x }}</nav>',
        '{{ submit(label="Save") }}',
        "{% if x %}until {{ day }}{% endif %}",
        '{{ _("Fine") ~ "Not fine" }}',
    ],
)
def test_the_search_for_untranslatable_words_finds_those_that_are_planted(planted: str) -> None:
    assert untranslatable(planted)


def test_words_given_to_gettext_and_values_that_nobody_sees_are_not_complained_of() -> None:
    source = """<p>{{ _("Hello there") }} {{ ngettext("%(num)d page", "%(num)d pages", n) }}</p>{# A remark. #}
    <input type="hidden" name="answer" value="yes">"""

    assert untranslatable(source) == []


def test_every_language_offered_beside_english_has_a_translation() -> None:
    assert set(Settings().languages) - {"en"} == {path.parents[1].name for path in TRANSLATIONS}


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.parents[1].name)
def test_a_translation_keeps_every_placeholder_of_its_source(path: Path) -> None:
    found = messages(path)
    # A plural form for one or two may say the number in words, and leave out what the source leaves out for one.
    wrong = [
        (message.id, text)
        for message in found
        for one, many in [(placeholders(strings(message.id)[0]), placeholders(strings(message.id)[-1]))]
        for text in strings(message.string)
        if (strange := placeholders(text) ^ many)
        if not (message.pluralizable and strange <= {"%(num)d", "%(num)s"} | many - one and strange <= many)
    ]

    assert len(found) > 500
    assert wrong == []


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.parents[1].name)
def test_a_translation_has_every_plural_its_language_needs_and_no_markup_of_its_own(path: Path) -> None:
    rules = catalog(path)

    for message in messages(path):
        told = strings(message.string)
        assert all(told), message.id
        assert len(told) == (rules.num_plurals if message.pluralizable else 1), message.id
        assert all(("<" in text) == ("<" in strings(message.id)[0]) for text in told), message.id


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.parents[1].name)
def test_the_sample_of_a_track_is_written_in_words_that_tracks_understand(path: Path) -> None:
    [sample] = [message for message in messages(path) if strings(message.id)[0].startswith("## Day 1\n")]
    told, meant = (paths.read(strings(text)[0]) for text in (sample.string, sample.id))

    assert [(problem.line, problem.code) for problem in told.problems] == [(7, "no-steps-here")]
    assert [(item.offset_days, item.kind, item.slug, item.required) for item in told.items] == [
        (item.offset_days, item.kind, item.slug, item.required) for item in meant.items
    ]
    assert len(told.items) == 3


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.parents[1].name)
def test_nearly_every_word_of_the_pages_is_translated(path: Path) -> None:
    known = {strings(message.id)[0] for message in messages(path)}
    method = [("**.html", "jinja2"), ("**.txt", "jinja2")]
    needed = {strings(found[2])[0] for found in extract_from_dir(str(TEMPLATES), method, keywords=KEYWORDS)}

    assert len(needed) > 300
    assert len(needed & known) / len(needed) > 0.9, sorted(needed - known)


@pytest.fixture
def arabic(app: Flask, tmp_path: Path) -> Flask:
    """The application with Arabic compiled from what is in the tree now, not when it was last installed."""
    place = tmp_path / "translations/ar/LC_MESSAGES/messages.mo"
    place.parent.mkdir(parents=True)
    with place.open("wb") as file:
        write_mo(file, catalog(ROOT / "wiki/translations/ar/LC_MESSAGES/messages.po"))
    app.extensions["babel"].translation_directories[:] = [str(tmp_path / "translations")]
    return app


@pytest.fixture
def abroad(arabic: Flask) -> World:
    """The cast, with Amina reading Arabic in Cairo, Bruno English in Tokyo, and Leila nowhere we know."""
    world = World(arabic)
    tell(world, "amina", lang="ar", timezone="Africa/Cairo")
    tell(world, "bruno", timezone="Asia/Tokyo")
    tell(world, "leila", timezone="Mars/Olympus")
    return world


def tell(world: World, who: str, **facts: str) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person).where(Person.email == email(who))).one()
        for name, value in facts.items():
            setattr(person, name, value)


def test_a_visitor_is_met_in_the_language_of_their_browser(arabic: Flask) -> None:
    page = arabic.test_client().get("/sign-in", headers={"Accept-Language": "ar-EG,ar;q=0.9,en;q=0.5"}).text

    assert '<html lang="ar" dir="rtl">' in page
    assert "تسجيل الدخول" in page
    assert "عنوان بريدك" not in page


def test_a_language_that_is_not_spoken_here_gives_way_to_english(arabic: Flask) -> None:
    page = arabic.test_client().get("/sign-in", headers={"Accept-Language": "sv"}).text

    assert '<html lang="en" dir="ltr">' in page
    assert "Sign in" in page


def test_a_mistake_in_a_form_is_told_in_the_language_of_the_page(arabic: Flask) -> None:
    browser = arabic.test_client()
    headers = {"Accept-Language": "ar"}
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/sign-in", headers=headers).text)
    assert token
    page = browser.post("/sign-in", data={"csrf_token": token[1], "email": ""}, headers=headers).text

    assert "أدخل عنوان بريدك الإلكتروني." in page
    assert "أدخل كلمة المرور." in page


def test_a_person_is_met_in_the_language_of_their_choice_whatever_their_browser_says(abroad: World) -> None:
    hers = abroad.get("amina", "/", headers={"Accept-Language": "en"})
    his = abroad.get("bruno", "/", headers={"Accept-Language": "ar"})

    assert '<html lang="ar" dir="rtl">' in hers.text
    assert "ماذا تريد أن تفعل؟" in hers.text
    assert "بتوقيت القاهرة" in hers.text
    assert '<html lang="en" dir="ltr">' in his.text


def test_a_text_runs_as_its_own_language_does_whoever_reads_it(abroad: World) -> None:
    theirs = abroad.write("حضور السفارات", "| أ | ب |\n|---|---|\n| 1 | 2 |", lang="ar")
    ours = abroad.write("Presence of embassies", "| a | b |\n|---|---|\n| 1 | 2 |")

    for who in ("amina", "bruno"):
        assert '<div class="prose" lang="ar" dir="rtl">' in abroad.get(who, theirs).text
        assert '<div class="prose" lang="en" dir="ltr">' in abroad.get(who, ours).text


def test_a_new_text_is_taken_to_be_in_the_language_its_writer_reads(abroad: World) -> None:
    chosen = r'<option selected value="(\w+)">[^<]+</option>'

    assert "ar" in re.findall(chosen, abroad.get("amina", "/wiki/new").text)
    assert "en" in re.findall(chosen, abroad.get("bruno", "/wiki/new").text)


def test_errors_speak_the_readers_language(abroad: World) -> None:
    page = abroad.get("amina", "/wiki/nothing-here")

    assert page.status_code == 404
    assert 'dir="rtl"' in page.text
    assert "لا شيء هنا يمكن عرضه عليك" in page.text


def test_a_refused_text_is_explained_in_the_readers_language(abroad: World) -> None:
    form = {"title": "Long", "body": "x" * 200_001, "owner": "lisbon", "key": "k1"}
    hers = abroad.post("amina", "/wiki/new", form)
    his = abroad.post("tomas", "/wiki/new", form)

    assert hers.status_code == his.status_code == 422
    assert "هذا النص أطول من 200 كيلوبايت" in hers.text
    assert "This text is longer than 200 kB" in his.text


def test_a_person_without_rights_is_told_why_in_their_language(abroad: World) -> None:
    address = abroad.write("Visas", kind="guideline", status="in-force", by="leila", owner="consular")
    page = abroad.get("amina", f"{address}/edit")

    assert page.status_code == 403
    assert "لا يغيّر هذا النص إلا كتّابه والوحدة التي ترعاه" in page.text


def test_days_and_times_follow_the_readers_language_and_clock(abroad: World) -> None:
    address = abroad.write("Visas")
    moment(abroad, address, datetime(2026, 3, 1, 22, 30, tzinfo=UTC))
    hers, his, theirs = (abroad.get(who, f"{address}/history").text for who in ("amina", "bruno", "leila"))

    assert "2 مارس 2026، 00:30" in hers
    assert "2 Mar 2026, 07:30" in his
    assert "1 Mar 2026, 22:30" in theirs


def moment(world: World, address: str, at: datetime) -> None:
    slug = address.rpartition("/")[2]
    with world.app.app_context(), db.system_session(writing=True) as session:
        document = session.scalars(select(Document).where(Document.slug == slug)).one()
        session.execute(update(Revision).where(Revision.document_id == document.id).values(created_at=at))


def test_a_day_without_a_time_is_the_same_on_every_clock(abroad: World) -> None:
    source = '{% from "components/day.html" import day, month %}{{ day(date=d) }} {{ month(date=d) }}'
    environment: Environment = abroad.app.jinja_env
    with abroad.app.test_request_context("/"), force_locale("ar"):
        html = environment.from_string(source).render(d=date(2026, 3, 1))

    assert ">1 مارس 2026<" in html
    assert ">مارس 2026<" in html


def test_a_letter_is_written_in_the_language_of_its_reader(abroad: World) -> None:
    page = abroad.app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.get("/forgot").text)
    assert token
    page.post("/forgot", data={"csrf_token": token[1], "email": email("amina")})
    abroad.settle()
    folder = abroad.app.extensions["chancery_settings"].data_dir / "mail"
    [letter] = [message_from_bytes(path.read_bytes(), policy=default) for path in folder.glob("*.eml")]
    html = letter.get_body(("html",))

    assert letter["Subject"] == "كلمة مرور جديدة لـChancery"
    assert html is not None
    assert '<html lang="ar" dir="rtl">' in html.get_content()
    assert "تحية طيبة، Amina Farouk،" in html.get_content()


def test_the_words_we_come_with_are_translated_and_those_of_a_service_are_left_alone(arabic: Flask) -> None:
    with arabic.test_request_context("/"), force_locale("ar"):
        assert ARABIC.search(languages.of_the_house(Settings().footer_note))
        assert ARABIC.search(languages.of_the_house(Settings().site_tagline))
        assert languages.of_the_house("Ministry of Wonders") == "Ministry of Wonders"
        assert languages.of_the_house("") == ""


def test_sizes_and_places_are_said_in_the_readers_language(arabic: Flask) -> None:
    with arabic.test_request_context("/"), force_locale("ar"):
        assert languages.size_of(240_000) == "240 كيلوبايت"
        assert languages.place_of("Europe/Lisbon") == "لشبونة"
    with arabic.test_request_context("/"):
        assert [languages.size_of(count) for count in (12, 240_120, 20_000_000)] == ["12 byte", "240.1 kB", "20 MB"]
        zones = ("America/New_York", "America/Argentina/Buenos_Aires", "UTC")
        assert [languages.place_of(zone) for zone in zones] == ["New York", "Buenos Aires", "UTC"]


@pytest.mark.parametrize(
    ("lang", "way"), [("ar", "rtl"), ("fa-IR", "rtl"), ("ur_PK", "rtl"), ("en", "ltr"), ("fr", "ltr")]
)
def test_the_way_a_page_runs_follows_its_language(lang: str, way: str) -> None:
    assert languages.direction(lang) == way


def test_without_compiled_translations_pages_fall_back_to_english(app: Flask, tmp_path: Path) -> None:
    app.extensions["babel"].translation_directories[:] = [str(tmp_path)]
    page = app.test_client().get("/sign-in", headers={"Accept-Language": "ar"}).text

    assert 'dir="rtl"' in page
    assert "Sign in" in page
