"""The words of a text without its markup, for search, contents and summaries."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from markdown_it.token import Token

from wiki.markdown.source import without_private
from wiki.markdown.values import Section, WikiLink

_CODE = {"fence", "code_block"}


def plain(tokens: Sequence[Token] | None) -> str:
    """The words of one line or paragraph."""
    return " ".join(without_private("".join(_words(token) for token in tokens or ())).split())


def sections(tokens: Sequence[Token]) -> tuple[Section, ...]:
    """Cut a parsed text at its headings; what stands before the first one is the introduction."""
    found: list[Section] = []
    anchor, title, level, lines = None, "", 1, list[str]()
    for i, token in enumerate(tokens):
        if opens_section(token):
            found.append(Section(anchor, title, level, "\n".join(lines)))
            anchor, title, level, lines = token.meta["anchor"], token.meta["title"], int(token.tag[1]), []
        elif not (i and opens_section(tokens[i - 1])):
            lines.extend(_line(token))
    found.append(Section(anchor, title, level, "\n".join(lines)))
    return tuple(section for section in found if section.anchor or section.text)


def opens_section(token: Token) -> bool:
    """Headings inside a list, quotation or block are part of what surrounds them."""
    return token.type == "heading_open" and token.level == 0


def summary(tokens: Sequence[Token]) -> str:
    """The one-minute version if there is one, else the first paragraph; 300 characters at most."""
    return _shortened(" ".join(_one_minute(tokens)) or next(_paragraphs(tokens), ""))


def _words(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    if token.type == "wiki_link":
        link: WikiLink = token.meta["link"]
        # The title is not known here, and is not for every reader; the words of the address read nearly as well.
        return link.label or link.slug.replace("-", " ")
    return token.content if token.type in ("text", "code_inline", "image") else ""


def _line(token: Token) -> Iterator[str]:
    words = token.content.strip() if token.type in _CODE else ""
    if token.type == "inline" and not token.meta.get("default"):
        words = plain(token.children)
    if words:
        yield words


def _one_minute(tokens: Sequence[Token]) -> Iterator[str]:
    start = next((i for i, token in enumerate(tokens) if _is(token, "block_open")), None)
    if start is None:
        return
    end = next(i for i in range(start, len(tokens)) if tokens[i].type == "block_close" and _closes(tokens, start, i))
    title = range(start + 1, start + 4)
    for i in range(start, end):
        if i not in title:
            yield from _line(tokens[i])


def _is(token: Token, kind: str) -> bool:
    return token.type == kind and token.info == "sixty-seconds"


def _closes(tokens: Sequence[Token], start: int, end: int) -> bool:
    return tokens[end].level == tokens[start].level


def _paragraphs(tokens: Sequence[Token]) -> Iterator[str]:
    for before, token in pairwise(tokens):
        if before.type == "paragraph_open" and (words := plain(token.children)):
            yield words


def _shortened(text: str, most: int = 300) -> str:
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return f"{cut[: max(cut.rfind(' '), most // 2)].rstrip()}…"
