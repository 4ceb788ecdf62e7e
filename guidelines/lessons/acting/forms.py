"""The short forms about what follows from a lesson."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, DateField, Field, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from guidelines.lessons import operations
from guidelines.lessons.forms import choices_of
from wiki import db, kinds
from wiki.access.policy import Viewer
from wiki.documents import reading
from wiki.documents.forms import Choice, Radio, blame, readable
from wiki.documents.models import Document
from wiki.people.models import Group, GroupType

BODIES = (GroupType.POST, GroupType.UNIT, GroupType.TASK_FORCE)
_LINE = Length(max=400, message=_l("Keep this to 400 characters."))
_ADDRESS = Length(max=400, message=_l("This is too long for an address. Paste the address of one page."))


def _day_in_words(field: Any) -> None:
    if field.raw_data and field.raw_data[0] and field.data is None:
        field.errors = [_("Write the day as year-month-day, for example 2027-03-01.")]


def bodies(session: Session) -> dict[str, str]:
    """The units and posts that can act. Readers must know who it is, so none of them is hidden."""
    open_ones = select(Group).where(Group.type.in_(BODIES), ~Group.is_hidden).order_by(Group.name)
    return {group.id: group.name for group in session.scalars(open_ones)}


class ActionForm(FlaskForm):
    """Something that a body is asked to do."""

    action = StringField(_l("What is to be done?"), [_LINE, readable])
    body = SelectField(_l("Who does it?"))
    due_on = DateField(_l("Until when?"), [Optional()])
    key = HiddenField(validators=[Length(max=40)])

    def validate_due_on(self, field: Any) -> None:
        _day_in_words(field)

    def offer_bodies(self, session: Session) -> None:
        self.body.choices = {"": _("Choose who does it")} | bodies(session)

    @property
    def chosen_body(self) -> Group | None:
        return db.session().get(Group, self.body.data) if self.body.data else None


class ValidationForm(ActionForm):
    """What a lesson needs to be identified: a cause, an action, and who acts."""

    cause = StringField(_l("What caused it?"), [_LINE, readable])


class WordsForm(FlaskForm):
    """A sentence."""

    words = TextAreaField(_l("Why?"), [_LINE, readable])


class AnswerForm(FlaskForm):
    """Why a body cannot take on a task."""

    answer = TextAreaField(_l("Why not?"), [_LINE, readable])


class EvidenceForm(FlaskForm):
    """What shows that something was done."""

    evidence = StringField(_l("What changed?"), [_ADDRESS, readable])
    evidence_words = TextAreaField(_l("In your own words"), [_LINE, readable])


class OtherForm(WordsForm):
    """A sentence, and perhaps another lesson."""

    other = StringField(_l("Address of the other lesson"), [_ADDRESS, readable])


class RetireForm(OtherForm):
    """Why it no longer holds, since when, and what took its place."""

    since = DateField(_l("From which day?"), [Optional()])

    def validate_since(self, field: Any) -> None:
        _day_in_words(field)


class MergeForm(FlaskForm):
    """The lesson that another one goes into: one that looks like it, or an address."""

    near = Radio(_l("Which lesson does it go into?"), default="")
    into = StringField(_l("Address of the lesson"), [_ADDRESS, readable])

    def offer(self, entries: Iterable[reading.Entry]) -> None:
        self.near.choices = {entry.slug: entry.title for entry in entries} | {"": _("Another one")}


class ProposalForm(FlaskForm):
    """What a guideline or playbook should say instead."""

    near = Radio(_l("Which guideline or playbook?"), default="")
    target = StringField(_l("Another one"), [_ADDRESS, readable])
    anchor = Choice(_l("Which section?"), default="", validate_choice=False)
    words = TextAreaField(_l("What should it say?"), [_LINE, readable])
    action = Choice(_l("Which task does this carry out?"), default="")

    def offer(self, entries: Iterable[reading.Entry], actions: Iterable[Any]) -> None:
        self.near.choices = {entry.url: entry.title for entry in entries} | {"": _("Another one")}
        open_ones = {act.public_id: act.what for act in actions if act.is_open}
        self.action.choices = {"": _("None of those agreed so far")} | open_ones
        if not self.is_submitted() and len(open_ones) == 1:
            self.action.data = next(iter(open_ones))

    def offer_sections(self, titles: Mapping[str, str]) -> None:
        """What can be chosen of the one that is chosen now."""
        self.anchor.choices = {"": _("The whole, or not sure"), **titles}


class RecheckForm(FlaskForm):
    """Whether it happened again."""

    again = Choice(
        _l("Has it happened again?"),
        choices=choices_of({"": _l("Choose"), "no": _l("No"), "yes": _l("Yes")}),
        default="",
    )
    words = TextAreaField(_l("What did you see?"), [_LINE, readable])
    enough = BooleanField(_l("One look is enough: confirm it now"))


def new_key() -> str:
    """The key of a form that counts once."""
    return secrets.token_urlsafe(16)


def blame_for(form: FlaskForm, refused: operations.Refused) -> None:
    """Put a refusal beside its field, or above the form."""
    if refused.field in form:
        blame(form[refused.field], refused)
    else:
        form.form_errors.append(str(refused))


def document_at(session: Session, viewer: Viewer, typed: str | None, *wanted: str) -> Document | None:
    """The document whose address somebody typed or pasted, of one of these kinds, if they may read it."""
    path = unquote(urlsplit((typed or "").strip()).path).rstrip("/")
    for name, kind in sorted(kinds.all_kinds().items(), key=lambda pair: -len(pair[1].prefix)):
        slug = path.partition(f"{kind.prefix}/")[2].partition("/")[0]
        if slug and f"{kind.prefix}/{slug}" in path and (not wanted or name in wanted):
            return reading.find(session, viewer, name, slug)
    only = wanted[0] if len(wanted) == 1 else ""
    return reading.find(session, viewer, only, path) if only and path and "/" not in path else None


def blame_address(field: Field, found: Document | None) -> bool:
    """Say beside the field when its address leads nowhere; true when it does."""
    if (field.data or "").strip() and found is None:
        blame(field, _("No page that you can read has this address. Open the page and copy its address."))
        return True
    return False
