"""Taking a passage out and wrapping its words anew is no way around a third renewal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from tests.people import World
from tests.wiki.holding_fixtures import in_days
from tests.wiki.test_passages_pages import _fields, _save
from wiki import db
from wiki.documents.models import Passage
from wiki.holding import ends, renewals
from wiki.holding.models import StewardQuestion

WORDS = (
    "Our contact at the harbour authority, who asked never to be named, counts the ships at dawn and writes to us on"
    " Sundays by a way that we do not describe anywhere."
)


def _boxed(words: str, days: int) -> str:
    return f'::: held audience="group:lisbon" reason=negotiation until={in_days(days)}\n{words}\n:::'


def _change(world: World, who: str, address: str, body: str) -> Any:
    return _save(world, who, address, _fields(world, who, address), body=body)


def _passages(world: World) -> list[Passage]:
    with world.app.app_context(), db.system_session() as session:
        return list(session.scalars(select(Passage).order_by(Passage.id)))


def _renewed(world: World, times: int, words: str = WORDS) -> str:
    """A page with a passage that was renewed so often and ends in 60 days."""
    address = world.write("The bridge", f"First.\n\n{_boxed(words, 60)}", by="amina")
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.scalars(select(Passage)).one().renewals = times
    return address


def test_words_that_are_wrapped_anew_keep_their_count(world: World) -> None:
    address = _renewed(world, 1)
    assert _change(world, "amina", address, "First.").status_code == 303
    part = WORDS[: WORDS.index(" by a way")]
    again = f"First.\n\n{_boxed(f'He said: {part}. More.', 100)}\n\n{_boxed('Nothing like it was held before.', 100)}"
    assert _change(world, "amina", address, again).status_code == 303
    assert [each.renewals for each in _passages(world)] == [1, 2, 0]


def test_an_earlier_end_is_no_renewal(world: World) -> None:
    address = _renewed(world, 2)
    assert _change(world, "amina", address, f"First.\n\n{_boxed(WORDS, 50)}").status_code == 303
    assert [each.renewals for each in _passages(world)] == [2, 2]


def test_the_third_time_needs_a_steward_even_for_words_that_are_wrapped_anew(world: World) -> None:
    address = _renewed(world, 2)
    for words in (WORDS, WORDS.upper().replace(", ", "\n")):
        late = _change(world, "amina", address, f"First.\n\n{_boxed(words, 100)}")
        assert late.status_code == 422
        assert f"Hold them until {in_days(60)} at the latest" in late.text
    assert _change(world, "amina", address, "First.").status_code == 303
    assert _change(world, "amina", address, f"First.\n\n{_boxed(WORDS, 100)}").status_code == 422
    other = "Other words that nobody has held back before now, and that are many enough to be told from those."
    assert _change(world, "amina", address, f"First.\n\n{_boxed(other, 100)}").status_code == 303


def test_what_came_to_its_end_meanwhile_is_held_for_some_days_in_which_a_steward_is_asked(world: World) -> None:
    address = _renewed(world, 2)
    assert _change(world, "amina", address, "First.").status_code == 303
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.scalars(select(Passage)).one().held_until = date.today() - timedelta(days=20)
    assert _change(world, "amina", address, f"First.\n\n{_boxed(WORDS, 8)}").status_code == 422
    assert _change(world, "amina", address, f"First.\n\n{_boxed(WORDS, 7)}").status_code == 303
    assert [each.renewals for each in _passages(world)] == [2, 3]


def test_short_words_count_on_too(world: World) -> None:
    address = _renewed(world, 2, "Mr X.")
    assert _change(world, "amina", address, f"First.\n\n{_boxed('MR  x', 100)}").status_code == 422
    assert _change(world, "amina", address, f"First.\n\n{_boxed('Mr Y.', 100)}").status_code == 303


def test_who_cannot_read_what_was_held_learns_nothing_of_it(world: World) -> None:
    address = _renewed(world, 2)
    assert _change(world, "amina", address, "First.").status_code == 303
    # Oskar guesses the words. They are as new to him as any others.
    guessed = _boxed(WORDS, 100).replace("group:lisbon", "person:oskar@example.org")
    assert _change(world, "oskar", address, f"First.\n\n{guessed}").status_code == 303
    assert [each.renewals for each in _passages(world)] == [2, 0]


def test_a_renewal_in_the_text_settles_what_a_steward_was_asked(world: World) -> None:
    address = _renewed(world, 1)
    _asked(world)
    body = _fields(world, "amina", address)["body"]
    assert _change(world, "amina", address, body.replace(str(in_days(60)), str(in_days(50)))).status_code == 303
    assert _open_questions(world) == 1, "an earlier end is no renewal"
    assert _change(world, "amina", address, body.replace(str(in_days(60)), str(in_days(90)))).status_code == 303
    assert _open_questions(world) == 0


def test_taking_a_passage_out_settles_what_a_steward_was_asked(world: World) -> None:
    address = _renewed(world, 2)
    _asked(world)
    assert _open_questions(world) == 1
    assert _change(world, "amina", address, "First.").status_code == 303
    assert _open_questions(world) == 0


def _asked(world: World) -> None:
    okello = world.viewer("okello")
    with world.app.app_context(), db.system_session(writing=True) as session:
        passage = session.scalars(select(Passage)).one()
        assert ends.is_held(passage)
        renewals.ask(session, passage, in_days(120), "More time.", by=okello)


def _open_questions(world: World) -> int:
    world.settle()
    with world.app.app_context(), db.system_session() as session:
        return len(session.scalars(select(StewardQuestion).where(StewardQuestion.answered_at.is_(None))).all())
