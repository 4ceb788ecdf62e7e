"""Settings: one frozen value, read from the environment, loud on nonsense."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

PREFIX = "CHANCERY_"


def N_(words: str) -> str:  # noqa: N802
    """Mark a default for translation; pages translate it where they show it."""
    return words


class SettingsError(ValueError):
    """A setting cannot be used; the message names the variable, its value and the remedy."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an administrator may choose. Each field is the variable CHANCERY_<FIELD IN CAPITALS>.

    A value may also be put in a file named by CHANCERY_<FIELD>_FILE, which keeps secrets out of the environment.
    Sizes are in bytes, durations in the unit their name says.
    """

    data_dir: Path = Path("instance")
    database_url: str = ""
    secret_key: str = ""
    site_name: str = "Chancery"
    site_tagline: str = N_("Shared knowledge of the service")
    languages: tuple[str, ...] = ("en", "ar")
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads: int = 4
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: int = 0
    secure_cookies: bool = False
    session_idle_minutes: int = 12 * 60
    session_days: int = 14
    invitation_hours: int = 72
    reset_minutes: int = 60
    attempts_per_account: int = 8
    attempts_per_address: int = 40
    attempts_overall: int = 400
    attempts_window_minutes: int = 15
    max_text_bytes: int = 200_000
    max_upload_bytes: int = 20_000_000
    max_attachments: int = 50
    handling_marks: tuple[str, ...] = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
    handling_ceiling: str = "RED"
    hidden_days: int = 90
    drain: str = "web"
    smtp_host: str = ""
    smtp_port: int = 25
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_starttls: bool = False
    mail_from: str = ""
    request_working_days: int = 3
    request_urgent_hours: int = 4
    appeal_days: int = 10
    appeal_working_days: int = 5
    grant_days: int = 30
    break_glass_hours: int = 24
    alarm_held_reads_an_hour: int = 60
    alarm_owners_a_day: int = 12
    alarm_export_rows: int = 1000
    alarm_reads_before_leaving: int = 30
    alarm_requests_a_day: int = 10
    approve_own_versions: bool = False
    footer_note: str = N_(
        "Up to “Official” only: no cables, no names of contacts, no personal data of people who asked us for help."
    )

    @property
    def sqlalchemy_url(self) -> str:
        """The database address, the embedded SQLite file unless another was given."""
        return self.database_url or f"sqlite:///{self.database_file}"

    @property
    def database_file(self) -> Path:
        return self.data_dir / "chancery.sqlite3"

    @property
    def index_dir(self) -> Path:
        return self.data_dir / "index"

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"

    @property
    def booklets_dir(self) -> Path:
        return self.data_dir / "booklets"

    @property
    def is_sqlite(self) -> bool:
        return self.sqlalchemy_url.startswith("sqlite")


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this environment. Raises SettingsError on an unknown variable or a value that makes no sense."""
    environ = os.environ if environ is None else environ
    _refuse_unknown(environ)
    chosen = {
        f.name: _parse(f.name, f.type, raw) for f in fields(Settings) if (raw := _raw(f.name, environ)) is not None
    }
    settings = Settings(**chosen)
    if "public_url" not in chosen:
        settings = replace(settings, public_url=f"http://{settings.host}:{settings.port}")
    return _checked(settings)


def variable(field: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field.upper()


# Read by the build, the tests and the benchmarks, not by the application.
_NOT_OURS = {
    "CHANCERY_FRONTEND",
    *(f"CHANCERY_TEST_{name}" for name in ("DATABASE_URL", "DATA", "BACKEND", "REPORT")),
}


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {variable(f.name) for f in fields(Settings)} | _NOT_OURS
    for name in environ:
        if name.startswith(PREFIX) and name.removesuffix("_FILE") not in known and name not in known:
            raise SettingsError(f"{name} is not a setting of Chancery. See docs/settings.md for the list.")


def _raw(field: str, environ: Mapping[str, str]) -> str | None:
    name = variable(field)
    file = environ.get(name + "_FILE")
    if file is None:
        return environ.get(name)
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{name}_FILE names {file}, which cannot be read: {error.strerror}.") from error


def _parse(field: str, kind: Any, raw: str) -> Any:
    parser = _PARSERS[str(kind)]
    try:
        return parser(raw)
    except ValueError:
        raise SettingsError(f"{variable(field)} is “{raw}”, which is not {_WORDS[str(kind)]}.") from None


def _boolean(raw: str) -> bool:
    words = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}
    if raw.lower() not in words:
        raise ValueError
    return words[raw.lower()]


def _list(raw: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in raw.split(",") if part.strip())


_PARSERS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    "bool": _boolean,
    "Path": Path,
    "tuple[str, ...]": _list,
}
_WORDS = {"int": "a whole number", "bool": "yes or no", "str": "text", "Path": "a path", "tuple[str, ...]": "a list"}


_THIS_MACHINE = ("", "localhost", "127.0.0.1", "::1")
_ADDRESS = re.compile(r"[^\s@<>(),;:\\\"]+@[^\s@<>(),;:\\\"]+")


def _checked(settings: Settings) -> Settings:
    if settings.handling_ceiling not in settings.handling_marks:
        raise SettingsError(
            f"CHANCERY_HANDLING_CEILING is “{settings.handling_ceiling}”, which is none of CHANCERY_HANDLING_MARKS "
            f"({', '.join(settings.handling_marks)})."
        )
    if settings.drain not in ("web", "service"):
        raise SettingsError(f"CHANCERY_DRAIN is “{settings.drain}”; it can be web or service.")
    if settings.smtp_user and not settings.smtp_starttls and settings.smtp_host not in _THIS_MACHINE:
        raise SettingsError(
            "CHANCERY_SMTP_USER is set, but its password would cross the network in clear text. "
            "Set CHANCERY_SMTP_STARTTLS to yes."
        )
    if settings.mail_from and not _ADDRESS.fullmatch(settings.mail_from):
        raise SettingsError(f"CHANCERY_MAIL_FROM is “{settings.mail_from}”, which is not an address such as a@b.org.")
    for name in ("port", "smtp_port", "workers", "threads", "session_days", "max_text_bytes", "max_upload_bytes"):
        if getattr(settings, name) < 1:
            raise SettingsError(f"{variable(name)} must be at least 1.")
    if settings.database_url and not settings.database_url.startswith(("sqlite:///", "postgresql")):
        raise SettingsError("CHANCERY_DATABASE_URL must begin with sqlite:/// or postgresql.")
    return settings
