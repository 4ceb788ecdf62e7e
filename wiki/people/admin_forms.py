"""The forms of administration. Those that share a page have prefixes, so that no field is there twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from babel.dates import get_day_names
from flask import request
from flask_babel import get_locale, gettext as _, lazy_gettext as _l
from wtforms import BooleanField, DateField, EmailField, Field, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from wiki.people import operations
from wiki.people.forms import CheckList, Form, zones
from wiki.people.models import Group, GroupType, Membership, Person, Rank, RoleAssignment
from wiki.people.operations import Refused
from wiki.people.viewer import today
from wiki.people.words import ROLES, TYPES, language_name

# Some days have no following day in Python's calendar; nobody serves so long.
FIRST_YEAR, LAST_YEAR = 1900, 2199
MOST_DAYS_OFF = 6


def said(words: Mapping[str, Any]) -> Callable[[], dict[str, str]]:
    """Choices with their words in the language of whoever reads the form."""
    return lambda: {value: str(shown) for value, shown in words.items()}


RANKS = said({Rank.MEMBER: _l("Member"), Rank.LEAD: _l("Lead")})
SORTS = said({"staff": _l("The service"), "guest": _l("A partner, as a guest")})
_NAME = [InputRequired(_l("Enter a name.")), Length(max=120, message=_l("Use at most 120 characters."))]
_ADDRESS = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "inputmode": "email"}


def blame(field: Field, sentence: object) -> None:
    """Put a sentence beside a field that was found wrong outside of its validators."""
    field.errors = (*field.errors, str(sentence))


class Day(DateField):
    """A day, told in our own words when it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
            raise ValueError(_("Write the day as year-month-day, for example 2027-03-01.")) from None
        if self.data is not None and not FIRST_YEAR <= self.data.year <= LAST_YEAR:
            raise ValueError(_("Choose a day between %(a)s and %(b)s.", a=FIRST_YEAR, b=LAST_YEAR))


class _Name(Form):
    name = StringField(_l("Name"), _NAME, render_kw={"autocomplete": "off"})

    def validate_name(self, field: Field) -> None:
        _or_say_why(operations.clean_name, field.data)


class _Address(Form):
    email = EmailField(_l("E-mail"), [InputRequired(_l("Enter an e-mail address."))], render_kw=_ADDRESS)

    def validate_email(self, field: Field) -> None:
        _or_say_why(operations.clean_email, field.data)


class _Dates(Form):
    starts = Day(_l("First day"), [InputRequired(_l("Give the first day."))], default=today)
    ends = Day(_l("Last day"), [Optional()])

    def validate_ends(self, field: Field) -> None:
        if field.data and field.data < today() and not any(self.starts.raw_data or ()):
            # Of two things that are wrong the day that has passed is the one to think about.
            self.starts.errors = ()
            raise ValidationError(_("This day has passed. Choose a later one, or give the first day as well."))
        if field.data and self.starts.data and field.data < self.starts.data:
            raise ValidationError(_("The last day is before the first. Choose a later one."))


class AccountForm(_Name, _Address):
    """Name, address, and whether somebody is staff."""

    sort = RadioField(_l("Belongs to"), choices=SORTS, default="staff")

    @classmethod
    def of(cls, person: Person) -> AccountForm:
        """The form as it stands for this person."""
        return cls(formdata=None, obj=person, sort="staff" if person.is_staff else "guest")


class NewPersonForm(AccountForm):
    """A new person, with a first group and an invitation if wanted."""

    lang = SelectField(_l("Language of their pages"))
    timezone = SelectField(_l("Time zone"))
    group = SelectField(_l("First group"))
    rank = SelectField(_l("As"), choices=RANKS, default=Rank.MEMBER)
    invite = BooleanField(_l("Invite now"), default=True)

    def __init__(self, groups: Sequence[tuple[str, str]], languages: Sequence[str], **more: Any) -> None:
        super().__init__(**more)
        self.lang.choices = {code: language_name(code) for code in languages}
        self.timezone.choices = _zones()
        self.group.choices = {"": _("None yet"), **dict(groups)}


class JoinForm(_Dates):
    """A group for a person, from one day to another."""

    group = SelectField(_l("Group"), [InputRequired(_l("Choose a group."))])
    rank = SelectField(_l("As"), choices=RANKS, default=Rank.MEMBER)

    def __init__(self, groups: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(prefix="join-", **more)
        self.group.choices = {"": _("Choose a group"), **dict(groups)}


class MemberForm(_Dates, _Address):
    """A person for a group, from one day to another."""

    rank = SelectField(_l("As"), choices=RANKS, default=Rank.MEMBER)

    def __init__(self, **more: Any) -> None:
        super().__init__(prefix="member-", **more)


class RoleForm(_Dates):
    """A role for a person, from one day to another."""

    role = SelectField(_l("Role"), [InputRequired(_l("Choose a role."))])

    def __init__(self, **more: Any) -> None:
        super().__init__(prefix="role-", **more)
        self.role.choices = {"": _("Choose a role"), **said(ROLES)()}


class EndForm(Form):
    """The last day of a membership or role that is there; empty for until further notice."""

    ends = Day(_l("Last day"), [Optional()])

    def __init__(self, row: Membership | RoleAssignment, **more: Any) -> None:
        self.row = row
        super().__init__(prefix=f"{row.__tablename__}-{row.id}-", obj=row, ends=row.ends_on, **more)

    @property
    def last_day(self) -> date | None:
        """What was asked for, by a button that names the day or by the field."""
        pressed = request.form.get("do")
        if pressed in ("today", "now"):
            return today() - timedelta(days=pressed == "now")
        found: date | None = self.ends.data
        return found

    def validate_ends(self, field: Field) -> None:
        if field.data and field.data < self.row.starts_on:
            raise ValidationError(_("The last day is before the first. Choose a later one."))


class PlaceForm(EndForm):
    """Rank and last day of a membership."""

    row: Membership
    rank = SelectField(_l("As"), choices=RANKS)


class GroupForm(_Name):
    """What is known of a group."""

    type = SelectField(_l("Type"), choices=said(TYPES))
    parent = SelectField(_l("Belongs under"))
    timezone = SelectField(_l("Time zone"))
    is_hidden = BooleanField(_l("Hidden: only its members know of it"))

    @classmethod
    def of(cls, group: Group, groups: Sequence[tuple[str, str]], **more: Any) -> GroupForm:
        """The form for this group: as it stands, or as it was posted."""
        columns = {name: getattr(group, name) for name in ("name", "type", "is_hidden")}
        above = [(group_id, name) for group_id, name in groups if group_id != group.id]
        kept = {"parent": group.parent_id or "", "timezone": group.timezone or ""}
        return cls(above, data={**columns, **kept}, **more)

    def __init__(self, groups: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(**more)
        self.parent.choices = {"": _("Nothing: it stands at the top"), **dict(groups)}
        self.timezone.choices = {"": _("None of its own"), **_zones()}
        kept = self.timezone.object_data
        if kept:
            self.timezone.choices.setdefault(kept, kept)


class WorkingDaysForm(Form):
    """The days on which a group does not work: those of each week, and single ones."""

    weekend = CheckList(_l("Days off each week"))
    holidays = TextAreaField(_l("Holidays"), [Length(max=20_000, message=_l("This is too long."))])

    def __init__(self, **more: Any) -> None:
        self.days: dict[date, str] = {}
        super().__init__(prefix="working-", **more)
        names = get_day_names(locale=get_locale())
        self.weekend.choices = {str(day + 1): name for day, name in sorted(names.items())}

    @classmethod
    def of(cls, group: Group, holidays: Mapping[date, str]) -> WorkingDaysForm:
        """The form as it stands for this group."""
        lines = (f"{day.isoformat()} {name}".strip() for day, name in sorted(holidays.items()))
        return cls(formdata=None, weekend=[str(day) for day in group.weekend or ()], holidays="\n".join(lines))

    @property
    def chosen_weekend(self) -> list[int] | None:
        """The days of the week; None for those of the unit above."""
        return sorted(int(day) for day in self.weekend.data or ()) or None

    def validate_weekend(self, field: Field) -> None:
        if len(field.data or ()) > MOST_DAYS_OFF:
            raise ValidationError(_("Nobody could ever be late with an answer then. Leave at least one day."))

    def validate_holidays(self, field: Field) -> None:
        for number, line in enumerate((field.data or "").splitlines(), 1):
            day, _space, name = line.strip().partition(" ")
            if not day:
                continue
            try:
                self.days[date.fromisoformat(day)] = name.strip()[:120]
            except ValueError:
                raise ValidationError(
                    _("Line %(n)s does not begin with a day. Write it as 2027-03-01 Name.", n=number)
                ) from None


class NewGroupForm(GroupForm):
    """A new group; its id stays for ever."""

    id = StringField(
        _l("Id"),
        [InputRequired(_l("Enter an id.")), Length(max=60, message=_l("Use at most 60 characters."))],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    type = SelectField(_l("Type"), choices=said(TYPES), default=GroupType.POST)

    def validate_id(self, field: Field) -> None:
        if field.data == "new":
            raise ValidationError(_("“new” is an address of these pages. Choose another id."))


def _zones() -> dict[str, str]:
    return {zone: zone.replace("_", " ") for zone in zones()}


def _or_say_why(clean: Any, raw: str | None) -> None:
    try:
        clean(raw or "")
    except Refused as refused:
        raise ValidationError(str(refused)) from None
