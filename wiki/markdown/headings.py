"""Headings: their level on the page, their id, and the link everyone can copy."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from wiki.markdown.anchors import Anchors, anchor_for
from wiki.markdown.plain import plain

_LOWEST = 6


def headings_plugin(md: MarkdownIt) -> None:
    """Name the headings, then let links inside the page find them."""
    md.core.ruler.push("headings", _name_headings)
    md.core.ruler.push("inner_links", _find_inner_targets)
    md.add_render_rule("heading_close", _heading_close)


def _name_headings(state: StateCore) -> None:
    """The page title is the h1, so the highest heading of a text becomes an h2 and the others follow."""
    opens = [i for i, token in enumerate(state.tokens) if token.type == "heading_open"]
    highest = min((int(state.tokens[i].tag[1]) for i in opens), default=2)
    # The headings of a part that is rendered by itself are as high as they are in the text around it.
    shift = state.env["shift"] = state.env.get("shift", 2 - highest)
    anchors = state.env["anchors"] = Anchors(state.env.get("part", ""))
    for i in opens:
        token, inline, close = state.tokens[i : i + 3]
        title = plain(inline.children)
        token.meta = close.meta = {"anchor": anchors.give(title), "title": title}
        token.tag = close.tag = f"h{min(max(int(token.tag[1]) + shift, 2), _LOWEST)}"
        token.attrSet("id", token.meta["anchor"])


def _find_inner_targets(state: StateCore) -> None:
    """`[see](#first-hour)` is what people write, so it leads to the heading `s-first-hour`."""
    for token in state.tokens:
        for child in token.children or ():
            target = str(child.attrs.get("href", ""))
            if child.type == "link_open" and target.startswith("#"):
                child.attrs["href"] = _inner_target(target, state.env["anchors"])


def _inner_target(target: str, anchors: Anchors) -> str:
    found = anchors.of(anchor_for(unquote(target[1:])))
    return f"#{found}" if found else target


def _heading_close(_: Any, tokens: Sequence[Token], i: int, _options: OptionsDict, env: EnvType) -> str:
    token = tokens[i]
    label = escapeHtml(env["words"]["section"].format(title=token.meta["title"]))
    anchor = escapeHtml(token.meta["anchor"])
    return f' <a class="anchor" href="#{anchor}" aria-label="{label}">#</a></{token.tag}>\n'
