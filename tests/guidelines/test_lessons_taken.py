"""Taking lessons away: what a reader may read, in three forms, and nothing else."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from guidelines.lessons.columns import columns_of
from tests.people import World
from wiki import db
from wiki.access.models import AuditEvent
from wiki.documents.models import Document
from wiki.documents.sharing import Sharing

UNTIL = (date.today() + timedelta(days=100)).isoformat()
BODY = f"""## What happened

=HYPERLINK("x") It broke.

::: held audience="group:consular" reason=source until={UNTIL}
The harbour master, quetzalcoatl, told us.
:::

## What we intended

To cross.
"""


def taken(world: World, who: str | None, form: str, **chosen: str) -> TestResponse:
    return world.post(who, "/lessons/export", {"form": form, **chosen})


def rows(answer: TestResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("form", ["csv", "json", "md"])
def test_whoever_takes_lessons_takes_what_they_may_read(world: World, form: str) -> None:
    world.write("The bridge", BODY, kind="lesson", by="amina")
    hidden = Sharing(audience=("group:consular",), discovery="hidden")
    world.write("The coup", "## What happened\n\nNobody knew.", kind="lesson", by="amina", sharing=hidden)
    theirs = {who: taken(world, who, form).text for who in ("bruno", "oskar")}
    assert "quetzalcoatl" in theirs["bruno"]
    assert "Nobody knew." in theirs["bruno"]
    assert "The bridge" in theirs["oskar"]
    assert "Passage held by Embassy Lisbon" in theirs["oskar"]
    for word in ("quetzalcoatl", "harbour", "The coup", "Nobody", "consular", "[[held", "Amina"):
        assert word not in theirs["oskar"], word


def test_a_table_is_no_formula_and_can_be_read_in_again(world: World) -> None:
    world.write("=The bridge", BODY, kind="lesson", by="amina")
    answer = taken(world, "bruno", "csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=lessons.csv"
    [row] = rows(answer)
    assert row["title"] == "'=The bridge"
    assert row["happened"].startswith("'=HYPERLINK")
    assert row["intended"] == "To cross."
    known = columns_of(list(row), {})
    assert {"title", "happened", "intended", "nature", "id"} <= set(known.parts.values())


def test_what_is_marked_red_stays_here(world: World) -> None:
    person = f"person:{world.viewer('bruno').public_id}"
    secret = Sharing(audience=(person,), discovery="hidden", handling="RED")
    world.write("The list of names", "## What happened\n\nIt was lost.", kind="lesson", by="bruno", sharing=secret)
    world.write("The bridge", "## What happened\n\nIt broke.", kind="lesson", by="bruno")
    assert [row["title"] for row in json.loads(taken(world, "bruno", "json").text)] == ["The bridge"]


def test_it_is_written_down_who_took_how_many_and_what_was_opened_with_it(world: World) -> None:
    secret = Sharing(audience=("group:consular",), discovery="hidden")
    address = world.write("The coup", "## What happened\n\nNobody knew.", kind="lesson", by="amina", sharing=secret)
    world.write("The bridge", "## What happened\n\nIt broke.", kind="lesson", by="amina")
    taken(world, "bruno", "csv")
    with world.app.app_context(), db.system_session() as session:
        events = {row.what: row for row in session.scalars(select(AuditEvent))}
        public_id = session.scalar(select(Document.public_id).where(Document.slug == address.rpartition("/")[2]))
    assert events["lesson:export"].details["rows"] == 2
    assert events["document:read"].about == public_id


def test_the_list_that_was_chosen_is_the_list_that_is_taken(world: World) -> None:
    world.write("The bridge", "## What happened\n\nIt broke.", kind="lesson", by="amina")
    assert len(rows(taken(world, "oskar", "csv", nature="failure"))) == 1
    assert rows(taken(world, "oskar", "csv", nature="surprise")) == []
    page = world.get("oskar", "/lessons/?nature=failure").text
    assert 'name="nature" value="failure"' in page


def test_no_form_takes_nothing_and_strangers_are_stopped(world: World) -> None:
    assert taken(world, "oskar", "exe").status_code == 303
    assert taken(world, None, "csv").status_code in (303, 401, 403)
    with world.app.app_context(), db.system_session() as session:
        assert session.scalar(select(AuditEvent).where(AuditEvent.what == "lesson:export")) is None
