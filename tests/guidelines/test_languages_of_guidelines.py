"""Language versions: linked guidelines that say the same, each with its own readers, and a word when one is behind."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from guidelines.guides.keeping import languages
from guidelines.guides.keeping.models import LanguageVersion
from tests.guidelines.keeping_world import BODY, a_rule, new_text
from tests.journeys.reader import Reader
from tests.people import World, email
from tests.site.test_queries import cost
from tests.site.twins import masked
from wiki import db
from wiki.documents.sharing import Sharing
from wiki.people.models import Person

ARABIC = "النشر في الأزمات"


def pair(world: World, sharing: Sharing | None = None) -> tuple[str, str]:
    """An English source, and an Arabic version that follows it."""
    source = a_rule(world)
    version = a_rule(world, ARABIC, body="## الساعة الأولى\n\nأوقف النشر.", lang="ar", sharing=sharing)
    assert link(world, version) == 303
    return source, version


def link(world: World, version: str, slug: str = "posting-in-a-crisis", who: str = "ines") -> int:
    return world.post(who, f"{version}/languages", {"source": slug}).status_code


def rows(world: World) -> int:
    with world.app.app_context(), db.system_session() as session:
        return len(session.scalars(select(LanguageVersion.document_id)).all())


def reads(world: World, who: str, lang: str, *speaks: str) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person).where(Person.email == email(who))).one()
        person.lang, person.languages = lang, list(speaks)


def test_readers_of_one_find_the_other_and_each_runs_its_own_way(world: World) -> None:
    a_rule(world)
    version = a_rule(world, ARABIC, lang="ar")
    page = Reader(world, "ines").open(version).follow("Language versions")
    page.press("Link the two", source="posting-in-a-crisis")
    assert "It says in another language what this one says:" in page.words
    oskar = Reader(world, "oskar").open("/guidelines/posting-in-a-crisis")
    assert "In other languages:" in oskar.words
    oskar.follow(ARABIC)
    assert '<div class="prose" lang="ar" dir="rtl">' in oskar.answer.text
    assert oskar.follow("Posting in a crisis").status == 200


def test_a_version_says_that_its_source_moved_on_until_it_follows_again(world: World) -> None:
    source, version = pair(world)
    warning = "The text this one follows has changed since"
    assert warning not in world.get("oskar", version).text
    new_text(world, source, BODY + " More.")
    assert warning in world.get("oskar", version).text
    assert warning not in world.get("oskar", source).text
    Reader(world, "ines").open(f"{version}/languages").press("This text is up to date")
    assert warning not in world.get("oskar", version).text


def test_a_reader_gets_their_language_then_one_they_speak_then_english(world: World) -> None:
    source, version = pair(world)
    asked = (f"{source}/in-my-language", f"{version}/in-my-language")
    reads(world, "oskar", "fr", "ar")
    reads(world, "amina", "en", "ar")
    reads(world, "bruno", "fr")
    for path in asked:
        assert Reader(world, "oskar").open(path).path == version, path
        assert Reader(world, "amina").open(path).path == source, path
        assert Reader(world, "bruno").open(path).path == source, path


@pytest.mark.parametrize("who", ["oskar", "leila", "ada"])
def test_nothing_is_told_of_a_version_to_those_who_may_not_read_it(world: World, who: str) -> None:
    source = a_rule(world)
    reads(world, who, "fr", "ar")
    before = {path: masked(world.get(who, path).text) for path in (source, f"{source}/in-my-language")}
    held = Sharing(("group:digital",), "hidden", reason="source")
    version = a_rule(world, ARABIC, lang="ar", sharing=held)
    assert link(world, version) == 303
    assert {path: masked(world.get(who, path).text) for path in before} == before
    assert world.get(who, f"{version}/languages").status_code == 404
    assert ARABIC in world.get("marek", source).text, "the control"


def test_a_version_tells_nothing_of_a_source_its_reader_may_not_read(world: World) -> None:
    held = Sharing(("group:digital",), "hidden", reason="source")
    source = a_rule(world, "Zqxsource", sharing=held)
    version = a_rule(world, ARABIC, lang="ar")
    assert link(world, version, "zqxsource") == 303
    new_text(world, source, BODY + " More.")
    page = world.get("oskar", version).text
    assert "zqxsource" not in page.lower()
    assert "has changed since" not in page
    assert Reader(world, "oskar").open(f"{version}/in-my-language").path == version


@pytest.mark.parametrize("slug", ["", "nothing", "same-tongue", "\ufffd"])
def test_what_cannot_be_linked_is_refused(world: World, slug: str) -> None:
    a_rule(world)
    a_rule(world, "Same tongue", lang="ar")
    version = a_rule(world, ARABIC, lang="ar")
    assert link(world, version, slug) == 422
    assert rows(world) == 0


def test_versions_do_not_follow_in_a_circle_or_a_chain(world: World) -> None:
    source, version = pair(world)
    third = a_rule(world, "Troisième", lang="fr")
    assert link(world, source, version.split("/")[-1]) == 422
    assert link(world, third, version.split("/")[-1]) == 422
    assert rows(world) == 1


@pytest.mark.parametrize("who", ["amina", "oskar", "leila"])
def test_only_those_who_change_its_text_link_it(world: World, who: str) -> None:
    _source, version = pair(world)
    for part in ("", "/comparison", "/end"):
        assert world.post(who, f"{version}/languages{part}", {"source": "posting-in-a-crisis"}).status_code == 403
    assert rows(world) == 1


def test_it_stands_by_itself_again_and_no_version_costs_more(world: World) -> None:
    source, version = pair(world)
    few = cost(world, source)
    for number, lang in enumerate(("fr", "es", "de")):
        link(world, a_rule(world, f"Version {number}", lang=lang))
    assert cost(world, source) == few <= 10
    Reader(world, "ines").open(f"{version}/languages").press("Let it stand by itself")
    assert rows(world) == 3
    assert world.post("ines", f"{version}/languages/end").status_code == 422


def test_a_hidden_version_or_source_changes_neither_what_is_offered_nor_what_can_be_linked(world: World) -> None:
    held = Sharing(("group:consular",), "hidden", reason="source")
    own = a_rule(world, "Own rule", lang="fr")
    free = a_rule(world, "Free rule", lang="es")
    hidden = a_rule(world, "Zqxhidden", by="leila", owner="consular", sharing=held, lang="de")
    other = a_rule(world, "Zqxother", by="leila", owner="consular", sharing=held, lang="pt")
    before = masked(world.get("marek", f"{own}/languages").text)
    ids = {name: world.document(name).id for name in (own, free, hidden, other)}
    with world.app.app_context(), db.system_session(writing=True) as session:
        # A hidden one follows what he edits, and what he could link to follows a hidden one.
        session.add(LanguageVersion(document_id=ids[hidden], source_id=ids[own], follows=1))
        session.add(LanguageVersion(document_id=ids[free], source_id=ids[other], follows=1))
    assert masked(world.get("marek", f"{own}/languages").text) == before
    assert link(world, own, "free-rule", who="marek") == 303


@pytest.mark.parametrize("hidden", ["version", "source"])
def test_what_can_be_linked_is_asked_of_versions_whose_both_sides_are_read(world: World, hidden: str) -> None:
    held = Sharing(("group:consular",), "hidden", reason="source")
    version = a_rule(world, "Version", lang="fr", **({"sharing": held, "by": "leila"} if hidden == "version" else {}))
    source = a_rule(world, "Source", lang="de", **({"sharing": held, "by": "leila"} if hidden == "source" else {}))
    viewer, leila = world.viewer("marek"), world.viewer("leila")
    ids = [world.document(one).id for one in (version, source)]
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(LanguageVersion(document_id=ids[0], source_id=ids[1], follows=1))
        session.flush()
        assert session.scalars(languages._known(viewer)).all() == []
        assert session.scalars(languages._known(leila)).all() == ids[:1], "the control"
