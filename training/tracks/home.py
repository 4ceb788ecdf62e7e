"""My training: what to do next, what was done lately, and what there is to begin."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from training.tracks import progress
from wiki import db, kinds
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action

pages = Blueprint("training", __name__, url_prefix="/training")


@pages.get("/")
@needs(Action.DOCUMENT_LIST)
def index() -> Any:
    """One next step, and everything around it. Nobody else's records are ever here."""
    session, viewer = db.session(), guard.viewer()
    tracks = progress.all_tracks(session, viewer)
    return render_template(
        "training/home.html",
        mine=[track for track in tracks if track.is_on],
        others=[track for track in tracks if not track.is_on],
        next=progress.first_step(tracks),
        lately=progress.lately(session, viewer),
        offers=progress.my_offers(session, viewer),
        modules_url=kinds.kind("module").prefix,
    )
