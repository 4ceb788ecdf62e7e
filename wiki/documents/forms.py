"""The forms for texts and for sharing, common to all kinds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from flask_babel import get_locale, gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from wiki.access.policy import SERVICE, Role, Viewer
from wiki.documents.models import Discovery, Document, Term
from wiki.documents.sharing import REASONS, Problem, Sharing
from wiki.kinds import Kind
from wiki.people.models import Group, GroupType, Person

Form = TypeVar("Form", bound="TextForm")
LANGUAGES = {"en": "English", "fr": "Français", "es": "Español", "ar": "العربية", "ru": "Русский", "zh": "中文",
             "de": "Deutsch", "pt": "Português"}  # fmt: skip
MAX_TAGS = 12
_OWNERS = (GroupType.POST, GroupType.UNIT, GroupType.TASK_FORCE)


def blame(field: Field, message: object) -> None:
    """Put a sentence beside a field that was found wrong outside of its validators."""
    field.errors = (*field.errors, str(message))


def readable(form: FlaskForm, field: Field) -> None:
    """Bytes that are no characters arrive as U+FFFD: better to ask than to save what nobody wrote."""
    if "\ufffd" in (field.data or ""):
        raise ValidationError(_("Some characters could not be read. They stand as \ufffd; please write them again."))


class CheckList(SelectMultipleField):
    """Several choices as a list of boxes to tick."""

    widget: Any = ListWidget(prefix_label=False)
    option_widget: Any = CheckboxInput()


class _OrDefault:
    """A field that was not posted at all has its default; one that was posted must be a choice."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)  # type: ignore[misc]
        if not valuelist:
            self.data = self.default() if callable(self.default) else self.default  # type: ignore[attr-defined]


class Choice(_OrDefault, SelectField):
    """One choice out of a list."""


class Radio(_OrDefault, RadioField):
    """One choice out of a few, all in view."""


def _writers_language() -> str:
    """The language the writer sees, as long as texts are written in it: most write as they read."""
    lang = str(get_locale() or "en").split("_")[0]
    return lang if lang in LANGUAGES else "en"


class TextForm(FlaskForm):
    """A text with what is told beside it."""

    title = StringField(
        _l("Title"),
        [DataRequired(_l("Give it a title.")), readable, Length(max=200, message=_l("Keep this to 200 characters."))],
    )
    body = TextAreaField(_l("Text"), [DataRequired(_l("Write the text.")), readable])
    purpose = StringField(_l("In one line"), [Length(max=200, message=_l("Keep this to 200 characters."))])
    note = StringField(_l("What did you change?"), [Length(max=240, message=_l("Keep this to 240 characters."))])
    tags = StringField(_l("Tags"), [Length(max=400, message=_l("Keep this to 400 characters."))])
    platforms = CheckList(_l("Platforms"))
    topics = CheckList(_l("Topics"))
    lang = Choice(_l("Language of the text"), choices=LANGUAGES, default=_writers_language)
    parent = StringField(_l("Belongs under"), [Length(max=120)])
    address = StringField(
        _l("Address"),
        [
            Optional(),
            Length(max=100, message=_l("Keep this to 100 characters.")),
            Regexp(r"^[\w-]+$", message=_l("Use letters, digits and hyphens.")),
        ],
    )
    base_revision = IntegerField(validators=[Optional()], widget=HiddenInput(), default=0)
    key = HiddenField(validators=[Length(max=40)])

    def validate_tags(self, field: Any) -> None:
        if len(self.tag_list) > MAX_TAGS:
            raise ValidationError(_("Choose at most %(n)s tags.", n=MAX_TAGS))

    @property
    def tag_list(self) -> list[str]:
        words = re.split(r"[,;\n]", self.tags.data or "")
        return sorted({tag for word in words if (tag := _tag(word))})

    @property
    def terms(self) -> dict[str, list[str]]:
        return {"tag": self.tag_list, "platform": self.platforms.data or [], "topic": self.topics.data or []}

    # The fields of its kind, by their names.
    own_fields: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, object]:
        own = {name: self[name].data for name in self.own_fields}
        return {"purpose": " ".join((self.purpose.data or "").split()), **own}

    def offer_terms(self, session: Session) -> None:
        """Fill in the vocabularies."""
        terms = session.execute(select(Term.vocabulary, Term.slug, Term.name).order_by(Term.position, Term.name)).all()
        self.platforms.choices = {slug: name for vocabulary, slug, name in terms if vocabulary == "platform"}
        self.topics.choices = {slug: name for vocabulary, slug, name in terms if vocabulary == "topic"}


def _tag(word: str) -> str:
    return re.sub(r"[^\w]+", "-", word.strip().lower().lstrip("#")).strip("-")[:60]


class SharingForm(FlaskForm):
    """Who may read it, what others find, and how it may be passed on."""

    audience = Radio(_l("Who may read this?"), default="service")
    groups = CheckList(_l("Groups"))
    people = TextAreaField(
        _l("Named people"),
        [Length(max=4000, message=_l("Keep this to 4,000 characters; use a group for more people."))],
    )
    discovery = Radio(_l("What may the others find?"), default=Discovery.STUB.value)
    release_title = StringField(_l("Title of the notice"))
    share_line = TextAreaField(_l("What the notice says"))
    reason = Choice(_l("Why is it held back?"), default="")
    until = DateField(_l("Until when?"), [Optional()])
    at_time = StringField(
        _l("At what time?"),
        [Optional(), Regexp(r"^([01]\d|2[0-3]):[0-5]\d$", message=_l("Write the time as hours and minutes, 09:30."))],
    )
    handling = Choice(_l("Handling mark"), default="")
    released = BooleanField(_l("The owner releases this beyond the service"))
    version = IntegerField(validators=[Optional()], widget=HiddenInput())

    def validate_until(self, field: Any) -> None:
        # DateField keeps what was typed in raw_data; say what is wrong in our own words.
        if field.raw_data and field.raw_data[0] and field.data is None:
            field.errors = [_("Write the day as year-month-day, for example 2027-03-01.")]

    def offer_audiences(self, session: Session, viewer: Viewer, marks: Iterable[str]) -> None:
        """Fill in the choices this viewer has."""
        groups, own = visible_groups(session, viewer), viewer.groups
        mine = {group.id: group for group in groups if group.id in own}
        self.audience.choices = _presets(mine.values())
        self.groups.choices = {group.id: group.name for group in groups}
        self.discovery.choices = {
            Discovery.STUB.value: _("A short notice, with a way to ask"),
            Discovery.HIDDEN.value: _("Nothing at all"),
        }
        self.reason.choices = {"": _("Choose a reason")} | {name: str(reason.words) for name, reason in REASONS.items()}
        self.handling.choices = {"": _("No mark")} | {mark: mark for mark in marks}

    def show(self, session: Session, sharing: Sharing) -> None:
        """Fill in what is chosen now."""
        groups = sorted(label[6:] for label in sharing.audience if label.startswith("group:"))
        people = [label[7:] for label in sharing.audience if label.startswith("person:")]
        self.audience.data = "service" if not sharing.is_held else "groups" if groups else "people"
        self.groups.data = groups
        self.people.data = "\n".join(session.scalars(select(Person.email).where(Person.public_id.in_(people))))
        for name in ("discovery", "release_title", "share_line", "reason", "until", "at_time", "handling", "released"):
            self[name].data = getattr(sharing, name)

    def chosen(self, session: Session, viewer: Viewer) -> Sharing:
        """The sharing that the form asks for."""
        return Sharing(
            audience=tuple(sorted(self._labels(session, viewer))),
            discovery=self.discovery.data or Discovery.STUB.value,
            release_title=(self.release_title.data or "").strip(),
            share_line=" ".join((self.share_line.data or "").split()),
            reason=self.reason.data or None,
            until=self.until.data,
            handling=self.handling.data or None,
            released=bool(self.released.data),
            at_time=self.at_time.data or None,
        )

    def _labels(self, session: Session, viewer: Viewer) -> set[str]:
        # Only what was offered counts: the answer to anything else must not tell whether it exists.
        choice = self.audience.data if self.audience.data in self.audience.choices else ""
        if choice == "service":
            return {SERVICE}
        labels = {choice} if choice.startswith("group:") else set()
        if choice == "groups":
            labels |= {f"group:{group}" for group in self.groups.data or [] if group in self.groups.choices}
        if choice in ("groups", "people"):
            labels |= self._named_people(session)
        return labels

    def _named_people(self, session: Session) -> set[str]:
        emails = {word.lower() for word in re.split(r"[\s,;]+", self.people.data or "") if word}
        known = dict(session.execute(select(Person.email, Person.public_id).where(Person.email.in_(emails))).all())
        unknown = sorted(emails - set(known))
        if unknown:
            blame(self.people, _nobody_has(unknown))
        return {f"person:{public_id}" for public_id in known.values()}

    def accept(self, problems: Iterable[Problem]) -> bool:
        """Put each problem beside its field; true when there is none."""
        for problem in problems:
            blame(self[problem.field], str(problem))
        return not self.errors


def _nobody_has(emails: Sequence[str]) -> str:
    if len(emails) == 1:
        return _("Nobody here has the address %(email)s.", email=emails[0])
    return _("Nobody here has these addresses: %(emails)s.", emails=_(", ").join(emails))


def _presets(mine: Iterable[Group]) -> dict[str, str]:
    posts = {
        f"group:{group.id}": _("My post: %(name)s", name=group.name) for group in mine if group.type == GroupType.POST
    }
    units = {
        f"group:{group.id}": _("My unit: %(name)s", name=group.name) for group in mine if group.type == GroupType.UNIT
    }
    return {"service": _("Whole service")} | posts | units | {"groups": _("Some groups"), "people": _("Named people")}


def visible_groups(session: Session, viewer: Viewer) -> list[Group]:
    """The groups this viewer may know of: all but hidden ones they are not in."""
    groups, own = session.scalars(select(Group).order_by(Group.name)), viewer.groups
    return [group for group in groups if not group.is_hidden or group.id in own]


class OwnerForm(FlaskForm):
    """The unit or post that keeps it."""

    owner = SelectField(_l("Kept by"))

    @property
    def keeper(self) -> str | None:
        """The unit chosen, if it is one that was offered."""
        return self.owner.data if self.owner.data in self.owner.choices else None

    def offer_owners(self, session: Session, viewer: Viewer) -> None:
        groups, own = [group for group in visible_groups(session, viewer) if group.type in _OWNERS], viewer.groups
        mine = [group for group in groups if group.id in own]
        others = groups if viewer.has(Role.STEWARD) or not mine else []
        # One's own come first, so that the first choice is a fair guess.
        self.owner.choices = {group.id: group.name for group in [*mine, *others]}


class NewForm(TextForm, SharingForm, OwnerForm):
    """A new document: text, place and sharing on one page."""

    def offer_all(self, session: Session, viewer: Viewer, marks: Iterable[str]) -> None:
        self.offer_terms(session)
        self.offer_audiences(session, viewer, marks)
        self.offer_owners(session, viewer)


class EditForm(TextForm):
    """A change of the text and of what is told beside it."""

    def show(self, document: Document, body: str, parent: str) -> None:
        """Fill in what is there now."""
        self.body.data = body
        self.purpose.data = document.purpose
        self.tags.data = ", ".join(document.vocabulary("tag"))
        self.platforms.data = document.vocabulary("platform")
        self.topics.data = document.vocabulary("topic")
        self.lang.data = document.lang
        self.parent.data = parent
        self.address.data = document.slug
        self.base_revision.data = document.working
        for name in self.own_fields:
            self[name].data = getattr(document, name)


def for_kind(form: type[Form], kind: Kind) -> type[Form]:
    """The form with the fields that this kind has beside the common ones (`Kind.form_fields`)."""
    if not kind.form_fields:
        return form
    return type(form.__name__, (form,), {**kind.form_fields, "own_fields": tuple(kind.form_fields)})


class EmptyForm(FlaskForm):
    """A button."""


class GrantForm(FlaskForm):
    """Leave for one person to read, until a day."""

    email = StringField(_l("E-mail address"), [InputRequired(_l("Say who may read it."))])
    grant_until = DateField(_l("Until"), [InputRequired(_l("Give the last day."))])
    why = StringField(_l("Why"), [Length(max=240, message=_l("Keep this to 240 characters."))])
