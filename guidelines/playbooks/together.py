"""What several people do in one run: come and go, decide, take roles, hand over, and walk a decision tree.

Each act takes the lock of its run first, so that of two who act at once the second one sees what the first one did.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from guidelines.playbooks import knowing, reading, trees
from guidelines.playbooks.models import Entered, Playbook, Run
from guidelines.playbooks.operations import Refused, enter, lock, once, refuse_ended
from guidelines.playbooks.standing import HandOver, Role, Someone, Standing, standing
from wiki.access import policy
from wiki.access.policy import Action, Viewer
from wiki.notices.telling import tell
from wiki.people.models import Person


def standing_of(session: Session, run: Run) -> Standing:
    """How a run stands now."""
    return standing(run, reading.log(session, run), starter(session, run))


def starter(session: Session, run: Run) -> Someone | None:
    """Who started a run."""
    found = session.execute(select(Person.id, Person.public_id, Person.name).where(Person.id == run.started_by_id))
    row = found.first()
    return Someone(*row) if row else None


def _begin(session: Session, playbook: Playbook, run: Run, by: Viewer) -> Standing:
    policy.require(by, Action.PLAYBOOK_RUN, playbook.item)
    lock(session, run)
    refuse_ended(run)
    return standing_of(session, run)


def be_there(session: Session, playbook: Playbook, run: Run, *, there: bool, by: Viewer) -> bool:
    """Join a run or leave it; what somebody leads is free again then. False when it was so already. Raises Refused."""
    found = _begin(session, playbook, run, by)
    if (by.person in found.present) == there:
        return False
    enter(session, run, Entered.JOINED if there else Entered.LEFT, by)
    return True


def decide(session: Session, playbook: Playbook, run: Run, what: str, why: str, *, by: Viewer, key: str) -> None:
    """Write down a decision and why it was taken. One that was forgotten may be added when the run has ended."""
    policy.require(by, Action.PLAYBOOK_RUN, playbook.item)
    once(session, by, key, lambda: enter(session, run, Entered.DECIDED, by, words=what, more=why, key=key))


def colleague(session: Session, playbook: Playbook, run: Run, email: str, *, by: Viewer) -> Someone | None:
    """The colleague with this address, if `by` may know that they read the playbook; else the same answer for all."""
    found = _staff(session, Person.email == email.strip().lower())
    if found is None:
        return None
    if found.id in standing_of(session, run).present:
        # The page tells already that they read it.
        return found if knowing.reads(session, playbook, found.id) else None
    return found if knowing.is_known_reader(session, playbook, by, found.id) else None


def colleague_here(session: Session, playbook: Playbook, run: Run, public_id: str) -> Someone | None:
    """Somebody who is on the run, by their public id, if they can still read the playbook."""
    here = {person.ref for person in standing_of(session, run).present.values()}
    found = _staff(session, Person.public_id == public_id) if public_id in here else None
    return found if found is not None and knowing.reads(session, playbook, found.id) else None


def _staff(session: Session, which: ColumnElement[bool]) -> Someone | None:
    wanted = select(Person.id, Person.public_id, Person.name).where(which, Person.is_active, Person.is_staff)
    found = session.execute(wanted).first()
    return Someone(*found) if found else None


def give_role(
    session: Session, playbook: Playbook, run: Run, role: Role, to: Someone | None, reach: str, *, by: Viewer
) -> bool:
    """Say who leads, speaks or keeps the log; None is nobody. False when it was so already. Raises Refused."""
    found = _begin(session, playbook, run, by)
    before = found.roles.get(role)
    if (before.who.id if before else None) == (to.id if to else None) and (not before or before.reach == reach):
        return False
    enter(session, run, Entered.ROLE, by, code=role, more=reach if to else "", to=to.id if to else None)
    if to is not None and to.id != by.person:
        once_told = f"run-role:{run.public_id}:{role}:{len(reading.log(session, run))}"
        tell(session, [to.id], "run-role", about=run.public_id, once=once_told, role=role)
    return True


def add_contact(session: Session, playbook: Playbook, run: Run, name: str, reach: str, *, by: Viewer) -> bool:
    """Write down whom to call and how. The same name again is told anew. False when it stands there. Raises Refused."""
    found = _begin(session, playbook, run, by)
    before = found.contacts.get(name.casefold())
    if before is not None and before.more == reach:
        return False
    enter(session, run, Entered.CONTACT, by, words=name, more=reach)
    return True


def hand_over(session: Session, playbook: Playbook, run: Run, to: Someone, words: str, *, by: Viewer) -> bool:
    """Hand over to the next shift, who has to confirm. False when the same was said before. Raises Refused."""
    found = _begin(session, playbook, run, by)
    if to.id == by.person:
        raise Refused(_l("Choose somebody else: you cannot hand over to yourself."))
    before = found.handing.get(by.person)
    if before is not None and (before.to.id, before.words) == (to.id, words):
        return False
    enter(session, run, Entered.HANDED, by, words=words, to=to.id)
    once_told = f"run-hand-over:{run.public_id}:{by.person}:{len(reading.log(session, run))}"
    tell(session, [to.id], "run-hand-over", about=run.public_id, once=once_told, urgent=True)
    return True


def take_over(session: Session, playbook: Playbook, run: Run, from_whom: str, *, by: Viewer) -> HandOver:
    """Confirm a hand-over by the public id of whoever handed over: their roles are with `by` now. Raises Refused."""
    found = _begin(session, playbook, run, by)
    for handed in found.handing.values():
        if (handed.by.ref, handed.to.id) == (from_whom, by.person):
            enter(session, run, Entered.TAKEN, by, to=handed.by.id)
            return handed
    raise Refused(_l("Nothing is handed over to you now. Look at the log: it may be settled already."))


def choose(
    session: Session, playbook: Playbook, run: Run, key: str, place: str, answer: int | None, *, by: Viewer
) -> None:
    """Answer the question at a place of a decision tree, or begin it again (None). Raises Refused."""
    found = _begin(session, playbook, run, by)
    tree = trees.named(run.trees, key)
    if tree is None:
        raise Refused(_l("This decision is not part of the run."))
    if found.places.get(key, "") != place:
        raise Refused(_l("Somebody else answered meanwhile. Their answer is in the log; go on from there."))
    if answer is None:
        if place:
            enter(session, run, Entered.CHOSE, by, step=key, code="")
        return
    following = trees.follows(tree, place, answer)
    if following is None:
        raise Refused(_l("This is not an answer to the question. Choose one of those below it."))
    enter(session, run, Entered.CHOSE, by, step=key, code=following)
