"""Filters that stand behind another one, or are reached by forms alone: each fails here when it is taken away.

Where a wall stands before the one in question, it is opened first: an engine that knows every key, a row of labels that
is gone, a function that is asked without the page around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from flask import g
from sqlalchemy import delete, select, true

from guidelines.lessons.acting import forms as acting_forms
from search import api
from tests.conftest import AppMaker
from tests.people import LONG_AGO, World
from tests.site import twin_pairs, twins
from tests.site.canaries import CANARY, soon
from tests.site.twins import CANARIES
from training.tracks import modules
from wiki import db
from wiki.access.policy import Role, Viewer
from wiki.asking import scope, targets
from wiki.documents import addresses, kept, leave, operations, passages, passages_saved, reading, repeating
from wiki.documents.models import (
    Attachment,
    Comment,
    Document,
    DocumentLabel,
    Passage,
    PassageLabel,
    PassageText,
    Revision,
    Stub,
)
from wiki.documents.sharing import Sharing
from wiki.holding import ends_lists, home_parts, transfers
from wiki.people import finding
from wiki.people.models import Group, Membership, Person
from wiki.people.viewer import today

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def held(make_shared_app: AppMaker) -> Iterator[World]:
    """The one of the twin worlds that holds something back."""
    with twins.a_stopped_clock(), twins.the_same_ids_in_both_worlds():
        world = World(make_shared_app("held"))
        twins.furnish(world, held=True)
        yield world


@contextmanager
def _asking(world: World, who: str) -> Iterator[tuple[Any, Viewer]]:
    """A request of this person, without a page."""
    viewer = world.viewer(who)
    with world.app.test_request_context("/"):
        g.viewer = db.session().info["viewer"] = viewer
        yield db.session(), viewer
        db.close()


class _OpensEverything:
    """An engine to which everybody has every key."""

    def __init__(self, engine: Any, keys: frozenset[str]) -> None:
        self._engine, self._keys = engine, keys

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._engine, name)
        return lambda words, keys, **more: asked(words, self._keys, **{**more, "exclude": ()})


@contextmanager
def _an_engine_that_opens_everything(world: World) -> Iterator[None]:
    with world.app.app_context(), db.system_session() as session:
        keys = {*session.scalars(select(DocumentLabel.label)), *session.scalars(select(PassageLabel.label))}
    engine = _OpensEverything(world.app.extensions["chancery_search"], frozenset(keys))
    with patch.object(api, "engine", lambda: engine):
        yield


def test_an_engine_that_opens_everything_shows_no_document(held: World) -> None:
    with _an_engine_that_opens_everything(held):
        for who in ("oskar", "gita"):
            assert CANARIES["slug"] not in held.get(who, f"/search?q={CANARIES['body']}").text
            assert CANARIES["title"] not in held.get(who, f"/search/suggest?q={CANARIES['title'][:-1]}").text
        assert CANARIES["slug"] in held.get("leila", f"/search?q={CANARIES['body']}").text, "the control"


def test_an_engine_that_opens_everything_shows_no_stub_to_guests(held: World) -> None:
    with _an_engine_that_opens_everything(held):
        assert "wrong-bridge" not in held.get("gita", "/search?q=photograph").text
        assert "wrong-bridge" in held.get("oskar", "/search?q=photograph").text, "the control"


def test_an_engine_that_opens_everything_suggests_no_stub_to_guests(held: World) -> None:
    with _an_engine_that_opens_everything(held):
        assert "wrong-bridge" not in held.get("gita", "/search/suggest?q=photogra").text
        assert "wrong-bridge" in held.get("oskar", "/search/suggest?q=photogra").text, "the control"


def test_an_engine_that_opens_everything_shows_no_passage(held: World) -> None:
    with _an_engine_that_opens_everything(held):
        for who in ("oskar", "gita"):
            assert "with-passage" not in held.get(who, f"/search?q={CANARIES['passagewords']}").text
        assert "with-passage" in held.get("leila", f"/search?q={CANARIES['passagewords']}").text, "the control"


def test_an_engine_that_opens_everything_shows_no_passage_of_a_hidden_document(held: World) -> None:
    public_ids = {_passage_of_the_pair(held)}
    with patch.object(api, "of_readable_passage", lambda viewer: true()):
        with _asking(held, "oskar") as (session, viewer):
            assert api._passages(session, viewer, public_ids, api.parse("x", "en"), {}) == {}
        with _asking(held, "leila") as (session, viewer):
            assert api._passages(session, viewer, public_ids, api.parse("x", "en"), {}) != {}, "the control"


def _passage_of_the_pair(held: World) -> str:
    with held.app.app_context(), db.system_session() as session:
        within = select(Passage.public_id).join(Document).where(Document.slug == "hidden-pair")
        return session.scalars(within).one()


def test_what_the_index_has_not_followed_is_not_counted(world: World) -> None:
    address = world.write("Xiphosura", "Xiphosura was open.", by="okello")
    leads = world.viewer("okello")
    with world.app.app_context(), db.system_session(writing=True) as session:
        document = session.scalars(select(Document).where(Document.slug == address.rpartition("/")[2])).one()
        narrow = Sharing(("group:lisbon",), "hidden", reason="negotiation", until=soon())
        operations.share(session, document, narrow, by=leads)
    with _asking(world, "oskar") as (session, viewer):
        assert list(api.closed_since(session, viewer)) != []
    with _asking(world, "okello") as (session, viewer):
        assert list(api.closed_since(session, viewer)) == [], "the control"


def test_modules_are_told_of_only_to_their_readers(held: World) -> None:
    with _asking(held, "oskar"):
        told = modules._told_of_all()
    assert "open-module" in told
    assert "held-module" not in told


def test_no_hidden_group_is_given_an_action(held: World) -> None:
    with _asking(held, "ines") as (session, _viewer):
        named = acting_forms.bodies(session)
    assert "jakarta" in named
    assert twin_pairs.CELL not in named


def test_a_hidden_post_has_nobody(held: World) -> None:
    with _asking(held, "oskar") as (session, viewer):
        assert session.scalars(finding._at_post(viewer, twin_pairs.CELL)).all() == []
        assert session.scalars(finding._at_post(viewer, "jakarta")).all() != [], "the control"


def test_guests_ask_for_no_stub(held: World) -> None:
    public_id = held.document("/wiki/wrong-bridge").public_id
    with _asking(held, "gita") as (session, viewer):
        assert targets.find(session, viewer, public_id) is None
    with _asking(held, "oskar") as (session, viewer):
        assert targets.find(session, viewer, public_id) is not None, "the control"


def test_what_waits_for_others_is_not_counted(held: World) -> None:
    with _asking(held, "oskar") as (session, viewer):
        assert scope.count_waiting(session, viewer) == 0
    with _asking(held, "leila") as (session, viewer):
        assert scope.count_waiting(session, viewer) > 0, "the control"


def test_a_passage_of_a_hidden_document_is_not_found(held: World) -> None:
    public_id = _passage_of_the_pair(held)
    with _asking(held, "oskar") as (session, viewer):
        assert passages.find(session, viewer, public_id) is None
    with _asking(held, "leila") as (session, viewer):
        assert passages.find(session, viewer, public_id) is not None, "the control"


def test_the_words_of_a_passage_are_not_put_into_a_form(held: World) -> None:
    document = held.document("/wiki/with-passage-page")
    with _asking(held, "oskar") as (session, viewer):
        assert passages.changeable(session, viewer, document.id, document.working) == {}
    with _asking(held, "leila") as (session, viewer):
        assert len(passages.changeable(session, viewer, document.id, document.working)) > 1, "the control"


def test_a_form_for_something_hidden_finds_nothing(held: World) -> None:
    public_id = held.document("/wiki/hidden-pair").public_id
    with _asking(held, "oskar") as (session, viewer):
        assert reading.find_meant(session, viewer, "page", public_id) is None
    with _asking(held, "leila") as (session, viewer):
        assert reading.find_meant(session, viewer, "page", public_id) is not None, "the control"


def test_a_page_that_is_kept_is_kept_for_one_reader(world: World) -> None:
    address = world.write("Open paper")
    with patch.object(kept, "_everywhere", lambda: ()):
        assert "Amina Farouk" in world.get("amina", address).text, "the control"
        amina, oskar = (world.get(who, address).text for who in ("amina", "oskar"))
        # She stands there as the author for both, and in the frame for herself.
        assert oskar.count("Amina Farouk") < amina.count("Amina Farouk")


def test_a_hidden_post_is_no_crowd(world: World) -> None:
    public_id = world.document(world.write("Talks", by="okello")).public_id
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add_all(
            Group(id=group, name=group, type="post", is_hidden=group == "cell") for group in ("cell", "open")
        )
        session.flush()
        for number in session.scalars(select(Person.id).order_by(Person.id).limit(leave.A_CROWD)).all():
            session.add_all(
                Membership(person_id=number, group_id=group, starts_on=LONG_AGO) for group in ("cell", "open")
            )
            leave.give(session, public_id, number, db.now() + timedelta(days=9), by=None)
    with world.app.app_context(), db.system_session() as session:
        assert [crowd.group for crowd in leave.crowds(session, [public_id])] == ["open"]


def test_a_hidden_group_cannot_be_named_for_a_passage(held: World) -> None:
    with _asking(held, "oskar") as (session, viewer):
        known = set(session.scalars(select(Group.id).where(passages_saved._may_know(viewer))))
    assert "jakarta" in known
    assert twin_pairs.CELL not in known


def test_the_address_of_something_hidden_is_free(world: World) -> None:
    hidden = Sharing(("group:lisbon",), "hidden", reason="negotiation", until=soon())
    slug = world.write("Talks", by="okello", sharing=hidden).rpartition("/")[2]
    oskar, okello = world.viewer("oskar"), world.viewer("okello")
    with world.app.app_context(), db.system_session() as session:
        there = session.scalars(select(Document).where(Document.slug == slug)).one()
        assert not addresses._is_seen(oskar, there)
        assert addresses._is_seen(okello, there), "the control"


def test_labels_decide_whatever_the_columns_say(world: World) -> None:
    """Whoever wrote something reads it by a label; where that is gone, nothing tells of it."""
    ends = today() + timedelta(days=3)
    stub = Sharing(("group:jakarta",), "stub", "A notice", "A line.", "negotiation", ends)
    number = world.document(world.write("Xiphosura", by="oskar", owner="jakarta", sharing=stub)).id
    counted = []
    for turn in range(2):
        with _asking(world, "oskar") as (session, viewer):
            kept = ends_lists.kept_by(session, viewer)
            found = session.execute(home_parts._counted(viewer).execution_options(**reading.FILTERED)).one()
            counted.append((len(kept), found[1]))
        if turn == 0:
            with world.app.app_context(), db.system_session(writing=True) as session:
                session.execute(delete(DocumentLabel).where(DocumentLabel.document_id == number))
    assert counted == [(1, 1), (0, 0)]


def test_guests_are_told_no_title_of_a_stub(held: World) -> None:
    public_id = held.document("/wiki/wrong-bridge").public_id
    with _asking(held, "gita") as (session, viewer):
        assert transfers._titles(session, viewer, [public_id]) == {}
    with _asking(held, "oskar") as (session, viewer):
        assert transfers._titles(session, viewer, [public_id]) != {}, "the control"


_TABLES = {Document: Document.id, Revision: Revision.document_id, Attachment: Attachment.document_id,
           Comment: Comment.document_id, Passage: Passage.document_id}  # fmt: skip


def test_the_net_holds_each_table(held: World) -> None:
    for table, column in _TABLES.items():
        with held.app.app_context(), db.system_session() as session:
            everything = set(session.scalars(select(column)))
        with _asking(held, "oskar") as (session, viewer):
            readable = set(
                session.scalars(select(DocumentLabel.document_id).where(DocumentLabel.label.in_(viewer.keys)))
            )
            rows = session.scalars(select(table)).all()
            found = {row.id if table is Document else row.document_id for row in rows}
        assert found == everything & readable, table
        assert found < everything, "the control"


def test_the_net_holds_words_of_passages_and_stubs(held: World) -> None:
    with _asking(held, "oskar") as (session, _viewer):
        assert CANARY not in "".join(text.body for text in session.scalars(select(PassageText)))
        assert session.scalars(select(Stub)).all() != [], "the control"
    with _asking(held, "gita") as (session, _viewer):
        assert session.scalars(select(Stub)).all() == []
    with _asking(held, "leila") as (session, _viewer):
        assert CANARY in "".join(text.body for text in session.scalars(select(PassageText))), "the control"


def test_roles_do_not_answer_for_units(held: World) -> None:
    """Of the officers each is shown what came before them, and nothing that waits for others."""
    for who, role in twin_pairs.OFFICERS.items():
        with _asking(held, who) as (session, viewer):
            number = scope.count_waiting(session, viewer)
        assert number == int(role in (Role.ARBITER, Role.DUTY_OFFICER)), who


_REPEATED = (
    "Quetzal herons cross the long bridge at dawn, and nobody on the other side has been told about it yet. The old "
    "master counts them every morning from the old tower, writes down what he saw in a green book, and sends a copy to "
    "his sister in the mountains, who has kept all of these letters in a box under the stairs since the great storm."
)


@contextmanager
def _comparing(world: World) -> Iterator[tuple[Any, Viewer, Document, Document, repeating.Writing]]:
    """Oskar writes what stands in a hidden page and in a passage of an open one."""
    end = soon().isoformat()
    hidden = Sharing(("group:lisbon",), "hidden", reason="negotiation", until=soon())
    world.write("Hidden", _REPEATED, by="okello", sharing=hidden)
    world.write("Open", f'Words.\n\n::: held audience="group:lisbon" reason=source until={end}\n{_REPEATED}\n:::\n')
    with _asking(world, "oskar") as (session, viewer):
        found = select(Document).order_by(Document.id).execution_options(**reading.FILTERED)
        closed, around = session.scalars(found).all()
        writing = repeating.Writing(_REPEATED, frozenset({"service"}))
        writing.read()
        yield session, viewer, closed, around, writing


def test_nothing_hidden_is_compared_with(world: World) -> None:
    with _comparing(world) as (session, viewer, *_, writing):
        by_id = repeating._by_id
        with patch.object(repeating, "_by_id", lambda session, model, ids, *where: by_id(session, model, ids)):
            assert list(repeating._candidates(session, viewer, writing)) == []
            keeper = replace(viewer, keys=viewer.keys | {"group:lisbon"})
            assert len(list(repeating._candidates(session, keeper, writing))) == 2, "the control"


def test_nothing_hidden_is_loaded_to_compare_with(world: World) -> None:
    with _comparing(world) as (session, viewer, closed, _around, writing):
        really, asked = repeating.visible_to, iter((lambda viewer: true(),))
        with patch.object(repeating, "visible_to", lambda viewer: next(asked, really)(viewer)):
            found = [held.document.id for held in repeating._candidates(session, viewer, writing)]
    assert closed.id not in found


def test_no_words_of_something_hidden_are_compared(world: World) -> None:
    with _comparing(world) as (session, viewer, closed, _around, _writing):
        held = repeating._Held(closed, None)
        assert repeating._words_of(session, viewer, held) == []
        assert repeating._words_of(session, None, held) != [], "the control"


def test_no_words_of_a_held_passage_are_compared(world: World) -> None:
    with _comparing(world) as (session, viewer, _closed, around, _writing):
        ids = set(session.scalars(select(Passage.id).where(Passage.document_id == around.id)))
        assert repeating._passage_words(session, viewer, around, ids) == {}
        assert repeating._passage_words(session, None, around, ids) != {}, "the control"
