"""Single HTML elements written in Markdown: their text always stays, their meaning where Markdown has a word for it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

TAG = re.compile(
    r"<(/?)([A-Za-z][A-Za-z0-9]{0,11})((?:\s+[\w:@.-]{1,60}(?:\s*=\s*(?:\"[^\"]{0,4000}\"|'[^']{0,4000}'|[^\s\"'<>=`]{1,2000}))?){0,40})\s*(/?)>"
)
_ATTRIBUTE = re.compile(r"([\w:@.-]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'<>=`]+))?")

STRONG, EMPHASIS, STRUCK, MONO = (
    frozenset({"strong", "b"}),
    frozenset({"em", "i", "cite", "dfn", "var"}),
    frozenset({"del", "s", "strike"}),
    frozenset({"code", "tt", "kbd", "samp"}),
)
_PLAIN = "span sup sub u font small big label time abbr mark ins button q bdi bdo nobr a option select form"
_BLOCKS = """
    p div section article center header footer main figure aside nav details summary figcaption fieldset legend dl dt dd
    blockquote pre h1 h2 h3 h4 h5 h6 ul ol li table caption tr td th
"""
PLAIN, BLOCKS = frozenset(_PLAIN.split()), frozenset(_BLOCKS.split())
SEE_THROUGH = frozenset(["html", "body", "thead", "tbody", "tfoot", "colgroup", "col", "font", "picture"])
VOID = frozenset(["br", "hr", "img", "input", "source", "meta", "link", "wbr", "col", "embed", "track", "use"])
MEDIA = frozenset(["iframe", "video", "audio", "embed", "source", "object"])
SILENT = frozenset(["script", "style", "head", "noscript", "svg", "template", "title"])
KNOWN = STRONG | EMPHASIS | STRUCK | MONO | PLAIN | BLOCKS | SEE_THROUGH | VOID | MEDIA | SILENT
# Elements that end by themselves when one of these opens.
ENDS = {
    "li": frozenset({"li"}),
    "p": frozenset({"p"}),
    "td": frozenset({"td", "th"}),
    "th": frozenset({"td", "th"}),
    "tr": frozenset({"tr", "td", "th"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
}
# An element that ends by itself never ends one outside of these.
FENCES = frozenset({"table", "ul", "ol", "dl"})
_BLANKS = re.compile(r"\n\s*\n")
_DEEP = re.compile(r"^[ \t]{4,}(?=[^\s*+-])", re.MULTILINE)


def attributes(raw: str) -> dict[str, str]:
    """The attributes of a tag, entities resolved."""
    found = {}
    for match in _ATTRIBUTE.finditer(raw):
        value = match[2] or ""
        found[match[1].lower()] = html.unescape(value.strip("\"'"))
    return found


def inline(name: str, inner: str) -> str:
    """An inline element as Markdown."""
    for names, mark in ((STRONG, "**"), (EMPHASIS, "*"), (STRUCK, "~~"), (MONO, "`")):
        if name in names:
            return _between(mark, inner)
    return inner


def _between(mark: str, inner: str) -> str:
    """Marks hold only around words on one paragraph, and touch them."""
    words = inner.strip()
    if not words or "\n\n" in words or words.startswith(mark) or (mark == "`" and "`" in words):
        return inner
    before, after = inner[: len(inner) - len(inner.lstrip())], inner[len(inner.rstrip()) :]
    return f"{before}{mark}{words}{mark}{after}"


def block(name: str, inner: str, *, inside: str = "", ordered: bool = False) -> str:
    """A block element as Markdown; `inside` is the element around it."""
    if name in _BLOCK_WRITERS:
        return _BLOCK_WRITERS[name](inner)
    if name == "li":
        return f"\n{'1.' if ordered else '-'} {_indented(inner.strip(), 3 if ordered else 2)}"
    if name in ("ul", "ol"):
        return f"\n{inner.strip(chr(10))}\n" if inside == "li" else f"\n\n{inner.strip(chr(10))}\n\n"
    if name[0] == "h" and name[1:].isdigit():
        return f"\n\n{'#' * int(name[1:])} {_line(inner)}\n\n" if inner.strip() else ""
    return f"\n\n{_DEEP.sub('', inner).strip()}\n\n"


def _indented(text: str, width: int) -> str:
    return text.replace("\n", "\n" + " " * width)


def _quoted(inner: str) -> str:
    lines = _BLANKS.sub("\n\n", _DEEP.sub("", inner).strip()).splitlines()
    return "\n\n" + "\n".join(f"> {line}".rstrip() for line in lines) + "\n\n"


def _verbatim(inner: str) -> str:
    return f"\n\n```\n{html.unescape(inner).strip(chr(10))}\n```\n\n"


def _caption(inner: str) -> str:
    return f"\n\n{_between('*', _line(inner))}\n\n"


_BLOCK_WRITERS: dict[str, Callable[[str], str]] = {
    "blockquote": _quoted,
    "pre": _verbatim,
    "figcaption": _caption,
    "caption": _caption,
    "dt": lambda inner: f"\n\n{_line(inner)}\n",
    "dd": lambda inner: f"\n: {_indented(inner.strip(), 2)}\n",
}


def table(rows: list[list[str]], *, has_head: bool) -> str:
    """Rows of cells as a Markdown table; a table of one column was a frame, and becomes paragraphs."""
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    width = max((len(row) for row in rows), default=0)
    if width < 2:
        return "\n\n" + "\n\n".join(cell.strip() for row in rows for cell in row) + "\n\n"
    filled = [[_cell(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    head = filled.pop(0) if has_head else [" "] * width
    lines = [head, ["---"] * width, *filled]
    return "\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n\n"


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", _line(text))


def _line(text: str) -> str:
    return " ".join(text.split())
