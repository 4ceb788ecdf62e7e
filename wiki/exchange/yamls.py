"""YAML read with care: plain data with line numbers, no tags, no bombs, no keys written twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from wiki.exchange.problems import FileRefused, Problem

MOST_BYTES = 50_000_000
DEEPEST = 30
# Each use of an alias counts as everything it stands for, so that a few lines cannot grow into gigabytes.
MOST_VALUES = 2_000_000
MOST_FROM_ALIASES = 10_000

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp")}
_TEXT = "tag:yaml.org,2002:str"


class Mapping(dict[str, Any]):
    """A mapping that knows the line of each key."""

    lines: dict[str, int]


class Items(list[Any]):
    """A list that knows the line of each item."""

    lines: list[int]


def decoded(content: bytes, file: str) -> str:
    """The text of a file in UTF-8. Raises FileRefused naming the line of the first byte that is not."""
    if len(content) > MOST_BYTES:
        raise FileRefused([Problem(file, f"is larger than {MOST_BYTES // 1_000_000} MB. Split it into several files.")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        message = f"is not UTF-8: byte 0x{byte:02x} at position {error.start}. Save the file as UTF-8."
        raise FileRefused([Problem(file, message, line=line)]) from None


def read(text: str, file: str, *, first_line: int = 1, repeated: list[tuple[int, str]] | None = None) -> Any:
    """The data of a YAML text. Raises FileRefused with the line, counted from `first_line`.

    A key written twice is refused, unless `repeated` is there to take note of its line and name: then the later one
    counts, as most readers of YAML have it.
    """
    try:
        return _Builder(file, first_line, repeated).build(text)
    except yaml.YAMLError as error:
        raise FileRefused([_syntax(error, file, first_line)]) from None
    except RecursionError:
        raise FileRefused([Problem(file, "is nested too deeply. Write it flatter.")]) from None


def _syntax(error: yaml.YAMLError, file: str, first_line: int) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    line = mark.line + first_line if mark else None
    return Problem(file, f"is not valid YAML: {what}. Check quotes, colons and indentation on this line.", line=line)


@dataclass(slots=True)
class _Open:
    """A mapping or a list that is still being filled."""

    value: Any
    anchor: str | None
    key: str | None = None
    size: int = 1


@dataclass(slots=True)
class _Builder:
    file: str
    first_line: int
    repeated: list[tuple[int, str]] | None = None
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    result: Any = None
    values: int = 0
    aliased: int = 0
    documents: int = 0

    def build(self, text: str) -> Any:
        for event in yaml.parse(text, Loader=_Loader):
            line = (event.start_mark.line if event.start_mark else 0) + self.first_line
            match event:
                case yaml.DocumentStartEvent():
                    self._begin(line)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._open(event, line)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._close()
                case yaml.ScalarEvent():
                    self._scalar(event, line)
                case yaml.AliasEvent():
                    self._alias(event, line)
        return self.result

    def _begin(self, line: int) -> None:
        self.documents += 1
        if self.documents > 1:
            self._refuse("holds a second YAML document. Keep one, without a line of three dashes between.", line)

    def _open(self, event: Any, line: int) -> None:
        self._refuse_tag(event.tag, line)
        if len(self.stack) >= DEEPEST:
            self._refuse(f"is nested deeper than {DEEPEST} levels. Write it flatter.", line)
        value: Mapping | Items
        if isinstance(event, yaml.MappingStartEvent):
            value = Mapping()
            value.lines = {}
        else:
            value = Items()
            value.lines = []
        self._place_of(value, line)
        self.stack.append(_Open(value, event.anchor))

    def _place_of(self, value: Any, line: int) -> None:
        """Put a value where it belongs in what is open."""
        self.values += 1
        if self.values + self.aliased > MOST_VALUES:
            self._refuse(f"holds more than {MOST_VALUES:,} values. Split it into several files.", line)
        if not self.stack:
            self.result = value
            return
        top = self.stack[-1]
        if isinstance(top.value, Items):
            top.value.append(value)
            top.value.lines.append(line)
        elif top.key is None:
            self._key(top, value, line)
        else:
            top.value[top.key] = value
            top.key = None

    def _key(self, top: _Open, value: Any, line: int) -> None:
        if isinstance(value, Mapping | Items):
            self._refuse("has a mapping or a list as a key. Keys are words.", line)
        key = str(value).lower() if isinstance(value, bool) else str(value)
        if key in top.value and self.repeated is not None:
            self.repeated.append((line, key))
        elif key in top.value:
            self._refuse(f"has the key “{key}” twice in one mapping. Keep one of them.", line)
        top.key = key
        top.value.lines[key] = line

    def _close(self) -> None:
        done = self.stack.pop()
        if self.stack:
            self.stack[-1].size += done.size
        if done.anchor:
            self.anchors[done.anchor] = (done.value, done.size)

    def _scalar(self, event: Any, line: int) -> None:
        value = event.value if self._is_text(event, line) else self._resolved(event, line)
        if self.stack:
            self.stack[-1].size += 1
            if isinstance(self.stack[-1].value, Mapping) and self.stack[-1].key is None:
                value = event.value
        self._place_of(value, line)
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)

    def _is_text(self, event: Any, line: int) -> bool:
        self._refuse_tag(event.tag, line)
        return event.tag == _TEXT or not event.implicit[0]

    def _refuse_tag(self, tag: str | None, line: int) -> None:
        if tag not in (None, "!", _TEXT):
            self._refuse(f"uses the YAML tag “{tag}”. Write plain values without tags.", line)

    def _resolved(self, event: Any, line: int) -> Any:
        tag = _resolver.resolve(yaml.ScalarNode, event.value, (True, False))
        if tag not in _PLAIN:
            return event.value
        try:
            return _constructor.construct_object(yaml.ScalarNode(tag, event.value))
        except (ValueError, OverflowError, yaml.YAMLError):
            self._refuse(f"has a value that looks like a number or a date but is none: “{event.value[:60]}”.", line)

    def _alias(self, event: Any, line: int) -> None:
        if event.anchor not in self.anchors:
            self._refuse(f"uses the alias “*{event.anchor}” before it is complete. Write the value out.", line)
        value, size = self.anchors[event.anchor]
        self.aliased += size
        if self.aliased > MOST_FROM_ALIASES:
            self._refuse("repeats too much through aliases. Write the values out.", line)
        if self.stack:
            self.stack[-1].size += size
        self._place_of(value, line)

    def _refuse(self, message: str, line: int) -> Any:
        raise FileRefused([Problem(self.file, message, line=line)])


_resolver = Resolver()


class _Scalars(SafeConstructor):
    """Builds single values; it is never given anything that could hold others."""


_constructor = _Scalars()
