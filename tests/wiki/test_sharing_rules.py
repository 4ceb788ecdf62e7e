"""One rule of reading, three places: plain Python, SQL and the index must always agree."""

from __future__ import annotations

import random
import re
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import aliased

from search import api
from search.query import parse
from tests.people import CAST, GROUPS, World
from wiki import db
from wiki.access import policy
from wiki.access.policy import Item, Viewer, readable
from wiki.documents.models import Attachment, Document, DocumentLabel, Revision
from wiki.documents.sharing import Sharing
from wiki.documents.visibility import visible_to

WHO = list(CAST)


def _random_audiences(world: World, rng: random.Random, number: int) -> dict[str, frozenset[str]]:
    """Write documents with audiences drawn at random; returns their labels by address."""
    people = [f"person:{world.viewer(who).public_id}" for who in WHO]
    pool = [f"group:{group[0]}" for group in GROUPS] + people
    written = {}
    for position in range(number):
        author = rng.choice([who for who in WHO if CAST[who].get("staff", True)])
        audience = ("service",) if rng.random() < 0.4 else tuple(rng.sample(pool, rng.randint(1, 3)))
        status = rng.choice(["published", "published", "published", "draft"])
        sharing = Sharing(
            audience=audience, discovery=rng.choice(["stub", "hidden"]), release_title=f"t{position}", share_line="l"
        )
        address = world.write(
            f"Paper {position}", "common words", by=author, owner=rng.choice(GROUPS)[0], sharing=sharing, status=status
        )
        written[address] = world.document(address).item.labels
    return written


def test_python_sql_and_index_agree_on_who_may_read(world: World) -> None:
    labels = _random_audiences(world, random.Random(7), 40)
    seen_by_somebody = set()
    for who in WHO:
        viewer = world.viewer(who)
        expected = {address for address, found in labels.items() if readable(viewer.keys, found)}
        assert _by_sql(world, viewer) == expected, who
        assert _by_index(world, viewer) == expected, who
        seen_by_somebody |= expected
    assert seen_by_somebody == set(labels), "every paper has at least its author"


def _by_sql(world: World, viewer: Viewer) -> set[str]:
    with world.app.app_context(), db.system_session() as session:
        return {f"/wiki/{slug}" for slug in session.scalars(select(Document.slug).where(visible_to(viewer)))}


def _by_index(world: World, viewer: Viewer) -> set[str]:
    with world.app.app_context(), db.system_session() as session:
        slugs = dict(session.execute(select(Document.id, Document.slug)).all())
        results = api.engine().search(parse("common"), viewer.keys, limit=200)
        found = {f"/wiki/{slugs[hit.document]}" for hit in results.hits if hit.part == "body"}
        assert results.total == len(results.hits)
        assert sum(results.facets["kind"].values()) == results.total
        return found


def test_a_session_shows_its_viewer_nothing_more_even_when_the_filter_is_forgotten(world: World) -> None:
    held = Sharing(audience=("group:lisbon",), discovery="hidden")
    world.write("Open", "text")
    world.write("Held", "text", sharing=held)
    cases = {"amina": 2, "oskar": 1, "gita": 0}
    for who, number in cases.items():
        with world.app.app_context():
            db.session().info["viewer"] = world_viewer = world.viewer(who)
            other = aliased(Document)
            statements = (
                select(Document),
                select(Document.title),
                select(other),
                select(Document).join(DocumentLabel, DocumentLabel.document_id == Document.id).distinct(),
                select(Revision),
                select(Revision).join(other, other.id == Revision.document_id),
            )
            for statement in statements:
                assert len(db.session().execute(statement).all()) == number, (who, str(statement))
            assert world_viewer is not None


def test_a_session_of_nobody_shows_no_document_at_all(world: World) -> None:
    world.write("Open", "text")
    with world.app.app_context():
        for table in (Document, Revision, Attachment):
            assert db.session().scalars(select(table)).all() == []
        assert len(db.session().scalars(select(DocumentLabel)).all()) > 0, "control: rows are there"


def test_only_the_named_modules_step_past_the_net() -> None:
    """Whoever skips the session's own filter writes the filter into the query; these are the places to read closely."""
    allowed = {
        "wiki/documents/visibility.py",
        "wiki/documents/reading.py",
        "wiki/documents/shown.py",
        "wiki/documents/lists.py",
        "wiki/documents/addresses.py",
        "wiki/documents/operations.py",
        "wiki/documents/repeating.py",  # who may read is part of each statement
        "wiki/documents/passages_standing.py",  # held words close older texts to those who cannot read them
        "wiki/documents/passages_files.py",  # the same for files that only held passages name
        "wiki/holding/ends_lists.py",  # the stewards' queues, which name no column that was not released
        "wiki/holding/health.py",  # counts for stewards, who need not be able to read what they count
        "wiki/holding/hiding_views.py",  # a second person decides about what they need not be able to read
        "wiki/holding/home_parts.py",  # counts what a viewer keeps and, for stewards, what waits for them
        "wiki/holding/renewals.py",  # the same for a third renewal
        "wiki/holding/reviews.py",  # the same for what its keepers do not look at
        "wiki/security/unnamed.py",  # whose name a reader of the log is not told; it shows nothing
        "wiki/security/finding.py",  # what an officer shuts away or breaks the glass for; it shows nothing
        "guidelines/guides/views.py",
        "guidelines/guides/numbers.py",  # whether a number is taken; it shows nothing
        "guidelines/guides/keeping/around.py",  # the rule is part of its one statement, which is built once
        "search/api.py",
        "wiki/asking/targets.py",  # ids, dates and codes for those who answer and for clocks, never a title
    }
    root = Path(__file__).resolve().parents[2]
    found = set()
    for package in ("wiki", "search", "guidelines", "training"):
        for file in (root / package).rglob("*.py"):
            if re.search(r"filtered_for_the_viewer|\bFILTERED\b", file.read_text(encoding="utf-8")):
                found.add(str(file.relative_to(root)))
    assert found <= allowed


def test_system_sessions_are_opened_only_where_no_reader_is_served() -> None:
    allowed = {
        "wiki/db.py",
        "wiki/outbox.py",
        "wiki/health.py",
        "wiki/backup.py",
        "wiki/pages/views.py",  # readyz
        "wiki/documents/repeating.py",  # fingerprints are made of everything, and compared under the writer's rights
        "wiki/documents/comment_mail.py",  # each author is asked about under their own rights
        "wiki/holding/ends.py",  # clocks: they open what has come to its end
        "wiki/holding/hiding.py",
        "wiki/holding/transfers.py",
        "wiki/notices/inbox.py",  # the clock that clears what was read long ago; the page has the reader's session
        "wiki/notices/mailing.py",  # mail says no more than the sort of a notice
        "wiki/security/glass.py",  # a clock: it takes back leave that outlived a role
        "wiki/security/alarms.py",  # a clock: it counts rows of the log
        "wiki/security/commands.py",  # “chancery audit”, for whoever runs the server
        "wiki/asking/clock.py",  # deadlines belong to nobody; titles are found when a notice is read
        "guidelines/playbooks/crisis_clock.py",  # a clock: it ends what is over and shows nothing
        "guidelines/guides/booklet/making.py",  # after the answer: its own rows; texts come by a session of the reader
        "guidelines/guides/editions_clock.py",  # a day comes for everybody at once
        "guidelines/guides/editions_telling.py",  # tells those who can read it; words are found when a notice is read
        "guidelines/lessons/acting/clock.py",  # tasks and rechecks fall due for nobody in person
        "guidelines/lessons/months_clock.py",  # tells each person of what they may read; a notice names nothing
        "guidelines/lessons/commands.py",
        "guidelines/lessons/importing.py",
        "search/indexer.py",
        "search/commands.py",
    }
    root = Path(__file__).resolve().parents[2]
    for package in ("wiki", "search", "guidelines", "training"):
        for file in (root / package).rglob("*.py"):
            name = str(file.relative_to(root))
            if name in allowed or name.startswith(("wiki/exchange/", "wiki/people/")):
                continue
            assert "system_session" not in file.read_text(encoding="utf-8"), name


def test_a_draft_is_for_its_authors_and_the_leads_of_its_unit() -> None:
    labels = policy.effective_labels(
        public_id="d1", status="draft", audience=["service"], owner="lisbon", authors=["p1"]
    )
    assert labels == {"doc:d1", "lead:lisbon", "person:p1"}


def test_nobody_is_locked_out_of_the_papers_of_their_own_unit() -> None:
    labels = policy.effective_labels(
        public_id="d1", status="published", audience=["person:p9"], owner="lisbon", authors=["p1"]
    )
    assert {"lead:lisbon", "person:p1", "person:p9"} <= labels


def test_where_a_unit_has_no_lead_the_one_above_acts_and_at_last_the_stewards(world: World) -> None:
    assert "lisbon" in world.viewer("okello").leads
    assert "jakarta" not in world.viewer("okello").leads
    # Jakarta has no lead and neither has headquarters above it, nor the task force, so the steward acts for them.
    assert {"jakarta", "hq", "bridge", "digital"} <= world.viewer("ines").leads
    assert "lisbon" not in world.viewer("ines").leads


def test_what_cannot_be_read_cannot_be_touched() -> None:
    viewer = Viewer(1, "p1", "A", frozenset({"service", "person:p1"}), frozenset(policy.Role))
    item = Item("page", "published", frozenset({"group:x"}), owner="x")
    for action in policy.Action:
        assert policy.may(viewer, action, item).reason == "absent"
