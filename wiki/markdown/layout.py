"""Direction of writing, tables and tick boxes."""

from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_ELEMENTS = ("paragraph", "list_item", "heading", "th", "td", "blockquote", "dt", "dd")
_DIRECTED = {f"{name}_open" for name in _ELEMENTS}
_LEADS = {"list_item_open", "blockquote_open", "dd_open"}


def layout_plugin(md: MarkdownIt) -> None:
    """Let each block of a text find its own direction, and give wide tables a box to scroll in."""
    md.core.ruler.push("directions", _direct)
    md.add_render_rule("table_open", _table_open)
    md.add_render_rule("table_close", _table_close)
    md.add_render_rule("list_item_open", _list_item_open)
    md.add_render_rule("block_title_open", _block_title_open)


def _direct(state: StateCore) -> None:
    before = ""
    for token in state.tokens:
        # An element with dir="auto" does not look into a child that has its own, so the first paragraph of a list
        # item has none: the item, with its bullet, takes the direction of that paragraph.
        if token.type in _DIRECTED and not (token.type == "paragraph_open" and before in _LEADS):
            token.attrs["dir"] = "auto"
        if token.attrs.get("style"):
            token.attrs["class"] = str(token.attrs.pop("style")).replace("text-align:", "align-")
        if token.type == "block_open" and token.meta["id"]:
            token.attrs["id"] = token.meta["id"]
        if token.type == "block_open":
            token.attrs["class"] = f"block block-{token.info}"
        before = token.type


def _table_open(_: Any, _tokens: Sequence[Token], _i: int, _options: OptionsDict, _env: EnvType) -> str:
    return '<div class="table-scroll" tabindex="0"><table>\n'


def _table_close(_: Any, _tokens: Sequence[Token], _i: int, _options: OptionsDict, _env: EnvType) -> str:
    return "</table></div>\n"


def _list_item_open(renderer: Any, tokens: Sequence[Token], i: int, options: OptionsDict, env: EnvType) -> str:
    item = str(renderer.renderToken(tokens, i, options, env))
    checked = tokens[i].meta.get("checked")
    if checked is None:
        return item
    return f'{item}<input type="checkbox" disabled aria-label="{env["words"]["done"]}"{" checked" if checked else ""}> '


def _block_title_open(renderer: Any, tokens: Sequence[Token], i: int, options: OptionsDict, env: EnvType) -> str:
    """A title of the author's own still says what kind of block it is, for those who cannot see its colour."""
    kind = tokens[i].meta["kind"]
    words = f'<span class="block-kind">{kind}:</span> ' if kind else ""
    return str(renderer.renderToken(tokens, i, options, env)) + words
