"""The table of the PostgreSQL engine, in the application's own database, and what a segment looks like in it."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    inspect,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR

from search.analysis import language, plain_words, terms
from search.engine import Segment
from search.titles import pairs

metadata = MetaData()

segment = Table(
    "search_segment",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("document", BigInteger, nullable=False),
    Column("part", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("labels", ARRAY(Text), nullable=False),
    # The labels of its document where it is a passage; null elsewhere.
    Column("within", ARRAY(Text), nullable=True),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("lang", Text, nullable=False),
    Column("tags", ARRAY(Text), nullable=False),
    Column("platforms", ARRAY(Text), nullable=False),
    Column("topics", ARRAY(Text), nullable=False),
    Column("dated", Date, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("words", TSVECTOR, nullable=False),
    Column("titles", TSVECTOR, nullable=False),
    Column("starts", TSVECTOR, nullable=False),
    Column("spell", ARRAY(Text), nullable=False),
    Column("length", Integer, nullable=False),
    Column("title_length", Integer, nullable=False),
)
Index("ix_search_segment_document_part", segment.c.document, segment.c.part, unique=True)
Index("ix_search_segment_labels", segment.c.labels, postgresql_using="gin")
Index("ix_search_segment_words", segment.c.words, postgresql_using="gin")
Index("ix_search_segment_titles", segment.c.titles, postgresql_using="gin")
Index("ix_search_segment_starts", segment.c.starts, postgresql_using="gin")
Index("ix_search_segment_sums", segment.c.lang, segment.c.open, segment.c.length, segment.c.title_length)

state = Table(
    "search_state",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

# PostgreSQL keeps 255 places of a word at most, places up to 16,383, and a megabyte of words in one text.
MOST_PLACES = 255
_LAST_PLACE = 16383
_MOST_WORDS = 30_000


def create(connection: Connection) -> None:
    """Create the tables and their indexes where they are missing, and make those of an older release anew, empty.

    An index that has applied less than the database has finished is built anew from it.
    """
    if _is_older(connection):
        metadata.drop_all(connection)
    metadata.create_all(connection)


def _is_older(connection: Connection) -> bool:
    looked_at = inspect(connection)
    if not looked_at.has_table(segment.name):
        return False
    there = {column["name"] for column in looked_at.get_columns(segment.name)}
    return not there >= set(segment.columns.keys())


def row(of: Segment) -> dict[str, Any]:
    """The columns of one segment; words arrive cut by us, so PostgreSQL's own dictionaries are not used."""
    lang = language(of.lang)
    text = _places(f"{of.title}\n{of.headings}\n{of.text}", lang)
    title = _places(of.title, lang, keep_stops=True)
    one = {"part": of.part, "kind": of.kind, "status": of.status, "owner": of.owner, "lang": lang, "title": of.title}
    several = {"labels": of.labels, "tags": of.tags, "platforms": of.platforms, "topics": of.topics}
    return {
        **{name: _storable(value) for name, value in one.items()},
        **{name: sorted(map(_storable, values)) for name, values in several.items()},
        "within": sorted(map(_storable, of.within)) if of.is_passage else None,
        "document": of.document,
        "open": of.is_open,
        "dated": of.dated,
        "revision": of.revision,
        "words": _vector(text),
        "titles": _vector(title),
        "starts": _starts(of),
        "spell": sorted(set(plain_words(f"{of.title}\n{of.headings}"))),
        "length": sum(map(len, text.values())),
        "title_length": sum(map(len, title.values())),
    }


def _storable(value: str) -> str:
    """Text without what UTF-8 or PostgreSQL cannot hold."""
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def lexeme(word: str) -> str:
    """A word as PostgreSQL reads it inside a tsvector or tsquery."""
    escaped = word.replace("\\", "\\\\").replace("'", "''").replace("\0", "")
    return f"'{escaped}'"


def _places(text: str, lang: str, keep_stops: bool = False) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    for word, position in terms(text, lang, keep_stops):
        found.setdefault(f"{lang}:{word}", []).append(min(position + 1, _LAST_PLACE))
    return dict(islice(found.items(), _MOST_WORDS))


def _vector(places: Mapping[str, list[int]]) -> str:
    return " ".join(f"{lexeme(w)}:{','.join(map(str, found[:MOST_PLACES]))}" for w, found in places.items())


def _starts(of: Segment) -> str:
    """Plain words: those of the title weighted A for suggestions, those of headings B, for spelling alone."""
    title = plain_words(of.title)
    first = {*title, *(pair for word in title for pair in pairs(word))}
    others = set(plain_words(of.headings)) - first
    return " ".join([*(f"{lexeme(word)}:1A" for word in first), *(f"{lexeme(word)}:1B" for word in others)])
