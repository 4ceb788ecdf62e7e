"""Notices about one’s own account: a role that was given, changed or ended, and a link for a new password."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Flask, url_for
from flask_babel import format_date, gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

from wiki.access.policy import Role, Viewer
from wiki.notices.models import Notice
from wiki.notices.telling import Told, tell, words_for
from wiki.people import news
from wiki.people.viewer import today
from wiki.people.words import DUTIES, role_name


def init_app(app: Flask) -> None:
    """Tell people what happens to their accounts."""
    news.listen(app, tell)
    words_for(app, "role", subject=_l("A role of yours was changed"), find=_of_roles)
    words_for(app, "password-link", subject=_l("A link for a new password of yours was made"), find=_of_links)


def _of_roles(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    page = url_for("people.person", public_id=viewer.public_id)
    known = [notice for notice in notices if notice.details.get("role") in list(Role)]
    return {notice.id: Told(_role(notice.details), page) for notice in known}


def _role(details: dict[str, str]) -> Any:
    role, first = Role(details["role"]), date.fromisoformat(details["starts"])
    last = date.fromisoformat(details["ends"]) if details.get("ends") else None
    days = {"role": role_name(role), "first": _day(first), "duty": DUTIES[role]}
    if last is None:
        return _("You hold the role “%(role)s” from %(first)s until further notice. %(duty)s", **days)
    if last < first or last < today():
        return _("You do not hold the role “%(role)s” any more.", role=role_name(role))
    return _("You hold the role “%(role)s” from %(first)s to %(last)s. %(duty)s", last=_day(last), **days)


def _day(day: date) -> str:
    return str(format_date(day, _("d MMM y")))


def _of_links(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    words = _("Somebody who administers made a link with which a new password can be chosen for your account. If you"
              " did not ask for it, tell a security officer.")  # fmt: skip
    return {notice.id: Told(words, url_for("people.me")) for notice in notices}
