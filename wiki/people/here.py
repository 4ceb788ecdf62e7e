"""The settings of the application at work."""

from __future__ import annotations

from flask import current_app

from wiki.settings import Settings


def settings() -> Settings:
    """The settings with which this application was made."""
    found: Settings = current_app.extensions["chancery_settings"]
    return found
