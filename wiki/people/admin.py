"""Administration: the overview and what its pages share. The views are in `admin_people` and `admin_groups`."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from wiki import db
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.people import accounts
from wiki.people.admin_forms import blame
from wiki.people.administering import Changed
from wiki.people.forms import Form
from wiki.people.operations import Refused

admin = Blueprint("admin", __name__, url_prefix="/admin")
manage = needs(Action.PEOPLE_MANAGE)


@admin.get("")
@manage
def overview() -> str:
    session = db.session()
    return render_template(
        "people/admin/overview.html", counts=accounts.counts(session), administrators=accounts.administrators(session)
    )


def page(template: str, code: int, **context: Any) -> Response:
    """A page of administration with this status."""
    return make_response(render_template(f"people/admin/{template}.html", **context), code)


def one_of(name: str, known: Container[str]) -> str:
    """What the address asks for under this name, when it is one that we know; else nothing."""
    raw = request.args.get(name, "")
    return raw if raw in known else ""


def version() -> str:
    """The version of the row that the posted form was made of."""
    return request.form.get("version", "")


def told(form: Form, refused: Refused, field: Any = None) -> int:
    """Put a refusal beside its field, or above the form, and say with which status to answer."""
    if isinstance(refused, Changed) or field is None:
        form.form_errors.append(str(refused))
    else:
        blame(field, refused)
    return 409 if isinstance(refused, Changed) else 422
