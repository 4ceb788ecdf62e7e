"""Which platform serves somebody, and why. Four answers go in; what comes out says its reasons, and may be: none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from guidelines.platforms.models import PlatformFact
from guidelines.platforms.reading import Row, Wanted
from guidelines.platforms.words import ANSWERS

# How many that nearly fit are worth showing.
NEARLY = 3
_LEVELS = list(ANSWERS)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a platform fits or does not: a code for its words, how much it weighs, and whether it speaks for it."""

    code: str
    fits: bool
    weight: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A platform with what speaks for it and what speaks against it."""

    row: Row
    fits: tuple[Reason, ...]
    misses: tuple[Reason, ...]

    @property
    def weight(self) -> int:
        return sum(reason.weight for reason in self.fits)

    @property
    def is_blocked(self) -> bool:
        return any(reason.code == "blocked" for reason in self.misses)


@dataclass(frozen=True, slots=True)
class Advice:
    """The platforms that fit, the best first; those that nearly do; and those that cannot be used there at all."""

    fitting: list[Choice] = field(default_factory=list)
    nearly: list[Choice] = field(default_factory=list)
    blocked: list[Choice] = field(default_factory=list)


def advise(rows: Iterable[Row], wanted: Wanted) -> Advice:
    """Weigh every platform. What is trusted goes before what is not, and a tie keeps the order of the rows."""
    choices = sorted((_weighed(row, wanted) for row in rows), key=lambda one: (-one.weight, one.row.is_expired))
    here = [one for one in choices if not one.is_blocked]
    return Advice(
        fitting=[one for one in here if not one.misses],
        nearly=[one for one in here if one.misses and _is_near(one)][:NEARLY],
        blocked=[one for one in choices if one.is_blocked],
    )


def _weighed(row: Row, wanted: Wanted) -> Choice:
    reasons = list(_reasons(row.fact, wanted))
    return Choice(row, tuple(one for one in reasons if one.fits), tuple(one for one in reasons if not one.fits))


def _is_near(choice: Choice) -> bool:
    """Whom one reaches and what for is the heart of it: whoever gets neither is not near."""
    return len(choice.misses) == 1 and bool(choice.fits)


def _reasons(fact: PlatformFact, wanted: Wanted) -> Iterable[Reason]:
    if wanted.audience:
        yield Reason("audience", wanted.audience in fact.audiences, 4)
    if wanted.purpose:
        yield Reason("purpose", wanted.purpose in fact.purposes, 4)
    if wanted.country:
        yield _where(fact, wanted.country)
    if wanted.answers:
        enough = _LEVELS.index(wanted.answers) >= _LEVELS.index(fact.answers)
        yield Reason("answers", enough, 2)


def _where(fact: PlatformFact, country: str) -> Reason:
    if country in fact.blocked:
        return Reason("blocked", False, 0)
    if not fact.countries:
        return Reason("anywhere", True, 1)
    return Reason("country", country in fact.countries, 2)
