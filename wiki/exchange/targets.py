"""Where the links of imported files lead: to documents that came with them, to files beside them, or nowhere."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

INDEXES = ("_index.md", "index.md", "readme.md")
NOWHERE = "nowhere:"
_SIMPLE = re.compile(r"[^\[\]|*_`<>\\\n\ue000-\uf8ff]{1,200}")
_LABEL = r"((?:[^\[\]]|\[[^\[\]]{0,300}\]){0,1000}?)"
_URL = r"\(\s*(<[^<>\n]{0,2000}>|[^\s()<>]{0,2000}(?:\([^\s()]{0,300}\)[^\s()]{0,1000}){0,3})"
_TITLE = r"(\s+(?:\"[^\"]{0,500}\"|'[^']{0,500}'))?\s*\)"
LINK = re.compile(r"(?<![!\\])\[" + _LABEL + r"\]" + _URL + _TITLE)
PICTURE = re.compile(r"!\[" + _LABEL + r"\]" + _URL + _TITLE)
REFERENCE = re.compile(r"^( {0,3}\[[^\[\]\n]{1,300}\]:[ \t]*)(\S{1,2000})", re.MULTILINE)


@dataclass(slots=True)
class Targets:
    """The documents of an import by what a link may call them; their addresses begin with `prefix`."""

    kind: str
    prefix: str
    # The address of the site the files were made for: its links become links to the documents, where there are such.
    site: str = ""
    slugs: dict[str, str] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    folders: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    by_slug: dict[str, str] = field(default_factory=dict)

    def add(self, path: str, slug: str, folder: str | None, aliases: Iterable[str] = ()) -> None:
        """A document at `path`; `folder` when it stands for one."""
        self.slugs[path] = slug
        self.by_slug[slug] = path
        self.names[posixpath.basename(path).lower()].append(path)
        if folder is not None:
            self.folders[folder.lower()] = path
        for alias in aliases:
            self.aliases.setdefault(alias.strip("/").lower(), path)

    def find(self, source: str, target: str) -> tuple[str, str] | None:
        """Slug and anchor of what a link in `source` means, or None."""
        path, _, anchor = unquote(target).partition("#")
        path = path.partition("?")[0]
        if not path:
            return None
        found = next((one for one in self._candidates(source, path) if one), None)
        return (self.slugs[found], anchor) if found else None

    def _candidates(self, source: str, path: str) -> Iterable[str | None]:
        here = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        for place in (path.strip("/"), here.strip("/")):
            yield self._at(place)
        yield self.aliases.get(path.strip("/").lower())
        name = posixpath.basename(path.rstrip("/"))
        yield self._named(name)
        yield self.by_slug.get(name.lower())

    def on_site(self, source: str, url: str) -> tuple[str, str] | None:
        """What a whole address of the old site means, or None when it is another site or nothing of the import."""
        if not self.site or not url.lower().startswith(self.site.lower()):
            return None
        return self.find(source, "/" + url[len(self.site) :].lstrip("/"))

    def _at(self, place: str) -> str | None:
        for candidate in (place, f"{place}.md"):
            if candidate in self.slugs:
                return candidate
        lowered = place.lower()
        folder = posixpath.dirname(lowered) if posixpath.basename(lowered) in INDEXES else lowered
        return self.folders.get(folder)

    def _named(self, name: str) -> str | None:
        """The only file of this name, as `ref` in Hugo looks for it; an index has no name of its own."""
        name = name.lower()
        found = self.names.get(name) or self.names.get(f"{name}.md") or []
        return found[0] if len(found) == 1 and name not in INDEXES else None

    def address(self, found: tuple[str, str]) -> str:
        """The path of a document in the wiki."""
        slug, anchor = found
        return f"{self.prefix}/{slug}" + (f"#{anchor}" if anchor else "")

    def wiki_link(self, found: tuple[str, str], label: str) -> str:
        """A wiki link where the label is plain words, an ordinary link where it is not."""
        if not _SIMPLE.fullmatch(label.strip()):
            return f"[{label}]({self.address(found)})"
        kind = "" if self.kind == "page" else f"{self.kind}:"
        anchor = f"#{found[1]}" if found[1] else ""
        return f"[[{kind}{found[0]}{anchor}|{' '.join(label.split())}]]"


def is_ours(url: str) -> bool:
    """Whether a link points into the tree it stands in, and not to another site or into its own page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc and not url.startswith(("#", "[["))


def own_address(targets: Targets, url: str) -> tuple[str, str] | None:
    """The slug and anchor of an address that was made by `address` before."""
    prefix = f"{targets.prefix}/"
    if not url.startswith(prefix):
        return None
    slug, _, anchor = url.removeprefix(prefix).partition("#")
    return slug, anchor


def file_beside(files: Mapping[str, object], source: str, target: str) -> str | None:
    """The path of a file of the tree that a link means, or None."""
    path = unquote(target.partition("#")[0].partition("?")[0])
    here = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    return next((place for place in (here.lstrip("/"), path.strip("/")) if place in files), None)
