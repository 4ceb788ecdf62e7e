"""Every form, filled with nonsense by everybody: the answer is a page for people, and never that we broke."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule

from tests.conftest import AppMaker
from tests.people import World, email
from tests.site import twin_kinds, twins
from tests.site.canaries import id_of
from tests.site.ledger import everything
from tests.site.twin_kinds import OPEN_RUN
from wiki import db
from wiki.documents.models import Comment, Document
from wiki.people.models import Person

FIELDS = (
    "title", "body", "owner", "audience", "groups", "people", "discovery", "reason", "until", "handling", "released",
    "because", "takes_up", "approver",
    "release_title", "share_line", "tags", "topics", "platforms", "parent", "address", "lang", "purpose", "note",
    "base_revision", "key", "version", "grant_until", "why", "email", "minutes", "horizon", "certificate", "happened",
    "intended", "sense", "recommended", "rest", "nature", "happened_on", "harm", "contained", "attribution",
    "role_words", "guidelines", "guideline_words", "on_behalf_of", "started", "suggested", "post", "words", "cause",
    "action", "occasion", "step", "outcome", "answer", "revision", "turn", "anchor", "thread", "successor", "since",
    "review_on", "name", "type", "rank", "starts_on", "ends_on", "role", "timezone", "topics_help", "languages",
    "b-open", "b-openshort", "document",
    "body", "due_on", "evidence", "evidence_words", "other", "into", "near",
    "target", "again", "enough", "activity", "crisis", "causes", "conclusion", "notices_by_mail", "quiet_from",
    "quiet_until", "newest", "group", "page", "way", "due", "gated", "question", "option_1", "why_1", "option_2",
    "why_2", "right", "source", "choice", "verdict-0", "words-0",
    "decision", "reason", "person", "reach", "contact", "contact_reach", "next_person", "next_email",
    "sentence", "place", "on_duty", "hours", "group", "guest_hours",
)  # fmt: skip
VALUES = ("", " \n\t ", "x" * 5000, "-1", "9" * 30, "0", "1", "\u202e\ufffd\U0001f600", "' or 1=1 --", "2026-02-31",
          "0001-01-01", "9999-12-31", "../..", "[[", "::: quiz")  # fmt: skip
MODES: tuple[dict[str, str], ...] = ({}, {"preview": "1"}, {"find": "1"}, {"reach": "1"}, {"draft": "1"},
                                     {"prefill": "1"}, {"HX": "1"})  # fmt: skip
# These end the visit, or what the others are tried on; they come last, or in tests of their own.
NOT_HERE = {"people.sign_in_now", "people.sign_out", "people.end_session", "people.end_sessions", "people.ask_for_link",
            "people.choose_password", "people.change_password", "admin.sign_out", "admin.suspend",
            *(f"{kind}.put_in_bin" for kind in (*twin_kinds.KINDS, "guideline", "page"))}  # fmt: skip
_LAST = ("withdraw", "supersede", "end", "leave", "change_membership", "change_member", "save_group")


@pytest.fixture(scope="module")
def full(make_shared_app: AppMaker) -> World:
    """A world with something of every kind."""
    with twins.the_same_ids_in_both_worlds():
        world = World(make_shared_app())
        twins.furnish(world, held=False)
    # A first visit is written down, which is no change by a form.
    for who in ("amina", "tomas", "oskar"):
        world.client(who)
    return world


def _forms(world: World) -> Iterator[tuple[str, Rule]]:
    rules = [rule for rule in world.app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    for rule in sorted(rules, key=lambda rule: (rule.endpoint.split(".")[1] in _LAST, rule.rule)):
        if rule.endpoint not in NOT_HERE:
            yield rule.endpoint, rule


def _place(rule: Rule, **values: Any) -> str:
    kind = rule.endpoint.split(".")[0]
    slug = {"page": "welcome", "guideline": "posting-in-a-crisis"}.get(kind, f"open-{kind}")
    comment = twin_kinds.comment_ids(kind)[-1] if kind in twin_kinds.KINDS else id_of(Comment, "x")
    there = {"slug": slug, "number": 1, "name": "plan.txt", "grant": "x", "comment": comment, "run": OPEN_RUN,
             "step": "s1", "key": "b-open", "group_id": "lisbon", "token": "x", "target": "x", "request_id": "x",
             **dict.fromkeys(("platform", "quarantine", "alarm", "report", "action", "proposal", "recheck"), "x"),
             "public_id": id_of(Person, email("bruno"))} | values  # fmt: skip
    return str(rule.build({name: there[name] for name in rule.arguments})[1])  # type: ignore[index]


@pytest.mark.slow
@pytest.mark.parametrize("who", ["leila", "ada", "gita"])
def test_no_form_breaks_whatever_is_in_its_fields(full: World, who: str) -> None:
    tried = 0
    for number, (endpoint, rule) in enumerate(_forms(full)):
        for turn, mode in enumerate(MODES):
            # Every second mode of a form, and the others of the next one.
            if (number + turn) % 2:
                continue
            # Each form meets each value in time, without every value for everybody.
            value = VALUES[(number + turn * 2) % len(VALUES)]
            headers = {"HX-Request": "true"} if mode.get("HX") or turn % 2 else {}
            form = dict.fromkeys(FIELDS, value) | mode
            if turn != 3:
                del form["document"]
            answer = full.post(who, _place(rule), form, headers=headers)
            assert answer.status_code < 500, (who, endpoint, value, mode)
            tried += 1
    assert tried > 350


SENSIBLE = {
    "title": "A title", "body": "## Day 1\n\n- [ ] One", "owner": "consular", "audience": "service", "lang": "en",
    "happened": "The bridge.", "intended": "To tell.", "nature": "failure", "attribution": "post", "harm": "",
    "contained": "", "minutes": "9", "horizon": "day", "words": "Words.", "occasion": "exercise", "answer": "no",
    "base_revision": "1", "cause": "x", "action": "y", "outcome": "z", "step": "", "post": "",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    "field", [*SENSIBLE, "key", "revision", "turn", "thread", "anchor", "guidelines", "happened_on"]
)
def test_no_form_breaks_when_one_field_is_odd(full: World, field: str) -> None:
    """The rest is as it should be, so that what comes after the checks of the form is reached too."""
    sensible = [rule for _, rule in _forms(full) if rule.endpoint.split(".")[0] in (*twin_kinds.KINDS, "guideline")]
    for number, rule in enumerate(rule for rule in sensible if rule.endpoint.split(".")[1] not in ("share", *_LAST)):
        # A third of the forms for each field; which third differs from field to field.
        if (number + len(field)) % 3:
            continue
        for odd in (None, VALUES[2 + (number + len(field)) % (len(VALUES) - 2)]):
            form = {name: value for name, value in {**SENSIBLE, field: odd}.items() if value is not None}
            answer = full.post("leila", _place(rule), form)
            assert answer.status_code < 500, (rule.endpoint, field, odd)


@pytest.mark.parametrize("odd", ["nothing", "x" * 900, "%00", "b-" + "x" * 300, "s0", "ü"])
def test_parts_that_are_not_there_are_not_found(full: World, odd: str) -> None:
    before = everything(full)
    odd = "\0" if odd == "%00" else odd
    for endpoint, rule in _forms(full):
        for name in {"run", "step", "key", "comment", "grant"} & rule.arguments:
            if endpoint in ("lesson.keep_draft", "lesson.drop_draft"):
                continue
            form = {**SENSIBLE, "revision": "1"}
            answer = full.post("tomas", _place(rule, **{name: odd}), form)
            # A step that is not part of a run is told in words; all else is not there.
            assert answer.status_code in (303, 400, 403, 404) if name == "step" else (400, 403, 404), (endpoint, name)
    assert everything(full) == before


def test_parts_of_one_document_are_not_found_under_another(full: World) -> None:
    other = full.write("Other list", "- [ ] One", kind="playbook", by="amina")
    page = full.write("Other page", "Words.", by="amina")
    said = twin_kinds.comment_ids("lesson")[-1]
    before = everything(full)
    for verb in ("steps/s1/tick", "notes", "end"):
        assert full.post("amina", f"{other}/runs/{OPEN_RUN}/{verb}", SENSIBLE).status_code == 404
    assert full.get("amina", f"{other}/runs/{OPEN_RUN}").status_code == 404
    for verb in ("", "/withdrawal", "/resolution", "/reopening"):
        assert full.post("oskar", f"{page}/comments/{said}{verb}", {"body": "Mine."}).status_code == 404
    assert full.post("oskar", f"{page}/comments", {"body": "Mine.", "thread": said}).status_code == 404
    assert full.post("oskar", "/training/modules/open-module/answers/b-none", {"answer": "0"}).status_code == 404
    assert everything(full) == before


def test_a_form_sent_twice_counts_once_for_every_kind_of_act(full: World) -> None:
    lists, key = full.write("A list", "- [ ] One", kind="playbook", by="amina"), {"key": "k" * 22}
    lesson = full.write("A lesson", "Words.", kind="lesson", by="amina", status="observed")
    acts = (
        (f"{lists}/runs/new", {"occasion": "exercise", "words": "Once", **key}),
        (f"{lesson}/uses", {"words": "Once", "post": "", **key}),
        (f"{lesson}/comments", {"body": "Once", **key}),
        ("/lessons/new", {**SENSIBLE, "owner": "jakarta", "title": "Only once", **key}),
        ("/training/modules/new", {**SENSIBLE, "owner": "jakarta", "title": "Only once", "key": "m" * 22}),
        ("/training/tracks/new", {**SENSIBLE, "owner": "jakarta", "title": "Only once", "key": "t" * 22}),
    )
    for path, form in acts:
        assert full.post("oskar", path, form).status_code == 303, path
        once = everything(full)
        again = full.post("oskar", path, form)
        assert (again.status_code, everything(full) == once) == (303, True), path
        # The same key in the hands of somebody else is a form of theirs.
        theirs = {**form, "owner": "lisbon"} if "owner" in form else form
        assert full.post("tomas", path, theirs).status_code == 303, path
        assert everything(full) != once, path
    with full.app.app_context(), db.system_session() as session:
        titles = session.scalars(select(Document.title).where(Document.title == "Only once")).all()
    assert len(titles) == 6
