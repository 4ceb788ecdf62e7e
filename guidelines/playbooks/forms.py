"""The forms for running a playbook."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import EmailInput

from guidelines.playbooks.models import Occasion
from guidelines.playbooks.standing import Role
from wiki.documents.forms import readable


class StartForm(FlaskForm):
    """Why it is run now."""

    occasion = RadioField(_l("Is it real?"), [InputRequired(_l("Say whether this is real or an exercise."))])
    words = StringField(
        _l("What is it about?"), [readable, Length(max=200, message=_l("Keep this to 200 characters."))]
    )
    key = HiddenField(validators=[Length(max=40)])

    def offer(self) -> None:
        """Fill in the choices."""
        self.occasion.choices = {
            Occasion.LIVE.value: _("It is real"),
            Occasion.EXERCISE.value: _("It is an exercise"),
        }


class NoteForm(FlaskForm):
    """A line for the log."""

    words = TextAreaField(
        _l("Note"),
        [
            DataRequired(_l("Write what you want to note.")),
            readable,
            Length(max=1000, message=_l("Keep this to 1,000 characters.")),
        ],
    )
    step = SelectField(_l("About"), default="")
    key = HiddenField(validators=[Length(max=40)])


ROLES: dict[Role, Any] = {
    Role.LEADS: _l("Leads"),
    Role.SPEAKS: _l("Speaks to the outside"),
    Role.LOGS: _l("Keeps the log"),
}


class DecisionForm(FlaskForm):
    """What was decided, and why."""

    decision = TextAreaField(
        _l("What was decided?"),
        [
            DataRequired(_l("Write what was decided.")),
            readable,
            Length(max=1000, message=_l("Keep this to 1,000 characters.")),
        ],
    )
    reason = TextAreaField(
        _l("Why? (optional)"), [readable, Length(max=1000, message=_l("Keep this to 1,000 characters."))]
    )
    key = HiddenField(validators=[Length(max=40)])


class RoleForm(FlaskForm):
    """Who leads, who speaks, who keeps the log."""

    role = SelectField(_l("Role"), choices=[SelectChoice(role.value, words) for role, words in ROLES.items()])
    person = SelectField(_l("Who is on the run"), default="")
    email = StringField(_l("Or the e-mail address of another colleague"), [Length(max=254)], widget=EmailInput())
    reach = StringField(
        _l("How to reach them"), [readable, Length(max=200, message=_l("Keep this to 200 characters."))]
    )


class ContactForm(FlaskForm):
    """Somebody to call, and how."""

    contact = StringField(
        _l("Who"),
        [
            DataRequired(_l("Write whom to call.")),
            readable,
            Length(max=200, message=_l("Keep this to 200 characters.")),
        ],
    )
    contact_reach = StringField(
        _l("How to reach them"),
        [
            DataRequired(_l("Write how they are reached.")),
            readable,
            Length(max=200, message=_l("Keep this to 200 characters.")),
        ],
    )


class HandOverForm(FlaskForm):
    """To whom somebody hands over, with a sentence."""

    next_person = SelectField(_l("To somebody on the run"), default="")
    next_email = StringField(_l("Or the e-mail address of another colleague"), [Length(max=254)], widget=EmailInput())
    sentence = TextAreaField(
        _l("What should they know?"),
        [
            DataRequired(_l("Write one sentence for whoever takes over.")),
            readable,
            Length(max=400, message=_l("Keep this to 400 characters.")),
        ],
    )


class EndForm(FlaskForm):
    """How it ended."""

    outcome = TextAreaField(
        _l("How did it end?"), [readable, Length(max=2000, message=_l("Keep this to 2,000 characters."))]
    )
    # Asked in an exercise alone.
    full = BooleanField(_l("It was a full exercise"))
    all_the_same = BooleanField(_l("End it with open steps"))
