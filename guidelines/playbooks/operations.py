"""Running a playbook: start, tick, note, end. Every act is a line in the log of the run.

What several people do together is in `together`.
"""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from guidelines.playbooks import reading
from guidelines.playbooks.models import Entered, Occasion, Playbook, Run, RunEntry
from guidelines.playbooks.steps import steps_of
from guidelines.playbooks.trees import trees_of
from wiki import db
from wiki.access import audit, policy
from wiki.access.policy import Action, Viewer
from wiki.documents.models import Revision
from wiki.people.viewer import today


class Refused(ValueError):
    """This makes no sense for the run as it is; the message is for the person who tried."""


def start(session: Session, playbook: Playbook, occasion: Occasion, words: str, *, by: Viewer, key: str) -> Run:
    """Begin a run with the steps that readers see now. The same key again leads to the same run. Raises Refused."""
    policy.require(by, Action.PLAYBOOK_RUN, playbook.item)
    mine = (Run.started_by_id == by.person, Run.idempotency_key == key, Run.document_id == playbook.id)
    before = session.scalar(select(Run).where(*mine))
    if before is not None:
        return before
    revision = _shown(session, playbook)
    steps = steps_of(revision.body, playbook.lang)
    if not steps:
        raise Refused(_l("There is no step in this text to tick. Add lines that begin with - [ ] and try again."))
    run = Run(
        document_id=playbook.id,
        revision=revision.number,
        steps=steps,
        trees=trees_of(revision.body, playbook.lang),
        occasion=occasion,
        words=words,
        started_by_id=by.person,
        started_at=db.now(),
        idempotency_key=key,
    )
    session.add(run)
    session.flush()
    audit.record(session, "playbook:start", by=by.person, about=playbook.public_id, run=run.public_id)
    return run


def _shown(session: Session, playbook: Playbook) -> Revision:
    number = playbook.published if playbook.published is not None else playbook.working
    statement = select(Revision).where(Revision.document_id == playbook.id, Revision.number == number)
    return session.scalars(statement.options(undefer(Revision.body))).one()


def tick(session: Session, playbook: Playbook, run: Run, step: str, *, done: bool, by: Viewer) -> bool:
    """Tick a step or take the tick back. False when it was so already: two people may press at once. Raises Refused."""
    policy.require(by, Action.PLAYBOOK_RUN, playbook.item)
    lock(session, run)
    refuse_ended(run)
    if step not in {each["key"] for each in run.steps}:
        raise Refused(_l("This step is not part of the run."))
    if is_ticked(session, run, step) == done:
        return False
    enter(session, run, Entered.TICKED if done else Entered.UNTICKED, by, step=step)
    return True


def lock(session: Session, run: Run) -> None:
    """Let nobody else act in this run until the end of the transaction, and see what they did before."""
    session.refresh(run, with_for_update=True)


def is_ticked(session: Session, run: Run, step: str) -> bool:
    """Whether the newest line about a step says that it is done."""
    newest = (
        select(RunEntry.entered)
        .where(
            RunEntry.run_id == run.id,
            RunEntry.step == step,
            RunEntry.entered.in_((Entered.TICKED, Entered.UNTICKED)),
        )
        .order_by(RunEntry.id.desc())
        .limit(1)
    )
    return session.scalar(newest) == Entered.TICKED


def note(session: Session, playbook: Playbook, run: Run, words: str, *, step: str, by: Viewer, key: str) -> None:
    """Write something down, about a step or the whole. An ended run still takes notes. Raises Refused."""
    policy.require(by, Action.PLAYBOOK_RUN, playbook.item)
    if step and step not in {each["key"] for each in run.steps}:
        raise Refused(_l("This step is not part of the run."))
    once(session, by, key, lambda: enter(session, run, Entered.NOTED, by, step=step, words=words, key=key))


def open_steps(session: Session, run: Run) -> list[str]:
    """The keys of the steps that nobody has ticked."""
    return [step.key for step in reading.steps(run.steps, reading.log(session, run)) if step.ticked_at is None]


def end(session: Session, playbook: Playbook, run: Run, outcome: str, *, by: Viewer, full: bool = False) -> bool:
    """Close the run, and remember that its playbook was used. Its log stays. False when it had ended already.

    An exercise counts from half of the steps on, or when whoever ends it says that it was a `full` one.
    """
    policy.require(by, Action.PLAYBOOK_RUN, playbook.item)
    lock(session, run)
    if run.ended_at is not None:
        return False
    run.ended_at, run.ended_by_id, run.outcome = db.now(), by.person, outcome
    enter(session, run, Entered.ENDED, by)
    if full or run.occasion != Occasion.EXERCISE or 2 * len(open_steps(session, run)) <= len(run.steps):
        # Past the document itself: this is no change of it, and must not get into the way of whoever edits it.
        exercised = update(Playbook.__table__).where(Playbook.__table__.c.id == playbook.id)  # type: ignore[arg-type]
        session.execute(exercised.values(exercised_on=today()))
    audit.record(session, "playbook:end", by=by.person, about=playbook.public_id, run=run.public_id)
    return True


def reopen(session: Session, playbook: Playbook, run: Run, *, by: Viewer) -> None:
    """Go on with a run that was ended too early; how it was said to end stays in the log."""
    policy.require(by, Action.PLAYBOOK_RUN, playbook.item)
    lock(session, run)
    if run.ended_at is None:
        return
    enter(session, run, Entered.REOPENED, by, words=run.outcome[:1000])
    run.ended_at, run.ended_by_id, run.outcome = None, None, ""
    audit.record(session, "playbook:reopen", by=by.person, about=playbook.public_id, run=run.public_id)


def refuse_ended(run: Run) -> None:
    """Raise Refused for what makes no sense once a run has ended."""
    if run.ended_at is not None:
        raise Refused(_l("This run has ended, so its steps stay as they are. You can still add a note."))


def once(session: Session, by: Viewer, key: str, act: Callable[[], None]) -> None:
    """Do it unless the same form did it before."""
    mine = select(RunEntry.id).where(RunEntry.by_id == by.person, RunEntry.idempotency_key == key)
    if session.scalar(mine) is None:
        act()


def enter(
    session: Session,
    run: Run,
    entered: Entered,
    by: Viewer,
    *,
    step: str = "",
    words: str = "",
    more: str = "",
    code: str = "",
    to: int | None = None,
    key: str | None = None,
) -> None:
    """Add a line to the log."""
    about = {"run_id": run.id, "entered": entered, "step": step, "words": words, "more": more, "code": code}
    session.add(RunEntry(**about, to_id=to, by_id=by.person, at=db.now(), idempotency_key=key))
