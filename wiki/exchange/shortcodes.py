"""Shortcodes of site generators (`{{< name … >}}`), turned into Markdown that says the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

# None reaches over the beginning of another one, so that thousands left open cost no more than their length.
_ONE_BRACE = r"\{(?!\{)"
CODE = re.compile(
    r"\{\{([<%])\s{0,20}(/?)\s{0,20}([\w/-]{1,60})"
    rf"((?:\"(?:[^\"{{]|{_ONE_BRACE})*\"|`(?:[^`{{]|{_ONE_BRACE})*`|[^\"`{{]|{_ONE_BRACE}){{0,4000}}?)"
    r"/?\s{0,20}[>%]\}\}"
)
_ARGUMENT = re.compile(
    r"([\w-]+)\s*=\s*(\"(?:\\.|[^\"\\])*\"|`[^`]*`|[^\s\"]+)|(\"(?:\\.|[^\"\\])*\"|`[^`]*`|[^\s\"]+)"
)
_BLOCK = re.compile(r"^(:{3,})", re.MULTILINE)

# These stand where an address stands; what they name is looked for among the imported documents.
LINKS = frozenset({"ref", "relref", "link", "tmp"})
# Pictures and files that a site keeps elsewhere; the first argument that says something is what it is called.
PICTURES = frozenset(
    {"img", "image", "figure", "legacy-img", "legacy-img-right", "img-right", "img-flexible", "asset-img"}
)
FILES = frozenset({"asset-static", "legacy-file", "asset"})


@dataclass(slots=True)
class Arguments:
    """What stands behind the name of a shortcode."""

    named: dict[str, str] = field(default_factory=dict)
    plain: list[str] = field(default_factory=list)

    def get(self, *names: str) -> str:
        """The first of these arguments that says something."""
        return next((self.named[name].strip() for name in names if self.named.get(name, "").strip()), "")

    @property
    def first(self) -> str:
        return self.plain[0].strip() if self.plain else ""

    @property
    def words(self) -> str:
        """Everything that reads like words for people, so that nothing of it is lost."""
        return " – ".join(value for value in [*self.named.values(), *self.plain] if " " in value.strip())


def arguments(raw: str) -> Arguments:
    """Read the arguments of a shortcode."""
    found = Arguments()
    for match in _ARGUMENT.finditer(raw):
        name, value, plain = match.groups()
        if name:
            found.named[name] = _bare(value)
        else:
            found.plain.append(_bare(plain))
    return found


def _bare(value: str) -> str:
    if value[:1] in '"`' and len(value) > 1 and value[-1] == value[0]:
        value = value[1:-1]
    return re.sub(r"\\(.)", r"\1", value) if "\\" in value else value


Convert = Callable[[Arguments, str], str]


def known(name: str) -> Convert | None:
    """How to write this shortcode in Markdown, or None when nobody taught us."""
    return _CONVERTERS.get(name)


def _box(block: str) -> Convert:
    def convert(given: Arguments, inner: str) -> str:
        # A block closes at the first line with as many colons, so that an outer one needs more than those inside.
        longest = max((len(colons) for colons in _BLOCK.findall(inner)), default=2)
        fence = ":" * (longest + 1)
        title = given.get("title", "heading")
        return f"\n\n{fence} {block}{' ' + _line(title) if title else ''}\n{inner.strip()}\n{fence}\n\n"

    return convert


def _accordion(given: Arguments, inner: str) -> str:
    heading = ": ".join(part for part in (given.get("kicker"), given.get("title").strip("*: ")) if part)
    return f"\n\n**{_line(heading)}**\n\n{inner.strip()}\n\n" if heading else f"\n\n{inner.strip()}\n\n"


def _card(given: Arguments, inner: str) -> str:
    title, place = given.get("title").replace("**", ""), given.get("src", "href", "link")
    name = f"[{_line(title)}]({place})" if place and title else _line(title or place)
    heading = ": ".join(part for part in (given.get("kicker"), name) if part)
    return f"\n\n**{heading}**\n\n{inner.strip()}\n\n"


def _prompt(given: Arguments, inner: str) -> str:
    button = _link("button-url", "button-text")(given, "")
    return f"\n\n{given.get('intro')}\n\n{inner.strip()}\n\n{button}\n\n"


def _quote(given: Arguments, inner: str) -> str:
    words = given.get("text") or inner.strip()
    cite = given.get("cite")
    lines = [f"> {line}" for line in words.splitlines()]
    return "\n\n" + "\n".join([*lines, *([">", f"> — {_line(cite)}"] if cite else [])]) + "\n\n"


def _item(mark: str) -> Convert:
    def convert(given: Arguments, inner: str) -> str:
        return f"\n{mark}{_line(inner)}\n"

    return convert


def _link(place: str, text: str) -> Convert:
    def convert(given: Arguments, inner: str) -> str:
        url = given.get(place)
        return f"[{_line(given.get(text) or inner or url)}]({url})" if url else _line(given.get(text) or inner)

    return convert


def _youtube(given: Arguments, inner: str) -> str:
    ident = given.get("id") or given.first
    return f"\n\n[Video: {_line(given.get('title') or ident)}](https://www.youtube.com/watch?v={ident})\n\n"


def _tweet(given: Arguments, inner: str) -> str:
    user, ident = given.get("user"), given.get("id") or given.first
    return f"\n\n[Post by @{user or 'i'}](https://twitter.com/{user or 'i'}/status/{ident})\n\n"


def _video(given: Arguments, inner: str) -> str:
    url = given.get("src") or given.first
    return f"\n\n[Video: {_line(given.get('title') or url)}]({url})\n\n"


def _inner(given: Arguments, inner: str) -> str:
    return inner


def _line(text: str) -> str:
    return " ".join(text.split())


_CONVERTERS: dict[str, Convert] = {
    "note": _box("note"),
    "box": _box("note"),
    "notice": _box("note"),
    "alert": _box("warning"),
    "warning": _box("warning"),
    "ring": _box("example"),
    "accordion": _accordion,
    "card-policy": _card,
    "card-prompt": _prompt,
    "quote-block": _quote,
    "checkbox": _item("- [ ] "),
    "checkbox-sublist-item": _item("  - [ ] "),
    "do-row": _item("- **Do:** "),
    "dont-row": _item("- **Don’t:** "),
    "button": _link("href", "text"),
    "featured-resource": _link("link", "kicker"),
    "youtube": _youtube,
    "tweet": _tweet,
    "fb-video": _video,
    "cspan-iframe": _video,
    "row": _inner,
    "checklist": _inner,
    "checklist-sublist": _inner,
    "do-dont-table": _inner,
    "highlight": _inner,
}
