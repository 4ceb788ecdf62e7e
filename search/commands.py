"""`chancery search`: look after the index."""

from __future__ import annotations

import sys

import click
from flask.cli import with_appcontext
from sqlalchemy import func, select

from search import api, indexer
from search.engine import EngineError
from wiki import db
from wiki.documents.models import Document


@click.group("search")
def search_commands() -> None:
    """Look after the search index. The database is never changed."""


@search_commands.command()
@with_appcontext
def rebuild() -> None:
    """Index everything anew, beside the old index, then swap."""
    with db.system_session() as session:
        total = session.scalar(select(func.count(Document.id))) or 0
    with click.progressbar(length=total, label="Indexing") as bar:
        done = 0

        def progress(count: int) -> None:
            nonlocal done
            bar.update(count - done)
            done = count

        try:
            indexer.rebuild(api.engine(), progress)
        except EngineError as error:
            raise click.ClickException(f"The index could not be built: {error}. The old one stays in use.") from error
    click.echo("The index is new.")


@search_commands.command()
@click.option("--dry-run", is_flag=True, help="Only say what differs.")
@with_appcontext
def verify(dry_run: bool) -> None:
    """Compare the index with the database and repair it. Exits with 1 when something differed."""
    if dry_run:
        try:
            wrong = indexer.differences(api.engine())
        except EngineError as error:
            raise click.ClickException(f"The index cannot be read: {error}. Run “chancery search rebuild”.") from error
        click.echo(f"{len(wrong)} documents differ.")
        sys.exit(1 if wrong else 0)
    done = indexer.heal(api.engine())
    click.echo({"nothing": "The index agrees with the database.", "repair": "The index differed and was repaired.",
                "rebuild": "The index could not be used and was built anew."}[done])  # fmt: skip
    sys.exit(0 if done == "nothing" else 1)
