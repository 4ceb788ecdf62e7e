"""A world to measure in: groups, a reader, and documents written through the product's own operations."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path

from flask import Flask
from sqlalchemy import delete
from sqlalchemy.orm import Session

from benchmarks import corpus, deeds
from benchmarks.corpus import Made
from search import api, indexer
from wiki import db, migrate, outbox
from wiki.documents import operations, texts
from wiki.documents.models import Term
from wiki.documents.operations import Facts
from wiki.documents.sharing import Sharing
from wiki.people import passwords
from wiki.people.models import Group, Membership, Person
from wiki.settings import Settings

EMAIL, PASSWORD = "reader@example.org", "three quiet herons"
BATCH, COLLEAGUES = 200, 300
LONG_AGO = date(2020, 1, 1)
UNTIL = date(2100, 1, 1)


# PostgreSQL in place of SQLite: the address of a database, empty or that of the world that was kept.
DATABASE = os.environ.get("BENCHMARK_DATABASE_URL", "")
STATUSES = {"guideline": "in-force", "lesson": "observed"}


def settings(folder: Path) -> Settings:
    """The settings of a world in this folder."""
    return Settings(data_dir=folder, database_url=DATABASE, public_url="http://127.0.0.1")


def make(folder: Path, size: int, only: str | None = None) -> None:
    """Fill an empty folder with a world of `size` documents, of one kind or of all, indexed, with what people did."""
    app = application(folder)
    with app.app_context():
        migrate.upgrade(db.database())
        with db.system_session(writing=True) as session:
            _people(session)
        source = corpus.documents(size, only)
        while batch := list(islice(source, BATCH)):
            _write(batch)
        with db.system_session(writing=True) as session:
            deeds.add(session, EMAIL, size)
        indexer.rebuild(api.engine())
        _forget_waiting()
    app.extensions["chancery_search"].close()
    app.extensions["chancery_db"].engine.dispose()


def application(folder: Path) -> Flask:
    """The whole application on this folder, in this process."""
    import guidelines
    import search
    import training
    from wiki.app import create_app

    return create_app(search, guidelines, training, settings=settings(folder))


def _people(session: Session) -> None:
    for number in range(corpus.GROUPS):
        sort = "post" if number % 2 else "unit"
        session.add(Group(id=corpus.group(number), name=f"Group number {number}", type=sort))
    reader = Person(email=EMAIL, name="Rita Reader", password_hash=passwords.hashed(PASSWORD))
    lead = Person(email="lead@example.org", name="Lena Lead", password_hash=None)
    others = [Person(email=f"p{each}@example.org", name=f"Colleague {each}") for each in range(COLLEAGUES)]
    session.add_all([reader, lead, *others])
    session.flush()
    led = _groups_of_the_reader()[0]
    for number in _groups_of_the_reader():
        rank = "lead" if number == led else "member"
        session.add(Membership(person_id=reader.id, group_id=corpus.group(number), rank=rank, starts_on=LONG_AGO))
    for number in range(corpus.GROUPS):
        session.add(Membership(person_id=lead.id, group_id=corpus.group(number), rank="lead", starts_on=LONG_AGO))
    for vocabulary, words in (("platform", corpus.PLATFORMS), ("topic", corpus.TOPICS)):
        session.add_all(Term(vocabulary=vocabulary, slug=word, name=word.capitalize()) for word in words)


def _write(batch: list[Made]) -> None:
    prepared = [(made, texts.prepare(made.title, made.body)) for made in batch]
    with db.system_session(writing=True) as session:
        for made, text in prepared:
            facts = Facts(made.owner, "en", None, made.terms, made.columns)
            document = operations.draft(session, made.kind, text, facts, _sharing(made), by=None, slug=made.slug)
            operations.publish(session, document, by=None, status=STATUSES.get(made.kind, "published"))


def _sharing(made: Made) -> Sharing:
    if not made.groups:
        return Sharing()
    return Sharing(
        audience=tuple(f"group:{name}" for name in made.groups),
        discovery="stub" if made.number % 2 else "hidden",
        release_title=f"Notice {made.number}",
        share_line="Ask the owner whether you may read it.",
        reason="negotiation",
        until=UNTIL,
    )


def _forget_waiting() -> None:
    """The rows that asked for what the rebuild has just done."""
    with db.system_session(writing=True) as session:
        session.execute(delete(outbox.OutboxRow))


def readable_slugs(kind: str, count: int, size: int) -> list[str]:
    """Addresses of documents of a kind that the reader may open, drawn evenly."""
    held = {corpus.group(number) for number in _groups_of_the_reader()}
    found = (made for made in _shuffled(size) if not made.groups or held & set(made.groups))
    return list(islice((made.slug for made in found if made.kind == kind), count))


def open_slugs(kind: str, count: int, size: int) -> list[str]:
    """Addresses of documents of a kind that everybody may open."""
    return list(islice((made.slug for made in _shuffled(size) if made.kind == kind and not made.groups), count))


def _shuffled(size: int) -> Iterator[Made]:
    numbers = list(range(size))
    random.Random(2).shuffle(numbers)
    return (corpus.document(number, size) for number in numbers)


def _groups_of_the_reader() -> list[int]:
    return random.Random(1).sample(range(corpus.GROUPS), corpus.READER_GROUPS)
