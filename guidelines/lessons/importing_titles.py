"""A headline for a lesson that came without one: one sentence that tells the next person what to do."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

LONGEST = 200
FEWEST_WORDS = 3
_SENTENCES_READ = 8
_READ = 6_000
_TELLING = """
    add adopt agree allow always analyze analyse apply arrange ask assemble assess assign assure avoid be begin
    brief build calibrate call carry change check choose clean collect communicate compare conduct confirm consider
    contact control coordinate correct create decide define delete deliver describe design determine develop devise
    document do don't don’t emphasize emphasise employ enforce ensure establish evaluate examine exercise expand
    fabricate find follow give have hide hold identify implement improve include incorporate increase inform inspect
    install institute investigate involve issue keep leave limit list locate look maintain make manage mark measure
    minimize minimise modify monitor never notify obtain perform place plan post practise practice prepare prevent
    prohibit promote protect provide publish put reassess ring recognize recognise record redesign reduce remeasure
    remember remove repair replace reply report request require review revise save schedule screen seek select send
    set share show simulate specify speak start stop store strengthen study take talk teach tell test train treat
    try turn understand update use utilize validate verify wait warn watch write
"""
_IMPERATIVES = frozenset(_TELLING.split())
_END = re.compile(
    r"[.!?][\"”’')\]]*(?=\s+[\"“‘'(\[•]*[A-Z0-9À-ÖØ-Þ]|\s*\Z)|\n\s*\n|\n(?=\s*(?:[-*+]|\d{1,3}[.)])\s)|\s(?=•)|[.!?]\n|[؟。！？]"
)
_ABBREVIATED = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|no|nos|fig|figs|approx|dr|mr|mrs|ms|st|inc|corp|co|ltd|u\.s|ref|sec|vol|para|dept)"
    r"|\b[A-Z])\.\Z",
    re.IGNORECASE,
)
# What only sends the reader somewhere else, or says that there is nothing.
_ELSEWHERE = re.compile(r"(?:see|refer to|n/?a|none|not applicable|same as)\b", re.IGNORECASE)
_LEAD = re.compile(
    r"\A(?:[\s>#*_•·–—-]+|\(?(?:\d{1,3}|[a-zA-Z])[.)](?=\s)|\d{1,3}(?:\.\d{1,3})+\.?(?=\s)|\((?:\d{1,3}|[a-z])\))+\s*"
)
_MARKUP = (
    (re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\s]{0,500}\)"), r"\1"),
    (re.compile(r"\[\[[^\[\]|\n]{0,200}\|([^\[\]\n]{0,200})\]\]"), r"\1"),
    (re.compile(r"[*`]{1,3}|~~|(?<!\w)_{1,2}|_{1,2}(?!\w)"), ""),
)
_LOOSE = (
    "a an and as at because before but by for from if in into its it is are of on or so than that the their this to "
    "was were when where which while who will with would be been not further also however therefore thus then"
)
_LOOSE_ENDS = frozenset(_LOOSE.split())


def headline(texts: Iterable[str]) -> str:
    """The first sentence that tells somebody to do something, from the first of these texts that has one.

    Without such a sentence it is the first sentence of the first text; empty when there are no words at all.
    """
    first = anything = ""
    for text in texts:
        sentences = list(_sentences(plain(text[:_READ])))
        told = next((one for one in sentences if _is_imperative(one)), "")
        if told:
            return shortened(told)
        whole = (one for one in sentences if len(one.split()) >= FEWEST_WORDS and not _ELSEWHERE.match(one))
        first = first or next(whole, "")
        anything = anything or next(iter(sentences), "")
    return shortened(first or anything)


def plain(text: str) -> str:
    """The words of a Markdown text as a title may have them."""
    for pattern, words in _MARKUP:
        text = pattern.sub(words, text)
    return html.unescape(text)


def shortened(sentence: str) -> str:
    """The sentence without its full stop, in at most 200 characters, ending with a word that can end one."""
    words = " ".join(sentence.split()).rstrip(".;:, ")
    if len(words) > LONGEST:
        words = _cut(words)
    return words[:1].upper() + words[1:]


def _cut(words: str) -> str:
    """Up to the end of a clause if enough stands before it, otherwise up to the end of a word."""
    start = words[: LONGEST + 1]
    clause = max(start.rfind(mark) for mark in ("; ", ", ", ": ", " - ", " – ", " ("))
    cut = start[:clause] if clause > LONGEST // 2 else start.rpartition(" ")[0] or words[:LONGEST]
    cut = cut.rstrip(".;:, -–(\"“'")
    while cut.rpartition(" ")[2].lower() in _LOOSE_ENDS and " " in cut:
        cut = cut.rpartition(" ")[0].rstrip(".;:, -–(\"“'")
    if cut.count("(") > cut.count(")"):
        cut = cut[: cut.rfind("(")].rstrip(" ,;:")
    return cut


def _sentences(text: str) -> Iterator[str]:
    """The first sentences, without the signs of a list before them; a single word is none unless it is all there is."""
    start, number = 0, 0
    for end in _END.finditer(text):
        if _ABBREVIATED.search(text[max(0, end.start() - 8) : end.start() + 1]):
            continue
        piece = _LEAD.sub("", text[start : end.end()]).strip()
        start = end.end()
        if " " in piece or (piece and not number and not text[start:].strip()):
            yield piece
            number += 1
            if number >= _SENTENCES_READ:
                return
    if rest := _LEAD.sub("", text[start:]).strip():
        yield rest


def _is_imperative(sentence: str) -> bool:
    first, *rest = [word.strip("\"“‘'(,.:").lower() for word in sentence.split(maxsplit=2)[:2]]
    # “Use of check valves” tells nobody what to do, and “Practice: …” is a heading.
    if len(sentence.split()) < FEWEST_WORDS and not sentence.rstrip(".!").replace(" ", "").isalpha():
        return False
    return first in _IMPERATIVES and rest[:1] != ["of"] and not sentence.split(maxsplit=1)[0].endswith(":")
