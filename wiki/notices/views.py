"""The inbox in the browser."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import format_date, gettext as _, to_user_timezone

from wiki import db
from wiki.access.guard import needs, viewer
from wiki.access.policy import Action
from wiki.notices import inbox
from wiki.notices.inbox import PAGE, Line

blueprint = Blueprint("notices", __name__, url_prefix="/notices")

LONGEST_LIST = 1_000_000


@blueprint.get("")
@needs(Action.NOTICE_READ)
def index() -> Any:
    """What the viewer was told, day by day."""
    offset = min(max(request.args.get("after", 0, int), 0), LONGEST_LIST)
    found = inbox.lines(db.session(), viewer(), limit=PAGE + 1, offset=offset)
    return render_template(
        "notices/index.html",
        days=_by_day(found[:PAGE]),
        newest=found[0].public_id if found else None,
        offset=offset,
        previous=_page(max(offset - PAGE, 0)) if offset else None,
        following=_page(offset + PAGE) if len(found) > PAGE else None,
    )


@blueprint.post("/<public_id>/reading")
@needs(Action.NOTICE_READ)
def read(public_id: str) -> Any:
    """Open a notice: from now on it is read."""
    found = inbox.find(db.session(), viewer(), public_id)
    if found is None:
        abort(404)
    with db.write() as session:
        inbox.mark_read(session, viewer(), public_id)
    return redirect(found.url or url_for("notices.index"), 303)


@blueprint.post("/reading")
@needs(Action.NOTICE_READ)
def read_all() -> Any:
    """Mark everything up to the newest one that was shown as read."""
    with db.write() as session:
        inbox.mark_all_read(session, viewer(), request.form.get("newest", ""))
    flash(_("All is marked as read."), "success")
    return redirect(url_for("notices.index"), 303)


def _by_day(found: list[Line]) -> list[tuple[str, list[Line]]]:
    """The lines under the days of the reader's own clock."""
    return [
        (_name_of(day), list(lines)) for day, lines in groupby(found, lambda line: to_user_timezone(line.at).date())
    ]


def _name_of(day: date) -> str:
    today = to_user_timezone(db.now()).date()
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return str(format_date(day, "full"))


def _page(offset: int) -> str:
    return url_for("notices.index", after=offset or None)
