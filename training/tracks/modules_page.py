"""Drawing the questions of a module into its text, and taking one out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import get_template_attribute
from flask_babel import gettext as _, ngettext
from markupsafe import Markup

from training.tracks.modules_reading import Asked, Beside, beside
from wiki import db
from wiki.access import guard, policy
from wiki.access.policy import Action
from wiki.documents import opened, shown, views, web
from wiki.documents.shown import Around, Text

_DRAWN = "training/modules/_question.html"
# What our own renderer made: sections of questions hold no other section, and their lists no other list.
_SECTION = re.compile(r'<section (?=[^>]*class="block block-quiz")[^>]*\bid="(b-[a-z0-9]+)"[^>]*>(.*?)</section>', re.S)
_PARTS = re.compile(r"\s*(<h3.*?</h3>)(.*?)(?:<ul>(.*)</ul>\s*)?", re.S)
_CHOICE = re.compile(r"<li[^>]*>(.*?)</li>", re.S)


@dataclass(frozen=True, slots=True)
class Worded:
    """A question as its text words it, its links filled for the reader."""

    heading: Markup
    words: Markup
    choices: tuple[Markup, ...]

    @property
    def says_all(self) -> bool:
        """Whether its own words say already that several answers fit."""
        said = self.words.striptags().casefold()
        return any(hint.rstrip(".").casefold() in said for hint in ("Choose all that fit.", _("Choose all that fit.")))


@dataclass(frozen=True, slots=True)
class Page:
    """A module as one reader has it: the row of its page, its text, and what is told beside it."""

    document: Any
    text: Text
    html: Markup
    beside: Beside


def facts(module: Any, around: Around) -> list[tuple[Any, Any]]:
    """What the status bar says of a module (`Kind.facts`)."""
    return [(_("Takes"), ngettext("about %(num)s minute", "about %(num)s minutes", module.minutes))]


def dress(html: Markup, document: Any, beside: Beside) -> Markup:
    """The text with a form in each question, or with what came of the last answer (`Kind.dress`)."""
    if not beside.may_learn:
        return html
    draw = get_template_attribute(_DRAWN, "question")
    asked = {one.key: one for one in beside.asked}
    last = beside.asked[-1].key if beside.asked and beside.basis else None

    def drawn(found: re.Match[str]) -> str:
        one = asked.get(found[1])
        if one is None:
            return found[0]
        return str(draw(one, worded(found[2]), document, beside.revision, ends=one.key == last))

    return Markup(_SECTION.sub(drawn, html))  # noqa: S704


def load(slug: str) -> Page:
    """The module at an address as its reader has it, as `views.read` has it; 404 when it is not for them."""
    session, viewer, kind = db.session(), guard.viewer(), web.this_kind()
    found = shown.find(session, viewer, kind, slug)
    if found is None:
        web.answer_without(session, slug)
    document, text = found
    opened.note(session, viewer, document)
    around = views.files_for(viewer, document, shown.around(session, viewer, document.id, document.parent_id))
    item = shown.item_of(document, around)
    allowed = frozenset(action for action in Action if policy.may(viewer, action, item))
    html = views.with_links(text.html, f"{kind.prefix}/{document.slug}", around.targets)
    return Page(document, text, html, beside(session, viewer, document, text, around, allowed))


def sections(page: Page) -> Iterator[tuple[Asked, Worded, shown.Heading | None]]:
    """Each question that can be answered, with the part of the text it stands in."""
    asked = {one.key: one for one in page.beside.asked}
    places = [(page.html.find(f'id="{heading.anchor}"'), heading) for heading in page.text.toc]
    for found in _SECTION.finditer(page.html):
        above = [heading for place, heading in places if 0 <= place < found.start()]
        if found[1] in asked:
            yield asked[found[1]], worded(found[2]), above[-1] if above else None


def worded(inside: str) -> Worded:
    """The parts of a question's section."""
    found = _PARTS.fullmatch(inside)
    heading, words, choices = found.groups() if found else ("", inside, "")
    # It was sanitised when it was rendered.
    return Worded(Markup(heading), Markup(words), tuple(Markup(each) for each in _CHOICE.findall(choices or "")))  # noqa: S704
