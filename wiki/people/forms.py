"""The forms of signing in and of one's own profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from wiki.people import operations, passwords
from wiki.people.here import settings
from wiki.people.models import Person
from wiki.people.words import SPOKEN

_EMAIL = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "inputmode": "email"}
_NEW = {"autocomplete": "new-password"}
_NOW = {"autocomplete": "current-password"}


def _hour(raw: Any) -> int | None:
    """The hour that was chosen; what is none becomes one that no list has."""
    if raw in (None, "", "None"):
        return None
    return int(raw) if str(raw).isascii() and str(raw).isdigit() and len(str(raw)) < 3 else -1


def _choices(said: Mapping[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(value, words) for value, words in said.items()]


_HOURS = _choices({"": _l("No quiet hours")} | {str(hour): f"{hour:02}:00" for hour in range(24)})


class Form(FlaskForm):
    """A form of Flask-WTF with the types it forgot to declare."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)

    def is_right(self) -> bool:
        """Whether what was posted may be used; otherwise the fields hold their errors."""
        return bool(self.validate_on_submit())


class CheckList(SelectMultipleField):
    """Several choices as a list of boxes to tick."""

    widget: Any = ListWidget(prefix_label=False)
    option_widget: Any = CheckboxInput()


class SignInForm(Form):
    """E-mail and password, and where to go afterwards."""

    email = EmailField(_l("E-mail"), [InputRequired(_l("Enter your e-mail address."))], render_kw=_EMAIL)
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password."))], render_kw=_NOW)
    next = HiddenField()


class ForgotForm(Form):
    """The address to which a link is sent."""

    email = EmailField(
        _l("E-mail"), [InputRequired(_l("Enter your e-mail address.")), Length(max=254)], render_kw=_EMAIL
    )


class _NewPassword(Form):
    def __init__(self, context: Iterable[str] = (), **more: Any) -> None:
        super().__init__(**more)
        self.context = (*context, settings().site_name)

    def validate_password(self, field: Field) -> None:
        wrong = passwords.problem(field.data or "", context=self.context)
        if wrong:
            raise ValidationError(wrong)


class WelcomeForm(_NewPassword):
    """The password somebody chooses who came by a link. `context` are words it must not lean on."""

    password = PasswordField(_l("New password"), [InputRequired(_l("Choose a password."))], render_kw=_NEW)


class PasswordForm(_NewPassword):
    """A new password for somebody who knows the old one."""

    current = PasswordField(_l("Password you have now"), [InputRequired(_l("Enter your password."))], render_kw=_NOW)
    password = PasswordField(_l("New password"), [InputRequired(_l("Choose a password."))], render_kw=_NEW)


class ProfileForm(Form):
    """What a person may say of themselves."""

    name = StringField(
        _l("Name"),
        [InputRequired(_l("Enter your name.")), Length(max=120, message=_l("Use at most 120 characters."))],
        render_kw={"autocomplete": "name"},
    )
    lang = SelectField(_l("Language"))
    timezone = SelectField(_l("Time zone"))
    languages = CheckList(_l("Languages you speak"), choices=SPOKEN)
    can_help = TextAreaField(
        _l("What I can help with"),
        [Length(max=operations.HELP_LENGTH, message=_l("Use at most %(max)d characters."))],
    )

    @classmethod
    def of(cls, person: Person) -> ProfileForm:
        """The form as it stands for this person."""
        return cls(formdata=None, obj=person)

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.lang.choices = {code: _name_of(code) for code in settings().languages}
        self.timezone.choices = {zone: zone.replace("_", " ") for zone in zones()}
        # What an import set stays choosable, or saving the name alone would change it.
        for field, words in ((self.lang, _name_of), (self.timezone, str)):
            kept = field.object_data
            if kept:
                field.choices.setdefault(kept, words(kept))


class NoticesForm(Form):
    """When mail about notices may reach a person. The hours are those of their own clock."""

    notices_by_mail = RadioField(
        _l("Send me mail"),
        choices=_choices(
            {"at-once": _l("At once"), "daily": _l("Once a day, at seven in the morning"), "never": _l("Never")}
        ),
        validate_choice=False,
    )
    quiet_from = SelectField(_l("Quiet from"), choices=_HOURS, coerce=_hour, validate_choice=False)
    quiet_until = SelectField(_l("Quiet until"), choices=_HOURS, coerce=_hour, validate_choice=False)
    monthly = BooleanField(_l("Tell me once a month what others learnt"))

    @classmethod
    def of(cls, person: Person) -> NoticesForm:
        """The form as it stands for this person."""
        return cls(formdata=None, obj=person)

    def validate_notices_by_mail(self, field: Field) -> None:
        if field.data not in ("at-once", "daily", "never"):
            raise ValidationError(_("Choose when mail may reach you."))

    def validate_quiet_from(self, field: Field) -> None:
        if field.data is None and self.quiet_until.data is not None:
            raise ValidationError(_("Choose when your quiet hours begin, too."))
        _require_hour(field)

    def validate_quiet_until(self, field: Field) -> None:
        if field.data is None and self.quiet_from.data is not None:
            raise ValidationError(_("Choose when your quiet hours end, too."))
        if field.data is not None and field.data == self.quiet_from.data:
            raise ValidationError(_("Quiet hours need a beginning and another end."))
        _require_hour(field)


def _require_hour(field: Field) -> None:
    if field.data is not None and field.data not in range(24):
        raise ValidationError(_("Choose one of the hours of the list."))


@cache
def zones() -> tuple[str, ...]:
    """The time zones of places, and UTC. The others are old names for the same."""
    places = (
        "Africa/",
        "America/",
        "Antarctica/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    return ("UTC", *sorted(zone for zone in available_timezones() if zone.startswith(places)))


def _name_of(code: str) -> str:
    locale = Locale.parse(code.replace("-", "_"))
    return locale.get_display_name(locale) or code
