"""What changed, in plain words for readers, and as it is written for those who may edit it."""

from __future__ import annotations

import pytest

from tests.guidelines.rules_at_work import next_version, rule
from tests.journeys.reader import Reader
from tests.people import World

OLD = "## First hour\n\n::: rule MUST\nCall the **desk**.\n:::"
NEW = "## First hour\n\n::: rule SHOULD\nCall the **desk** first.\n:::"
PAGES = ("/difference", "/diff?from=1&to=2")
WRITTEN = "Show the text as it is written"


@pytest.fixture
def changed(world: World) -> str:
    address = rule(world, body=OLD)
    next_version(world, address, NEW)
    return address


@pytest.mark.parametrize("page", PAGES)
def test_a_reader_finds_words_and_no_marks(world: World, changed: str, page: str) -> None:
    amina = Reader(world, "amina")
    for further in ("", "&as=written" if "?" in page else "?as=written"):
        words = amina.open(f"{changed}{page}{further}").words
        assert "Rule: " in words
        assert "MUST" in words
        assert not [mark for mark in (":::", "{#b-", "**", "## ") if mark in words]
        assert WRITTEN not in words


@pytest.mark.parametrize("page", PAGES)
def test_whoever_may_edit_it_can_see_it_as_it_is_written(world: World, changed: str, page: str) -> None:
    ines = Reader(world, "ines").open(f"{changed}{page}")
    assert ":::" not in ines.words
    ines.follow(WRITTEN)
    assert "::: rule" in ines.words
    ines.follow("Show it in plain words")
    assert ":::" not in ines.words


def test_where_marks_alone_changed_they_are_shown(world: World) -> None:
    address = rule(world, body="Call the desk.")
    next_version(world, address, "Call the **desk**.")
    words = Reader(world, "amina").open(f"{address}/difference").words
    assert "**" in words
    assert "The text is the same" not in words
