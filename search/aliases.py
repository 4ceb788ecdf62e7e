"""Names for the same thing in the service: whoever types one finds the other, and is told so."""

from __future__ import annotations

from search.plan import Aliases

ALIASES = Aliases(
    (
        ("X", "Twitter"),
        ("FB", "Facebook"),
        ("IG", "Instagram"),
        ("YT", "YouTube"),
        ("TG", "Telegram"),
        ("WA", "WhatsApp"),
        ("MFA", "foreign ministry", "ministry of foreign affairs"),
        ("HoM", "head of mission", "ambassador"),
        ("PDO", "public diplomacy officer"),
        ("DM", "direct message"),
        ("fake news", "disinformation"),
        ("hacked", "take-over"),
        ("alt text", "image description"),
    )
)
