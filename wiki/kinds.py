"""The kinds of document, as the slices register them; `wiki` itself knows only the plain page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document.

    `name` is its word in data and addresses, `model` its class, `prefix` where its addresses begin, `label`, `plural`
    lazy strings for people, `icon` of the sprite, `tone` the colour class of the look. `facts(document,
    around)` returns the
    label and value pairs of the status bar.
    """

    name: str
    model: type[Any]
    prefix: str
    label: Any
    plural: Any
    icon: str
    tone: str = ""
    # The folder of its own templates, where they differ from the common ones.
    template: str = "wiki/documents"
    # A new document of this kind is in force or published from the first save, unless the writer keeps a draft.
    publishes_at_once: bool = True
    statuses: tuple[str, ...] = ("draft", "published")
    facts: Callable[[Any, Any], list[tuple[Any, Any]]] | None = None
    # Bring what was read from a file into its state, `load(session, document, wanted)`: see `wiki.exchange.documents`.
    load: Callable[[Any, Any, Mapping[str, Any]], None] | None = None


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known. Registering the same name again replaces it, so that many apps can live in one process."""
    _kinds[kind.name] = kind


def kind(name: str) -> Kind:
    """The kind of this name; KeyError when no slice registered it."""
    return _kinds[name]


def all_kinds() -> Mapping[str, Kind]:
    """Every kind registered, by name, in the order they came."""
    return dict(_kinds)
