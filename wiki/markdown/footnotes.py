"""Footnotes with ids of our own and links a screen reader can name."""

from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.footnote import footnote_plugin


def footnotes_plugin(md: MarkdownIt) -> None:
    """The stock footnotes, rendered our way."""
    md.use(footnote_plugin)
    md.core.ruler.push("back_links", _drop_idle_back_links)
    md.add_render_rule("footnote_ref", _reference)
    md.add_render_rule("footnote_block_open", _notes_open)
    md.add_render_rule("footnote_block_close", _notes_close)
    md.add_render_rule("footnote_open", _note_open)
    md.add_render_rule("footnote_anchor", _back)


def _drop_idle_back_links(state: StateCore) -> None:
    """A note inside a note that nothing refers to is still listed, but there is no place to go back to."""
    part = _part(state.env)
    places = {
        _ref(child, part) for token in state.tokens for child in token.children or () if child.type == "footnote_ref"
    }
    state.tokens = [token for token in state.tokens if token.type != "footnote_anchor" or _ref(token, part) in places]


def _reference(_: Any, tokens: Sequence[Token], i: int, _options: OptionsDict, env: EnvType) -> str:
    number, part = tokens[i].meta["id"] + 1, _part(env)
    return f'<sup class="footnote-ref"><a href="#fn-{part}{number}" id="{_ref(tokens[i], part)}">{number}</a></sup>'


def _notes_open(_: Any, _tokens: Sequence[Token], _i: int, _options: OptionsDict, env: EnvType) -> str:
    return f'<section class="footnotes" aria-label="{env["words"]["notes"]}">\n<ol class="footnotes-list">\n'


def _notes_close(_: Any, _tokens: Sequence[Token], _i: int, _options: OptionsDict, _env: EnvType) -> str:
    return "</ol>\n</section>\n"


def _note_open(_: Any, tokens: Sequence[Token], i: int, _options: OptionsDict, env: EnvType) -> str:
    return f'<li id="fn-{_part(env)}{tokens[i].meta["id"] + 1}" class="footnote-item" dir="auto">'


def _back(_: Any, tokens: Sequence[Token], i: int, _options: OptionsDict, env: EnvType) -> str:
    label = env["words"]["back"]
    return f' <a href="#{_ref(tokens[i], _part(env))}" class="footnote-backref" aria-label="{label}">↩\ufe0e</a>'


def _part(env: EnvType) -> str:
    """What sets the notes of a part that is rendered by itself apart from those of the text around it."""
    return f"{env['part']}-" if env.get("part") else ""


def _ref(token: Token, part: str) -> str:
    """Each place that refers to a note has its own id: fnref-1, fnref-1-2, …"""
    again = token.meta.get("subId", 0)
    return f"fnref-{part}{token.meta['id'] + 1}" + (f"-{again + 1}" if again else "")
