"""What we advise, and what failure taught us."""

from __future__ import annotations

from flask import Flask

from guidelines import guides, home, lessons, playbooks
from guidelines.platforms import pages as platforms
from guidelines.starting import pages as starting


def init_app(app: Flask) -> None:
    """Plug in guidelines, what we know of platforms, playbooks and lessons."""
    for part in (guides, platforms, starting, playbooks, lessons, home):
        part.init_app(app)
