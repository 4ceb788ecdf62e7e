"""Modules with questions in them, and tracks that lead through modules over a day, a month or a year."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from training.tracks import home, modules, modules_page, modules_reading, paths, quizzes, track_views
from training.tracks.models import HORIZONS, Module, Track
from wiki import kinds, web
from wiki.documents import routes
from wiki.kinds import Kind

STATUSES = ("draft", "published")


def minutes_of(value: object) -> int:
    """What a file says of how long a module takes."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 480:
        raise ValueError("is not a number of minutes. Write it as 15.")
    return value


def horizon_of(value: object) -> str:
    """What a file says of how long a track takes."""
    if value not in HORIZONS:
        raise ValueError("is not a length of a track. Write day, month or year.")
    return str(value)


def flag_of(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is neither yes nor no. Write yes or no.")
    return value


MODULE = Kind(
    name="module",
    model=Module,
    prefix="/training/modules",
    label=_l("Training module"),
    plural=_l("Training modules"),
    icon="graduation-cap",
    tone="train",
    comments_title=_l("Ask the authors"),
    template="training/modules",
    facts=modules_page.facts,
    beside=modules_reading.beside,
    dress=modules_page.dress,
    file_fields={"minutes": minutes_of},
    form_fields={
        "minutes": IntegerField(
            _l("How many minutes does it take?"),
            [
                InputRequired(_l("Say about how long it takes.")),
                NumberRange(1, 480, _l("Write a number from 1 to 480.")),
            ],
            description=_l("With the questions. Twenty is a good length; split what takes longer."),
            default=15,
        )
    },
    saved=quizzes.keep,
    unready=quizzes.unready,
)
TRACK = Kind(
    name="track",
    model=Track,
    prefix="/training/tracks",
    label=_l("Track"),
    plural=_l("Tracks"),
    icon="route",
    tone="train",
    template="training/tracks",
    facts=track_views.facts,
    beside=track_views.beside,
    dress=track_views.dress,
    file_fields={"horizon": horizon_of, "certificate": flag_of},
    form_fields=track_views.FIELDS,
    saved=paths.keep,
)


def init_app(app: Flask) -> None:
    """Register the kinds and their addresses."""
    kinds.register(MODULE)
    app.register_blueprint(modules.addressed(routes.blueprint(MODULE, __name__)))
    kinds.register(TRACK)
    app.register_blueprint(track_views.addressed(routes.blueprint(TRACK, __name__)))
    app.register_blueprint(home.pages)
    web.add_section(app, _l("Training"), "training.index", "graduation-cap", place=30, also=("module", "track"))
