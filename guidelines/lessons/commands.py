"""`chancery import lessons`: lessons that were kept in a table somewhere else; `mappings`: what its columns are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from guidelines.lessons import columns, mappings
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
    """Add the commands to `chancery import`."""
    import_commands.add_command(import_lessons)
    import_commands.add_command(import_mappings)


@click.command("lessons")
@with_appcontext
@click.argument("file", type=FILE)
@sharing_options
@click.option("--source", default="", metavar="NAME", help="Where they come from; the name of the file unless given.")
@click.option(
    "--map", "pairs", multiple=True, metavar="COLUMN=PART", help="What a column is. May be given several times."
)
@click.option(
    "--mapping",
    default="",
    metavar="FILE_OR_NAME",
    help="What the columns are: a YAML file with “Column: part” on each line, or the name of a saved mapping.",
)
@click.option("--save-mapping", default="", metavar="NAME", help="Keep --map and --mapping under a name for next time.")
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
    mapping: str,
    save_mapping: str,
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
    wished = _wished(pairs, mapping, save_mapping)
    table, found = _opened(file, wished)
    if save_mapping:
        _save(save_mapping, wished, dry_run)
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


def _wished(pairs: Sequence[str], mapping: str, name: str) -> dict[str, str]:
    """What the columns are by what was told: a file or a saved mapping, and single columns that go before it."""
    try:
        told = _mapping(mapping) | columns.pairs_of(pairs)
        if name and mappings.checked(name) and not told:
            raise MappingRefused("There is no mapping to save. Say what the columns are with --map or --mapping.")
        return told
    except MappingRefused as refused:
        raise click.UsageError(str(refused)) from None


def _mapping(mapping: str) -> dict[str, str]:
    if not mapping:
        return {}
    if Path(mapping).is_file():
        return columns.mapping_in(Path(mapping))
    with db.system_session() as session:
        return mappings.saved(session, mapping)


def _opened(file: Path, wished: Mapping[str, str]) -> tuple[Table, columns.Columns]:
    try:
        table = open_table(file)
        return table, columns.columns_of(table.columns, wished)
    except MappingRefused as refused:
        raise click.UsageError(str(refused)) from None
    except Unreadable as refused:
        raise click.ClickException(f"{file.name}: {refused} Nothing was written.") from None


def _save(name: str, wished: Mapping[str, str], dry_run: bool) -> None:
    """Keep a mapping that fits the table."""
    if dry_run:
        click.echo(f"The mapping fits. Without --dry-run it is saved as “{name}”.")
        return
    with db.system_session(writing=True) as session:
        replaced = mappings.save(session, name, wished)
    click.echo(f"The mapping is saved as “{name}”{', in place of the older one' if replaced else ''}.")


@click.command("mappings")
@with_appcontext
@click.option("--remove", default="", metavar="NAME", help="Forget this one. What was imported with it stays.")
def import_mappings(remove: str) -> None:
    """List the saved mappings of columns for `chancery import lessons`, or remove one."""
    if remove:
        try:
            with db.system_session(writing=True) as session:
                mappings.remove(session, remove)
        except MappingRefused as refused:
            raise click.UsageError(str(refused)) from None
        click.echo(f"The mapping “{remove}” is gone.")
        return
    with db.system_session() as session:
        found = [(each.name, each.parts) for each in mappings.listed(session)]
    for name, parts in found:
        click.echo(f"{name}: {', '.join(f'{column}={part}' for column, part in sorted(parts.items()))}")
    if not found:
        click.echo("No mapping is saved yet. Save one with --save-mapping when you import lessons.")


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
