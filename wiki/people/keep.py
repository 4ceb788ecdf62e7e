"""Nothing written is lost: a form that arrives after the session ended is kept in the page that asks to sign in again.

The fields travel as hidden inputs through the sign-in form and come back in a form with one button. Nothing is stored
on the server, and it works without scripts. Files and passwords are never kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Response, current_app, make_response, render_template, request
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms.validators import ValidationError

from wiki.access.guard import viewer_or_none
from wiki.people.forms import SignInForm
from wiki.people.paths import own_path

PREFIX = "resume-"
MOST_CHARACTERS, MOST_FIELDS = 400_000, 400

_SECRETS = ("csrf_token", "password", "secret")


@dataclass(frozen=True, slots=True)
class Kept:
    """What somebody wrote, and where it was on its way."""

    path: str
    fields: tuple[tuple[str, str], ...]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The fields under the names they travel by."""
        return [(PREFIX + name, value) for name, value in self.fields]

    @property
    def texts(self) -> list[str]:
        """What looks written rather than chosen, to be read before it is saved."""
        return [value for _, value in self.fields if " " in value.strip() or "\n" in value.strip()]


def ask_to_sign_in_again() -> Response | None:
    """The page that keeps what an unsafe request brought while nobody was signed in; None when there is no need.

    Call it before anything else refuses the request. Every address answers alike, whether anything is there or not.
    """
    if request.method in ("GET", "HEAD", "OPTIONS", "TRACE") or viewer_or_none() is not None:
        return None
    if _is_open():
        return None
    return page(_arrived() if _comes_from_here() else None, SignInForm(formdata=None), 403)


def keep_on() -> Response | None:
    """The same for a sign-in form whose own token is too old: what it carried is carried on."""
    if request.endpoint != "people.sign_in_now" or not _comes_from_here():
        return None
    kept = travelling()
    return page(kept, SignInForm(formdata=None), 403) if kept is not None else None


def page(kept: Kept | None, form: SignInForm, code: int) -> Response:
    """The page with the sign-in form, holding what was kept."""
    return make_response(render_template("people/sign_in_again.html", form=form, kept=kept), code)


def travelling() -> Kept | None:
    """What the sign-in form of this request carries along, when it leads back to one of our own addresses."""
    path = own_path(request.form.get("resume_path"))
    if path is None:
        return None
    carried = ((name.removeprefix(PREFIX), value) for name, value in _posted() if name.startswith(PREFIX))
    return _small_enough(path, carried)


def _arrived() -> Kept | None:
    path = own_path(request.full_path.rstrip("?"))
    try:
        return _small_enough(path, _posted()) if path else None
    except RequestEntityTooLarge:
        return None


def _posted() -> Iterable[tuple[str, str]]:
    return request.form.items(multi=True)


def _small_enough(path: str, fields: Iterable[tuple[str, str]]) -> Kept | None:
    kept = tuple((name, value) for name, value in fields if not any(word in name.lower() for word in _SECRETS))
    size = sum(len(name) + len(value) for name, value in kept)
    return Kept(path, kept) if kept and size <= MOST_CHARACTERS and len(kept) <= MOST_FIELDS else None


def _is_open() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return bool(getattr(view, "open_to_all", False))


def _comes_from_here() -> bool:
    """Whether a page of ours sent this. Another site must not have us keep a text and offer to save it."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("Origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.host
    return "Sec-Fetch-Site" in request.headers or _token_is_ours()


def _token_is_ours() -> bool:
    try:
        validate_csrf(request.form.get("csrf_token"))
    except (ValidationError, RequestEntityTooLarge):
        return False
    return True
