"""How we teach each other: modules, tracks, and what a person has learnt."""

from __future__ import annotations

from flask import Flask

from training import helping, home, tracks


def init_app(app: Flask) -> None:
    """Plug in the training."""
    tracks.init_app(app)
    home.init_app(app)
    helping.init_app()
