"""The statuses of documents in words, beside the hits."""

from __future__ import annotations

from flask_babel import gettext as _


def status_names() -> dict[str, str]:
    """Statuses in words."""
    return {
        "draft": _("Draft"),
        "published": _("Published"),
        "in-force": _("In force"),
        "superseded": _("Superseded"),
        "withdrawn": _("Withdrawn"),
        "observed": _("Recorded"),
        "identified": _("Identified"),
        "consultation": _("Consultation"),
        "suspended": _("Suspended"),
        "merged": _("Merged"),
        "in-action": _("In action"),
        "learned": _("Practice changed"),
        "confirmed": _("Confirmed"),
        "shared-only": _("Shared only"),
        "declined": _("Not taken up"),
        "obsolete": _("No longer holds"),
    }
