"""The form in which the facts about a platform are kept."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from guidelines.guides.keeping.forms import Until, plain
from guidelines.platforms import operations, words
from guidelines.platforms.models import LONGEST, PlatformFact
from wiki.documents.forms import CheckList, readable

_SHORT = [readable, Length(max=LONGEST, message=_l("Keep this to 400 characters."))]
_WORDS = ("who", "formats", "languages", "verification", "risks")


def _choices(of: dict[str, Any]) -> Any:
    return lambda: {code: str(said) for code, said in of.items()}


class FactForm(FlaskForm):
    """What is known of a platform, and until when that can be relied on."""

    audiences = CheckList(_l("Whom do you reach there?"), choices=_choices(words.AUDIENCES))
    who = TextAreaField(_l("Who is there, in a sentence?"), _SHORT)
    purposes = CheckList(_l("What is it good for?"), choices=_choices(words.PURPOSES))
    answers = RadioField(
        _l("Who has to answer there, at the least?"),
        [InputRequired(_l("Choose who has to answer."))],
        choices=_choices(words.ANSWERS),
    )
    countries = TextAreaField(_l("In which countries does it matter most?"), [readable])
    blocked = TextAreaField(_l("In which countries is it blocked?"), [readable])
    formats = TextAreaField(_l("What can be posted, and what are the limits?"), _SHORT)
    languages = TextAreaField(_l("Which languages work well there?"), _SHORT)
    rtl = RadioField(_l("Texts from right to left"), [Optional()], choices=_choices(words.RTL))
    verification = TextAreaField(_l("How do people see that an account is really ours?"), _SHORT)
    risks = TextAreaField(_l("What can go wrong there?"), _SHORT)
    trusted_until = Until(_l("Until when may readers rely on this?"))
    # The save that the writer saw.
    version = IntegerField(validators=[Optional()], widget=HiddenInput())

    def validate_audiences(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_("Choose at least one."))

    def validate_purposes(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_("Choose at least one."))

    def validate_countries(self, field: Any) -> None:
        _refuse_strangers(field.data)

    def validate_blocked(self, field: Any) -> None:
        _refuse_strangers(field.data)
        both = {*words.read_countries(self.countries.data or "")[0]} & {*words.read_countries(field.data or "")[0]}
        if both:
            names = ", ".join(words.country_names(both))
            raise ValidationError(_("It cannot be blocked and matter most at the same place: %(names)s.", names=names))

    def validate_trusted_until(self, field: Any) -> None:
        problem = operations.problem_of(field.data)
        if problem is not None:
            raise ValidationError(str(problem))

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as it is kept."""
        told = {name: plain(self[name].data) for name in _WORDS}
        places = {name: words.read_countries(self[name].data or "")[0] for name in ("countries", "blocked")}
        return told | places | {
            "audiences": [code for code in words.AUDIENCES if code in self.audiences.data],
            "purposes": [code for code in words.PURPOSES if code in self.purposes.data],
            "answers": self.answers.data,
            "rtl": self.rtl.data or "",
            "trusted_until": self.trusted_until.data,
        }  # fmt: skip

    @property
    def told(self) -> str:
        """All words that people wrote."""
        return "\n".join(plain(self[name].data) for name in _WORDS)


def of(fact: PlatformFact | None) -> FactForm:
    """The form as it stands before anybody typed: with what is kept."""
    if fact is None:
        return FactForm(formdata=None, version=0, rtl="")
    form = FactForm(formdata=None, obj=fact)
    form.countries.data = "\n".join(words.country_names(fact.countries))
    form.blocked.data = "\n".join(words.country_names(fact.blocked))
    return form


def _refuse_strangers(typed: str | None) -> None:
    _found, strangers = words.read_countries(typed or "")
    if strangers:
        names = ", ".join(strangers[:5])
        raise ValidationError(_("We know no country of this name: %(names)s. Write one on each line.", names=names))
