"""The form of a lesson: four boxes, and what may be added to them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional, ValidationError
from wtforms.widgets import EmailInput

from guidelines.lessons import about, story, suggestions, words
from guidelines.lessons.models import Attribution, Lesson, Nature
from wiki.documents.forms import CheckList, Choice, OwnerForm, Radio, SharingForm, TextForm, readable
from wiki.people.viewer import today

BOXES = ("happened", "intended", "title", "sense", "conclusion", "recommended", "rest")
# What is searched for lessons that are alike: the story itself.
TOLD = ("happened", "intended", "title")


def choices_of(said: Mapping[str, Any]) -> list[SelectChoice]:
    """Choices whose words are lazy strings."""
    return [SelectChoice(value, words_for_it) for value, words_for_it in said.items()]


def _box(name: str, *checks: Any) -> TextAreaField:
    return TextAreaField(words.BOXES[name], [*checks, readable])


class LessonForm(TextForm):
    """What is told in a lesson, new or changed. The text is made of the boxes, so it has no box for the whole."""

    body = None  # type: ignore[assignment]
    purpose = None  # type: ignore[assignment]
    parent = None  # type: ignore[assignment]
    address = None  # type: ignore[assignment]

    happened = _box("happened", DataRequired(_l("Tell what happened. Two sentences are enough.")))
    intended = _box("intended", DataRequired(_l("Say in a sentence what you meant to happen.")))
    title = _box(
        "title",
        DataRequired(_l("Say in one sentence what the next person should do.")),
        Length(max=200, message=_l("Keep this to 200 characters.")),
    )
    sense = _box("sense")
    conclusion = _box("conclusion")
    recommended = _box("recommended")
    rest = _box("rest")
    nature = Choice(_l("What was it?"), choices=choices_of(words.NATURES), default=Nature.FAILURE.value)
    happened_on = DateField(_l("When did it happen?"), [Optional()])
    harm = Choice(
        _l("How much harm did it do?"),
        choices=choices_of({"": _l("Not said"), **{str(step): said for step, said in words.HARMS.items()}}),
        default="",
    )
    contained = Choice(
        _l("Was it contained in time?"),
        choices=choices_of({"": _l("Not said"), "yes": _l("Yes"), "no": _l("No")}),
        default="",
    )
    activity = Choice(
        _l("What were you doing?"), choices=choices_of({"": _l("Not said"), **words.ACTIVITIES}), default=""
    )
    crisis = BooleanField(_l("It happened in a crisis"))
    causes = CheckList(_l("What kind of cause?"), choices=choices_of(words.CAUSES))
    attribution = Radio(
        _l("Who tells it?"),
        choices=choices_of(
            {
                Attribution.POST.value: _l("The post"),
                Attribution.ROLE.value: _l("Somebody by role"),
                Attribution.NAMED.value: _l("By name"),
            }
        ),
        default=Attribution.POST.value,
    )
    role_words = StringField(_l("Which role?"), [Length(max=120, message=_l("Keep this to 120 characters."))])
    guidelines = CheckList(_l("Guidelines it touches"))
    guideline_words = StringField(_l("Look for a guideline"), [Length(max=200)])
    # Set once the suggested platforms and topics were shown: from then on what is ticked is what is meant.
    suggested = HiddenField()

    def validate_happened_on(self, field: Any) -> None:
        # A day that cannot be read is kept in raw_data; say what is wrong in our own words.
        if field.raw_data and field.raw_data[0] and field.data is None:
            field.errors = [_("Write the day as year-month-day, for example 2026-03-01.")]
        elif field.data is not None and field.data > today():
            raise ValidationError(_("This day has not come yet. Choose today or an earlier day."))

    def validate_role_words(self, field: Any) -> None:
        if self.attribution.data == Attribution.ROLE and not (field.data or "").strip():
            raise ValidationError(_("Say which role, for example “a press officer”."))

    @property
    def boxes(self) -> dict[str, str]:
        return {name: self[name].data or "" for name in BOXES}

    @property
    def text(self) -> str:
        """The Markdown of the lesson."""
        lang = self.lang.data or "en"
        return about.with_guidelines(story.compose(self.boxes, lang), self.guidelines.data or (), lang)

    @property
    def told(self) -> str:
        return "\n".join(self[name].data or "" for name in TOLD)

    @property
    def columns(self) -> dict[str, object]:
        by_role = self.attribution.data == Attribution.ROLE
        return {
            "nature": self.nature.data,
            "happened_on": self.happened_on.data,
            "harm": int(self.harm.data) if self.harm.data else None,
            "contained": {"yes": True, "no": False}.get(self.contained.data),
            "activity": self.activity.data,
            "crisis": bool(self.crisis.data),
            "causes": list(self.causes.data or []),
            "attribution": self.attribution.data,
            "role_words": " ".join((self.role_words.data or "").split()) if by_role else "",
        }

    def suggest_terms(self, descriptions: Mapping[str, str]) -> None:
        """Tick the platforms and topics that the text tells of, unless the writer has seen or chosen some."""
        if self.suggested.data or self.platforms.data or self.topics.data:
            return
        text = "\n".join(self.boxes.values())
        for field in (self.platforms, self.topics):
            field.data = suggestions.terms_in(text, dict(field.choices), descriptions)


class NewLessonForm(LessonForm, SharingForm, OwnerForm):
    """A new lesson: told, shared and kept on one page."""

    on_behalf_of = StringField(_l("On behalf of"), [Length(max=254)], widget=EmailInput())
    started = HiddenField(validators=[Length(max=100)])


class ChangedLessonForm(LessonForm):
    """A change of a lesson."""

    address = TextForm.address  # type: ignore[assignment]

    def show(self, lesson: Lesson, title: str, body: str) -> None:
        """Fill in what is there now. The guidelines it names must be offered first."""
        self.show_text(body)
        self.title.data, self.address.data = title, lesson.slug
        self.tags.data = ", ".join(lesson.vocabulary("tag"))
        self.platforms.data, self.topics.data = lesson.vocabulary("platform"), lesson.vocabulary("topic")
        self.lang.data, self.nature.data, self.happened_on.data = lesson.lang, lesson.nature, lesson.happened_on
        self.harm.data = str(lesson.harm) if lesson.harm else ""
        self.contained.data = {True: "yes", False: "no"}.get(lesson.contained, "")  # type: ignore[arg-type]
        self.attribution.data, self.role_words.data = lesson.attribution, lesson.role_words
        self.activity.data, self.crisis.data, self.causes.data = lesson.activity, lesson.crisis, list(lesson.causes)
        self.base_revision.data, self.suggested.data = lesson.working, "1"
        self.key.data = secrets.token_urlsafe(16)

    def show_text(self, body: str) -> None:
        """Fill the boxes with a text."""
        text, named = about.apart(body)
        for box, said in story.take_apart(text).items():
            self[box].data = said
        self.guidelines.data = named


class UseForm(FlaskForm):
    """Somebody used a lesson, or it happened to them too."""

    post = SelectField(_l("Where?"))
    happened_on = DateField(_l("When?"), [Optional()])
    words = TextAreaField(_l("How did it go?"), [Length(max=400, message=_l("Keep this to 400 characters.")), readable])
    key = HiddenField(validators=[Length(max=40)])

    def validate_happened_on(self, field: Any) -> None:
        if field.raw_data and field.raw_data[0] and field.data is None:
            field.errors = [_("Write the day as year-month-day, for example 2026-03-01.")]
        elif field.data is not None and field.data > today():
            raise ValidationError(_("This day has not come yet. Choose today or an earlier day."))
