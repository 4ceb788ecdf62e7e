"""Reading the log: all of it for auditors and security officers, one's own part of it for everybody."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import audit, guard
from wiki.access.guard import needs
from wiki.access.models import AuditEvent
from wiki.access.policy import Action, Viewer
from wiki.documents import web
from wiki.people.importing import quoted
from wiki.people.models import Group
from wiki.security import log
from wiki.security.forms import LogForm

blueprint = Blueprint("log", __name__, url_prefix="/log")
MOST_ROWS = 50_000


def _units(session: Session, viewer: Viewer) -> dict[str, str]:
    """The groups that may keep something, as far as this viewer may know them."""
    known = or_(~Group.is_hidden, Group.id.in_(sorted(viewer.groups)))
    return dict(session.execute(select(Group.id, Group.name).where(known).order_by(Group.name)).all())


@blueprint.get("")
@needs(Action.LOG_READ)
def index() -> Any:
    """The log, newest first, narrowed by what was asked for."""
    session, viewer = db.session(), guard.viewer()
    form = LogForm(_units(session, viewer), formdata=request.args)
    if request.args and not form.validate():
        return render_template("security/log.html", form=form, lines=[], older=None), 422
    before = request.args.get("before", type=int)
    statement = log.found(session, viewer, form.wanted)
    if before is not None and 0 < before < 2**31:
        statement = statement.where(AuditEvent.id < before)
    lines = log.told(session, viewer, session.scalars(statement.limit(log.PAGE + 1)).all())
    older = _at(form.asked, lines[log.PAGE - 1].id) if len(lines) > log.PAGE else None
    return render_template("security/log.html", form=form, lines=lines[: log.PAGE], older=older)


def _at(asked: dict[str, str], before: int) -> str:
    values: dict[str, Any] = {**asked, "before": before}
    return url_for("log.index", **values)


@blueprint.post("/export")
@needs(Action.LOG_EXPORT)
def export() -> Any:
    """The rows asked for as a table; that somebody took them is a row of the log itself, written before."""
    session, viewer = db.session(), guard.viewer()
    form = LogForm(_units(session, viewer), formdata=request.form)
    if not form.validate():
        return render_template("security/log.html", form=form, lines=[], older=None), 422
    statement = log.found(session, viewer, form.wanted).limit(MOST_ROWS)
    table, rows = _table(log.told(session, viewer, session.scalars(statement).all()))
    with db.write() as writing:
        audit.record(writing, "log:export", by=viewer.person, rows=rows)
    response = Response(table, mimetype="text/csv")
    response.headers["Content-Disposition"] = "attachment; filename=log.csv"
    return response


def _table(lines: list[log.Line]) -> tuple[str, int]:
    """Rows of the log as comma-separated values that no spreadsheet takes for formulas."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("row", "at", "who", "code", "what", "about", "unit", "details"))
    for line in lines:
        details = json.dumps({str(name): value for name, value in line.details}, ensure_ascii=False)
        told = (line.who, line.code, str(line.what), line.subject, line.unit, details)
        writer.writerow((line.id, line.at.isoformat(), *(quoted(cell) for cell in told)))
    return "\ufeff" + out.getvalue(), len(lines)


@blueprint.get("/mine")
@needs(Action.LOG_READ_OWN)
def mine() -> Any:
    """What somebody did themselves, and what was done to their account, memberships and roles."""
    return _own_page(log.of_my_own(guard.viewer()), "mine")


@blueprint.get("/mine/opened")
@needs(Action.LOG_READ_OWN)
def opened() -> Any:
    """Who opened what is held back and is kept or was written by the reader."""
    return _own_page(log.of_what_i_keep(guard.viewer()), "opened")


def _own_page(statement: Select[Any], part: str) -> str:
    session, viewer, offset = db.session(), guard.viewer(), web.place_in_list()
    # Places in one's own list, not numbers of rows: those would tell how much others do.
    events = session.scalars(statement.limit(log.PAGE + 1).offset(offset)).all()
    lines = log.told(session, viewer, events)
    return render_template(
        "security/my_log.html",
        part=part,
        lines=lines[: log.PAGE],
        newer=url_for(f"log.{part}", after=max(offset - log.PAGE, 0) or None) if offset else None,
        older=url_for(f"log.{part}", after=offset + log.PAGE) if len(lines) > log.PAGE else None,
    )
