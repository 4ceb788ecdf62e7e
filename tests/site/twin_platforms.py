"""What both twin worlds know of platforms, and questions before somebody starts.

In one of them a hidden guideline, hidden lessons and more are about the same platform and topics.
"""

from __future__ import annotations

from datetime import timedelta

from guidelines.platforms.models import PlatformFact
from tests.people import World
from wiki import db
from wiki.people.viewer import today

QUESTIONS = (
    "/guidelines/platforms?audience=public",
    "/guidelines/platforms?country=CN&purpose=crisis",
    "/guidelines/platforms/choose?audience=public&country=PT&purpose=inform&answers=every-day",
    "/guidelines/platforms/choose?country=CN",
    "/guidelines/before-you-start?topic=crisis&platform=x&country=CN",
    "/guidelines/before-you-start?topic=travel&activity=consular",
    "/guidelines/before-you-start?country=PT",
    *(f"/guidelines/posting-pack?post={post}" for post in ("jakarta", "lisbon", "consular", "nowhere")),
)


def furnish(world: World) -> None:
    """Write down what is known of one platform, which nobody vouches for any more."""
    told = {"audiences": ["public"], "purposes": ["inform", "crisis"], "answers": "working-days", "blocked": ["CN"]}
    late = today() - timedelta(days=1)
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(PlatformFact(platform="x", who="The press.", countries=[], trusted_until=late, **told))
