"""The forms for asking, answering, appealing and deciding."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field, HiddenField, IntegerField, RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from wiki.asking.words import REFUSALS
from wiki.documents.forms import readable
from wiki.documents.leave import LONGEST_GRANT_DAYS
from wiki.people.viewer import today

_AT_MOST = Length(max=400, message=_l("Keep this to 400 characters."))


class Sentences(TextAreaField):
    """A few sentences; browsers send two characters for the end of a line, which nobody would count."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = (self.data or "").replace("\r\n", "\n").strip()


class _Versioned(FlaskForm):
    """A form about a request as it was when the page was made."""

    # A number of no row when it is missing or is none: such an answer is to nothing.
    version = IntegerField(validators=[Optional()], widget=HiddenInput(), default=0)


class AskForm(FlaskForm):
    """What is needed to ask: nothing but the button."""

    words = Sentences(_l("What you need it for"), [readable, _AT_MOST])
    urgent = BooleanField(_l("This is urgent"))
    key = HiddenField(validators=[Length(max=40)])


class GrantForm(_Versioned):
    """Until when somebody may read it."""

    until = DateField(_l("They can read it until"), [InputRequired(_l("Give the last day."))])

    @classmethod
    def empty(cls, version: int, days: int) -> GrantForm:
        """The form as it is first shown."""
        return cls(formdata=None, version=version, until=today() + timedelta(days=days))

    def validate_until(self, field: Field) -> None:
        if field.data and not today() <= field.data <= today() + timedelta(days=LONGEST_GRANT_DAYS):
            raise ValidationError(_("Choose a day from today to a year from now."))

    @property
    def moment(self) -> datetime:
        """The end of the last day."""
        return datetime.combine(self.until.data + timedelta(days=1), time(), UTC)


class RefuseForm(_Versioned):
    """Why not, and what instead."""

    refusal = RadioField(
        _l("Why not?"),
        [InputRequired(_l("Choose why this cannot be shared."))],
        choices=lambda: {code: str(said) for code, said in REFUSALS.items()},
    )
    instead = Sentences(
        _l("What can be shared instead?"),
        [
            DataRequired(_l("Say what can be shared instead, or give the address of another paper.")),
            readable,
            _AT_MOST,
        ],
    )


class AppealForm(_Versioned):
    """Why an arbiter should look at it."""

    appeal = Sentences(
        _l("Why do you need it all the same?"),
        [DataRequired(_l("Say in a sentence why you need it all the same.")), readable, _AT_MOST],
    )


class DecideForm(GrantForm):
    """The arbiter's word."""

    words = Sentences(
        _l("Your reasons"),
        [DataRequired(_l("Say in a sentence why you decide so.")), readable, _AT_MOST],
    )
    outcome = HiddenField()

    def validate_outcome(self, field: Any) -> None:
        if field.data not in ("allow", "uphold"):
            raise ValidationError(_("Choose one of the two buttons."))


class Button(_Versioned):
    """A button about a request as it was when the page was made."""
