"""The forms for the life of a guideline."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from wiki.people.viewer import today


class InForceForm(FlaskForm):
    """From when it holds, and when it is looked at again."""

    since = DateField(_l("In force from"), [InputRequired(_l("Give the day."))])
    review_on = DateField(_l("Look at it again by"), [Optional()])

    def validate_since(self, field: Any) -> None:
        if field.data and field.data > today():
            raise ValidationError(_("It holds as soon as it is put in force. Choose today or an earlier day."))

    def validate_review_on(self, field: Any) -> None:
        if field.data and field.data <= today():
            raise ValidationError(_("Choose a day to come."))


class SupersedeForm(FlaskForm):
    """Which guideline takes its place."""

    successor = SelectField(_l("What takes its place?"), [InputRequired(_l("Choose a guideline."))])


class WithdrawForm(FlaskForm):
    """Why it is withdrawn."""

    why = TextAreaField(
        _l("Why is it withdrawn?"),
        [
            InputRequired(_l("Say in a sentence why; readers will see it.")),
            Length(max=400, message=_l("Keep this to 400 characters.")),
        ],
    )
