"""The table of platforms, the four questions that choose one, and the form that keeps a row."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from guidelines.guides.keeping.forms import blamed
from guidelines.platforms import choosing, forms, operations, reading, words
from guidelines.platforms.reading import Wanted
from wiki import db
from wiki.access import audit, guard, policy
from wiki.access.guard import needs
from wiki.access.policy import SERVICE, Action, Decision
from wiki.documents import repeating_views

_KNOWN = {"audience": words.AUDIENCES, "purpose": words.PURPOSES, "answers": words.HAVING}


@needs(Action.DOCUMENT_LIST)
def index() -> Any:
    """What we know of every platform, narrowed as asked."""
    _for_the_service()
    wanted, session = asked(), db.session()
    found = reading.rows(session, guard.viewer())
    return render_template(
        "guidelines/platforms/index.html",
        rows=reading.narrowed(found, wanted),
        wanted=wanted,
        all=len(found),
        missing=reading.without_facts(reading.names(session), found) if _keeps() else {},
        keeps=_keeps(),
        words=words,
    )


@needs(Action.DOCUMENT_LIST)
def choose() -> Any:
    """Four questions, and the platforms that fit the answers."""
    _for_the_service()
    wanted = asked()
    found = reading.rows(db.session(), guard.viewer()) if wanted.is_anything else []
    advice = choosing.advise(found, wanted)
    return render_template("guidelines/platforms/choose.html", wanted=wanted, advice=advice, words=words)


@needs(Action.GUIDELINE_PUT_IN_FORCE)
def show(platform: str) -> Any:
    """The form with what is kept of a platform."""
    name = _name(platform)
    return _page(platform, name, forms.of(reading.find(db.session(), platform)))


@needs(Action.GUIDELINE_PUT_IN_FORCE)
def keep(platform: str) -> Any:
    """Write down what is known of a platform."""
    name, form = _name(platform), forms.FactForm()
    if not form.validate_on_submit() or repeating_views.unanswered_words(form.told, (SERVICE,)):
        return _page(platform, name, form, 422)
    try:
        with db.write() as session:
            operations.keep(session, platform, form.facts, seen=form.version.data or 0, by=guard.viewer())
            _note_repeats(session, platform)
    except operations.Refused as refused:
        fact = reading.find(db.session(), platform)
        # Whoever saves once more has seen what stands above the form now.
        form.version.data, form.version.raw_data = (fact.version if fact else 0), None
        return _page(platform, name, blamed(form, "trusted_until", refused), 422, now=fact)
    flash(_("Saved. Everybody in the service finds it in the table."), "success")
    return redirect(url_for("platforms.index", _anchor=platform), 303)


def asked() -> Wanted:
    """What the address asks for. What is no answer to a question is as good as none."""
    told = {name: request.args.get(name, "") for name in _KNOWN}
    country = request.args.get("country", "")
    known = {name: value if value in _KNOWN[name] else "" for name, value in told.items()}
    return Wanted(country=country if country in words.countries() else "", **known)


def _for_the_service() -> None:
    """Facts about platforms have no other readers than the whole service, to which guests do not belong."""
    if not policy.readable(guard.viewer().keys, (SERVICE,)):
        raise policy.NotAllowed(Decision(False, "guest"))


def _keeps() -> bool:
    return bool(policy.may(guard.viewer(), Action.GUIDELINE_PUT_IN_FORCE))


def _name(platform: str) -> str:
    _for_the_service()
    name = reading.names(db.session()).get(platform)
    if name is None:
        abort(404)
    return name


def _note_repeats(session: Any, platform: str) -> None:
    """Write into the log, for those who keep them, that held-back words were repeated knowingly."""
    for repeat in repeating_views.found():
        about = {"about": repeat.public_id, "owner": repeat.owner}
        audit.record(session, "passage:repeated-anyway", by=guard.viewer().person, into=platform, **about)


def _page(platform: str, name: str, form: forms.FactForm, code: int = 200, now: Any = None) -> Any:
    page = render_template(
        "guidelines/platforms/keep.html", platform=platform, name=name, form=form, now=now, words=words
    )
    return page, code
