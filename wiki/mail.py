"""Mail: three templates each, sent by SMTP when a server is named, and else laid down as files.

A mail named `reset` is made of `templates/mail/reset.subject.txt`, `reset.txt` and `reset.html`. Without a server each
message is written to the folder `mail` of the data directory, readable by its owner alone, one `.eml` file each.

Sending takes as long as another machine likes: never inside a write turn, nor before the answer to a request was sent.
"""

from __future__ import annotations

import hashlib
import logging
import os
import smtplib
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import force_locale

from wiki import db
from wiki.languages import direction
from wiki.settings import Settings

log = logging.getLogger(__name__)

TIMEOUT = 10
# After so many letters in a row that were not taken, the others are not tried either.
PATIENCE = 3
# No server has to understand more than plain ASCII: other letters are encoded on the way.
_PLAIN = default.clone(cte_type="7bit")


class Later(Exception):
    """The letter was not taken now; the same may be sent again. `everyone`: no other letter would be taken either."""

    def __init__(self, words: str, *, everyone: bool = False) -> None:
        super().__init__(words)
        self.everyone = everyone


class Refused(Exception):
    """This letter will never be taken."""


def send(to: str, template: str, *, lang: str, once: str = "", can_stop: bool = False, **context: Any) -> None:
    """Send the mail `template` to one address, in this language. Needs an application context, not a request.

    `once` names the letter: sent again under the same name it has the same Message-ID, by which mail programs know it.
    `can_stop`: its reader may choose not to get such letters. Raises Later or Refused.
    """
    settings: Settings = current_app.extensions["chancery_settings"]
    about = {"settings": settings, "lang": lang, "dir": direction(lang), **context}
    with force_locale(lang):
        message = _compose(to, template, about, settings)
    message["Message-ID"] = _name(once, settings)
    if can_stop:
        message["List-Unsubscribe"] = f"<{settings.public_url.rstrip('/')}/me#notices>"
    if settings.smtp_host:
        _hand_over(message, to.strip(), settings)
    else:
        _lay_down(message, settings.data_dir / "mail")


def send_each(ids: Sequence[int], send_one: Callable[[int], None]) -> list[int]:
    """Let `send_one` send what each id stands for, and return those to be tried later. What is refused is given up."""
    left: list[int] = []
    in_a_row = 0
    for position, one in enumerate(ids):
        try:
            send_one(one)
            in_a_row = 0
        except Refused as refused:
            # Neither the address nor what the server says of it belongs into a log.
            log.warning("mail: a letter was refused and given up: %s", str(refused)[:3])
        except Later as later:
            left.append(one)
            in_a_row += 1
            # One letter that the server chokes on must not keep the others from being tried, now and the next time.
            if later.everyone or in_a_row == PATIENCE:
                return [*left, *ids[position + 1 :]]
    return left


def trouble(settings: Settings) -> str:
    """What keeps the mail server from being used, in words for whoever runs this; empty when it answers."""
    try:
        _connected(settings).quit()
    except (OSError, smtplib.SMTPException) as error:
        return _words(error)
    return ""


def _compose(to: str, template: str, context: dict[str, Any], settings: Settings) -> EmailMessage:
    message = EmailMessage(policy=_PLAIN)
    # A line end in a header would begin another header.
    message["Subject"] = " ".join(_rendered(f"{template}.subject.txt", context).split())
    message["From"] = settings.mail_from or f"no-reply@{_host(settings)}"
    try:
        message["To"] = Address(addr_spec=to.strip())
    except (ValueError, IndexError) as error:
        raise Refused("not an address") from error
    message["Date"] = format_datetime(db.now())
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_rendered(f"{template}.txt", context))
    message.add_alternative(_rendered(f"{template}.html", context), subtype="html")
    return message


def _rendered(name: str, context: dict[str, Any]) -> str:
    # Without the context of pages: what a letter says must not depend on whose request happened to send it.
    return current_app.jinja_env.get_template(f"mail/{name}").render(context)


def _host(settings: Settings) -> str:
    return urlsplit(settings.public_url).hostname or "localhost"


def _name(once: str, settings: Settings) -> str:
    if not once:
        return make_msgid(domain=_host(settings))
    return f"<{hashlib.sha256(once.encode()).hexdigest()[:32]}@{_host(settings)}>"


def _hand_over(message: EmailMessage, to: str, settings: Settings) -> None:
    try:
        server = _connected(settings)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail: the server cannot be used: %s", type(error).__name__)
        raise Later(_words(error), everyone=True) from error
    try:
        server.send_message(message, to_addrs=[to])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
        raise (Refused if _code(error) >= 500 else Later)(_words(error)) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Refused(_words(error)) from error
    except (OSError, smtplib.SMTPException) as error:
        # Whoever may not send at all loses no letter by it: the settings can be put right.
        raise Later(_words(error), everyone=isinstance(error, smtplib.SMTPSenderRefused)) from error
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()


def _connected(settings: Settings) -> smtplib.SMTP:
    """A connection ready to take letters: encrypted, if that is asked for, or not at all."""
    # With a name of its own for this machine nobody has to be asked for it.
    server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, local_hostname=_host(settings), timeout=TIMEOUT)
    try:
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
    except BaseException:
        server.close()
        raise
    return server


def _code(error: smtplib.SMTPException) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in error.recipients.values()), default=550)
    return int(getattr(error, "smtp_code", 0))


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = list(error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        answers = [(error.smtp_code, _bytes(error.smtp_error))]
    else:
        return str(error) or type(error).__name__
    said = b" ".join(words for _, words in answers).decode("utf-8", "replace")
    return " ".join(f"{answers[0][0]} {said}".split())


def _bytes(words: bytes | str) -> bytes:
    return words.encode() if isinstance(words, str) else words


def _lay_down(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{db.now():%Y%m%dT%H%M%S%f}-{os.urandom(4).hex()}.eml"
    with open(folder / name, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(message.as_bytes())
