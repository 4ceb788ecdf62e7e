"""What weighs words in PostgreSQL: counted over what the whole service may read, and nothing else."""

import time
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, cast, func, select
from sqlalchemy.dialects.postgresql import TSQUERY

from search.postgres_table import segment as s
from search.postgres_words import single
from search.ranking import idf, length_norm

_REMEMBERED = 10.0

Sums = Mapping[str, tuple[int, float, float]]


class Statistics:
    """Average lengths are remembered for ten seconds, since they hardly move; words are counted for each question."""

    def __init__(self) -> None:
        self._sums: Sums = {}
        self._until = 0.0

    def forget(self) -> None:
        """Count anew at the next question, because this process has just written."""
        self._until = 0.0

    def languages(self, connection: Connection) -> list[str]:
        """The languages of all texts, found by skipping through the index instead of reading it."""
        first = select(func.min(s.c.lang).label("lang")).cte("langs", recursive=True)
        after = select(func.min(s.c.lang)).where(s.c.lang > first.c.lang).scalar_subquery()
        every = first.union_all(select(after).where(first.c.lang.is_not(None)))
        return list(connection.scalars(select(every.c.lang).where(every.c.lang.is_not(None))))

    def norms(self, lang: str) -> Mapping[str, tuple[float, float]]:
        documents, text, title = self._sums.get(lang, (0, 0.0, 0.0))
        return {"words": length_norm(text / max(documents, 1)), "titles": length_norm(title / max(documents, 1))}

    def weights(self, connection: Connection, words: Collection[str]) -> dict[tuple[str, str], float]:
        """The idf of each word in texts and in titles."""
        self._count(connection)
        wanted = [(column, word) for word in sorted(words) for column in ("words", "titles")]
        found = _holding(connection, wanted)
        return {pair: idf(self._documents(pair[1]), held) for pair, held in zip(wanted, found, strict=True)}

    def known(self, connection: Connection, words: Collection[str]) -> dict[str, float]:
        """The idf of those words that any open text holds."""
        self._count(connection)
        wanted = [("words", word) for word in sorted(words)]
        found = zip(wanted, _holding(connection, wanted), strict=True)
        return {word: idf(self._documents(word), held) for (_column, word), held in found if held}

    def unknown(self, lang: str) -> tuple[float, int]:
        """The idf of a word that no open text holds, and how many texts there are. Words must have been weighed."""
        documents = self._sums.get(lang, (0, 0.0, 0.0))[0]
        return idf(documents, 0), documents

    def _documents(self, word: str) -> int:
        return self._sums.get(word.partition(":")[0], (0, 0.0, 0.0))[0]

    def _count(self, connection: Connection) -> None:
        if time.monotonic() < self._until:
            return
        sums = select(s.c.lang, func.count(), func.sum(s.c.length), func.sum(s.c.title_length)).where(s.c.open)
        rows = connection.execute(sums.group_by(s.c.lang))
        self._sums = {lang: (documents, float(text), float(title)) for lang, documents, text, title in rows}
        self._until = time.monotonic() + _REMEMBERED


def _holding(connection: Connection, wanted: Sequence[tuple[str, str]]) -> Sequence[int]:
    """How many open rows hold each word in each column."""
    matches = (s.c[column].bool_op("@@")(cast(single(word), TSQUERY)) for column, word in wanted)
    counts = [select(func.count()).where(s.c.open, match).scalar_subquery() for match in matches]
    return tuple(connection.execute(select(*counts)).one()) if counts else ()
