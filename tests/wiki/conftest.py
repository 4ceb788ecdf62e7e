"""The house of `people_fixtures`, for every test of the wiki that asks for it."""

from __future__ import annotations

from tests.wiki.people_fixtures import clock, house, make_house

__all__ = ["clock", "house", "make_house"]
