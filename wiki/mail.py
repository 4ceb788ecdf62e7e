"""Mail: three templates each, sent by SMTP when a server is named, and else laid down as files.

A mail named `reset` is made of `templates/mail/reset.subject.txt`, `reset.txt` and `reset.html`. Without a server each
message is written to the folder `mail` of the data directory, readable by its owner alone, one `.eml` file each.
"""

from __future__ import annotations

import os
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import force_locale

from wiki import db
from wiki.languages import direction
from wiki.settings import Settings


def send(to: str, template: str, *, lang: str, **context: Any) -> None:
    """Send the mail `template` to one address, in this language. Needs an application context, not a request."""
    settings: Settings = current_app.extensions["chancery_settings"]
    with force_locale(lang):
        message = _compose(
            to, template, {"settings": settings, "lang": lang, "dir": direction(lang), **context}, settings
        )
    _lay_down(message, settings.data_dir / "mail")


def _compose(to: str, template: str, context: dict[str, Any], settings: Settings) -> EmailMessage:
    host = urlsplit(settings.public_url).hostname or "localhost"
    message = EmailMessage()
    # A line end in a header would begin another header.
    message["Subject"] = " ".join(_rendered(f"{template}.subject.txt", context).split())
    message["From"] = f"no-reply@{host}"
    message["To"] = " ".join(to.split())
    message["Date"] = format_datetime(db.now())
    message["Message-ID"] = make_msgid(domain=host)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_rendered(f"{template}.txt", context))
    message.add_alternative(_rendered(f"{template}.html", context), subtype="html")
    return message


def _rendered(name: str, context: dict[str, Any]) -> str:
    # Without the context of pages: what a letter says must not depend on whose request happened to send it.
    return current_app.jinja_env.get_template(f"mail/{name}").render(context)


def _lay_down(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{db.now():%Y%m%dT%H%M%S%f}-{os.urandom(4).hex()}.eml"
    with open(folder / name, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(message.as_bytes())
