"""`chancery`: the commands of whoever runs it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import FlaskGroup, with_appcontext

from wiki import clocks, db, migrate, occupancy, outbox
from wiki.backup import backup
from wiki.exchange.commands import import_commands, world_commands
from wiki.restore import restore
from wiki.settings import Settings, SettingsError

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """The console command. Its group is Flask's own, so `chancery --help` lists everything that slices add."""
    sys.path.insert(0, str(ROOT))
    try:
        group.main(prog_name="chancery")
    except SettingsError as error:
        click.echo(f"chancery: {error}", err=True)
        sys.exit(2)
    except occupancy.Occupied as error:
        click.echo(f"chancery: {error}", err=True)
        sys.exit(1)


def _app() -> Flask:
    from wsgi import app

    return app


group = FlaskGroup(
    create_app=_app, help="Chancery, the shared memory of a diplomatic service.", add_default_commands=False
)


def init_app(app: Flask) -> None:
    """Add the commands that belong to no slice."""
    for command in (init, serve, work, check, backup, restore, world_commands, import_commands):
        app.cli.add_command(command)


def _settings() -> Settings:
    found: Settings = current_app.extensions["chancery_settings"]
    return found


@click.command()
@click.option("--starter", is_flag=True, help="Also load the starter pack; what was edited here is left alone.")
@click.option("--demo", is_flag=True, help="Also load an invented cast with its lessons, to try things out.")
@with_appcontext
def init(starter: bool, demo: bool) -> None:
    """Make or upgrade the database, and make sure there is an administrator. Safe to run again."""
    from wiki.exchange.starter import demo_addresses, load_demo, load_starter
    from wiki.people.commands import ensure_administrator, invite_all

    if migrate.is_current(db.database()):
        click.echo("The database is up to date.")
    else:
        migrate.upgrade(db.database())
        click.echo("The database was brought up to date.")
    if starter or demo:
        # The lessons of the cast lead to the guidelines of the pack.
        click.echo(load_starter())
    if demo:
        click.echo(f"Demo: {load_demo()}")
        for address, link in invite_all(demo_addresses()):
            click.echo(f"  {address} signs in with {link}")
    outbox.drain(wait=True)
    awaited = ensure_administrator()
    if awaited and awaited.link:
        click.echo(f"\nOpen this link once to choose your password as the first administrator:\n\n  {awaited.link}\n")
    elif awaited:
        click.echo(f"The first administrator has not signed in. A new link: chancery token invite {awaited.email}")


@click.command()
@click.option("--workers", type=int, help="Processes; otherwise CHANCERY_WORKERS.")
@with_appcontext
def serve(workers: int | None) -> None:
    """Serve under gunicorn on CHANCERY_HOST and CHANCERY_PORT."""
    settings = _settings()
    if not migrate.is_current(db.database()):
        raise click.ClickException("The database is not up to date. Run “chancery init” first; it changes no text.")
    click.echo(f"Chancery answers on http://{settings.host}:{settings.port} (stop it with Ctrl-C)")
    arguments = [sys.executable, "-m", "gunicorn", "--config", "python:wiki.server"]
    # The folder stays the same, or a data folder named from here would be looked for elsewhere.
    arguments += ["--pythonpath", str(ROOT), "wsgi:app"]
    if workers:
        arguments += ["--workers", str(workers)]
    db.database().engine.dispose()
    os.execv(sys.executable, arguments)  # noqa: S606 - the very process becomes gunicorn; no shell is involved


@click.command()
@click.option("--once", is_flag=True, help="Do what is waiting now, then stop.")
@click.option("--every", default=2.0, show_default=True, help="Seconds between looks.")
@with_appcontext
def work(once: bool, every: float) -> None:
    """Do the work that follows changes: index, mail, clocks. Any number of nodes may run it."""
    import time

    from wiki import health

    if db.database().is_sqlite:
        occupancy.share(_settings().data_dir)
    if not once:
        health.mend(current_app)
    while True:
        done = outbox.drain(wait=True) + clocks.run()
        if once:
            click.echo(f"{done} done.")
            return
        if not done:
            time.sleep(every)


@click.command()
@with_appcontext
def check() -> None:
    """Look at settings, database, files and index, and say what is wrong. Exits with 1 when something is."""
    from wiki import health

    findings = health.look(current_app)
    for finding in findings:
        click.echo(f"{'ok ' if finding.fine else 'BAD'}  {finding.about}: {finding.words}")
    if not all(finding.fine for finding in findings):
        sys.exit(1)
