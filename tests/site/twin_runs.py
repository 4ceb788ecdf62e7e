"""The runs of playbooks in the twin worlds, and what several people do in them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from guidelines.playbooks import operations as playbooks, together
from guidelines.playbooks.models import Occasion, Playbook, Run
from guidelines.playbooks.standing import Role, Someone
from tests.people import email
from tests.site.canaries import CANARY
from wiki.people.models import Person


def run(session: Any, number: int, which: str, by: Any, words: str, note: str, outcome: str) -> None:
    """Two runs: one goes on, one has ended."""
    playbook = session.get_one(Playbook, number)
    for key in (f"{which}-run", f"{which}-run-2"):
        run = playbooks.start(session, playbook, Occasion.LIVE, words, by=by, key=key)
        playbooks.tick(session, playbook, run, "s1", done=True, by=by)
        playbooks.note(session, playbook, run, note, step="s1", by=by, key=f"note-{key}")
        _together(session, playbook, run, by, which)
    playbooks.end(session, playbook, run, outcome, by=by)


def _together(session: Any, playbook: Playbook, run: Run, by: Any, which: str) -> None:
    """What several people do in a run: with words that are looked for in the one that is held back."""
    named = ("rundecision", "runwhy", "runreach", "runcontact", "runsentence")
    decision, why, reach, contact, sentence = (f"{CANARY}{each}" if which == "held" else each[3:] for each in named)
    together.decide(session, playbook, run, decision, why, by=by, key=f"decided-{run.idempotency_key}")
    person = session.scalars(select(Person).where(Person.email == email("bruno" if which == "held" else "amina"))).one()
    other = Someone(person.id, person.public_id, person.name)
    together.give_role(session, playbook, run, Role.LEADS, other, reach, by=by)
    together.add_contact(session, playbook, run, contact, reach, by=by)
    together.hand_over(session, playbook, run, other, sentence, by=by)
    together.choose(session, playbook, run, "t1", "", 0, by=by)
