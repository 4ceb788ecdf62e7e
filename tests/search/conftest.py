"""Every contract test runs once on each engine."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from search.engine import Engine
from search.plan import Aliases
from search.postgres_engine import PostgresEngine
from search.whoosh_engine import WhooshEngine
from tests.search.makers import NAMES

SERVER = os.environ.get("CHANCERY_TEST_DATABASE_URL", "postgresql+psycopg://postgres@127.0.0.1/postgres")
DATA = Path(os.environ.get("CHANCERY_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))

MakeEngine = Callable[[], Engine]


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    """A PostgreSQL database that lives as long as the test run."""
    server = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    name = f"chancery_search_{uuid.uuid4().hex[:12]}"
    try:
        with server.connect() as connection:
            connection.execute(text(f"create database {name}"))
    except OperationalError as error:
        pytest.skip(f"no PostgreSQL server at {make_url(SERVER).render_as_string()}: {error.orig}")
    made = create_engine(make_url(SERVER).set(database=name))
    yield made
    made.dispose()
    with server.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    server.dispose()


@pytest.fixture(params=["whoosh", "postgres"])
def make_engine(request: pytest.FixtureRequest, tmp_path: Path) -> MakeEngine:
    """Makes empty engines of one sort."""

    def make(aliases: Aliases = NAMES) -> Engine:
        if request.param == "whoosh":
            return WhooshEngine(tmp_path / uuid.uuid4().hex, aliases)
        return _empty_postgres(request.getfixturevalue("database"), aliases)

    return make


@pytest.fixture
def engine(make_engine: MakeEngine) -> Engine:
    return make_engine()


@pytest.fixture
def whoosh(tmp_path: Path) -> WhooshEngine:
    return WhooshEngine(tmp_path / "index", NAMES)


@pytest.fixture
def postgres(database: Database) -> PostgresEngine:
    return _empty_postgres(database, NAMES)


def _empty_postgres(database: Database, aliases: Aliases) -> PostgresEngine:
    engine = PostgresEngine(database, aliases)
    engine.prepare()
    with database.begin() as connection:
        connection.execute(text("truncate search_segment, search_state"))
    return engine


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of public test collections."""
    if not DATA.is_dir():
        pytest.skip(f"the test collections are not at {DATA}; set CHANCERY_TEST_DATA")
    return DATA
