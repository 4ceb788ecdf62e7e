"""What everything that furnishes the twin worlds shares."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

from wiki.people.models import new_public_id
from wiki.people.viewer import today

# Every canary begins with this; nothing else in any world does.
CANARY = "zqx"


def id_of(table: type[Any], seed: str) -> str:
    """The public id that a row has in both worlds."""
    return hashlib.sha256(f"{table.__name__}{seed}".encode()).hexdigest()[: len(new_public_id())]


def soon() -> date:
    return today() + timedelta(days=60)
