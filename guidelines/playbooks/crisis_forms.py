"""The forms of the crisis switch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import EmailInput

from wiki.access.policy import Viewer
from wiki.documents.forms import readable, visible_groups

HOURS = (4, 12, 24, 72, 168)
_WORDS: dict[int, Any] = {
    4: _l("For 4 hours"),
    12: _l("For 12 hours"),
    24: _l("For one day"),
    72: _l("For three days"),
    168: _l("For a week"),
}
_CHOICES = [SelectChoice(str(hours), _WORDS[hours]) for hours in HOURS]


class CrisisForm(FlaskForm):
    """What happens, who is on duty, and until when it is told on every home page."""

    words = StringField(
        _l("What is happening?"),
        [
            DataRequired(_l("Say in a few words what is happening.")),
            readable,
            Length(max=200, message=_l("Keep this to 200 characters.")),
        ],
    )
    on_duty = TextAreaField(
        _l("Who is on duty?"), [readable, Length(max=400, message=_l("Keep this to 400 characters."))]
    )
    hours = RadioField(_l("How long?"), [InputRequired(_l("Choose how long."))], choices=_CHOICES, default="24")

    @property
    def time(self) -> timedelta:
        return timedelta(hours=int(self.hours.data))


class EndCrisisForm(FlaskForm):
    """How a crisis came to its end."""

    closing = TextAreaField(
        _l("A closing sentence (optional)"),
        [readable, Length(max=400, message=_l("Keep this to 400 characters."))],
    )


class GuestForm(FlaskForm):
    """Who else may read the playbook, and for how long."""

    email = StringField(_l("E-mail address of one person"), [Length(max=254)], widget=EmailInput())
    group = SelectField(_l("Or everybody in a group today"), default="")
    guest_hours = RadioField(
        _l("How long may they read it?"), [InputRequired(_l("Choose how long."))], choices=_CHOICES, default="24"
    )

    def offer(self, session: Session, viewer: Viewer) -> None:
        """Fill in the groups that this viewer may know of."""
        groups = {group.id: group.name for group in visible_groups(session, viewer)}
        self.group.choices = {"": _("No group")} | groups

    @property
    def time(self) -> timedelta:
        return timedelta(hours=int(self.guest_hours.data))
