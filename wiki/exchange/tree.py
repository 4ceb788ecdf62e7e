"""A folder of Markdown as a tree of pages to be: which file is whose parent, and which address each gets."""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wiki.documents.addresses import RESERVED
from wiki.documents.texts import SLUG_LENGTH, slug_of
from wiki.exchange import frontmatter
from wiki.exchange.frontmatter import Page
from wiki.exchange.report import Report
from wiki.exchange.targets import INDEXES

SUFFIXES = (".md", ".markdown")
SOURCE_LENGTH = 300
_DATED = re.compile(r"\A\d{4}-\d{1,2}-\d{1,2}-(?=.)")
_HEADING = re.compile(r"\A\s*#[ \t]+([^\n]{1,300}?)[ \t]*#*[ \t]*(?:\n|\Z)")


@dataclass(slots=True)
class Node:
    """A page to be. `path` is its file in the tree, or the folder with a slash at the end when it has no file.

    `folder` is the folder it stands in, or for which it stands when `stands_for_folder`.
    """

    path: str
    folder: str
    stands_for_folder: bool
    page: Page
    sha256: str
    slug: str = ""

    @property
    def source(self) -> str:
        """What the document remembers of where it came from."""
        whole = f"markdown:{self.path}"
        if len(whole) <= SOURCE_LENGTH:
            return whole
        return f"{whole[: SOURCE_LENGTH - 66]}#{hashlib.sha256(whole.encode()).hexdigest()}"

    @property
    def above(self) -> str | None:
        """The folder whose page is its parent; None at the top."""
        if not self.stands_for_folder:
            return self.folder
        return posixpath.dirname(self.folder) if self.folder else None

    @property
    def depth(self) -> int:
        steps = self.folder.count("/") + 1 if self.folder else 0
        return steps * 2 + (not self.stands_for_folder)

    @property
    def title(self) -> str:
        """Its title: from the front matter, else its first heading, else its name."""
        heading = _HEADING.match(self.page.body)
        return self.page.text("title", "linkTitle", "name") or (
            frontmatter.plain_line(heading[1]) if heading else _words(self._name)
        )

    @property
    def _name(self) -> str:
        if not self.stands_for_folder:
            return _DATED.sub("", posixpath.splitext(posixpath.basename(self.path))[0])
        name = posixpath.basename(self.folder)
        if name.isdigit() and posixpath.dirname(self.folder):
            # “03” alone says nothing: a month of a year of news does.
            parts = self.folder.split("/")
            first = next((n for n in range(len(parts) - 1, -1, -1) if not parts[n].isdigit()), 0)
            return " ".join(parts[first:])
        return name or "home"

    @property
    def wish(self) -> str:
        """The address it would like to have."""
        return slug_of(self.page.text("slug") or self._name)


@dataclass(slots=True)
class Tree:
    """Pages in an order in which parents come first, and the other files by their path."""

    nodes: list[Node] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)


def scan(root: Path, report: Report, *, most_bytes: int) -> Tree:
    """Read every Markdown file below a folder. What cannot be read is reported."""
    tree = Tree()
    texts: dict[str, Path] = {}
    for path in _files(root, report):
        (texts if path.suffix.lower() in SUFFIXES else tree.files)[path.relative_to(root).as_posix()] = path
    indexes = _indexes(texts)
    for place, path in texts.items():
        folder = posixpath.dirname(place)
        node = _read(place, path, folder, indexes.get(folder) == place, report, most_bytes)
        if node is not None:
            tree.nodes.append(node)
    tree.nodes += _missing_indexes(tree.nodes)
    tree.nodes.sort(key=lambda node: (node.depth, node.path))
    return tree


def _files(root: Path, report: Report) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith("."):
                continue
            if path.is_symlink():
                report.not_carried(path.relative_to(root).as_posix(), 1, "link to another file of the disk")
            elif path.is_file():
                yield path


def _indexes(places: Collection[str]) -> dict[str, str]:
    """The file that stands for each folder."""
    found: dict[str, str] = {}
    for place in places:
        folder, name = posixpath.split(place)
        if name.lower() in INDEXES:
            before = posixpath.basename(found.get(folder, "")).lower()
            if not before or INDEXES.index(name.lower()) < INDEXES.index(before):
                found[folder] = place
    return found


def _read(place: str, path: Path, folder: str, is_index: bool, report: Report, most_bytes: int) -> Node | None:
    try:
        if path.stat().st_size > most_bytes:
            report.not_carried(place, 1, f"the whole file: it is larger than {most_bytes // 1000:,} kB")
            return None
        content = path.read_bytes()
    except OSError as error:
        report.not_carried(place, 1, f"the whole file: it cannot be read ({error.strerror})")
        return None
    page = frontmatter.take_apart(_decoded(content, place, report), place)
    for line, message in page.problems:
        report.not_carried(place, line, message)
    return Node(place, folder, is_index, page, hashlib.sha256(content).hexdigest())


def _decoded(content: bytes, place: str, report: Report) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        report.not_carried(place, line, "not UTF-8, read as Windows-1252: letters may be wrong")
        text = content.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _missing_indexes(nodes: list[Node]) -> list[Node]:
    """A page for every folder that has pages and none for itself; the top folder needs none."""
    there = {node.folder for node in nodes if node.stands_for_folder}
    made: dict[str, Node] = {}
    for node in nodes:
        folder = node.folder
        while folder and folder not in there and folder not in made:
            made[folder] = Node(
                f"{folder}/", folder, True, Page({}, "", 1), hashlib.sha256(folder.encode()).hexdigest()
            )
            folder = posixpath.dirname(folder)
    return list(made.values())


def give_addresses(nodes: list[Node], here: Mapping[str, str], taken: Collection[str]) -> None:
    """Give each page an address of its own: those imported before (`here`, by source) keep theirs."""
    used = set(taken) | RESERVED
    for node in nodes:
        node.slug = here.get(node.source) or next(slug for slug in _wishes(node) if slug not in used)
        used.add(node.slug)


def _wishes(node: Node) -> Iterator[str]:
    yield node.wish
    folder = posixpath.basename(node.folder if not node.stands_for_folder else posixpath.dirname(node.folder))
    if folder:
        yield slug_of(f"{folder}-{node.wish}")
    number = 2
    while True:
        yield f"{node.wish[: SLUG_LENGTH - 8]}-{number}"
        number += 1


def _words(name: str) -> str:
    words = re.sub(r"[-_]+", " ", name).strip()
    return words[:1].upper() + words[1:] or "Untitled"
