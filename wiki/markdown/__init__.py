"""Markdown as our authors write it: read, made safe, and turned into HTML. Pure: it knows no web and no database."""

from wiki.markdown.block_ids import with_block_ids
from wiki.markdown.links import fill_links
from wiki.markdown.refusals import TextNotUnicode, TextRefused, TextTooLong, TextTooSlow
from wiki.markdown.rendering import RENDERER_VERSION, render
from wiki.markdown.sanitiser import sanitise
from wiki.markdown.source import normalise
from wiki.markdown.values import Block, Heading, LinkState, Rendered, Section, WikiLink

__all__ = [
    "RENDERER_VERSION",
    "Block",
    "Heading",
    "LinkState",
    "Rendered",
    "Section",
    "TextNotUnicode",
    "TextRefused",
    "TextTooLong",
    "TextTooSlow",
    "WikiLink",
    "fill_links",
    "normalise",
    "render",
    "sanitise",
    "with_block_ids",
]
