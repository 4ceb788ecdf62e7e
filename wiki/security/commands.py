"""`chancery audit`: is the log whole, and the log as a file."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import audit
from wiki.access.models import AuditEvent
from wiki.people.importing import quoted
from wiki.people.models import Person
from wiki.security.log import dated

audit_commands = AppGroup("audit", help="Check the log and export it.")
_DAY = click.DateTime(formats=["%Y-%m-%d"])
COLUMNS = ("row", "at", "actor", "what", "about", "owner", "details", "previous", "digest")


@audit_commands.command("verify")
@click.option("--noted", metavar="DIGEST", help="A digest noted down before: say whether the log still holds it.")
def verify(noted: str | None) -> None:
    """Walk the log from its first row to its last.

    Exits with 0 when every row is there, unchanged and in its place, and with 1 when not. Note down the last digest
    somewhere else: whoever can write in the database could make the whole log anew, but not with the same digests.
    """
    with db.system_session() as session:
        fault = next(audit.faults(session), None)
        digest, count = audit.end(session)
        known = noted is None or session.scalar(select(AuditEvent.id).where(AuditEvent.digest == noted)) is not None
    if fault is not None:
        where = f"Row {fault.row}" if fault.row else "The log"
        click.echo(f"BROKEN. {where}: {fault.what}.", err=True)
        sys.exit(1)
    if not known:
        click.echo(f"BROKEN. No row has the digest {noted}: the log was made anew or cut short.", err=True)
        sys.exit(1)
    click.echo(f"The log is whole: {count} rows.")
    click.echo(f"Last digest, to note down: {digest or 'none yet'}")


@audit_commands.command("export")
@click.option("--from", "since", type=_DAY, help="First day, such as 2027-03-01, in UTC.")
@click.option("--to", "until", type=_DAY, help="Last day, in UTC.")
@click.option("--format", "how", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
def export(since: datetime | None, until: datetime | None, how: str) -> None:
    """Write the log to the standard output, oldest row first.

    Exits with 2 when the days make no sense. The export is a row of the log itself.
    """
    if since and until and until < since:
        raise click.UsageError("The last day is before the first.")
    with db.system_session() as session:
        rows = _rows(session, since, until)
        number = _write_table(rows) if how == "csv" else _write_lines(rows)
    with db.system_session(writing=True) as session:
        audit.record(session, "log:export", by=None, rows=number, how=how)


def _rows(session: Session, since: datetime | None, until: datetime | None) -> Iterator[dict[str, Any]]:
    people: dict[int, str] = dict(session.execute(select(Person.id, Person.public_id)).all())
    wanted = dated(select(AuditEvent), since and since.date(), until and until.date()).order_by(AuditEvent.id)
    for event in session.scalars(wanted.execution_options(yield_per=1000)):
        yield {
            "row": event.id,
            "at": event.at.isoformat(),
            "actor": "" if event.actor_id is None else people.get(event.actor_id, str(event.actor_id)),
            "what": event.what,
            "about": event.about,
            "owner": event.owner,
            "details": event.details,
            "previous": event.previous,
            "digest": event.digest,
        }


def _write_table(rows: Iterator[dict[str, Any]]) -> int:
    writer, number = csv.writer(sys.stdout), 0
    writer.writerow(COLUMNS)
    for row in rows:
        number += 1
        cells = {**row, "details": json.dumps(row["details"], ensure_ascii=False, sort_keys=True)}
        writer.writerow([cells["row"], *(quoted(str(cells[name])) for name in COLUMNS[1:])])
    return number


def _write_lines(rows: Iterator[dict[str, Any]]) -> int:
    number = 0
    for row in rows:
        number += 1
        click.echo(json.dumps(row, ensure_ascii=False))
    return number
