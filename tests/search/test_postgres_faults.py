"""What only the PostgreSQL engine promises: the index is part of the page's own transaction."""

import threading

import pytest
from sqlalchemy import create_engine

from search.engine import EngineBroken
from search.postgres_engine import PostgresEngine
from search.query import parse
from tests.search.makers import EVERYONE, ids, make_segment


def test_a_rolled_back_page_was_never_indexed(postgres: PostgresEngine, database) -> None:
    with database.connect() as connection:
        postgres.index([make_segment(1, "visa")], connection=connection)
        connection.rollback()
    assert postgres.search(parse("visa"), EVERYONE, limit=5).total == 0


def test_a_committed_page_is_found_at_once(postgres: PostgresEngine, database) -> None:
    with database.begin() as connection:
        postgres.index([make_segment(1, "visa")], connection=connection)
        assert postgres.search(parse("visa"), EVERYONE, limit=5).total == 0
    assert ids(postgres.search(parse("visa"), EVERYONE, limit=5)) == [1]
    with database.begin() as connection:
        postgres.remove([1], connection=connection)
    assert postgres.search(parse("visa"), EVERYONE, limit=5).total == 0


def test_two_transactions_on_the_same_documents_take_turns(postgres: PostgresEngine) -> None:
    wrong: list[Exception] = []

    def write(numbers: list[int]) -> None:
        try:
            for revision in range(8):
                postgres.index([make_segment(n, "visa", revision=revision) for n in numbers])
        except Exception as error:
            wrong.append(error)

    writers = [threading.Thread(target=write, args=(numbers,)) for numbers in ([1, 2, 3], [3, 2, 1], [2, 3])]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert wrong == []
    assert postgres.search(parse("visa"), EVERYONE, limit=5).total == 3


def test_a_server_that_is_away_counts_as_broken() -> None:
    away = PostgresEngine(create_engine("postgresql+psycopg://postgres@127.0.0.1:1/nowhere"))
    assert not away.healthy()
    with pytest.raises(EngineBroken):
        away.search(parse("visa"), EVERYONE, limit=5)
