"""Finding somebody: by name, by what they can help with, by post, by duty and by language.

Other packages add what else somebody can be found by (`also`), and which words say nothing (`skip`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from babel import Locale, UnknownLocaleError
from sqlalchemy import ColumnElement, Select, String, cast, or_, select, tuple_
from sqlalchemy.orm import Session

from wiki.access.policy import Role, Viewer
from wiki.people.directory import visible_groups, visible_people
from wiki.people.models import Group, GroupType, Membership, Person, RoleAssignment, folded
from wiki.people.viewer import in_force, today
from wiki.people.words import SPOKEN

PAGE = 30
MOST_WORDS = 8
# Of the name of a language so many letters are enough; every word holds one or two of them.
SHORTEST_START = 3

# Takes who looks and a folded word; only what this viewer may read may lead to somebody.
Way = Callable[[Viewer, str], ColumnElement[bool]]
# Takes a word and the code of a language.
IsLittle = Callable[[str, str], bool]

_ways: list[Way] = []
_little: list[IsLittle] = []


def also(way: Way) -> None:
    """Let people be found by more than what they say of themselves. The same function twice is one way."""
    if way not in _ways:
        _ways.append(way)


def skip(is_little: IsLittle) -> None:
    """Leave words such as "to" out of account, unless somebody asks for nothing else."""
    if is_little not in _little:
        _little.append(is_little)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked: words, the id of a post, a role, the code of a language. What is empty was not asked."""

    words: str = ""
    post: str = ""
    role: str = ""
    language: str = ""


def look(
    session: Session, viewer: Viewer, wanted: Wanted, after: str | None = None
) -> tuple[Sequence[Person], str | None]:
    """A page of the people in service who fit and whom the viewer may look up, by name, and where the next begins."""
    fitting = [Person.is_active, visible_people(viewer), *matching(wanted.words, viewer)]
    if wanted.post:
        fitting.append(Person.id.in_(_at_post(viewer, wanted.post)))
    if wanted.role:
        fitting.append(Person.id.in_(_held(RoleAssignment.person_id).where(RoleAssignment.role == wanted.role)))
    if wanted.language:
        fitting.append(_speaks(wanted.language))
    listed = select(Person).where(*fitting).order_by(Person.name, Person.id).limit(PAGE + 1)
    last = session.scalar(select(Person).where(*fitting, Person.public_id == after)) if after else None
    if last is not None:
        listed = listed.where(tuple_(Person.name, Person.id) > (last.name, last.id))
    found = session.scalars(listed).all()
    return found[:PAGE], found[PAGE - 1].public_id if len(found) > PAGE else None


def matching(words: str, viewer: Viewer | None = None) -> list[ColumnElement[bool]]:
    """Each word is found in some way, whatever its accents and capitals; with a viewer also by what others added."""
    lang = viewer.lang if viewer else "en"
    return [or_(*_ways_to(word, lang, viewer)) for word in _telling(folded(words[:200]).split(), lang)[:MOST_WORDS]]


def _telling(words: list[str], lang: str) -> list[str]:
    said = [word for word in words if not any(little(word, of) for little in _little for of in {"en", lang})]
    return said or words


def _ways_to(word: str, lang: str, viewer: Viewer | None) -> Iterable[ColumnElement[bool]]:
    yield Person.sought.contains(word, autoescape=True)
    yield Person.name.icontains(word, autoescape=True)
    yield from (_speaks(code) for code in _called(word, lang))
    yield from (way(viewer, word) for way in _ways if viewer)


def _speaks(code: str) -> ColumnElement[bool]:
    # The list is kept as JSON, in which a code stands between quotes.
    return cast(Person.languages, String).contains(f'"{code}"', autoescape=True)


def _called(word: str, lang: str) -> list[str]:
    """The codes of the languages whose name begins like this: their own, the English one, or the reader's."""
    return [code for code in SPOKEN if any(_begins(name, word) for name in _names(code, lang))]


def _names(code: str, lang: str) -> Iterable[str]:
    own = Locale.parse(code)
    for name in (SPOKEN[code], own.get_language_name("en"), own.get_language_name(_locale(lang))):
        yield from folded(name or "").split()


def _locale(lang: str) -> Locale | str:
    try:
        return Locale.parse(lang, sep="-")
    except (ValueError, UnknownLocaleError):
        return "en"


def _begins(name: str, word: str) -> bool:
    return name == word or (len(word) >= SHORTEST_START and name.startswith(word))


def posts(session: Session, viewer: Viewer) -> Sequence[Group]:
    """The posts the viewer may know of, by name."""
    mine = select(Group).where(Group.type == GroupType.POST, visible_groups(viewer))
    return session.scalars(mine.order_by(Group.name, Group.id)).all()


def posts_of(session: Session, viewer: Viewer, people: Sequence[Person]) -> dict[int, list[Group]]:
    """The posts each of these people serves at today, as far as the viewer may know of them."""
    rows = session.execute(
        select(Membership.person_id, Group)
        .join(Group, Group.id == Membership.group_id)
        .where(
            Membership.person_id.in_([person.id for person in people]),
            Group.type == GroupType.POST,
            in_force(Membership.starts_on, Membership.ends_on, today()),
            visible_groups(viewer),
        )
        .order_by(Group.name, Group.id)
    )
    found = defaultdict(list)
    for person_id, group in rows:
        found[person_id].append(group)
    return found


def roles_of(session: Session, people: Sequence[Person]) -> dict[int, list[Role]]:
    """The roles each of these people holds today."""
    rows = session.execute(
        _held(RoleAssignment.person_id, RoleAssignment.role)
        .where(RoleAssignment.person_id.in_([person.id for person in people]), RoleAssignment.role.in_(list(Role)))
        .order_by(RoleAssignment.role)
    )
    found = defaultdict(list)
    for person_id, role in rows:
        found[person_id].append(Role(role))
    return found


def _held(*columns: Any) -> Select[Any]:
    return select(*columns).where(in_force(RoleAssignment.starts_on, RoleAssignment.ends_on, today())).distinct()


def _at_post(viewer: Viewer, post: str) -> Select[int]:
    # A post that the viewer may not know of holds nobody, like one that is not there.
    return (
        select(Membership.person_id)
        .join(Group, Group.id == Membership.group_id)
        .where(
            Membership.group_id == post,
            Group.type == GroupType.POST,
            in_force(Membership.starts_on, Membership.ends_on, today()),
            visible_groups(viewer),
        )
    )
