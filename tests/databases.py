"""Databases of PostgreSQL for tests: made once, emptied after each test and lent again, for making one is slow."""

from __future__ import annotations

import os
import uuid

import psycopg
from psycopg import sql

SERVER = os.environ.get("CHANCERY_TEST_DATABASE_URL", "postgresql+psycopg://postgres@127.0.0.1/postgres")
# Deleted rows stay on the disk for a while: an old database grows slow.
MOST_USES = 100

# All that a schema is made of, in one number: a test that changed it must not hand it on.
_SHAPE = """
select coalesce(sum(hashtext(told)::bigint), 0) from (
    select c.relname || '.' || a.attname || a.atttypid::text || a.attnotnull::text as told
      from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'public'::regnamespace and not a.attisdropped
    union all select 'trigger ' || tgname from pg_trigger where not tgisinternal
    union all select 'rule ' || conname from pg_constraint where connamespace = 'public'::regnamespace
) as parts
"""
_EMPTY = """
do $$ declare
    each record; filled boolean;
begin
    set local session_replication_role = replica;
    for each in select oid::regclass as named from pg_class
                 where relnamespace = 'public'::regnamespace and relkind = 'r' loop
        execute format('select exists (select from %s)', each.named) into filled;
        if filled then execute format('delete from %s', each.named); end if;
    end loop;
    for each in select oid from pg_class where relnamespace = 'public'::regnamespace and relkind = 'S' loop
        perform setval(each.oid, 1, false);
    end loop;
end $$
"""


def address(name: str) -> str:
    """What SQLAlchemy is told to connect to this database."""
    return SERVER.rsplit("/", 1)[0] + "/" + name


def make(template: str = "template1") -> str:
    """A new database like this one; returns its name."""
    name = f"chancery_test_{uuid.uuid4().hex[:10]}"
    _on_the_server(sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template)))
    return name


def drop(name: str) -> None:
    """Take it away, whoever is still connected."""
    _on_the_server(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _on_the_server(statement: sql.Composed) -> None:
    with psycopg.connect(_plain(SERVER), autocommit=True) as connection:
        connection.execute(statement)


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


class Pool:
    """Databases like a template, lent and taken back."""

    def __init__(self, template: str) -> None:
        self.template = template
        self._free: list[str] = []
        self._uses: dict[str, int] = {}
        with psycopg.connect(_plain(address(template))) as connection:
            self._shape = connection.execute(_SHAPE).fetchone()
            tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
            rows = {table: self._rows(connection, table) for (table,) in tables}
        self._first = {table: found for table, found in rows.items() if found}

    @staticmethod
    def _rows(connection: psycopg.Connection, table: str) -> bytes:
        with connection.cursor().copy(sql.SQL("copy {} to stdout").format(sql.Identifier(table))) as out:
            return b"".join(out)

    def lend(self) -> str:
        """The name of a database as empty as the template."""
        name = self._free.pop() if self._free else make(self.template)
        self._uses[name] = self._uses.get(name, 0) + 1
        return name

    def take_back(self, name: str) -> None:
        """Empty a database for the next test, or drop it if that one must not have it."""
        if self._uses[name] < MOST_USES and self._emptied(name):
            self._free.append(name)
        else:
            drop(name)

    def _emptied(self, name: str) -> bool:
        """Whether it is as the template again: not if the test left another schema behind."""
        with psycopg.connect(_plain(address(name))) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
            if connection.execute(_SHAPE).fetchone() != self._shape:
                return False
            connection.execute(_EMPTY)
            connection.execute("set local session_replication_role = replica")
            for table, rows in self._first.items():
                with connection.cursor().copy(sql.SQL("copy {} from stdin").format(sql.Identifier(table))) as into:
                    into.write(rows)
        return True

    def close(self) -> None:
        """Drop all that were taken back."""
        for name in self._free:
            drop(name)
