"""The commands that bring things in: `chancery world` and `chancery import`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db, kinds, outbox
from wiki.documents import sharing
from wiki.documents.files import FileStore
from wiki.documents.sharing import REASONS, Sharing
from wiki.exchange import world
from wiki.exchange.markdown_import import Import, Wanted
from wiki.exchange.problems import FileRefused, did_you_mean
from wiki.exchange.report import Report
from wiki.people.models import Group, Person
from wiki.people.operations import plain_email
from wiki.settings import Settings

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
Command = TypeVar("Command", bound=Callable[..., Any])
DAY = click.DateTime(["%Y-%m-%d"])

world_commands = AppGroup("world", help="Groups, people and documents in one file.")
import_commands = AppGroup("import", help="Bring in what was written elsewhere.")


def _settings() -> Settings:
    found: Settings = current_app.extensions["chancery_settings"]
    return found


def _store() -> FileStore:
    found: FileStore = current_app.extensions["chancery_files"]
    return found


@world_commands.command("load")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Check everything and say what would be done, but write nothing.")
def load_world(file: Path, dry_run: bool) -> None:
    """Load FILE, a world in YAML. A second load changes nothing.

    Everything is checked before anything is written. Exit code 1 means that the file was refused; every mistake is then
    told with its line, its place in the file and the remedy.
    """
    try:
        outcome = world.load(file, settings=_settings(), store=_store(), dry_run=dry_run)
    except FileRefused as refused:
        _refuse(refused)
    for notice in outcome.notices:
        click.echo(f"Notice: {notice}", err=True)
    if not dry_run:
        outbox.drain(wait=True)
    click.echo(f"{'Nothing written. It would be: ' if dry_run else ''}{outcome}")


def _refuse(refused: FileRefused) -> None:
    for problem in refused.problems:
        click.echo(str(problem), err=True)
    count = len(refused.problems)
    click.echo(f"Nothing was written: {count} {'mistake' if count == 1 else 'mistakes'}.", err=True)
    sys.exit(1)


_SHARING = (
    click.option("--owner", required=True, metavar="UNIT", help="The id of the unit or post that will keep them."),
    click.option(
        "--audience",
        multiple=True,
        default=["service"],
        show_default=True,
        help="Who may read: service, group:<id> or person:<e-mail>. May be given several times.",
    ),
    click.option("--reason", type=click.Choice(list(REASONS)), help="Why they are held back, if they are."),
    click.option("--until", type=DAY, help="The day on which the reason ends."),
    click.option("--release-title", default="", help="The title everyone may see, if they are held back."),
    click.option("--share-line", default="", help="The sentence everyone may read, if they are held back."),
)


def sharing_options(command: Command) -> Command:
    """Give a command the options that say who keeps what it brings in and who may read it: see `chosen_sharing`."""
    for option in reversed(_SHARING):
        command = option(command)
    return command


@import_commands.command("markdown")
@click.argument("folder", type=FOLDER, metavar="DIR")
@click.option("--kind", default="page", show_default=True, help="What the files become.")
@sharing_options
@click.option("--author", default="", metavar="EMAIL", help="Who is named as their author; nobody unless given.")
@click.option("--site", default="", metavar="URL", help="The old site: links to it become links to the documents.")
@click.option("--report", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write the report here.")
@click.option("--dry-run", is_flag=True, help="Read, convert and report, but write nothing.")
def import_markdown(
    folder: Path,
    kind: str,
    owner: str,
    audience: Sequence[str],
    reason: str | None,
    until: datetime | None,
    release_title: str,
    share_line: str,
    author: str,
    site: str,
    report: Path | None,
    dry_run: bool,
) -> None:
    """Import every Markdown file below DIR as a tree of documents.

    Run it again after a break or a change at the source: what is here and unchanged is skipped, and what was edited
    here is left alone.
    """
    chosen = chosen_sharing(owner, audience, reason, until, release_title, share_line)
    with db.system_session() as session:
        _check_kind(kind)
        writer = _person(session, author, "--author").id if author else None
    wanted = Wanted(kind, owner, chosen, writer, site)
    job = Import(folder, wanted, settings=_settings(), store=_store(), dry_run=dry_run)
    found = _run(job)
    _tell(found, report, dry_run)


def chosen_sharing(
    owner: str,
    audience: Sequence[str],
    reason: str | None,
    until: datetime | None,
    release_title: str,
    share_line: str,
) -> Sharing:
    """The sharing that the options of `sharing_options` mean. Raises BadParameter when it cannot be."""
    with db.system_session() as session:
        _check_owner(session, owner)
        labels = tuple(_label(session, word) for word in audience)
        end: date | None = until.date() if until else None
        chosen = Sharing(labels, release_title=release_title, share_line=share_line, reason=reason, until=end)
        _check_sharing(session, chosen, owner)
    return chosen


def _check_kind(kind: str) -> None:
    if kind not in kinds.all_kinds():
        raise click.BadParameter(
            f"“{kind}” is not a kind. {did_you_mean(kind, kinds.all_kinds())}", param_hint="--kind"
        )


def _check_owner(session: Session, owner: str) -> None:
    groups = list(session.scalars(select(Group.id)))
    if owner not in groups:
        raise click.BadParameter(f"there is no group “{owner}”. {did_you_mean(owner, groups)}", param_hint="--owner")


def _label(session: Session, word: str) -> str:
    prefix, _, rest = word.partition(":")
    return f"person:{_person(session, rest, '--audience').public_id}" if prefix == "person" else word


def _person(session: Session, email: str, option: str) -> Person:
    found = session.scalar(select(Person).where(Person.email == plain_email(email)))
    if found is None:
        raise click.BadParameter(f"nobody here has the address “{email}”.", param_hint=option)
    return found


def _check_sharing(session: Session, chosen: Sharing, owner: str) -> None:
    problems = sharing.problems(session, chosen, owner=owner, settings=_settings())
    if problems:
        option = "--" + problems[0].field.replace("_", "-")
        raise click.BadParameter(str(problems[0]), param_hint=option)


def _run(job: Import) -> Report:
    with click.progressbar(length=job.read(), label="Importing", file=sys.stderr) as bar:
        found = job.run(bar.update)
    if not job.dry_run:
        click.echo("Indexing …", err=True)
        outbox.drain(wait=True)
    return found


def _tell(found: Report, report: Path | None, dry_run: bool) -> None:
    if dry_run:
        click.echo("Nothing was written.")
    for line in found.summary():
        click.echo(line)
    if report is not None:
        report.write_text("\n".join(found.lines()) + "\n", encoding="utf-8")
        click.echo(f"The whole report is in {report}.")
