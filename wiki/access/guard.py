"""The guard at the door: every view declares what it is for, and a view that declares nothing is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from wiki.access import policy
from wiki.access.policy import Action, Viewer

View = TypeVar("View", bound=Callable[..., Any])


def needs(action: Action) -> Callable[[View], View]:
    """Declare that a view does this; the guard asks for sign-in and for the right as far as no item is needed."""

    def declare(view: View) -> View:
        view.action = action  # type: ignore[attr-defined]
        return view

    return declare


def open_to_all(view: View) -> View:
    """Declare that a view is for everyone, signed in or not."""
    view.open_to_all = True  # type: ignore[attr-defined]
    return view


def viewer() -> Viewer:
    """Who asks. Only for views that need somebody signed in."""
    found = viewer_or_none()
    if found is None:
        raise policy.NotAllowed(policy.Decision(False, "signed-out"))
    return found


def viewer_or_none() -> Viewer | None:
    """Who asks, or None when nobody is signed in."""
    found: Viewer | None = g.get("viewer")
    return found


def init_app(app: Flask) -> None:
    """Stand at the door of every request."""
    app.before_request(_guard)


def _guard() -> Response | None:
    if request.endpoint is None:
        return _sign_in_first() if viewer_or_none() is None else None
    view = current_app.view_functions[request.endpoint]
    if getattr(view, "open_to_all", False):
        return None
    action = getattr(view, "action", None)
    if action is None:
        current_app.logger.error("the view %s declares no action", request.endpoint)
        abort(500)
    if viewer_or_none() is None:
        return _sign_in_first()
    # The right as far as no document is needed; the view asks again for the one it is about.
    policy.require(viewer(), action)
    return None


def _sign_in_first() -> Response:
    # The same answer for every address, whether anything is there or not.
    back = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else request.path
    return redirect(url_for("people.sign_in", next=back), 303)
