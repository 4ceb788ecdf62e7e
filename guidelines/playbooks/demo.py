"""What the demo world shows of runs: an exercise that goes on, and a run that ended with its decisions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.playbooks import operations, together
from guidelines.playbooks.models import Occasion, Playbook, Run, RunEntry
from guidelines.playbooks.standing import Role, Someone
from wiki import db
from wiki.access.policy import Viewer
from wiki.people.models import Person
from wiki.people.viewer import load_viewer

SHOWN = ("playbook", "storm-over-marenza")
LEADS, WRITES, HELPS = (f"{name}@example.org" for name in ("samir.okwuosa", "ngozi.ferreira", "linh.dao"))


def show(session: Session, new: Collection[tuple[str, str]]) -> None:
    """Run the playbook of the demo world, if this load made it and those who run it are there."""
    if SHOWN not in new:
        return
    playbook = session.scalars(select(Playbook).where(Playbook.slug == SHOWN[1])).one()
    people = [_viewer(session, email) for email in (LEADS, WRITES, HELPS)]
    present = [person for person in people if person is not None]
    if len(present) == len(people):
        _ended(session, playbook, *present)
        _exercise(session, playbook, *present)


def _viewer(session: Session, email: str) -> Viewer | None:
    found = session.scalar(select(Person.id).where(Person.email == email, Person.is_active, Person.is_staff))
    return load_viewer(session, found) if found is not None else None


def _someone(viewer: Viewer) -> Someone:
    return Someone(viewer.person, viewer.public_id, viewer.name)


def _ended(session: Session, playbook: Playbook, leads: Viewer, writes: Viewer, helps: Viewer) -> None:
    words = "Storm of last week, the south of the city"
    run = operations.start(session, playbook, Occasion.LIVE, words, by=leads, key="demo-storm")
    together.give_role(session, playbook, run, Role.LEADS, _someone(leads), "Extension 12", by=leads)
    together.give_role(session, playbook, run, Role.SPEAKS, _someone(writes), "", by=leads)
    operations.tick(session, playbook, run, "s1", done=True, by=leads)
    what, why = "We speak before the capital does.", "The wardens ask already, and the facts are local."
    together.decide(session, playbook, run, what, why, by=leads, key="demo-speak")
    operations.tick(session, playbook, run, "s2", done=True, by=writes)
    together.choose(session, playbook, run, "t1", "", 0, by=helps)
    together.choose(session, playbook, run, "t1", "0", 1, by=helps)
    what, why = "The public entrance stays closed until noon.", "The city closed its own offices."
    together.decide(session, playbook, run, what, why, by=leads, key="demo-close")
    noted = "Two wardens had the old number of the duty telephone."
    operations.note(session, playbook, run, noted, step="s3", by=helps, key="demo-note")
    operations.end(session, playbook, run, "Nobody was hurt. The second update came ten minutes late.", by=leads)
    _spread(session, run, timedelta(days=6), timedelta(minutes=7))


def _exercise(session: Session, playbook: Playbook, leads: Viewer, writes: Viewer, helps: Viewer) -> None:
    words = "Twenty minutes before lunch, with the new colleagues"
    run = operations.start(session, playbook, Occasion.EXERCISE, words, by=writes, key="demo-exercise")
    together.be_there(session, playbook, run, there=True, by=helps)
    together.give_role(session, playbook, run, Role.LEADS, _someone(writes), "Room 4", by=writes)
    together.give_role(session, playbook, run, Role.LOGS, _someone(helps), "", by=writes)
    together.add_contact(
        session, playbook, run, "Duty desk of the weather office", "See the list on the wall", by=helps
    )
    operations.tick(session, playbook, run, "s1", done=True, by=writes)
    together.hand_over(session, playbook, run, _someone(leads), "First words are drafted, not out yet.", by=writes)
    _spread(session, run, timedelta(minutes=18), timedelta(minutes=2))


def _spread(session: Session, run: Run, ago: timedelta, between: timedelta) -> None:
    """Let a run have begun some time ago, with some time between its lines."""
    session.flush()
    run.started_at = db.now() - ago
    entries = session.scalars(select(RunEntry).where(RunEntry.run_id == run.id).order_by(RunEntry.id)).all()
    for number, entry in enumerate(entries, start=1):
        entry.at = run.started_at + number * between
    if run.ended_at is not None:
        run.ended_at = run.started_at + len(entries) * between
