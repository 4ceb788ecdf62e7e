"""What we advise, and what failure taught us."""

from __future__ import annotations

from flask import Flask

from guidelines import guides, home, lessons, playbooks


def init_app(app: Flask) -> None:
    """Plug in guidelines, playbooks and lessons."""
    for part in (guides, playbooks, lessons, home):
        part.init_app(app)
