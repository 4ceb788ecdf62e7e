"""The second wall: whatever the renderer made, only these tags, attributes, classes and addresses go out."""

import re
from functools import lru_cache

import nh3

from wiki.markdown.colours import LANGUAGES, SPAN_CLASSES
from wiki.markdown.words import BLOCKS

_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_PLAIN = frozenset({"br", "hr", "em", "strong", "s", "sup", "table", "thead", "tbody", "tr", "dl"})
_ATTRIBUTES = {
    "a": {"href", "title", "id", "aria-label"},
    "img": {"src", "alt", "title", "loading"},
    "input": {"type", "checked", "disabled", "aria-label"},
    "section": {"id", "aria-label"},
    "li": {"id", "dir"},
    "ol": {"start"},
    "pre": {"dir", "tabindex"},
    "div": {"tabindex"},
    **{tag: {"id", "dir"} for tag in _HEADINGS},
    **{tag: {"dir"} for tag in ("p", "blockquote", "dt", "dd", "td", "th")},
}
_CLASSES = {
    "a": {"anchor", "footnote-backref"},
    "section": {"block", "footnotes", *(f"block-{name}" for name in BLOCKS)},
    "h3": {"block-title"},
    "strong": {"level", "level-must", "level-should", "level-may"},
    "div": {"pair", "table-scroll"},
    "sup": {"footnote-ref"},
    "ol": {"footnotes-list", "contains-task-list"},
    "ul": {"contains-task-list"},
    "li": {"footnote-item", "task-list-item"},
    "pre": {"code"},
    "code": {f"language-{name}" for name in LANGUAGES},
    "span": {"block-kind", *SPAN_CLASSES},
    **{tag: {"align-left", "align-center", "align-right"} for tag in ("td", "th")},
}
_TAGS = _PLAIN | _ATTRIBUTES.keys() | _CLASSES.keys()
_SCHEMES = {"http", "https", "mailto", "tel"}
_VALUES = {
    "id": re.compile(r"(?:s|b|fn|fnref)-[^\s\"'<>&]{1,120}"),
    "dir": re.compile(r"auto|ltr"),
    "tabindex": re.compile(r"0"),
    "start": re.compile(r"[0-9]{1,9}"),
    "loading": re.compile(r"lazy"),
}


def sanitise(html: str, *, files_url: str = "files/") -> str:
    """Only what our renderer may produce; pictures only from directly below `files_url`."""
    return _cleaner(files_url).clean(html)


@lru_cache(maxsize=256)
def _cleaner(files_url: str) -> nh3.Cleaner:
    values = {**_VALUES, "src": re.compile(re.escape(files_url) + r"(?!\.)[^/\\?#:]+")}

    def allowed(_tag: str, attribute: str, value: str) -> str | None:
        pattern = values.get(attribute)
        return value if pattern is None or pattern.fullmatch(value) else None

    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=allowed,
        allowed_classes=_CLASSES,
        set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
        url_schemes=_SCHEMES,
        link_rel="noopener",
    )
