"""What we know of platforms: the table, its form, the four questions, and what an expired fact calls for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from guidelines.platforms import choosing, words
from guidelines.platforms.models import PlatformFact
from guidelines.platforms.reading import Row, Wanted
from tests.guidelines.keeping_world import a_rule, give, in_days
from tests.journeys.reader import Reader
from tests.people import World
from tests.site.test_queries import cost
from tests.site.twins import masked
from wiki import db
from wiki.access.models import AuditEvent
from wiki.access.policy import Role
from wiki.documents.models import Term
from wiki.documents.sharing import Sharing
from wiki.exchange.starter import FOLDER, load_starter
from wiki.people.viewer import today

PLATFORMS = {"x": "X", "threads": "Threads", "radio": "Radio"}


def a_fact(slug: str = "x", **more: Any) -> PlatformFact:
    told = {"audiences": ["journalists"], "purposes": ["inform", "crisis"], "answers": "working-days",
            "countries": [], "blocked": ["CN"], "who": "The press.", "formats": "", "languages": "", "rtl": "yes",
            "verification": "", "risks": "Much noise.", "trusted_until": today() + timedelta(days=30),
            "version": 1}  # fmt: skip
    return PlatformFact(platform=slug, **{**told, **more})


def furnish(world: World, *facts: PlatformFact) -> World:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add_all(Term(vocabulary="platform", slug=slug, name=name) for slug, name in PLATFORMS.items())
        session.add_all(facts or [a_fact()])
    return world


def kept(world: World) -> dict[str, PlatformFact]:
    with world.app.app_context(), db.system_session() as session:
        return {row.platform: row for row in session.scalars(select(PlatformFact))}


def form(**more: Any) -> dict[str, Any]:
    return {"audiences": ["young", "public"], "purposes": "culture", "answers": "nobody", "countries": "Portugal\nid",
            "blocked": "", "trusted_until": in_days(90), "version": "0", **more}  # fmt: skip


def save(world: World, by: str = "marek", slug: str = "radio", **more: Any) -> int:
    return world.post(by, f"/guidelines/platforms/{slug}/facts", form(**more)).status_code


def test_readers_find_each_platform_with_its_facts_and_its_guidelines(world: World) -> None:
    furnish(world)
    a_rule(world, "Posting on X", terms={"platform": ["x"]})
    page = Reader(world, "oskar").open("/guidelines/").follow("Platforms: who is where")
    for told in ("Journalists", "Warn in a crisis", "Blocked in: China", "Much noise.", "Trusted until"):
        assert told in page.words
    assert "Threads" not in page.words, "nothing is known of it"
    assert "Posting on X" in page.follow("1 guideline: X").words


def test_the_table_is_narrowed_by_whom_what_for_and_where(world: World) -> None:
    furnish(world, a_fact(), a_fact("radio", audiences=["young"], purposes=["culture"], countries=["PT"], blocked=[]))
    for query, shown in (
        ("audience=young", {"Radio"}), ("purpose=inform", {"X"}), ("country=PT", {"X", "Radio"}),
        ("country=CN", {"X"}), ("country=FR", {"X"}), ("audience=young&purpose=inform", set()),
        ("audience=zqx&country=ZZ", {"X", "Radio"}),
    ):  # fmt: skip
        page = world.get("oskar", f"/guidelines/platforms?{query}").text
        assert {name for name in ("X", "Radio") if f'<b dir="auto">{name}</b>' in page} == shown, query
    assert "No platform fits" in Reader(world, "oskar").open("/guidelines/platforms?audience=experts").words


def test_an_approver_keeps_a_row_and_the_log_tells_which_fields_without_words(world: World) -> None:
    furnish(world)
    page = Reader(world, "marek").open("/guidelines/platforms").follow("Radio")
    page.press("Save", **form(who="  Who drives\nto work ", version=page.field("version")))
    assert "Everybody in the service finds it" in page.words
    row = kept(world)["radio"]
    assert (row.audiences, row.purposes, row.countries) == (["public", "young"], ["culture"], ["ID", "PT"])
    assert (row.who, row.version, row.kept_by_id) == ("Who drives to work", 1, world.viewer("marek").person)
    page = Reader(world, "marek").open("/guidelines/platforms/radio/facts")
    assert page.field("countries") == "Indonesia\nPortugal"
    page.press("Save", who="Drivers", audiences=["public", "young"])
    assert kept(world)["radio"].version == 2
    with world.app.app_context(), db.system_session() as session:
        rows = session.scalars(select(AuditEvent).where(AuditEvent.what == "platform:keep").order_by(AuditEvent.id))
        told = [(row.about, row.details["fields"]) for row in rows]
    assert told[1] == ("radio", ["who"])
    assert len(told) == 2


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("audiences", [], "Choose at least one"),
        ("purposes", [], "Choose at least one"),
        ("answers", "", "Choose who has to answer"),
        ("countries", "Portugal, Atlantis", "no country of this name: Atlantis"),
        ("blocked", "Portugal", "matter most at the same place: Portugal"),
        ("who", "x" * 401, "400 characters"),
        ("risks", "\ufffd", "could not be read"),
        ("trusted_until", "", "Choose the last day"),
        ("trusted_until", "soon", "Choose the last day"),
        ("trusted_until", in_days(-1), "from today on"),
        ("trusted_until", in_days(400), "within a year"),
    ],
)
def test_bad_input_is_told_beside_the_field_and_nothing_is_saved(
    world: World, field: str, typed: Any, said: str
) -> None:
    furnish(world)
    page = Reader(world, "marek").open("/guidelines/platforms/radio/facts")
    page.press("Save", **form(verification="Kept words", version="0") | {field: typed})
    assert page.status == 422
    assert said in page.beside(field) or said in page.words
    assert page.field("verification") == "Kept words"
    assert "radio" not in kept(world)


def test_the_same_form_twice_saves_once_and_an_older_one_is_shown_what_changed(world: World) -> None:
    furnish(world)
    assert [save(world), save(world)] == [303, 303]
    assert kept(world)["radio"].version == 1
    give(world, "leila", Role.APPROVER)
    leila = Reader(world, "leila").open("/guidelines/platforms/radio/facts")
    assert save(world, version="1", who="Marek saw them", audiences=["young", "public"]) == 303
    leila.press("Save", who="Leila saw others", audiences=["young"])
    assert leila.status == 422
    assert "Somebody else changed this meanwhile" in leila.words
    assert "Marek saw them" in leila.words
    assert leila.field("who") == "Leila saw others"
    assert kept(world)["radio"].who == "Marek saw them"
    leila.press("Save", audiences=["young"])
    assert (kept(world)["radio"].who, kept(world)["radio"].version) == ("Leila saw others", 3)


@pytest.mark.parametrize("who", ["amina", "okello", "ines", "ada", "gita"])
def test_only_approvers_keep_rows(world: World, who: str) -> None:
    furnish(world)
    assert world.get(who, "/guidelines/platforms/x/facts").status_code == 403
    assert save(world, who) == 403
    assert "/facts" not in world.get(who, "/guidelines/platforms").text
    assert set(kept(world)) == {"x"}
    assert world.get("marek", "/guidelines/platforms/zqx/facts").status_code == 404
    assert save(world, slug="zqx") == 404


def test_facts_are_for_the_service_and_a_guest_is_not_of_it(world: World) -> None:
    furnish(world, a_fact(who="Zqxwords"))
    give(world, "gita", Role.APPROVER)
    for path in ("/guidelines/platforms", "/guidelines/platforms/choose", "/guidelines/platforms/x/facts"):
        answer = world.get("gita", path)
        assert answer.status_code == 403
        assert "Zqxwords" not in answer.text
    assert "/guidelines/platforms" not in world.get("gita", "/guidelines/").text


@pytest.mark.parametrize("sharing", [Sharing(("group:lisbon",), "hidden", reason="source"),
                                     Sharing(("group:lisbon",), "stub", "Told", "Ask us.", "source")])  # fmt: skip
def test_a_guideline_that_is_held_back_is_not_counted(world: World, sharing: Sharing) -> None:
    furnish(world)
    a_rule(world, "Open rule", terms={"platform": ["x"]})
    paths = ("/guidelines/platforms", "/guidelines/platforms/choose?purpose=inform")
    before = [masked(world.get("oskar", path).text) for path in paths]
    a_rule(world, "Held rule", by="okello", owner="lisbon", terms={"platform": ["x"]}, sharing=sharing)
    assert [masked(world.get("oskar", path).text) for path in paths] == before
    for path in paths:
        assert "2 guidelines" in world.get("amina", path).text, "the control"


def test_words_that_are_held_back_elsewhere_are_asked_about_before_the_service_reads_them(world: World) -> None:
    furnish(world)
    told = "the consul keeps the second key of the northern gate in the blue cabinet beside the stairs of the hall"
    world.write("Held", told, by="okello", owner="digital",
                sharing=Sharing(("group:digital",), "hidden", reason="source"))  # fmt: skip
    page = Reader(world, "marek").open("/guidelines/platforms/radio/facts")
    page.press("Save", **form(risks=told))
    assert page.status == 422
    assert "Some of these words are held back elsewhere" in page.words
    assert "radio" not in kept(world)
    page.press("Save", repeat_ok=world.document("/wiki/held").public_id, audiences=["young"])
    assert kept(world)["radio"].risks == told
    with world.app.app_context(), db.system_session() as session:
        assert session.scalars(select(AuditEvent).where(AuditEvent.what == "passage:repeated-anyway")).one()


def test_a_fact_that_expired_says_so_and_calls_for_another_look_at_its_guidelines(world: World) -> None:
    furnish(world, a_fact(trusted_until=today() - timedelta(days=1)), a_fact("radio", trusted_until=today()))
    rule = a_rule(world, terms={"platform": ["x", "radio"]})
    a_rule(world, "Elsewhere", terms={"platform": ["radio"]})
    assert world.get("oskar", "/guidelines/platforms").text.count("Check before you rely on it") == 1
    page = Reader(world, "ines").open(f"{rule}/review")
    assert "What we know of a platform was to be trusted until" in page.words
    assert page.links()["X"] == "/guidelines/platforms#x"
    assert "Radio" not in page.links(), "its last day is today"
    assert "Nothing calls for another look" in Reader(world, "ines").open("/guidelines/elsewhere/review").words
    assert save(world, slug="x", version="1") == 303
    assert "Nothing calls for another look" in Reader(world, "ines").open(f"{rule}/review").words


def choices(*facts: PlatformFact, **wanted: str) -> dict[str, list[tuple[str, list[str], list[str]]]]:
    advice = choosing.advise([Row(fact.platform, fact.platform, fact) for fact in facts], Wanted(**wanted))
    found = {"fitting": advice.fitting, "nearly": advice.nearly, "blocked": advice.blocked}
    return {
        name: [(one.row.slug, [why.code for why in one.fits], [why.code for why in one.misses]) for one in some]
        for name, some in found.items()
    }


def test_the_chooser_ranks_with_reasons() -> None:
    facts = (
        a_fact("wide"), a_fact("local", countries=["PT"]), a_fact("late", trusted_until=today() - timedelta(days=1)),
        a_fact("busy", answers="every-day"), a_fact("gone", blocked=["PT"]), a_fact("far", countries=["ID"]),
        a_fact("other", audiences=["young"], purposes=["culture"]),
    )  # fmt: skip
    found = choices(*facts, audience="journalists", purpose="inform", country="PT", answers="working-days")
    both = ["audience", "purpose"]
    assert found == {
        "fitting": [("local", [*both, "country", "answers"], []), ("wide", [*both, "anywhere", "answers"], []),
                    ("late", [*both, "anywhere", "answers"], [])],
        "nearly": [("far", [*both, "answers"], ["country"]), ("busy", [*both, "anywhere"], ["answers"])],
        "blocked": [("gone", [*both, "answers"], ["blocked"])],
    }  # fmt: skip


def test_the_chooser_says_when_none_fits() -> None:
    nothing = {"fitting": [], "nearly": [], "blocked": []}
    assert choices(a_fact(), audience="young") == nothing
    assert choices(a_fact(), audience="young", purpose="culture", answers="every-day") == nothing
    assert choices(a_fact(answers="every-day"), answers="nobody") == nothing
    assert [name for name, _fits, _misses in choices(a_fact(), purpose="crisis")["fitting"]] == ["x"]


def test_four_questions_on_one_page(world: World) -> None:
    furnish(world, a_fact(blocked=["CN"]))
    page = Reader(world, "oskar").open("/guidelines/platforms").follow("Which one is right for me?")
    assert "fit" not in page.words.split("Show what fits")[1]
    page.press("Show what fits", audience="journalists", country="FR", purpose="crisis", answers="every-day")
    for told in ("You reach there: Journalists.", "It is good for this: Warn in a crisis.", "used nearly everywhere",
                 "You have who it takes", "No guideline yet"):  # fmt: skip
        assert told in page.words
    page.press("Show what fits", country="CN")
    assert "None of these platforms fits" in page.words
    assert "Blocked in China" in page.words
    page.press("Show what fits", country="", answers="nobody")
    assert "None of these platforms fits" in page.words
    assert "It takes more of you: Somebody answers on working days." in page.words


def test_countries_are_read_by_name_in_two_languages_and_by_code(world: World) -> None:
    with world.app.test_request_context():
        assert words.read_countries("portugal; FR\n Côte d’Ivoire ، Indonesia,,") == (["CI", "FR", "ID", "PT"], [])
        assert words.read_countries("EU, Nowhere") == ([], ["EU", "Nowhere"])
        for code, name in words.countries().items():
            assert words.read_countries(name) == ([code], []), name


def test_the_starter_pack_brings_facts_and_leaves_alone_what_somebody_saved(world: World) -> None:
    with world.app.app_context():
        load_starter()
    facts = kept(world)
    assert {"x", "website", "whatsapp"} <= set(facts)
    fields = form(who="Ours", version="1", audiences=["young"])
    assert world.post("marek", "/guidelines/platforms/x/facts", fields).status_code == 303
    with world.app.app_context():
        load_starter(folder=FOLDER)
    again = kept(world)
    assert (again["x"].who, again["x"].version) == ("Ours", 2)
    assert again["website"].version == 1


def test_the_starter_pack_leaves_alone_what_somebody_wrote_before_it(world: World) -> None:
    with world.app.app_context():
        load_starter()
        with db.system_session(writing=True) as session:
            session.execute(delete(PlatformFact).where(PlatformFact.platform == "x"))
    fields = form(who="Ours", version="0", audiences=["young"])
    assert world.post("marek", "/guidelines/platforms/x/facts", fields).status_code == 303
    with world.app.app_context():
        load_starter(folder=FOLDER)
    assert (kept(world)["x"].who, kept(world)["x"].version) == ("Ours", 1)


def test_pages_cost_the_same_for_many_platforms(world: World) -> None:
    furnish(world)
    paths = ("/guidelines/platforms", "/guidelines/platforms/choose?purpose=inform")
    before = [cost(world, path) for path in paths]
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add_all(Term(vocabulary="platform", slug=f"p{n}", name=f"P{n}") for n in range(12))
        session.add_all(a_fact(f"p{n}") for n in range(12))
    assert [cost(world, path) for path in paths] == before
    assert max(before) <= 8
