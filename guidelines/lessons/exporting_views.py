"""Taking lessons away."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _

from guidelines.lessons import exporting, views
from guidelines.lessons.exporting import MEDIA_TYPES, Form
from guidelines.lessons.models import Lesson
from wiki import db
from wiki.access import audit, guard
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import taking, web
from wiki.documents.models import Document


@needs(Action.DOCUMENT_LIST)
def export() -> Any:
    """The lessons of the list as a file, as this reader may read them. That they were taken is written down before."""
    asked = request.form.get("form", "")
    if asked not in list(Form):
        flash(_("Choose how you want the lessons: as a table, as data or as text. Nothing was taken."), "warning")
        return redirect(url_for("lesson.index"), 303)
    session, viewer = db.session(), guard.viewer()
    chosen = {name: request.form.get(name, "")[:100] for name in views.FILTERS}
    order = (Document.updated_at.desc(), Document.id.desc())
    taken = taking.take(session, viewer, Lesson, *views.conditions(viewer, chosen), order=order)
    with db.write() as writing:
        audit.record(writing, "lesson:export", by=viewer.person, rows=len(taken), how=asked)
    answer = Response(
        exporting.file_of(taken, Form(asked), root=web.settings().public_url), mimetype=MEDIA_TYPES[Form(asked)]
    )
    answer.headers["Content-Disposition"] = f"attachment; filename=lessons.{asked}"
    return answer
