"""Bare addresses become links."""

import re

from markdown_it import MarkdownIt
from markdown_it.parser_inline import RuleFuncInlineType
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

_RULES = ("gfm_autolink_www", "gfm_autolink_protocol", "gfm_autolink_email")

# Trimming the end of an address takes time by the square of its length.
_ENDLESS = re.compile(r"\S{2000}")


def autolinks_plugin(md: MarkdownIt) -> None:
    """The stock rules, mended: they lose the start of an address whose scheme we refuse (xmpp)."""
    md.use(gfm_autolink_plugin)
    for rule in md.inline.ruler.__rules__:
        if rule.name in _RULES:
            md.inline.ruler.at(rule.name, _careful(rule.fn))


def _careful(rule: RuleFuncInlineType) -> RuleFuncInlineType:
    def careful(state: StateInline, silent: bool) -> bool:
        if state.src[state.pos] not in ":@w" or _ENDLESS.match(state.src, state.pos):
            return False
        pending = state.pending
        if rule(state, silent):
            return True
        state.pending = pending
        return False

    return careful
