"""What we advise, and what failure taught us."""

from __future__ import annotations

from flask import Flask

from guidelines import guides


def init_app(app: Flask) -> None:
    """Plug in the guidelines."""
    guides.init_app(app)
