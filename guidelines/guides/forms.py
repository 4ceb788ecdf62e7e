"""The forms for the life of a guideline."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, SelectField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from wiki.documents.forms import readable

LONGEST_WORDS = 400


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


class SettleForm(FlaskForm):
    """Whether it settled a case and, if not, what was missing where."""

    class Meta:
        # The guard of all forms asks for the token; a field of its own would keep the page around it from being kept.
        csrf = False

    answer = HiddenField(validators=[AnyOf(("yes", "no"), _l("Say yes or not quite."))])
    revision = IntegerField(validators=[Optional()], widget=HiddenInput())
    anchor = HiddenField()
    words = TextAreaField(_l("What was missing?"), [readable])

    def validate_words(self, field: Any) -> None:
        # Browsers send two characters for the end of a line.
        if len(self.plain_words) > LONGEST_WORDS:
            raise ValidationError(_("Keep this to 400 characters."))

    @property
    def plain_words(self) -> str:
        return " ".join((self.words.data or "").split())
