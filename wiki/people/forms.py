"""The forms of signing in and of one's own profile."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from wiki.people import passwords
from wiki.people.here import settings
from wiki.people.models import Person

_EMAIL = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "inputmode": "email"}
_NEW = {"autocomplete": "new-password"}
_NOW = {"autocomplete": "current-password"}


class Form(FlaskForm):
    """A form of Flask-WTF with the types it forgot to declare."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)

    def is_right(self) -> bool:
        """Whether what was posted may be used; otherwise the fields hold their errors."""
        return bool(self.validate_on_submit())


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
