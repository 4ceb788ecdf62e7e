"""Markdown as our authors write it: read, made safe, and turned into HTML. Pure: it knows no web and no database."""

from wiki.markdown.block_ids import with_block_ids
from wiki.markdown.held import (
    HeldRefused,
    Piece,
    cut,
    held_lines,
    opening as held_opening,
    put_together,
    refuse_held,
    tokens_in,
    written,
)
from wiki.markdown.links import fill_links, fill_passages, marker_of, passages_in, rename_passages
from wiki.markdown.questions import Choice, Question, questions, without_keys
from wiki.markdown.quizzes import Problem
from wiki.markdown.refusals import TextNotUnicode, TextRefused, TextTooLong, TextTooSlow
from wiki.markdown.rendering import RENDERER_VERSION, render
from wiki.markdown.sanitiser import sanitise
from wiki.markdown.small import render_small
from wiki.markdown.source import normalise
from wiki.markdown.spoken import spoken
from wiki.markdown.values import Block, Heading, LinkState, Rendered, Section, WikiLink

__all__ = [
    "RENDERER_VERSION",
    "Block",
    "Choice",
    "Heading",
    "HeldRefused",
    "LinkState",
    "Piece",
    "Problem",
    "Question",
    "Rendered",
    "Section",
    "TextNotUnicode",
    "TextRefused",
    "TextTooLong",
    "TextTooSlow",
    "WikiLink",
    "cut",
    "fill_links",
    "fill_passages",
    "held_lines",
    "held_opening",
    "marker_of",
    "normalise",
    "passages_in",
    "put_together",
    "questions",
    "refuse_held",
    "rename_passages",
    "render",
    "render_small",
    "sanitise",
    "spoken",
    "tokens_in",
    "with_block_ids",
    "without_keys",
    "written",
]
