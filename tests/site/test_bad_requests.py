"""Requests that no page of ours would send: nonsense in addresses, no token, other methods, fields of their own."""

from __future__ import annotations

import pytest

from tests.conftest import AppMaker
from tests.journeys.reader import Reader
from tests.people import World, email
from tests.site.ledger import everything


@pytest.fixture(scope="module")
def careful(make_shared_app: AppMaker) -> World:
    """The tests that use it change nothing, which they prove."""
    world = World(make_shared_app())
    world.write("Taken", "Words.")
    world.client("amina")
    return world


NONSENSE = (
    "/recent?after=99999999999999999999999",
    "/recent?after=-5",
    "/recent?after=x",
    "/wiki/taken/history?after=9999999999999999999999",
    "/wiki/taken/history/99999999999999999999999",
    "/wiki/taken/diff?from=x&to=-1",
    "/wiki/taken/diff?from=99999999999999999999999",
    "/search?q=a&page=99999999999999999999999",
    "/search?q=%00&kind=%00&owner=%00",
    "/search?q=%ff%fe",
    "/search?q=" + "(" * 900,
    "/search?q=%22%22+-+%2D%2D+OR+AND+*+tag:+owner:",
    "/search/suggest?q=%00a",
    "/search?q=a&lang=" + "x" * 900,
    "/wiki/%00",
    "/wiki/%ff",
    "/wiki/new?parent=%00&address=%00",
    "/wiki/" + "x" * 3000,
    "/tags/%00",
    "/tags/" + "x" * 900,
    "/topic/%00",
    "/people/%00",
    "/groups/%00",
    "/groups?after=%00&type=%00",
    "/groups/lisbon?after=%00",
    "/guidelines/?topic=%00&platform=%00&status=%00",
    "/wiki/taken/files/%00",
    "/wiki/taken/files/..%2f..%2fsecret",
    "/wiki/../../etc/passwd",
    "/static/../web.py",
    "/static/%2e%2e/web.py",
    "/wiki/taken/comments?after=99999999999999999999999",
    "/wiki/taken/comments?after=x",
    "/wiki/taken/comments/%00",
    "/wiki/taken/comments/%ff/edit",
    "/wiki/taken/comments/" + "x" * 900,
    "/guidelines/taken/settlements?revision=99999999999999999999999",
    "/sign-in?next=%00",
    "/welcome/%00",
    "/people/" + "x" * 900,
)


@pytest.mark.parametrize("address", NONSENSE)
@pytest.mark.parametrize("who", [None, "amina"])
def test_nonsense_in_an_address_breaks_nothing(careful: World, who: str | None, address: str) -> None:
    before = everything(careful)
    answer = careful.get(who, address)
    assert answer.status_code < 500
    assert b"secret_key" not in answer.data
    assert everything(careful) == before


@pytest.mark.parametrize("number", ["0", "99999999999999999999999"])
def test_a_number_that_is_none_of_ours_is_not_found(careful: World, number: str) -> None:
    for path in (f"grants/{number}/withdrawal", f"history/{number}/restoration"):
        assert careful.post("amina", f"/wiki/taken/{path}").status_code == 404, path


def posts(world: World) -> list[str]:
    """Every address that takes a form, with words that are there."""
    values = {
        "slug": "taken",
        "number": 1,
        "name": "plan.txt",
        "public_id": "x",
        "group_id": "lisbon",
        "token": "x",
        "grant": "x",
        "comment": "x",
        "run": "x",
        "step": "x",
        "key": "x",
        "platform": "x",
        "target": "x",
        "request_id": "x",
        **dict.fromkeys(("quarantine", "alarm", "report", "action", "proposal", "recheck"), "x"),
    }
    rules = [rule for rule in world.app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    built = (rule.build({name: values[name] for name in rule.arguments}) for rule in rules)
    return sorted({str(found[1]) for found in built if found} - {"/sign-in", "/sign-out", "/forgot", "/welcome/x"})


def test_no_form_is_taken_without_its_token(careful: World) -> None:
    before, addresses = everything(careful), posts(careful)
    assert len(addresses) > 25
    for path in addresses:
        answer = careful.client("amina").post(path, data={"title": "x", "body": "x"}, buffered=True)
        assert answer.status_code == 400, path
        assert "This form is too old, or came from elsewhere" in answer.text, path
    assert everything(careful) == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_no_other_method_does_anything(careful: World, method: str) -> None:
    before = everything(careful)
    token = Reader(careful, "amina").open("/wiki/new").field("csrf_token")
    for path in (*posts(careful), "/", "/recent", "/wiki/taken"):
        answer = careful.client("amina").open(path, method=method, headers={"X-CSRFToken": token}, buffered=True)
        assert answer.status_code == 405, path
    assert everything(careful) == before


EXTRA = {
    "status": "in-force",
    "owner_id": "hq",
    "public_id": "aaaaaaaaaaaa",
    "author": "ada",
    "authors": "1",
    "created_by_id": "8",
    "id": "77",
    "kind": "guideline",
    "working": "9",
    "published": "9",
    "slug": "elsewhere",
    "version": "9",
    "created_at": "2001-01-01",
    "extra": "x",
    "labels": "service",
    "is_held": "",
    "edition": "5",
    "approved_by_id": "1",
    "in_force_from": "2001-01-01",
    "document_id": "1",
}


def test_fields_that_no_form_offers_are_not_taken(world: World) -> None:
    address = world.write("Bridge", "Words.")
    rule = world.write("Rule", "Words.", kind="guideline", by="ines", owner="digital", status="in-force")
    for who, path in (("tomas", address), ("ines", rule)):
        before = world.document(path)
        smuggled = EXTRA | {"owner": "jakarta", "audience": "people", "handling": "RED", "discovery": "hidden"}
        form = {"title": "New", "body": "Changed.", "base_revision": "1"}
        assert world.post(who, f"{path}/edit", smuggled | form).status_code == 303
        after = world.document(path)
        same = ("id", "public_id", "kind", "slug", "status", "owner_id", "created_by_id", "created_at", "audience",
                "discovery", "handling", "held_until", "reason")  # fmt: skip
        assert {name: getattr(after, name) for name in same} == {name: getattr(before, name) for name in same}
        assert [author.email for author in after.authors] == [author.email for author in before.authors]
        assert (after.working, after.published) == (2, 2 if path == address else 1)


def test_a_new_page_takes_its_state_from_nobody_s_form(world: World) -> None:
    form = {"title": "Mine", "body": "Words.", "owner": "digital", "audience": "service"}
    assert world.post("ines", "/guidelines/new", EXTRA | form).status_code == 303
    rule = world.document("/guidelines/mine")
    assert (rule.status, rule.published, rule.working, rule.kind) == ("draft", None, 1, "guideline")
    assert rule.public_id != EXTRA["public_id"]
    assert [author.email for author in rule.authors] == [email("ines")]


def test_one_s_own_profile_gives_no_rights(world: World) -> None:
    extra = {"is_staff": "1", "roles": "administrator", "email": "new@example.org", "public_id": "a", "is_active": "0"}
    answer = world.post("gita", "/me", {"name": "Gita R.", "lang": "en", "timezone": "UTC", **extra})
    assert answer.status_code == 303
    gita = world.viewer("gita")
    assert (gita.name, gita.is_staff, gita.roles) == ("Gita R.", False, frozenset())
