"""What one segment looks like inside Whoosh: words cut by us, one field of keys, a few columns."""

# Whoosh has no types, so its calls cannot be checked.
# mypy: allow-untyped-calls

from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from whoosh import columns, fields, formats

from search.analysis import LONGEST_TERM, language, plain_words, terms
from search.engine import Segment
from search.titles import LONGEST_GRAM, pairs

_LAST_POSITION = 65535

Occurrences = Mapping[str, list[int]]


class _Ready(fields.FieldType):
    """A field whose words arrive ready; Whoosh's own analysis and length statistics are not used."""

    def __init__(self, form: formats.Format) -> None:
        super().__init__(form, None)


class Occurring(_Ready):
    """Takes words with their positions."""

    def __init__(self) -> None:
        super().__init__(formats.Positions())

    def index(self, value: Occurrences, **_options: object) -> Iterator[tuple[bytes, int, float, bytes]]:
        for word, positions in value.items():
            yield word.encode(), len(positions), float(len(positions)), array("H", positions).tobytes()


class Present(_Ready):
    """Takes a set of words and remembers only that they are there."""

    def __init__(self) -> None:
        super().__init__(formats.Existence())

    def index(self, value: Iterable[str], **_options: object) -> Iterator[tuple[bytes, int, float, bytes]]:
        for word in set(value):
            yield word.encode("utf-8", "replace"), 1, 1.0, b""


def schema() -> fields.Schema:
    """`text` and `title` hold "en:stem"; `key` holds labels and facets; `spell` and `start` serve titles."""
    return fields.Schema(
        text=Occurring(),
        title=Occurring(),
        key=Present(),
        spell=Present(),
        start=Present(),
        card=fields.STORED(),
        document=fields.COLUMN(columns.NumericColumn("q")),
        dated=fields.COLUMN(columns.NumericColumn("i")),
        length=fields.COLUMN(columns.NumericColumn("i")),
        title_length=fields.COLUMN(columns.NumericColumn("i")),
    )


def row(segment: Segment) -> dict[str, Any]:
    """The fields of one segment, ready for a writer. `card` is (document, part, revision, title)."""
    lang = language(segment.lang)
    text = occurrences(f"{segment.title}\n{segment.headings}\n{segment.text}", lang)
    title = occurrences(segment.title, lang, keep_stops=True)
    return {
        "text": text,
        "title": title,
        "key": _keys(segment),
        "spell": {word for word in plain_words(f"{segment.title}\n{segment.headings}") if len(word) <= LONGEST_TERM},
        "start": set(_grams(segment.title)),
        "card": (segment.document, segment.part, segment.revision, segment.title),
        "document": segment.document,
        "dated": segment.dated.toordinal(),
        "length": sum(map(len, text.values())),
        "title_length": sum(map(len, title.values())),
    }


def mark(upto: int) -> dict[str, Any]:
    """The entry that remembers the last outbox id inside the index. It has no labels, so nobody ever finds it."""
    return {"key": {"mark"}, "card": (0, "mark", upto, ""), "document": 0, "dated": 0, "length": 0, "title_length": 0}


def occurrences(text: str, lang: str, keep_stops: bool = False) -> Occurrences:
    """Every word of a text under its language, with its positions."""
    found: dict[str, list[int]] = {}
    for word, position in terms(text, lang, keep_stops):
        found.setdefault(f"{lang}:{word}", []).append(min(position, _LAST_POSITION))
    return found


def _keys(segment: Segment) -> set[str]:
    facets = {**segment.facets(), "lang": frozenset({language(segment.lang)})}
    keys = {f"{name}:{value}" for name, values in facets.items() for value in values}
    keys |= {f"label:{label}" for label in segment.labels} | {f"within:{label}" for label in segment.within}
    return keys | {f"document:{segment.document}", f"part:{segment.part.partition(':')[0]}"}


def _grams(title: str) -> Iterator[str]:
    """The beginnings of every word; those of the first also with a hat, to prefer titles that begin so."""
    for place, word in enumerate(plain_words(title)):
        beginnings = [word] if len(word) == 1 else [word[:size] for size in range(2, LONGEST_GRAM + 1)]
        yield from beginnings
        if not place:
            yield from (f"^{beginning}" for beginning in beginnings)
        yield from pairs(word)
