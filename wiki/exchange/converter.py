"""From the Markdown of a site generator to ours: links, pictures, shortcodes and raw HTML, with a report of each."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from wiki.documents.files import PICTURES as PICTURE_TYPES, clean_name
from wiki.exchange import rawhtml, shortcodes, targets
from wiki.exchange.prose import Aside, Lines
from wiki.exchange.report import Report
from wiki.exchange.shortcodes import CODE, Arguments, arguments
from wiki.exchange.targets import LINK, NOWHERE, PICTURE, REFERENCE, Targets

_PIECE = re.compile(f"(?P<comment><!--)|(?P<code>{CODE.pattern})|(?P<tag>{rawhtml.TAG.pattern})", re.DOTALL)
_BROKEN = re.compile(r"</?(a|p|div|span|img|table|tr|td|th|ul|ol|li|br|strong|em|iframe|script|h[1-6])\b(?=[\s/>])")
# Elements within so many others are read through; no page is built like that, and each level costs time.
DEEPEST = 100
_MANY_BLANKS = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")


@dataclass(slots=True)
class Converter:
    """Converts the body of one file. `files` are the other files of the tree; `used` those it needs, by their name."""

    source: str
    targets: Targets
    files: Mapping[str, object]
    report: Report
    used: dict[str, str] = field(default_factory=dict)
    lines: Lines = field(init=False)

    def convert(self, body: str, first_line: int) -> str:
        """The body in our Markdown. Code stays as it is."""
        aside = Aside(body)
        text = aside.text
        # None of these puts anything on another line, so that the line numbers of the next still hold.
        steps = (CODE, self._address), (PICTURE, self._picture), (LINK, self._link), (REFERENCE, self._reference)
        for pattern, rewrite in steps:
            self.lines = Lines(text, first_line)
            text = pattern.sub(rewrite, text)
        self.lines = Lines(text, first_line)
        if "<" in text or "{{" in text:
            text = _MANY_BLANKS.sub("\n\n", _Machine(self, text).run())
        return aside.back(text)

    def _address(self, found: re.Match[str]) -> str:
        """A shortcode that stands where an address stands: what it names, or nowhere."""
        name, given = found[3], arguments(found[4])
        if name not in shortcodes.LINKS and not (name in shortcodes.FILES and self._is_target(found)):
            return found.group()
        line = self.lines.at(found.start())
        there = None if name == "tmp" or name in shortcodes.FILES else self.targets.find(self.source, given.first)
        ends = "\n" * found.group().count("\n")
        if there is None:
            self.report.not_carried(self.source, line, f"link to something that is not in the import: {given.first}")
            return NOWHERE + ends
        self.report.changed(self.source, line, f"shortcode “{name}” became a link")
        return self.targets.address(there) + ends

    def _is_target(self, found: re.Match[str]) -> bool:
        return found.string[max(0, found.start() - 2) : found.start()].rstrip().endswith("(")

    def _link(self, found: re.Match[str]) -> str:
        label, url, title = found[1], found[2].strip("<>"), found[3] or ""
        ends = "\n" * (found.group().count("\n") - label.count("\n"))
        if url.startswith(NOWHERE):
            return label + ends
        there = targets.own_address(self.targets, url) or self.targets.on_site(self.source, url)
        if there is None and targets.is_ours(url):
            line = self.lines.at(found.start())
            if name := self._file(url):
                return f"[{label}](files/{name}{title}){ends}"
            there = self.targets.find(self.source, url)
            if there is None:
                self.report.not_carried(self.source, line, f"link to something that is not in the import: {url}")
                return label + ends
            self.report.changed(self.source, line, "relative link became a link to the imported document")
        if there is None:
            return found.group()
        if "\n" in label or _is_row(found):
            return f"[{label}]({self.targets.address(there)}){ends}"
        return self.targets.wiki_link(there, label) + ends

    def _reference(self, found: re.Match[str]) -> str:
        url = found[2].strip("<>")
        if not targets.is_ours(url) or targets.own_address(self.targets, url):
            return found.group()
        there = self.targets.find(self.source, url)
        if there is None:
            what = f"link to something that is not in the import: {url}"
            self.report.not_carried(self.source, self.lines.at(found.start()), what)
            return found.group()
        return found[1] + self.targets.address(there)

    def _picture(self, found: re.Match[str]) -> str:
        alt, url = found[1], found[2].strip("<>")
        if not targets.is_ours(url) and not url.startswith(NOWHERE):
            return found.group()
        return self.picture(url, alt, self.lines.at(found.start())) + "\n" * found.group().count("\n")

    def picture(self, url: str, words: str, line: int) -> str:
        """A picture: shown when it came along, else its words."""
        if not url.startswith(NOWHERE) and (name := self._file(url)):
            return f"![{words}](files/{name})"
        what = posixpath.basename(url.partition("?")[0]) or "without an address"
        self.report.not_carried(self.source, line, f"picture that is not in the folder: {what}")
        return f"*Picture: {' '.join(words.split()).replace('*', '')}*" if words.strip() else ""

    def _file(self, url: str) -> str | None:
        """The name under which a file of the tree will be attached, or None when there is no such file."""
        path = targets.file_beside(self.files, self.source, url)
        if path is None:
            return None
        name = clean_name(posixpath.basename(path))
        self.used.setdefault(name, path)
        return name.replace(" ", "%20") if self.used[name] == path else None

    def link(self, url: str, words: str, line: int) -> str:
        """An HTML link as Markdown."""
        label = " ".join(words.split())
        if not label or not url or url.startswith(NOWHERE) or "](" in label:
            return words
        there = targets.own_address(self.targets, url) or self.targets.on_site(self.source, url)
        if there is None and targets.is_ours(url):
            there = self.targets.find(self.source, url)
            if there is None:
                self.report.not_carried(self.source, line, f"link to something that is not in the import: {url}")
                return words
        if there is not None:
            return self.targets.wiki_link(there, label)
        return f"[{label}](<{url}>)" if re.search(r"[\s()]", url) else f"[{label}]({url})"


def _is_row(found: re.Match[str]) -> bool:
    """Whether a link stands in a row of a table, where a bar would end the cell."""
    start = found.string.rfind("\n", 0, found.start()) + 1
    return found.string[start : found.start() + 1].lstrip().startswith("|")


@dataclass(slots=True)
class _Frame:
    """An element that is open; `given` are its attributes or arguments."""

    name: str
    line: int
    shortcode: bool = False
    given: Arguments = field(default_factory=Arguments)
    parts: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    has_head: bool = False

    @property
    def inner(self) -> str:
        return "".join(self.parts)


class _Machine:
    """Reads a text once, keeping open elements on a stack, and writes Markdown."""

    def __init__(self, converter: Converter, text: str) -> None:
        self.converter, self.text, self.report = converter, text, converter.report
        self.stack = [_Frame("", 0)]
        self.line = 0
        self.pairs = _pairs(text)

    def run(self) -> str:
        position = 0
        for found in _PIECE.finditer(self.text):
            if found.start() < position:
                continue
            self._say_between(position, found.start())
            self.line = self.converter.lines.at(found.start())
            position = max(found.end(), self._take(found))
        self._say_between(position, len(self.text))
        while len(self.stack) > 1:
            self._close_top(complete=False)
        return self.stack[0].inner

    def _say(self, words: str) -> None:
        self.stack[-1].parts.append(words)

    def _say_between(self, start: int, end: int) -> None:
        """The text between two pieces. What looks like a tag there is broken; it stays as it was written."""
        words = self.text[start:end]
        for broken in _BROKEN.finditer(words):
            self.line = self.converter.lines.at(start + broken.start())
            self._lost(f"broken HTML, shown as it is written: <{broken[1]}")
        self._say(words)

    def _lost(self, what: str) -> None:
        self.report.not_carried(self.converter.source, self.line, what)

    def _turned(self, what: str) -> None:
        self.report.changed(self.converter.source, self.line, what)

    def _take(self, found: re.Match[str]) -> int:
        """Handle one piece; returns the position after it."""
        if found["comment"]:
            return self._comment(found)
        if found["code"]:
            self._shortcode(found)
            return found.end()
        return self._tag(found)

    def _comment(self, found: re.Match[str]) -> int:
        end = self.text.find("-->", found.end()) if self.text.rfind("-->") > found.end() else -1
        if end < 0:
            self._say(found.group())
            return found.end()
        self._lost("HTML comment")
        return end + 3

    def _shortcode(self, found: re.Match[str]) -> None:
        inside = CODE.match(found["code"])
        assert inside is not None
        name = inside[3]
        if inside[2] or name.startswith("/"):
            self._close(name.strip("/"), shortcode=True)
        elif found.start() in self.pairs and len(self.stack) < DEEPEST:
            self.stack.append(_Frame(name, self.line, True, arguments(inside[4])))
        else:
            self._say(self._written(name, arguments(inside[4]), ""))

    def _written(self, name: str, given: Arguments, inner: str) -> str:
        if name in shortcodes.PICTURES:
            url = given.get("src", "path", "uid") or given.first
            return self.converter.picture(url, given.get("caption") or given.get("alt"), self.line) + inner
        if name in shortcodes.FILES:
            place = given.get("file", "src") or given.first
            self._lost(f"file that is not in the folder: {posixpath.basename(place)}")
            return f"{given.get('label', 'text') or posixpath.basename(place)}{inner}"
        convert = shortcodes.known(name)
        if convert is None:
            self._lost(f"shortcode “{name}”")
            return f"{given.words}{inner}"
        self._turned(f"shortcode “{name}”")
        return convert(given, inner)

    def _tag(self, found: re.Match[str]) -> int:
        tag = rawhtml.TAG.match(found["tag"])
        assert tag is not None
        name = tag[2].lower()
        if name not in rawhtml.KNOWN:
            self._say(found.group())
        elif name in rawhtml.SILENT:
            return self._skip(name, found, bool(tag[1]))
        elif name in rawhtml.SEE_THROUGH:
            self._head_of(name)
        elif tag[1]:
            self._close(name)
        elif name in rawhtml.VOID or name in rawhtml.MEDIA:
            return self._void(name, rawhtml.attributes(tag[3]), found.end())
        elif len(self.stack) < DEEPEST:
            self._open(name, rawhtml.attributes(tag[3]))
        return found.end()

    def _skip(self, name: str, found: re.Match[str], closing: bool) -> int:
        """Leave out an element with all that is in it: it was never text."""
        if closing:
            return found.end()
        self._lost(f"<{name}> and what is in it")
        end = re.compile(f"</{name}\\s*>", re.IGNORECASE).search(self.text, found.end())
        return end.end() if end else found.end()

    def _head_of(self, name: str) -> None:
        if name == "thead" and (around := self._around("table")):
            around.has_head = True

    def _around(self, *names: str) -> _Frame | None:
        return next((frame for frame in reversed(self.stack) if frame.name in names), None)

    def _void(self, name: str, given: dict[str, str], position: int) -> int:
        if name == "br":
            in_line = self._around("td", "th", "a", "h1", "h2", "h3", "h4", "caption")
            self._say(" " if in_line else "  \n")
            self._turned("<br>")
            return position + (self.text[position : position + 1] == "\n" and not in_line)
        if name == "hr":
            self._say("\n\n---\n\n")
            self._turned("<hr>")
        elif name == "img":
            self._say(self._image(given))
        elif name in rawhtml.MEDIA:
            self._medium(name, given)
        elif name not in ("meta", "link", "wbr", "col"):
            self._lost(f"<{name}>")
        return position

    def _image(self, given: dict[str, str]) -> str:
        url, words = given.get("src", ""), given.get("alt", "") or given.get("title", "")
        if targets.is_ours(url) or not url or url.startswith(NOWHERE):
            return self.converter.picture(url, words, self.line)
        self._turned("<img>")
        return f"![{' '.join(words.split())}]({url})"

    def _medium(self, name: str, given: dict[str, str]) -> None:
        url = given.get("src") or given.get("data") or ""
        if url.startswith("//"):
            url = f"https:{url}"
        if url:
            self._lost(f"<{name}> became a link")
            extension = url.rpartition(".")[2].lower()
            word = "Picture" if extension in PICTURE_TYPES else "Media"
            self._say(f"\n\n{self.converter.link(url, given.get('title') or f'{word}: {url}', self.line)}\n\n")

    def _open(self, name: str, given: dict[str, str]) -> None:
        ends = rawhtml.ENDS.get(name, frozenset())
        while self._ends_top(ends):
            self._close_top(complete=True)
        self.stack.append(_Frame(name, self.line, False, Arguments(given)))

    def _ends_top(self, ends: frozenset[str]) -> bool:
        """Whether an element that ends by itself is open, above any list or table around it."""
        for frame in reversed(self.stack):
            if frame.name in ends and not frame.shortcode:
                return True
            if frame.shortcode or frame.name in rawhtml.FENCES or not frame.name:
                return False
        return False

    def _close(self, name: str, *, shortcode: bool = False) -> None:
        """Close an element and whatever is still open in it; an end without a beginning says nothing."""
        for frame in reversed(self.stack[1:]):
            if frame.name == name and frame.shortcode == shortcode:
                break
            if frame.shortcode and not shortcode:
                return
        else:
            return
        while self.stack[-1] is not frame:
            self._close_top(complete=self.stack[-1].name in rawhtml.BLOCKS)
        self._close_top(complete=True)

    def _close_top(self, *, complete: bool) -> None:
        frame = self.stack.pop()
        self.line = frame.line
        self._say(self._finished(frame, complete))

    def _finished(self, frame: _Frame, complete: bool) -> str:
        if frame.shortcode:
            return self._written(frame.name, frame.given, frame.inner)
        self._turned(f"<{frame.name}>")
        if frame.name in ("td", "th"):
            return self._cell(frame)
        if frame.name == "tr":
            return self._row(frame)
        if frame.name == "table":
            return frame.inner.strip(" \t\n") + rawhtml.table(frame.rows, has_head=frame.has_head)
        if frame.name == "a":
            return (
                self.converter.link(html.unescape(frame.given.get("href")), frame.inner, self.line)
                if complete
                else frame.inner
            )
        if frame.name in rawhtml.BLOCKS:
            around = self._around("ul", "ol", "li")
            inside, ordered = (around.name, around.name == "ol") if around else ("", False)
            return rawhtml.block(frame.name, frame.inner, inside=inside, ordered=ordered)
        return rawhtml.inline(frame.name, frame.inner) if complete else frame.inner

    def _cell(self, frame: _Frame) -> str:
        around = self._around("tr", "table")
        if around is None:
            return frame.inner
        around.rows.append([frame.inner])
        around.has_head = around.has_head or (frame.name == "th" and around.name == "tr")
        return ""

    def _row(self, frame: _Frame) -> str:
        around = self._around("table")
        cells = [cell for row in frame.rows for cell in row]
        if around is None:
            return "\n\n" + " ".join([*cells, frame.inner.strip()]).strip() + "\n\n"
        around.has_head = around.has_head or (not around.rows and frame.has_head)
        around.rows.append(cells)
        return frame.inner.strip()


def _pairs(text: str) -> set[int]:
    """Where the shortcodes begin that are closed later on."""
    open_at: dict[str, list[int]] = {}
    paired: set[int] = set()
    for found in CODE.finditer(text):
        name = found[3].strip("/")
        if found[2] or found[3].startswith("/"):
            if starts := open_at.get(name):
                paired.add(starts.pop())
        else:
            open_at.setdefault(name, []).append(found.start())
    return paired
