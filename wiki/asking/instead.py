"""“What can be shared instead?” in words: an address in them is a link for whoever may read what stands there."""

from __future__ import annotations

import re

from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from wiki import kinds
from wiki.access.policy import Viewer
from wiki.documents.reading import link_states
from wiki.markdown import WikiLink

# `[[address]]`, or an address as the browser shows it: a full stop after it belongs to the sentence.
_ADDRESS = re.compile(r"\[\[([^\[\]|\n]+)(?:\|[^\[\]\n]*)?\]\]|(?<!\S)/[^\s/?#]+/[^\s/?#]*\w")
_LINK = Markup('<a href="{}" dir="auto">{}</a>')


def with_links(session: Session, viewer: Viewer, text: str) -> Markup:
    """These words for this reader. What they may not read stays as it was typed, without its title."""
    found = list(_ADDRESS.finditer(text))
    if not found:
        return escape(text)
    links = {one[0]: _link(one[1] or one[0]) for one in found}
    states = link_states(session, viewer, tuple(dict.fromkeys(links.values())))
    whole, at = Markup(), 0
    for one in found:
        state = states[links[one[0]]]
        said = _LINK.format(state.url, state.title) if state.state == "open" else escape(one[0])
        whole += escape(text[at : one.start()]) + said
        at = one.end()
    return whole + escape(text[at:])


def _link(address: str) -> WikiLink:
    words = address.strip()
    for name, kind in kinds.all_kinds().items():
        for before in (f"{kind.prefix}/", f"{kind.prefix[1:]}/", f"{name}:"):
            if words.startswith(before):
                return WikiLink(name, words.removeprefix(before).strip())
    return WikiLink(None, words)
