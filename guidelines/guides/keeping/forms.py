"""The forms of what keeps a guideline true."""

from __future__ import annotations

from typing import Any, TypeVar

from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from guidelines.guides.keeping import exceptions, interim
from guidelines.guides.keeping.models import Way
from wiki.documents.forms import CheckList, blame, readable

Form = TypeVar("Form", bound=FlaskForm)


def plain(words: str | None) -> str:
    """Words on one line; browsers send two characters for the end of one."""
    return " ".join((words or "").split())


class Until(DateField):
    """A last day that has to be given, told in our own words when it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None


class NoticeForm(FlaskForm):
    """What readers should know for the time being."""

    words = TextAreaField(
        _l("What should readers know now?"),
        [
            DataRequired(_l("Write what readers should know.")),
            readable,
            Length(max=600, message=_l("Keep this to 600 characters.")),
        ],
    )
    until = Until(_l("Last day"))

    def validate_until(self, field: Any) -> None:
        problem = interim.problem_of(field.data)
        if problem is not None:
            raise ValidationError(str(problem))


class ExceptionForm(FlaskForm):
    """Who may do what otherwise, in which part, and until when."""

    group = SelectField(_l("Who?"), [InputRequired(_l("Choose a group."))])
    anchor = SelectField(_l("Which part does it concern?"), [Optional()])
    words = TextAreaField(
        _l("What may they do otherwise, and why?"),
        [
            DataRequired(_l("Say in a sentence what they may do otherwise.")),
            readable,
            Length(max=400, message=_l("Keep this to 400 characters.")),
        ],
    )
    until = Until(_l("Last day"))

    def offer(self, groups: dict[str, str], sections: dict[str, str]) -> None:
        """Fill in the choices."""
        self.group.choices = {"": _("Choose a group")} | groups
        self.anchor.choices = {"": _("The whole guideline")} | sections

    def validate_until(self, field: Any) -> None:
        problem = exceptions.problem_of(field.data)
        if problem is not None:
            raise ValidationError(str(problem))


class AnnexForm(FlaskForm):
    """Which page holds the local notes."""

    page = SelectField(_l("Which page holds your notes?"), [InputRequired(_l("Choose a page."))])


class ReviewForm(FlaskForm):
    """The revision that was looked at; the fields of its sections are read one by one."""

    revision = IntegerField(validators=[Optional()], widget=HiddenInput())


class LanguageForm(FlaskForm):
    """Of which guideline it is a version."""

    source = SelectField(_l("Which guideline does it say in another language?"), [InputRequired(_l("Choose one."))])


_SHORT = [readable, Length(max=400, message=_l("Keep this to 400 characters."))]


_WAYS: dict[str, Any] = {
    Way.NOTIFY.value: _l("Only tell them"),
    Way.CONFIRM.value: _l("Let them confirm that they know it"),
    Way.QUESTION.value: _l("Ask one question about a case"),
}


class AskForm(FlaskForm):
    """Whom to ask about a guideline, how, and until when."""

    way = RadioField(
        _l("How do you ask?"),
        choices=lambda: {value: str(said) for value, said in _WAYS.items()},
    )
    groups = CheckList(_l("Whom do you ask?"))
    due = DateField(_l("By when?"), [Optional()])
    gated = BooleanField(_l("A duty depends on it"))
    question = TextAreaField(_l("The question"), _SHORT)
    option_1 = StringField(_l("Choice 1"), _SHORT)
    why_1 = StringField(_l("What you say to whoever takes choice 1"), _SHORT)
    option_2 = StringField(_l("Choice 2"), _SHORT)
    why_2 = StringField(_l("What you say to whoever takes choice 2"), _SHORT)
    option_3 = StringField(_l("Choice 3"), _SHORT)
    why_3 = StringField(_l("What you say to whoever takes choice 3"), _SHORT)
    right = SelectField(_l("Which choice is right?"), choices={"1": "1", "2": "2", "3": "3"})

    def options(self) -> list[tuple[StringField, StringField]]:
        """The choices with what is said of each."""
        return [
            (self.option_1, self.why_1),
            (self.option_2, self.why_2),
            (self.option_3, self.why_3),
        ]


def blamed(form: Form, field: str, message: object) -> Form:
    """The form with a sentence beside a field."""
    blame(form[field], message)
    return form
