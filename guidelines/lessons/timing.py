"""When a form was opened: a moment that travels with it and cannot be changed on the way."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import current_app
from itsdangerous import BadSignature, TimestampSigner


def signed(moment: datetime) -> str:
    """A moment as a form can carry it without being able to change it."""
    return _signer().sign(str(int(moment.timestamp()))).decode()


def opened(carried: str | None) -> datetime | None:
    """When a form was opened, as far as what it carries can be believed."""
    try:
        return datetime.fromtimestamp(int(_signer().unsign(carried or "")), UTC)
    except (BadSignature, ValueError, OverflowError):
        return None


def _signer() -> TimestampSigner:
    return TimestampSigner(str(current_app.config["SECRET_KEY"]), salt="lesson-started")
