"""The search page and the titles that appear while typing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, jsonify, render_template, request
from flask_babel import gettext as _

from search import api
from wiki import db, kinds
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents.forms import LANGUAGES

blueprint = Blueprint("search", __name__)

FACETS = ("kind", "platform", "topic", "owner", "status", "lang")
MOST_VALUES = 12
LAST_PAGE = api.DEEPEST // api.PAGE


@blueprint.get("/search")
@needs(Action.SEARCH)
def results() -> Any:
    """Answers to a question, with filters that count what this reader may see."""
    viewer, session = guard.viewer(), db.session()
    typed = request.args.get("q", "")[:1000]
    page = min(max(request.args.get("page", 1, int), 1), LAST_PAGE)
    query = api.understand(typed, viewer.lang, {name: request.args.getlist(name) for name in FACETS})
    answer = api.Answer(query) if query.blank else api.ask(session, viewer, query, page=page)
    return render_template(
        "search/results.html",
        typed=typed,
        answer=answer,
        facets=_facets(answer) if not query.blank else [],
        page=page,
        previous=_address(page=page - 1) if page > 1 else None,
        following=_address(page=page + 1) if answer.total > page * api.PAGE and page < LAST_PAGE else None,
        statuses=api.status_names(),
        filtered=any(request.args.getlist(name) for name in FACETS),
        unfiltered=f"{request.path}?{urlencode({'q': typed})}",
    )


def _facets(answer: api.Answer) -> list[tuple[str, Any, list[tuple[str, Any, int, str, bool]]]]:
    names = api.facet_names(db.session(), guard.viewer(), answer.facets)
    labels = {"kind": _("Kind"), "platform": _("Platform"), "topic": _("Topic"), "owner": _("Kept by"),
              "status": _("Status"), "lang": _("Language")}  # fmt: skip
    found = []
    for facet in FACETS:
        counted = sorted(answer.facets.get(facet, {}).items(), key=lambda pair: (-pair[1], pair[0]))
        named = [(value, words, count) for value, count in counted if (words := _name(names, facet, value))]
        # The addresses are dear to make, so only for what is shown.
        values = [(*each, *_switched(facet, each[0])) for each in named[:MOST_VALUES]]
        if values:
            found.append((facet, labels[facet], values))
    return found


def _name(names: dict[tuple[str, str], Any], facet: str, value: str) -> Any:
    if facet == "lang":
        return LANGUAGES.get(value, value)
    return names.get((facet, value), None if facet == "owner" else value)


def _switched(facet: str, value: str) -> tuple[str, bool]:
    """The address with this filter the other way, and whether it is on now."""
    chosen = request.args.getlist(facet)
    on = value in chosen
    wanted = [other for other in chosen if other != value] if on else [*chosen, value]
    return _address(**{facet: wanted}), on


def _address(**changes: Any) -> str:
    values: dict[str, Any] = {"q": request.args.get("q", "")}
    values |= {name: request.args.getlist(name) for name in FACETS if request.args.getlist(name)}
    values |= changes
    return f"{request.path}?{urlencode({key: value for key, value in values.items() if value}, doseq=True)}"


@blueprint.get("/search/suggest")
@needs(Action.SEARCH)
def suggest() -> Any:
    """Titles that begin like what is being typed."""
    typed = request.args.get("q", "")[:100].strip()
    found = api.suggest(db.session(), guard.viewer(), typed) if len(typed) > 1 else []
    return jsonify({"suggestions": [_suggestion(title) for title in found]})


def _suggestion(title: api.Title) -> dict[str, str]:
    return {"title": title.title, "url": title.url, "kind": str(kinds.kind(title.kind).label)}
