"""The forms of the log, of quarantine and of breaking the glass."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import Field, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from wiki.people.admin_forms import Day
from wiki.people.forms import Form
from wiki.security import words
from wiki.security.glass import FEWEST_LETTERS
from wiki.security.log import Wanted

LONGEST_WORDS = 400
_SHORT = Length(max=LONGEST_WORDS, message=_l("Keep this to 400 characters."))
_ONE_LINE = Length(max=500, message=_l("Keep this to 500 characters."))


def _events() -> dict[str, str]:
    told = {code: str(said) for code, said in words.EVENTS.items()}
    return {"": _("Everything"), **dict(sorted(told.items(), key=lambda each: each[1].casefold()))}


class LogForm(Form):
    """What to look for in the log. It asks by GET, so a search can be linked to; it changes nothing."""

    class Meta:
        csrf = False

    what = SelectField(_l("What"), choices=_events, default="")
    person = StringField(_l("Person"), [_ONE_LINE])
    about = StringField(_l("About"), [_ONE_LINE])
    unit = SelectField(_l("Unit"), choices=[], default="")
    since = Day(_l("First day"), [Optional()])
    until = Day(_l("Last day"), [Optional()])

    def __init__(self, units: dict[str, str], **more: Any) -> None:
        super().__init__(**more)
        self.unit.choices = {"": _("Every unit"), **units}

    def validate_until(self, field: Field) -> None:
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError(_("The last day is before the first. Choose a later one."))

    @property
    def wanted(self) -> Wanted:
        """What was asked for."""
        return Wanted(
            what=self.what.data or "",
            person=(self.person.data or "").strip(),
            about=(self.about.data or "").strip(),
            unit=self.unit.data or "",
            since=self.since.data,
            until=self.until.data,
        )

    @property
    def asked(self) -> dict[str, str]:
        """The same as parts of an address."""
        shown = {name: self[name].data for name in ("what", "person", "about", "unit", "since", "until")}
        return {name: str(value) for name, value in shown.items() if value}


class _Place(Form):
    place = StringField(_l("Address or id of the document"), [DataRequired(_l("Say which document.")), _ONE_LINE])

    def nothing_there(self) -> None:
        """Say beside the field that there is nothing behind what was typed."""
        self.place.errors = (*self.place.errors, _("Nothing is there."))


class _Reason(Form):
    why = TextAreaField(_l("Why"), [DataRequired(_l("Say why.")), _SHORT])


class QuarantineForm(_Place, _Reason):
    """Which document is to be shut away, and why."""


class GlassForm(_Place, _Reason):
    """Which document is to be read, and why it cannot wait."""

    def validate_why(self, field: Field) -> None:
        if len(" ".join((field.data or "").split())) < FEWEST_LETTERS:
            raise ValidationError(_("Say it in a sentence of at least %(n)s letters.", n=FEWEST_LETTERS))


class WordsForm(Form):
    """What came of something, in a sentence."""

    words = TextAreaField(_l("What came of it"), [DataRequired(_l("Say it in a sentence.")), _SHORT])


class SpillForm(Form):
    """What does not belong into a document."""

    words = TextAreaField(_l("What does not belong here?"), [DataRequired(_l("Say it in a sentence.")), _SHORT])


class AccountForm(Form):
    """Whose account is to be suspended."""

    email = StringField(_l("E-mail"), [DataRequired(_l("Enter an e-mail address.")), _ONE_LINE])
