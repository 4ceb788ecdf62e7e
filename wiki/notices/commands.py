"""`chancery mail`: trying the mail."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext

from wiki import mail
from wiki.settings import Settings


@click.group("mail")
def mail_commands() -> None:
    """Letters that are sent."""


@mail_commands.command()
@click.argument("address")
@with_appcontext
def test(address: str) -> None:
    """Send a letter that says nothing to ADDRESS. Ends with 1 if it was not taken, with 2 if that is no address."""
    settings: Settings = current_app.extensions["chancery_settings"]
    if address.count("@") != 1 or not all(address.split("@")) or any(sign.isspace() for sign in address):
        raise click.UsageError(f"“{address}” is not an address.")
    try:
        mail.send(address, "test", lang=settings.languages[0], link=settings.public_url)
    except mail.Later as error:
        raise click.ClickException(f"The letter could not be sent now: {error}") from error
    except mail.Refused as error:
        raise click.ClickException(f"The letter was refused: {error}") from error
    if settings.smtp_host:
        click.echo(
            f"{settings.smtp_host} took the letter to {address}. Whether it arrives, only that mailbox can tell."
        )
    else:
        click.echo(f"No mail server is set (CHANCERY_SMTP_HOST): the letter lies in {settings.data_dir / 'mail'}.")
