"""Who may do what: the table of the rules is the one that was read and agreed, and the doors keep to it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule

from tests.conftest import AppMaker
from tests.people import _HASH, CAST, LONG_AGO, World, email
from tests.site import access_matrix
from tests.site.access_matrix import ITEMS, PERSONS, SIGNS
from wiki import db, kinds
from wiki.access.policy import Action, Role, Viewer, may
from wiki.documents import operations
from wiki.documents.models import Document
from wiki.documents.sharing import Sharing
from wiki.people.models import Person, RoleAssignment
from wiki.people.viewer import today


def test_the_table_is_the_one_that_was_agreed() -> None:
    there = access_matrix.FILE.read_text(encoding="utf-8")
    assert there == access_matrix.table(), "read what changed, then run: python -m tests.site.access_matrix"


def test_the_table_has_every_role_and_every_action() -> None:
    assert {role for viewer in PERSONS.values() if viewer for role in viewer.roles} == set(Role)
    rows = {line.split()[0] for line in access_matrix.FILE.read_text(encoding="utf-8").splitlines() if ":" in line}
    assert {action.value for action in Action} <= rows


def test_each_reason_has_a_sign_of_its_own() -> None:
    assert len(set(SIGNS.values())) == len(SIGNS)
    asked = itertools.product(PERSONS.values(), Action, ITEMS.values())
    given = {may(viewer, action, item).reason for viewer, action, item in asked}
    assert given <= set(SIGNS)


@pytest.mark.parametrize("role", list(Role))
def test_no_role_opens_anything_by_itself(role: Role) -> None:
    """But for the quarantine, whose key is the role's by design."""
    staff, holder = PERSONS["staff outside"], PERSONS[f"{role.value} outside"]
    for name, item in ITEMS.items():
        if item is None or (role is Role.SECURITY_OFFICER and "quarantine" in name):
            continue
        for action in Action:
            if may(staff, action, item).reason == "absent":
                assert may(holder, action, item).reason == "absent", (name, action)


def test_nobody_does_anything_with_what_they_cannot_read() -> None:
    for viewer in PERSONS.values():
        for item in ITEMS.values():
            if item is not None and not may(viewer, Action.DOCUMENT_READ, item):
                assert not any(may(viewer, action, item) for action in Action)


# The second part: real requests, as each of the cast and as somebody of each other role.
MORE = [role for role in Role if role not in {role for facts in CAST.values() for role in facts.get("roles", [])}]
EVERYBODY: tuple[str | None, ...] = (None, *CAST, *(role.value for role in MORE))
SOME = (None, "gita", "oskar", "okello")
HIDDEN = Sharing(
    audience=("group:bridge",), discovery="hidden", reason="negotiation", until=today() + timedelta(days=9)
)
STUB = Sharing(
    audience=("group:bridge",),
    release_title="Notice",
    share_line="N.",
    reason="negotiation",
    until=today() + timedelta(days=9),
)
STATES: dict[str, tuple[Sharing, str]] = {
    "open": (Sharing(), ""), "draft": (Sharing(), "draft"), "binned": (Sharing(), ""), "notice": (STUB, ""),
    "hidden": (HIDDEN, ""), "quarantine": (Sharing(), ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def world(make_shared_app: AppMaker) -> World:
    made = World(make_shared_app("matrix"))
    with made.app.app_context(), db.system_session(writing=True) as session:
        for role in MORE:
            person = Person(email=email(role.value), name=role.value, password_hash=_HASH)
            session.add(person)
            session.flush()
            session.add(RoleAssignment(person_id=person.id, role=role, starts_on=LONG_AGO))
    for kind in kinds.all_kinds():
        for state, (sharing, status) in STATES.items():
            first = status or kinds.kind(kind).first_status
            made.write(state.title(), "Words.", kind=kind, sharing=sharing, status=first)
    _bring_into_state(made)
    return made


def _bring_into_state(world: World) -> None:
    author = world.viewer("amina")
    with world.app.app_context(), db.system_session(writing=True) as session:
        for document in session.scalars(select(Document).where(Document.slug == "binned")):
            operations.bin_document(session, document, by=author)
        for document in session.scalars(select(Document).where(Document.slug == "quarantine")):
            document.quarantined_at = db.now()
            operations.relabel(session, document)
    world.settle()


def _routes(world: World) -> Iterator[Rule]:
    """Every address of a document that is read, whatever its kind."""
    for rule in world.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and "slug" in rule.arguments:
            yield rule


# What stands in an address beside its slug; one that is not there is 404 for those, too, who may do it.
WORDS = {"number": 1, "comment": "nothing", "name": "nothing", "run": "nothing", "key": "nothing", "grant": "nothing"}


@pytest.mark.parametrize("state", STATES)
def test_every_door_of_a_document_keeps_to_the_table(world: World, state: str) -> None:
    asked = 0
    for rule in _routes(world):
        kind = rule.endpoint.split(".")[0]
        document = _row(world, kind, state)
        for who in EVERYBODY if kind == "page" else SOME:
            values = {name: WORDS.get(name, "nothing") for name in rule.arguments} | {"slug": state}
            built = rule.build(values, append_unknown=False)
            assert built is not None
            answer = world.get(who, built[1])
            wanted = _wanted(world, rule, who, document, state)
            assert answer.status_code in wanted, (who, built[1], answer.status_code, wanted)
            asked += 1
    assert asked > 300, "the control: there are many doors"


def _row(world: World, kind: str, slug: str) -> Document:
    with world.app.app_context(), db.system_session() as session:
        found = session.scalars(select(Document).where(Document.kind == kind, Document.slug == slug)).one()
        assert found.item
        return found


_viewers: dict[str, Viewer] = {}


def _wanted(world: World, rule: Rule, who: str | None, document: Document, state: str) -> tuple[int, ...]:
    """The answers that the table allows."""
    if who is None:
        return (303,)
    viewer = _viewers.setdefault(who, world.viewer(who))
    action: Action = world.app.view_functions[rule.endpoint].action  # type: ignore[attr-defined]
    if not may(viewer, action):
        return (403,)
    if not may(viewer, Action.DOCUMENT_READ, document.item):
        finds = state == "notice" and viewer.is_staff and rule.endpoint.endswith(".read")
        return (403,) if finds else (404,)
    if not may(viewer, action, document.item):
        return (403,)
    if rule.endpoint == "guideline.difference":  # Between two versions: none of these was ever in force.
        return (404,)
    return (200, 302, 303) if rule.arguments <= {"slug", "number"} else (200, 302, 303, 404)
