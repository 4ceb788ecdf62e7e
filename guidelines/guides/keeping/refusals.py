"""A step that makes no sense as things are."""

from __future__ import annotations


class Refused(ValueError):
    """The message is a sentence for the person who tried."""
