"""Secrets that open something: random for the one who gets them, a hash for us."""

from __future__ import annotations

import hashlib
import secrets


def new() -> str:
    """A token of 256 random bits, safe in an address and in a cookie."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """What the database keeps of a token. A random secret needs no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
