"""The life of a request: who asks, the guard, the headers, the errors, and what templates can use."""

from __future__ import annotations

import errno
import logging
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    get_flashed_messages,
    has_request_context,
    render_template,
    request,
    url_for,
)
from flask_babel import Babel, get_locale, gettext, lazy_gettext as _l
from flask_compress import Compress
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from wiki import clocks, db, languages, outbox
from wiki.access import guard, policy, reasons
from wiki.assets import Manifest
from wiki.markdown import TextRefused
from wiki.people import keep, sessions
from wiki.settings import Settings

log = logging.getLogger(__name__)

STATIC = Path(__file__).resolve().parent / "static" / "dist"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
        "require-trusted-types-for 'script'; trusted-types chancery"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "private, no-store",
}


# What stands at the foot of every page.
FOOT = (
    (_l("All pages"), "page.index"),
    (_l("Find a colleague"), "people.find"),
    (_l("Posts and groups"), "people.groups"),
    (_l("Questions and answers for you"), "comments.mine"),
    (_l("Recent changes"), "documents.recent"),
)


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the main navigation."""

    label: Any
    endpoint: str
    icon: str
    place: int
    # Stays in view on a small screen, beside the name of the reader.
    urgent: bool = False
    # The names of further blueprints whose pages belong to it.
    also: tuple[str, ...] = ()

    @property
    def current(self) -> bool:
        here = str(request.endpoint or "").split(".")[0]
        return here in (self.endpoint.split(".")[0], *self.also)


def add_section(
    app: Flask,
    label: Any,
    endpoint: str,
    icon: str,
    *,
    place: int,
    urgent: bool = False,
    also: tuple[str, ...] = (),
) -> None:
    """Put a section into the main navigation, in the order of their places."""
    found = app.extensions.setdefault("chancery_sections", [])
    found.append(Section(label, endpoint, icon, place, urgent, also))
    found.sort(key=lambda section: section.place)


def init_app(app: Flask) -> None:
    """Set up the frame in which every view lives."""
    settings: Settings = app.extensions["chancery_settings"]
    _configure(app, settings)
    Compress(app)
    Babel(app, locale_selector=choose_language, timezone_selector=_time_zone)
    # First who asks, then whether a text has to be kept, and only then what may refuse the request.
    app.before_request(_who_asks)
    app.before_request(keep.ask_to_sign_in_again)
    CSRFProtect(app)
    app.before_request(_refuse_what_no_database_keeps)
    guard.init_app(app)
    app.after_request(_finish)
    _handle_errors(app)
    _help_templates(app, settings)
    _wrap(app, settings)


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key or _kept_secret(settings),
        SESSION_COOKIE_NAME="__Host-sid" if settings.secure_cookies else "sid",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=settings.max_upload_bytes + 1_000_000,
        # A letter of two bytes takes six when a form is sent, and a text may stand in it twice.
        MAX_FORM_MEMORY_SIZE=4 * settings.max_text_bytes + 200_000,
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE=settings.languages[0],
        BABEL_TRANSLATION_DIRECTORIES=str(Path(__file__).resolve().parent / "translations"),
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=3,
        COMPRESS_MIMETYPES=["text/html", "application/json", "text/plain"],
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.url_map.strict_slashes = False
    # Mending “//” would answer with the host that the request names.
    app.url_map.merge_slashes = False


def _kept_secret(settings: Settings) -> str:
    """The secret of this installation, made once and kept beside the database."""
    place = settings.data_dir / "secret"
    if not place.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(place, "x", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(secrets.token_urlsafe(48))
    return place.read_text()


def choose_language() -> str:
    """The reader's language: their own choice, else the first of their browser's that we speak."""
    viewer = guard.viewer_or_none() if has_request_context() else None
    languages = g.get("languages", ("en",))
    if viewer is not None and viewer.lang in languages:
        return viewer.lang
    best = request.accept_languages.best_match(languages) if has_request_context() else None
    return best or languages[0]


def _time_zone() -> str | None:
    """The clock that times are shown by: the reader's own."""
    viewer = guard.viewer_or_none() if has_request_context() else None
    try:
        return ZoneInfo(viewer.timezone).key if viewer is not None else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _who_asks() -> None:
    g.languages = g.get("languages") or _settings().languages
    if request.endpoint in ("static", "healthz"):
        return
    g.viewer = sessions.load_viewer_for_request()
    db.session().info["viewer"] = g.viewer


def _refuse_what_no_database_keeps() -> None:
    """Nobody types a null character, and PostgreSQL stores none."""
    words = (request.path, *request.args.values(), *request.form.values())
    if any("\0" in word for word in words):
        abort(400)


def _settings() -> Settings:
    found: Settings = current_app.extensions["chancery_settings"]
    return found


def _finish(response: Response) -> Response:
    _protect(response.headers, _settings())
    response.vary.add("Cookie")
    if response.mimetype == "text/html":
        response.vary.add("HX-Request")
    if request.method not in ("GET", "HEAD", "OPTIONS") and _settings().drain == "web":
        response.call_on_close(partial(_drain_later, current_app._get_current_object()))  # type: ignore[attr-defined]
    return response


def _protect(headers: Any, settings: Settings) -> None:
    """The headers of every answer, built files included; one that was chosen for an answer stays."""
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if settings.secure_cookies:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


def _drain_later(app: Flask) -> None:
    """Do the work that follows a change, and what is due by now, after the answer has been sent."""
    try:
        # The request is over by now, and with it its context.
        with app.app_context():
            clocks.run_now_and_then()
        outbox.drain()
    except Exception:
        log.exception("the outbox could not be drained; the timer will try again")


def _handle_errors(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(policy.NotAllowed, _not_allowed)
    app.register_error_handler(
        TextRefused, lambda error: _error_page(422, message=gettext(error.message, **error.values))
    )
    app.register_error_handler(db.WriteBusy, lambda error: _busy())
    app.register_error_handler(StaleDataError, lambda error: _error_page(409))
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(OSError, _disk_error)
    # Two nodes did the same at once and one was first: its twin is asked to look again.
    app.register_error_handler(IntegrityError, lambda error: _error_page(409))
    app.register_error_handler(500, lambda error: _error_page(500))


def _text_refused(error: TextRefused) -> Response:
    return _error_page(422, message=gettext(error.message, **error.values))


def _http_error(error: HTTPException) -> Any:
    if error.code is None or error.code < 400 or error.response is not None:
        return error
    answer = _error_page(error.code)
    if getattr(error, "valid_methods", None):
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or []))  # type: ignore[attr-defined]
    return answer


def _csrf_error(error: CSRFError) -> Response:
    kept = keep.keep_on()
    if kept is not None:
        return kept
    return _error_page(400, message=_l("This form is too old, or came from elsewhere. Load the page again and repeat."))


def _not_allowed(error: policy.NotAllowed) -> Response:
    if error.decision.reason == "absent":
        return _error_page(404)
    return _error_page(403, message=reasons.words(error.decision.reason))


def _busy() -> Response:
    response = _error_page(503)
    response.headers["Retry-After"] = "5"
    return response


def _database_error(error: OperationalError) -> Response:
    log.error("the database refused: %s", error.orig)
    return _busy()


_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})


def _disk_error(error: OSError) -> Response:
    """A disk that takes nothing more is trouble of the moment; any other surprise is a bug."""
    if error.errno not in _NO_ROOM:
        raise error
    log.error("the disk refused: %s", error)
    return _busy()


# Codes without a page of their own are told in the words of a relative.
_PAGES = frozenset({400, 403, 404, 409, 413, 422, 429, 500, 503})


def _error_page(code: int, message: Any = None) -> Response:
    """The page of an error. It never names what was asked for."""
    db.session().rollback()
    get_flashed_messages()
    page = code if code in _PAGES else (400 if code < 500 else 500)
    return Response(
        render_template(f"errors/{page}.html", message=message, code=code), status=code, mimetype="text/html"
    )


def _help_templates(app: Flask, settings: Settings) -> None:
    manifest = Manifest(folder=STATIC)
    app.jinja_env.globals.update(asset=manifest.url, site_name=settings.site_name)
    app.jinja_env.filters.update(filesizeformat=languages.size_of, direction=languages.direction)
    app.extensions["chancery_assets"] = manifest

    @app.context_processor
    def everywhere() -> dict[str, Any]:
        lang = str(get_locale() or "en")
        return {
            "viewer": guard.viewer_or_none(),
            "unread": g.get("unread", 0),
            "site_name": settings.site_name,
            "site_tagline": languages.of_the_house(settings.site_tagline),
            "footer_note": languages.of_the_house(settings.footer_note),
            "ui_lang": lang.replace("_", "-"),
            "ui_dir": languages.direction(lang),
            "navigation": sections(app),
            "foot_links": foot_links(app),
            "search_url": url_for("search.results") if "search.results" in app.view_functions else None,
        }


def sections(app: Flask) -> Sequence[Section]:
    """The main navigation of this application."""
    found: list[Section] = app.extensions.get("chancery_sections", [])
    return found


def foot_links(app: Flask) -> tuple[tuple[Any, str], ...]:
    """What stands at the foot: the same for all, and the ways that only some roles may go."""
    viewer, ways = guard.viewer_or_none(), app.extensions.get("chancery_ways", ())
    return (*FOOT, *((label, endpoint) for label, endpoint, action in ways if policy.may(viewer, action)))


def _wrap(app: Flask, settings: Settings) -> None:
    wrapped: Any = WhiteNoise(
        app.wsgi_app,
        root=str(STATIC),
        prefix="static/",
        immutable_file_test=lambda path, url: True,
        add_headers_function=lambda headers, path, url: _protect(headers, settings),
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        wrapped = ProxyFix(wrapped, x_for=hops, x_proto=hops, x_host=hops, x_prefix=0)
    app.wsgi_app = wrapped  # type: ignore[method-assign]
