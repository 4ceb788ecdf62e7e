"""What people do in a run, one button or form each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, request
from flask_babel import format_time, gettext as _, ngettext
from sqlalchemy.orm import Session

from guidelines.playbooks import operations, reading, run_page, together
from guidelines.playbooks.forms import ContactForm, DecisionForm, EndForm, HandOverForm, NoteForm, RoleForm
from guidelines.playbooks.models import Occasion, Playbook, Run
from guidelines.playbooks.operations import Refused
from guidelines.playbooks.standing import Role, Someone
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import repeating_views
from wiki.documents.forms import EmptyForm, blame

Act = Callable[[Session, Playbook, Run], str | None]


def _press(slug: str, run: str, anchor: str | None, act: Act) -> Any:
    """Do what a button is for; what it returns, or why it was refused, is said to whoever pressed it."""
    EmptyForm().validate_on_submit()
    try:
        with db.write() as session:
            playbook = run_page.load(slug, Action.PLAYBOOK_RUN)
            said, tone = act(session, playbook, run_page.find(playbook, run)), "info"
    except Refused as refused:
        said, tone = str(refused), "warning"
    return run_page.done(slug, run, anchor, said or "", tone)


@needs(Action.PLAYBOOK_RUN)
def tick(slug: str, run: str, step: str) -> Any:
    """Tick a step."""
    return _set_step(slug, run, step, done=True)


@needs(Action.PLAYBOOK_RUN)
def untick(slug: str, run: str, step: str) -> Any:
    """Take a tick back."""
    return _set_step(slug, run, step, done=False)


def _set_step(slug: str, run: str, step: str, *, done: bool) -> Any:
    def act(session: Session, playbook: Playbook, found: Run) -> str | None:
        if operations.tick(session, playbook, found, step, done=done, by=guard.viewer()):
            return None
        return _who_was_first(session, found, step, done=done)

    return _press(slug, run, step, act)


def _who_was_first(session: Session, run: Run, step: str, *, done: bool) -> str | None:
    lines = [line for line in reading.log(session, run) if line.step == step and line.entered in ("ticked", "unticked")]
    if not lines or lines[-1].by_id == guard.viewer().person:
        return None
    at, name = format_time(lines[-1].at, "HH:mm"), lines[-1].by or _("Somebody")
    if done:
        return _("%(name)s ticked this step at %(time)s. It is done, and nothing is lost.", name=name, time=at)
    return _("%(name)s took this tick back at %(time)s already.", name=name, time=at)


@needs(Action.PLAYBOOK_RUN)
def join(slug: str, run: str) -> Any:
    """Say that one is on the run."""
    return _be_there(slug, run, there=True)


@needs(Action.PLAYBOOK_RUN)
def leave(slug: str, run: str) -> Any:
    """Say that one has left it."""
    return _be_there(slug, run, there=False)


def _be_there(slug: str, run: str, *, there: bool) -> Any:
    def act(session: Session, playbook: Playbook, found: Run) -> None:
        together.be_there(session, playbook, found, there=there, by=guard.viewer())

    return _press(slug, run, "people", act)


@needs(Action.PLAYBOOK_RUN)
def choose(slug: str, run: str, step: str) -> Any:
    """Answer a question of a decision tree, or begin it again."""
    place, answer = request.form.get("place", "")[:40], request.form.get("answer", "")[:10]
    number = int(answer) if answer.isascii() and answer.isdigit() else None
    if number is None and answer != "again":
        number = -1

    def act(session: Session, playbook: Playbook, found: Run) -> None:
        together.choose(session, playbook, found, step, place, number, by=guard.viewer())

    return _press(slug, run, step, act)


@needs(Action.PLAYBOOK_RUN)
def take_over(slug: str, run: str, public_id: str) -> Any:
    """Confirm what somebody handed over."""

    def act(session: Session, playbook: Playbook, found: Run) -> str:
        handed = together.take_over(session, playbook, found, public_id, by=guard.viewer())
        return _("You have taken over from %(name)s.", name=handed.by.name)

    return _press(slug, run, "people", act)


@needs(Action.PLAYBOOK_RUN)
def note(slug: str, run: str) -> Any:
    """Write something down."""
    playbook = run_page.load(slug, Action.PLAYBOOK_RUN)
    found = run_page.find(playbook, run)
    form = NoteForm()
    run_page.offer_steps(form, run_page.cut_of(playbook, found))
    if not form.validate_on_submit() or _repeats(playbook, form.words.data):
        return run_page.page(playbook, found, note=form)
    with db.write() as session:
        playbook = run_page.load(slug, Action.PLAYBOOK_RUN)
        found = run_page.find(playbook, run)
        words, step = form.words.data.strip(), form.step.data or ""
        operations.note(session, playbook, found, words, step=step, by=guard.viewer(), key=form.key.data)
        repeating_views.note(session, playbook)
    flash(_("Noted."), "success")
    return run_page.go_to(playbook, found, anchor="log")


def _repeats(playbook: Playbook, words: str | None) -> bool:
    """Whether these words repeat something that is held back from readers of the run, and nobody said they may."""
    return repeating_views.unanswered_words(words or "", playbook.audience, playbook.id)


@needs(Action.PLAYBOOK_RUN)
def decide(slug: str, run: str) -> Any:
    """Write down a decision."""
    playbook, form = run_page.load(slug, Action.PLAYBOOK_RUN), DecisionForm()
    found = run_page.find(playbook, run)
    told = f"{form.decision.data}\n{form.reason.data}"
    if not form.validate_on_submit() or _repeats(playbook, told):
        return run_page.page(playbook, found, decision=form)
    with db.write() as session:
        playbook = run_page.load(slug, Action.PLAYBOOK_RUN)
        found = run_page.find(playbook, run)
        what, why = (form.decision.data or "").strip(), (form.reason.data or "").strip()
        together.decide(session, playbook, found, what, why, by=guard.viewer(), key=form.key.data or "")
        repeating_views.note(session, playbook)
    flash(_("The decision is in the log."), "success")
    return run_page.go_to(playbook, found, anchor="decisions")


@needs(Action.PLAYBOOK_RUN)
def give_role(slug: str, run: str) -> Any:
    """Say who leads, who speaks, who keeps the log."""
    playbook, form = run_page.load(slug, Action.PLAYBOOK_RUN), RoleForm()
    found = run_page.find(playbook, run)
    run_page.offering(form, together.standing_of(db.session(), found))
    if not form.validate_on_submit():
        return run_page.page(playbook, found, role=form)
    to = _chosen(playbook, found, form.person, form.email)
    role, reach = Role(form.role.data), " ".join((form.reach.data or "").split())
    if form.errors or _repeats(playbook, reach):
        return run_page.page(playbook, found, role=form)

    def act(session: Session, playbook: Playbook, found: Run) -> None:
        together.give_role(session, playbook, found, role, to, reach, by=guard.viewer())
        repeating_views.note(session, playbook)

    return _sent(slug, run, act, "role", form)


@needs(Action.PLAYBOOK_RUN)
def add_contact(slug: str, run: str) -> Any:
    """Write down whom to call and how."""
    playbook, form = run_page.load(slug, Action.PLAYBOOK_RUN), ContactForm()
    name, reach = (" ".join((field.data or "").split()) for field in (form.contact, form.contact_reach))
    if not form.validate_on_submit() or _repeats(playbook, f"{name}\n{reach}"):
        return run_page.page(playbook, run_page.find(playbook, run), contact=form)

    def act(session: Session, playbook: Playbook, found: Run) -> None:
        together.add_contact(session, playbook, found, name, reach, by=guard.viewer())
        repeating_views.note(session, playbook)

    return _sent(slug, run, act, "contact", form)


@needs(Action.PLAYBOOK_RUN)
def hand_over(slug: str, run: str) -> Any:
    """Hand over to the next shift."""
    playbook, form = run_page.load(slug, Action.PLAYBOOK_RUN), HandOverForm()
    found = run_page.find(playbook, run)
    run_page.offering(form, together.standing_of(db.session(), found))
    valid, to = form.validate_on_submit(), _chosen(playbook, found, form.next_person, form.next_email)
    if to is None and not form.errors:
        blame(form.next_person, _("Choose who takes over, or write their address."))
    if not valid or form.errors or to is None or _repeats(playbook, form.sentence.data):
        return run_page.page(playbook, found, hand_over=form)
    words, next_one = (form.sentence.data or "").strip(), to

    def act(session: Session, playbook: Playbook, found: Run) -> None:
        together.hand_over(session, playbook, found, next_one, words, by=guard.viewer())
        repeating_views.note(session, playbook)

    return _sent(slug, run, act, "hand_over", form)


def _chosen(playbook: Playbook, run: Run, person: Any, email: Any) -> Someone | None:
    """Whom a form names: an address that was written goes before a choice from the list."""
    session = db.session()
    if (email.data or "").strip():
        found = together.colleague(session, playbook, run, email.data, by=guard.viewer())
        if found is None:
            blame(email, _("No colleague with this address can read this playbook."))
        return found
    if not person.data:
        return None
    found = together.colleague_here(session, playbook, run, person.data)
    if found is None:
        blame(person, _("They are not on this run any more. Choose again."))
    return found


def _sent(slug: str, run: str, act: Act, name: str, form: Any) -> Any:
    """Do what a form asks for; what is refused is said on top of the form, which keeps what was typed."""
    try:
        with db.write() as session:
            playbook = run_page.load(slug, Action.PLAYBOOK_RUN)
            act(session, playbook, run_page.find(playbook, run))
    except Refused as refused:
        first = next(field for field in form if field.name != "csrf_token")
        blame(first, refused)
        playbook = run_page.load(slug, Action.PLAYBOOK_RUN)
        return run_page.page(playbook, run_page.find(playbook, run), **{name: form})
    flash(_("Saved. Everybody on the run sees it."), "success")
    playbook = run_page.load(slug)
    return run_page.go_to(playbook, run_page.find(playbook, run), anchor="people")


@needs(Action.PLAYBOOK_RUN)
def end(slug: str, run: str) -> Any:
    """Close a run."""
    playbook, form = run_page.load(slug, Action.PLAYBOOK_RUN), EndForm()
    found = run_page.find(playbook, run)
    if not form.validate_on_submit() or _repeats(playbook, form.outcome.data) or _asks_first(found, form):
        return run_page.page(playbook, found, end=form)
    outcome = (form.outcome.data or "").strip()
    with db.write() as session:
        playbook = run_page.load(slug, Action.PLAYBOOK_RUN)
        found, full = run_page.find(playbook, run), bool(form.full.data)
        is_first = operations.end(session, playbook, found, outcome, by=guard.viewer(), full=full)
        repeating_views.note(session, playbook)
    if not is_first:
        return _ended_before(playbook, found, outcome)
    flash(_("The run has ended. Its log is kept here."), "success")
    return run_page.go_to(playbook, found)


def _asks_first(run: Run, form: EndForm) -> bool:
    """Whether steps of an exercise are open, and nobody said yet that it ends all the same."""
    if run.ended_at is not None or run.occasion != Occasion.EXERCISE:
        return False
    number = len(operations.open_steps(db.session(), run))
    if not number or form.all_the_same.data:
        return False
    words = ngettext(
        "%(num)s step is open. End it all the same?", "%(num)s steps are open. End it all the same?", number
    )
    blame(form.all_the_same, words)
    return True


def _ended_before(playbook: Playbook, run: Run, outcome: str) -> Any:
    """Somebody was faster: what was typed stands in the form for a note."""
    name = reading.people_of(db.session(), run)["ended"] or _("Somebody")
    at = format_time(run.ended_at, "HH:mm") if run.ended_at else ""
    if not outcome:
        flash(_("%(name)s ended this run at %(time)s already.", name=name, time=at), "info")
        return run_page.go_to(playbook, run)
    form = run_page.note_form(run_page.cut_of(playbook, run), words=outcome)
    words = _("%(name)s ended this run at %(time)s. Your words stand here: add them as a note.", name=name, time=at)
    blame(form.words, words)
    return run_page.page(playbook, run, note=form)


@needs(Action.PLAYBOOK_RUN)
def reopen(slug: str, run: str) -> Any:
    """Go on with a run that was ended too early."""
    EmptyForm().validate_on_submit()
    with db.write() as session:
        playbook = run_page.load(slug, Action.PLAYBOOK_RUN)
        found = run_page.find(playbook, run)
        operations.reopen(session, playbook, found, by=guard.viewer())
    flash(_("The run goes on."), "success")
    return run_page.go_to(playbook, found)


@needs(Action.DOCUMENT_READ)
def sheet(slug: str, run: str) -> Any:
    """A run on paper: who does what, by when, and the words to use."""
    playbook = run_page.load(slug)
    return run_page.sheet(playbook, run_page.find(playbook, run))
