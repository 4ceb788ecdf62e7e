"""The paste check knows short texts, too: whole, and only where somebody says just that."""

from __future__ import annotations

import pytest

from tests.conftest import AppMaker
from tests.people import World
from tests.wiki.test_repeating import repeats, wrapped
from wiki.documents import repeating


@pytest.fixture
def world(make_app: AppMaker) -> World:
    return World(make_app())


@pytest.mark.parametrize(
    ("held", "typed", "found"),
    [
        ("Consul Meyer resigns in May.", "As agreed: consul Meyer resigns in May. More later.", True),
        ("Consul Meyer resigns in May.", "- First\n- CONSUL  MEYER resigns\nin May\n- Last", True),
        ("Meyer, the consul, resigns in May", "He said (Meyer the consul resigns in May).", True),
        ("He said that Zoë’s flat is bugged", "he said that Zoe's flat is bugged", True),
        ("Consul Meyer resigns in May.", "Nobody knows whether consul Meyer resigns in May or in June.", False),
        ("Consul Meyer resigns in May.", "Consul Meyer resigns in June.", False),
        ("Ask him first", "Ask him first.", False),
        ("五月九日", "五月九日", False),
    ],
)
def test_a_short_text_is_found_where_somebody_says_just_that(world: World, held: str, typed: str, found: bool) -> None:
    wrapped(world, world.write("Open paper", "Something for all."), held)
    assert repeats(world, "amina", typed, {"service"}) == (["Open paper"] if found else [])
    assert repeats(world, "oskar", typed, {"service"}) == []


def test_a_short_text_that_stood_there_before_is_not_told_anew(world: World) -> None:
    wrapped(world, world.write("Open paper", "Something for all."), "Consul Meyer resigns in May.")
    before = repeating.runs_of([{"title": "", "text": "Consul Meyer resigns in May."}])
    typed = "Consul Meyer resigns in May. And more."
    assert repeats(world, "amina", typed, {"service"}, before=before) == []
    assert repeats(world, "amina", typed, {"service"}) == ["Open paper"]
