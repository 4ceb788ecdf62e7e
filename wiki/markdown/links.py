"""Links between pages: `[[slug]]` in the text, a marker in the stored HTML, a real link when somebody reads it.

What a link may show depends on the reader, who is not known when a text is saved. So the stored HTML holds a marker
made of private-use characters. No author can write one: `normalise` takes such characters out of the text, and `settle`
takes out whatever entities bring back, unless it carries the random word of this very rendering.
"""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from html import escape, unescape
from typing import Any
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from wiki.markdown.anchors import anchor_for
from wiki.markdown.source import PRIVATE_USE, without_private
from wiki.markdown.values import LinkState, WikiLink

KINDS = ("page", "guideline", "lesson", "playbook", "module", "scenario", "track")

# The excluded brackets and the bounds keep the pattern linear on thousands of opening brackets. Inside a table the bar
# before the label is written \|.
_TYPED = re.compile(r"\[\[([^\[\]\n|#^\\][^\[\]\n|#\\]{0,199})(#[^\[\]\n|\\]{1,200})?(?:\\?\|([^\[\]\n]{1,300}))?\]\]")
_OPEN, _CLOSE, _NEXT = "\ue000", "\ue001", "\ue002"
# In place of a held passage stands a marker of its own kind (`wiki.markdown.held`).
HELD = "\ue003"
_FIELD = f"([^{PRIVATE_USE}]*)"
_MARKER = re.compile(_OPEN + _NEXT.join([_FIELD] * 4) + _CLOSE)
_SAFE_URL = re.compile(r"/(?![/\\])|https?://")

Resolve = Callable[[Sequence[WikiLink]], Mapping[WikiLink, LinkState]]


def links_plugin(md: MarkdownIt) -> None:
    """Read `[[…]]` before ordinary links are tried."""
    md.inline.ruler.before("link", "wiki_link", _wiki_link)
    md.add_render_rule("wiki_link", _placeholder)


def begin(env: EnvType) -> None:
    """Prepare for the wiki links of one rendering."""
    env["wiki_links"] = []
    env["wiki_word"] = secrets.token_hex(8)


def settle(html: str, env: EnvType) -> str:
    """Turn the placeholders of this rendering into markers, and remove every other private-use character."""
    links: list[WikiLink] = env["wiki_links"]
    word = env["wiki_word"]
    pattern = re.compile(f"{_OPEN}{word}-([0-9]+){_CLOSE}|{HELD}{word}-([a-z0-9]+){_CLOSE}|[{PRIVATE_USE}]")

    def settled(found: re.Match[str]) -> str:
        if found[2]:
            return marker_of(found[2])
        return _marker(links[int(found[1])]) if found[1] else ""

    return pattern.sub(settled, html)


def marker_of(public_id: str) -> str:
    """What stands in rendered HTML for a held passage."""
    return f"{HELD}{public_id}{_CLOSE}"


def held_placeholder(public_id: str, env: EnvType) -> str:
    """What stands for a held passage until `settle` makes its marker."""
    return f"{HELD}{env['wiki_word']}-{public_id}{_CLOSE}\n"


_HELD_MARKER = re.compile(f"{HELD}([a-z0-9]+){_CLOSE}")


def passages_in(html: str) -> tuple[str, ...]:
    """The public ids of the held passages whose markers stand in rendered HTML, in their order."""
    return tuple(_HELD_MARKER.findall(html))


def rename_passages(html: str, names: Mapping[str, str]) -> str:
    """Rendered HTML whose markers of held passages name others."""
    return _HELD_MARKER.sub(lambda found: marker_of(names.get(found[1], found[1])), html)


def fill_passages(html: str, parts: Mapping[str, str]) -> str:
    """Put HTML in place of the markers of held passages; one that has none leaves nothing behind."""
    return _HELD_MARKER.sub(lambda found: parts.get(found[1], ""), html)


_PLACES = {"guidelines": "guideline", "wiki": "page", "lessons": "lesson", "playbooks": "playbook"}


def fill_links(html: str, resolve: Resolve) -> str:
    """Put links in place of the markers that `render` left.

    `resolve` is asked once for all links of the text, and not at all if there are none; a link it does not answer is
    shown as missing. Nothing from it or from the author reaches the page unescaped.
    """
    wanted = dict.fromkeys(_read(found) for found in _MARKER.finditer(html))
    if not wanted:
        return html
    states = resolve(tuple(wanted))
    return _MARKER.sub(lambda found: _anchor(_read(found), states), html)


def _wiki_link(state: StateInline, silent: bool) -> bool:
    if state.linkLevel or not state.src.startswith("[[", state.pos):
        return False
    found = _TYPED.match(state.src, state.pos, state.posMax)
    if found is None or not (link := _link(*found.groups())).slug:
        return False
    if not silent:
        state.push("wiki_link", "", 0).meta = {"link": link}
    state.pos = found.end()
    return True


def _link(target: str, anchor: str | None, label: str | None) -> WikiLink:
    prefix, colon, rest = target.partition(":")
    kind = prefix.strip().lower()
    known = bool(colon) and kind in KINDS
    slug = (rest if known else target).strip()
    if not known and (place := slug.strip("/").partition("/"))[0] in _PLACES:
        # Somebody wrote the address as the browser shows it.
        kind, known, slug = _PLACES[place[0]], True, place[2]
    section = anchor_for(anchor[1:]) if anchor else None
    return WikiLink(kind if known else None, slug, (label or "").strip() or None, section)


def _placeholder(_: Any, tokens: Sequence[Token], i: int, _options: OptionsDict, env: EnvType) -> str:
    links: list[WikiLink] = env["wiki_links"]
    links.append(tokens[i].meta["link"])
    return f"{_OPEN}{env['wiki_word']}-{len(links) - 1}{_CLOSE}"


def _marker(link: WikiLink) -> str:
    """The fields of a link, escaped, so that HTML shown without `fill_links` is still harmless."""
    fields = (link.kind, link.slug, link.anchor, link.label)
    return _OPEN + _NEXT.join(escape(without_private(field or "")) for field in fields) + _CLOSE


def _read(found: re.Match[str]) -> WikiLink:
    kind, slug, anchor, label = (unescape(field) for field in found.groups())
    return WikiLink(kind or None, slug, label or None, anchor or None)


def _anchor(link: WikiLink, states: Mapping[WikiLink, LinkState]) -> str:
    state = states.get(link) or LinkState("missing", "")
    title = None if state.state == "missing" else state.title
    words = escape(link.label or title or link.slug)
    name = {"open": "wiki-link", "stub": "wiki-stub"}.get(state.state, "wiki-missing")
    if not _SAFE_URL.match(state.url):
        return f'<span class="wiki-missing">{words}</span>'
    return f'<a href="{escape(_address(link, state))}" class="{name}">{words}</a>'


def _address(link: WikiLink, state: LinkState) -> str:
    """Only a page that opens has sections to go to."""
    return f"{state.url}#{quote(link.anchor)}" if link.anchor and state.state == "open" else state.url
