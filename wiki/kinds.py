"""The kinds of document, as the slices register them; `wiki` itself knows only the plain page."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
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
    # What stands above the comments under it, where it is not “Comments”: a lazy string.
    comments_title: Any = None
    # The folder of its own templates, where they differ from the common ones.
    template: str = "wiki/documents"
    # A new document of this kind is in force or published from the first save, unless the writer keeps a draft.
    publishes_at_once: bool = True
    statuses: tuple[str, ...] = ("draft", "published")
    facts: Callable[[Any, Any], list[tuple[Any, Any]]] | None = None
    # What publishing makes of a draft; each status that readers see is in `policy.LIVE`.
    first_status: str = "published"
    # What else its page shows, `beside(session, viewer, document, text, around, allowed)`, in as few statements as can
    # be, compared by value. Templates have it as `beside`. It shows only what this viewer may read.
    beside: Callable[[Any, Any, Any, Any, Any, frozenset[Any]], Hashable] | None = None
    # The stored HTML as its readers get it, `dress(html, document, beside)`, such as with forms in it.
    dress: Callable[[Any, Any, Any], Any] | None = None
    # Columns that a file may tell, with what makes a value of what stands there. It raises ValueError with the rest of
    # the sentence "<the value> …", such as "is not a number of minutes. Write it as 15."
    file_fields: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    # Further fields of the form for its texts, by the column each fills: fields of WTForms, not bound to a form yet.
    form_fields: Mapping[str, Any] = field(default_factory=dict)
    # Bring what was read from a file into its state, `load(session, document, wanted)`: see `wiki.exchange.documents`.
    load: Callable[[Any, Any, Mapping[str, Any]], None] | None = None
    # What else is written down of each text saved, `saved(session, document, revision, text)`, in the same transaction:
    # `revision` is its number, `text` a `PreparedText`. It commits nothing and refuses nothing.
    saved: Callable[[Any, Any, int, Any], None] | None = None
    # Why a draft that was saved is better not published yet, `unready(session, document)`: a sentence, or None.
    unready: Callable[[Any, Any], str | None] | None = None


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
