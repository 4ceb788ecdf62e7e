"""`chancery import lessons`: lessons that were kept in a table somewhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from guidelines.lessons import columns
from guidelines.lessons.columns import MappingRefused
from guidelines.lessons.importing import LessonImport, Wanted
from guidelines.lessons.importing_report import RowReport
from guidelines.lessons.importing_rows import Table, Unreadable, open_table
from guidelines.lessons.importing_text import Reading
from guidelines.lessons.models import Nature
from wiki import db, outbox
from wiki.documents.models import Term
from wiki.documents.texts import slug_of
from wiki.exchange.commands import FILE, chosen_sharing, import_commands, sharing_options
from wiki.exchange.problems import did_you_mean

_REPORT = click.Path(dir_okay=False, writable=True, path_type=Path)
_SOURCE_LENGTH = 60
_SAID_EVERY = 1000


def register() -> None:
    """Add the command to `chancery import`."""
    import_commands.add_command(import_lessons)


@click.command("lessons")
@with_appcontext
@click.argument("file", type=FILE)
@sharing_options
@click.option("--source", default="", metavar="NAME", help="Where they come from; the name of the file unless given.")
@click.option(
    "--map", "pairs", multiple=True, metavar="COLUMN=PART", help="What a column is. May be given several times."
)
@click.option("--mapping", type=FILE, help="What the columns are, as a YAML file: “Column: part” on each line.")
@click.option("--status", type=click.Choice(["observed", "identified"]), default="observed", show_default=True)
@click.option(
    "--nature",
    type=click.Choice([str(nature) for nature in Nature]),
    default="failure",
    help="Where the file does not say it.",
)
@click.option("--platform", multiple=True, help="A platform that all of them are about.")
@click.option("--topic", multiple=True, help="A topic that all of them are about.")
@click.option("--lang", default="en", show_default=True, help="The language they are written in.")
@click.option("--limit", type=click.IntRange(min=1), help="Take only so many rows, to try it out.")
@click.option("--report", type=_REPORT, help="Write what became of each row here, as CSV.")
@click.option("--dry-run", is_flag=True, help="Read and report, but write nothing.")
def import_lessons(
    file: Path,
    owner: str,
    source: str,
    pairs: Sequence[str],
    mapping: Path | None,
    platform: Sequence[str],
    topic: Sequence[str],
    limit: int | None,
    report: Path | None,
    dry_run: bool,
    **more: Any,
) -> None:
    """Import the lessons in FILE: CSV with the names of the columns in its first line, or JSON with one record on each.

    The columns of NASA LLIS are known, and so are plain names such as Title, What happened and Recommendation. A column
    of another name is kept in the text, unless --map or --mapping says which part of a lesson it is: id, title,
    abstract, happened, intended, sense, learned, recommended, cause, action, happened_on, nature, harm, topics,
    platforms, or skip.

    Run it again after a break or a change in the file: what is here and unchanged is skipped, and what was edited here
    is left alone. Exit code 1 means that rows were refused, or the whole file; all other rows are in.
    """
    told_to = ("audience", "reason", "until", "release_title", "share_line")
    sharing = chosen_sharing(owner, *(more[name] for name in told_to))
    platforms, topics = _terms("platform", platform), _terms("topic", topic)
    wanted = Wanted(_source(source or file.stem), owner, sharing, more["status"], tuple(platform), tuple(topic))
    table, found = _opened(file, pairs, mapping)
    with ExitStack() as stack:
        out = stack.enter_context(report.open("w", encoding="utf-8", newline="")) if report else None
        told = RowReport(out)
        told.notices += [*table.notices, *_unknown(found)]
        reading = Reading(found, more["lang"], more["nature"])
        job = LessonImport(wanted, reading, told, dry_run=dry_run, topics=topics, platforms=platforms)
        _run(job, table, limit)
    _tell(told, report, dry_run)


def _source(name: str) -> str:
    if len(name) > _SOURCE_LENGTH or slug_of(name) == "untitled":
        raise click.BadParameter(f"give a short name of letters, at most {_SOURCE_LENGTH}.", param_hint="--source")
    return slug_of(name)


def _terms(vocabulary: str, wished: Sequence[str]) -> frozenset[str]:
    """The words of a vocabulary, which holds all that is wished."""
    with db.system_session() as session:
        known = frozenset(session.scalars(select(Term.slug).where(Term.vocabulary == vocabulary)))
    for word in wished:
        if word not in known:
            hint = did_you_mean(word, known)
            raise click.BadParameter(f"“{word}” is no {vocabulary} here. {hint}", param_hint=f"--{vocabulary}")
    return known


def _opened(file: Path, pairs: Sequence[str], mapping: Path | None) -> tuple[Table, columns.Columns]:
    try:
        wished = (columns.mapping_in(mapping) if mapping else {}) | columns.pairs_of(pairs)
        table = open_table(file)
        return table, columns.columns_of(table.columns, wished)
    except MappingRefused as refused:
        raise click.UsageError(str(refused)) from None
    except Unreadable as refused:
        raise click.ClickException(f"{file.name}: {refused} Nothing was written.") from None


def _unknown(found: columns.Columns) -> list[str]:
    return [
        " ".join(
            f"The column “{name}” is not known; its words stand at the end of the text. {columns.near(name)}".split()
        )
        for name in found.others
    ]


def _run(job: LessonImport, table: Table, limit: int | None) -> None:
    """Import, then index. What a broken file leaves unread is told as an error."""
    try:
        job.run(islice(table.rows(), limit), _say_how_far())
    except Unreadable as refused:
        raise click.ClickException(f"{refused} The rows before it are imported.") from None
    finally:
        if not job.dry_run:
            click.echo("Indexing …", err=True)
            outbox.drain(wait=True)


def _say_how_far() -> Callable[[int], None]:
    done = 0

    def say(number: int) -> None:
        nonlocal done
        before, done = done, done + number
        if before // _SAID_EVERY != done // _SAID_EVERY:
            click.echo(f"{done:,} rows …", err=True)

    return say


def _tell(told: RowReport, report: Path | None, dry_run: bool) -> None:
    if dry_run:
        click.echo("Nothing was written. It would be:")
    for line in told.summary():
        click.echo(line)
    if report is not None:
        click.echo(f"The whole report is in {report}.")
    if told.refused:
        sys.exit(1)
