"""Pages put together from parts that were rendered before, as long as all that they are made of is the same.

The database is asked in every request who the reader is and what they may read. Only the rendering is saved: a part is
kept under every value its template can see, so it is used again only where rendering would give the very same letters.
The frame around a text is kept for each reader, the text itself for all who see it alike.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from flask import current_app, g, render_template, request, session as cookie
from flask_babel import get_locale, get_timezone
from flask_wtf.csrf import generate_csrf

_MOST_PARTS = 512
# Where the parts meet, and where a token against forged posts belongs. Nobody can write them: they are random, and
# never sent.
_HERE = f"\ue010{secrets.token_hex(16)}\ue010"
_TOKEN = f"\ue011{secrets.token_hex(16)}\ue011"
_LAYOUT = "wiki/documents/_parts_only.html"
_FRAME = "wiki/documents/_frame.html"


class _Nobody:
    """Stands for the reader while a part is rendered that others will see too."""

    groups: frozenset[str] = frozenset()

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a part that is kept for many readers cannot use viewer.{name}; give the value by name")


class Kept:
    """Rendered parts by what they were made of; the ones that were not used for longest go first."""

    def __init__(self) -> None:
        self._parts: OrderedDict[Hashable, tuple[str, ...]] = OrderedDict()
        self._turn = threading.Lock()

    def part(self, made_of: Hashable, render: Callable[[], str]) -> tuple[str, ...]:
        """The pieces of a part, rendered if need be. Forms in it have a mark in place of their token."""
        with self._turn:
            if made_of in self._parts:
                self._parts.move_to_end(made_of)
                return self._parts[made_of]
        g.token_mark = _TOKEN
        try:
            pieces = tuple(render().split(_HERE))
        finally:
            g.pop("token_mark")
        # A form of Flask-WTF brings its real token with it; such a part is this reader's alone.
        if "csrf_token" not in g:
            self._keep(made_of, pieces)
        return pieces

    def _keep(self, made_of: Hashable, pieces: tuple[str, ...]) -> None:
        with self._turn:
            self._parts[made_of] = pieces
            while len(self._parts) > _MOST_PARTS:
                self._parts.popitem(last=False)


def token() -> str:
    """The token of a form: this reader's, or a mark for it in a part that is kept."""
    mark: str | None = g.get("token_mark")
    return mark or generate_csrf()


def page(template: list[Any], made_of: Hashable, html: Callable[[], Any], **values: Any) -> str:
    """A page like `render_template(template, html=html(), **values)`; `made_of` must hold all that it is made of.

    Of the blocks of the base template only title, breadcrumbs and main may be filled.
    """
    around = _around()
    values = {**values, "viewer": _Nobody(), "layout": _LAYOUT, "here": _HERE}
    inner = _kept().part((*around[1:], made_of), lambda: render_template(template, html=html(), **values))
    frame = _frame(around)
    whole = "".join(each for pair in zip(frame, (*inner, ""), strict=True) for each in pair)
    return whole.replace(_TOKEN, generate_csrf()) if _TOKEN in whole else whole


def _around() -> tuple[Hashable, ...]:
    """What every page depends on beside its own values: reader, language, clock, and where the site is mounted."""
    return g.viewer, str(get_locale()), str(get_timezone()), request.script_root, request.blueprint


def _frame(around: tuple[Hashable, ...]) -> tuple[str, ...]:
    if cookie.get("_flashes"):
        return tuple(_rendered_frame().split(_HERE))
    return _kept().part((around, _everywhere()), _rendered_frame)


def _rendered_frame() -> str:
    return render_template(_FRAME, here=_HERE)


def _everywhere() -> Hashable:
    """The values that every template is given, so that a frame is as new as they are."""
    given: dict[str, Any] = {}
    current_app.update_template_context(given)
    return tuple((name, _hashable(value)) for name, value in given.items() if name not in ("g", "request", "session"))


def _hashable(value: Any) -> Hashable:
    return tuple(value) if isinstance(value, list) else value


def _kept() -> Kept:
    found: Kept = current_app.extensions.setdefault("chancery_kept_pages", Kept())
    return found
