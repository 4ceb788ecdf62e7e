"""The forms for versions of a guideline and for the steps of its life."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from wiki.documents.forms import CheckList, readable
from wiki.people.viewer import today

NOTE_LIMIT = 240
WORDS_LIMIT = 400
TOO_LONG_NOTE = _l("Keep this to 240 characters.")
# A guideline that came in force before needs a note on what changed; the first version does not.
NEEDS_NOTE = _l("Say in a sentence what changes; readers will see it.")


class NoteForm(FlaskForm):
    """A note on what changed, and the text that was looked at."""

    note = StringField(_l("What changes for readers?"), [Length(max=NOTE_LIMIT, message=TOO_LONG_NOTE), readable])
    revision = IntegerField(validators=[Optional()], widget=HiddenInput())

    is_first: bool = False

    def validate_note(self, field: Any) -> None:
        if not self.is_first and not (field.data or "").strip():
            raise ValidationError(str(NEEDS_NOTE))


class WordingForm(NoteForm):
    """Publishing a change of wording."""


class AskForm(NoteForm):
    """Asking an approver to put the working copy in force."""

    takes_up = CheckList(_l("What lessons asked for, and this version takes up"), [Optional()])
    approver = SelectField(_l("Who should look at it?"), [Optional()])
    groups = CheckList(_l("Tell the people of these posts and units too"), [Optional()])


class DecisionForm(NoteForm):
    """Putting a version in force."""

    since = DateField(_l("In force from"), [InputRequired(_l("Give the day."))])
    review_on = DateField(_l("Look at it again by"), [Optional()])

    def validate_since(self, field: Any) -> None:
        if field.data and field.data < today():
            raise ValidationError(_("A version cannot hold before it is approved. Choose today or a day to come."))

    def validate_review_on(self, field: Any) -> None:
        if field.data and field.data <= today():
            raise ValidationError(_("Choose a day to come."))


class SendBackForm(FlaskForm):
    """Why a version is sent back."""

    because = TextAreaField(
        _l("What has to change first?"),
        [
            DataRequired(_l("Say why, so that whoever asked knows what to do.")),
            Length(max=WORDS_LIMIT, message=_l("Keep this to 400 characters.")),
            readable,
        ],
    )


class ConsultForm(FlaskForm):
    """Until when a draft may be read and commented."""

    until = DateField(_l("Comments until"), [InputRequired(_l("Give the day."))])


class SuspendForm(FlaskForm):
    """Why it is suspended."""

    why = TextAreaField(
        _l("Why should nobody follow it for now?"),
        [
            InputRequired(_l("Say in a sentence why; readers will see it.")),
            Length(max=WORDS_LIMIT, message=_l("Keep this to 400 characters.")),
            readable,
        ],
    )


class MergeForm(FlaskForm):
    """Which guideline it becomes a part of."""

    into = SelectField(_l("Which guideline says it from now on?"), [InputRequired(_l("Choose a guideline."))])


class UndoForm(FlaskForm):
    """The version that is meant: another one may have come since the page was made."""

    version = HiddenField()


class MarkForm(FlaskForm):
    """The version that a reader marks as read; empty to forget the mark."""

    class Meta:
        # The guard of all forms asks for the token; a field of its own would keep the page around it from being kept.
        csrf = False

    version = HiddenField()
