"""Versions of a guideline: asked for, approved, sent back, put in force on their day, put right in wording, undone.

A major version changes an obligation and needs an approver. A minor one is wording, which anybody who may edit
publishes at once. Each verb takes the turn of the guideline first: of two people at once the second finds what the
first one did.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from guidelines import loop
from guidelines.guides import numbers
from guidelines.guides.editions_models import PENDING, Edition, EditionState
from guidelines.guides.models import Guideline, GuidelineStatus
from wiki import db, outbox
from wiki.access import audit, policy
from wiki.access.policy import Action, Viewer
from wiki.documents import operations as documents, passages_standing
from wiki.documents.models import Document, Revision
from wiki.people.viewer import today

# What follows when a major version came in force: those concerned are told, in the background.
TOPIC = "edition"
LONGEST_NOTE = 240
BEING_READ = (GuidelineStatus.IN_FORCE, GuidelineStatus.SUSPENDED)


class Refused(ValueError):
    """This step makes no sense for the guideline as it is; the message is for the person who tried."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is said of a version: the note for readers, what it takes up, and whom to tell or to ask."""

    note: str = ""
    takes_up: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    approver: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """How a version is put in force. `revision` is the text that the approver looked at."""

    revision: int
    since: date
    note: str = ""
    review_on: date | None = None
    own_allowed: bool = False


def pending(session: Session, guideline: Guideline) -> Edition | None:
    """The version that waits: for an approver, or for its day."""
    return session.scalar(select(Edition).where(Edition.document_id == guideline.id, Edition.state.in_(PENDING)))


def current(session: Session, guideline: Guideline) -> Edition | None:
    """The version that came in force last."""
    came = (Edition.document_id == guideline.id, Edition.state == EditionState.CAME)
    return session.scalar(select(Edition).where(*came).order_by(Edition.major.desc(), Edition.minor.desc()).limit(1))


def ask(session: Session, guideline: Guideline, wish: Wish, *, revision: int, by: Viewer) -> Edition:
    """Ask an approver to put the working copy in force; `revision` is the one that was looked at."""
    policy.require(by, Action.DOCUMENT_REVISE, guideline.item)
    _take_turn(session, guideline)
    _refuse_in_bin(guideline)
    if pending(session, guideline) is not None:
        raise Refused(_l("A version of this guideline waits already. Take it back before you ask for another one."))
    _refuse_unless_new(guideline, revision)
    edition = Edition(
        document_id=guideline.id,
        revision=revision,
        state=EditionState.ASKED,
        note=_short(wish.note),
        takes_up=list(wish.takes_up),
        groups=list(wish.groups),
        approver_id=wish.approver,
        asked_by_id=by.person,
        asked_at=db.now(),
    )
    session.add(edition)
    session.flush()
    note(session, "guideline:asked", guideline, by)
    return edition


def take_back(session: Session, guideline: Guideline, *, by: Viewer) -> Edition:
    """Take back what was asked, or what waits for its day."""
    policy.require(by, Action.DOCUMENT_REVISE, guideline.item)
    _take_turn(session, guideline)
    edition = pending(session, guideline)
    if edition is None:
        raise Refused(_l("Nothing waits any more. Somebody was faster, or its day has come."))
    if edition.state == EditionState.WAITS and not policy.may(by, Action.GUIDELINE_PUT_IN_FORCE, guideline.item):
        raise Refused(_l("An approver has decided about it. Ask them to take it back."))
    edition.state = EditionState.TAKEN_BACK
    note(session, "guideline:taken-back", guideline, by)
    return edition


def send_back(session: Session, guideline: Guideline, because: str, *, by: Viewer) -> Edition:
    """Send back what was asked, with a reason for whoever asked."""
    policy.require(by, Action.GUIDELINE_PUT_IN_FORCE, guideline.item)
    _take_turn(session, guideline)
    edition = pending(session, guideline)
    if edition is None or edition.state != EditionState.ASKED:
        raise Refused(_l("Nothing waits for an answer any more. Somebody was faster."))
    edition.state, edition.because = EditionState.SENT_BACK, because.strip()[:400]
    edition.approved_by_id, edition.approved_at = by.person, db.now()
    note(session, "guideline:sent-back", guideline, by)
    return edition


def approve(session: Session, guideline: Guideline, decision: Decision, *, by: Viewer) -> Edition:
    """Put what was asked, or else the working copy, in force: today, or on a day to come by the clock."""
    policy.require(by, Action.GUIDELINE_PUT_IN_FORCE, guideline.item)
    _take_turn(session, guideline)
    _refuse_in_bin(guideline)
    edition = pending(session, guideline)
    if edition is not None and edition.state == EditionState.WAITS:
        raise Refused(_l("A version waits for its day already. Take it back first."))
    if edition is None:
        _refuse_unless_new(guideline, decision.revision)
        edition = Edition(document_id=guideline.id, revision=guideline.working)
    elif decision.revision != edition.revision:
        raise Refused(_l("Something else was asked for meanwhile. Look at it again."))
    if opens_held_words(session, guideline, edition.revision):
        raise Refused(_l("Words of this text are held back by now. Send it back, and have the newest text asked for."))
    if not decision.own_allowed and is_own(session, guideline, edition, by):
        raise Refused(_l("You wrote or asked for this version yourself. Another approver has to put it in force."))
    if decision.since < today():
        raise Refused(_l("A version cannot hold before it is approved. Choose today or a day to come."))
    edition.note = _short(decision.note) or edition.note
    if guideline.edition and not edition.note:
        raise Refused(_l("Say in a sentence what changes; readers will see it."))
    edition.approved_by_id, edition.approved_at = by.person, db.now()
    edition.in_force_from, edition.review_on = decision.since, decision.review_on
    session.add(edition)
    if decision.since > today():
        edition.state = EditionState.WAITS
        note(session, "guideline:approved", guideline, by)
    else:
        come(session, guideline, edition, by=by)
    return edition


def is_own(session: Session, guideline: Guideline, edition: Edition, by: Viewer) -> bool:
    """Whether this person asked for the version, or wrote a part of it: a text since the one that readers have."""
    if edition.asked_by_id == by.person:
        return True
    mine = (Revision.document_id == guideline.id, Revision.author_id == by.person)
    since = (Revision.number > (guideline.published or 0), Revision.number <= edition.revision)
    return bool(session.scalar(select(exists().where(*mine, *since))))


def publish_wording(session: Session, guideline: Guideline, words: str, *, revision: int, by: Viewer) -> Edition:
    """Let readers have the working copy at once, as a minor version. It changes how something is said, not what."""
    policy.require(by, Action.DOCUMENT_REVISE, guideline.item)
    _take_turn(session, guideline)
    _refuse_unless_wording_may_change(guideline)
    waiting = pending(session, guideline)
    if waiting is not None:
        raise Refused(
            _l("A major version waits. Its text is in the working copy, so take it back first or let it come.")
        )
    _refuse_unless_new(guideline, revision)
    return _minor(session, guideline, revision, _short(words), by)


def undo(session: Session, guideline: Guideline, version: str, *, by: Viewer) -> Edition:
    """Let readers have the text from before a minor version again, as a new minor version. The working copy stays."""
    policy.require(by, Action.DOCUMENT_REVISE, guideline.item)
    _take_turn(session, guideline)
    _refuse_unless_wording_may_change(guideline)
    last = current(session, guideline)
    if last is None or last.name != version:
        raise Refused(_l("Another version came in force meanwhile. Look at it first."))
    if not last.minor:
        raise Refused(
            _l("Only a change of wording can be undone like this. What people must do changes by a major version.")
        )
    before = session.scalars(
        select(Edition).where(
            Edition.document_id == guideline.id, Edition.major == last.major, Edition.minor == last.minor - 1
        )
    ).one()
    if opens_held_words(session, guideline, before.revision):
        raise Refused(
            _l("That wording would show words that are held back by now. Edit the text instead, and leave them out.")
        )
    return _minor(session, guideline, before.revision, _("Version %(version)s was undone", version=last.name), by)


def opens_held_words(session: Session, guideline: Guideline, revision: int) -> bool:
    """Whether readers who got this text would be shown what is held back by now, whoever lets it come."""
    return revision != guideline.working and passages_standing.would_open(session, guideline, revision)


def _minor(session: Session, guideline: Guideline, revision: int, words: str, by: Viewer) -> Edition:
    edition = Edition(document_id=guideline.id, revision=revision, note=words, in_force_from=today())
    edition.approved_by_id, edition.approved_at = by.person, db.now()
    come(session, guideline, edition, by=by, wording=True)
    return edition


def come(
    session: Session,
    guideline: Guideline,
    edition: Edition,
    *,
    by: Viewer | None,
    wording: bool = False,
    quietly: bool = False,
) -> None:
    """Let a version hold from now on. `by` is None when its day came by the clock, or a file tells of it.

    `quietly` tells nobody: what a new installation begins with is news for no one.
    """
    day, last = edition.in_force_from or today(), current(session, guideline)
    if last is not None and last.in_force_to is None:
        last.in_force_to = day
    guideline.edition, guideline.minor = _next(guideline, wording=wording)
    edition.major, edition.minor = guideline.edition, guideline.minor
    edition.state, edition.came_at, edition.in_force_from = EditionState.CAME, db.now(), day
    session.add(edition)
    guideline.in_force_from, guideline.in_force_to = day, None
    status = GuidelineStatus(guideline.status) if wording else GuidelineStatus.IN_FORCE
    if not wording:
        guideline.successor_id, guideline.why_withdrawn, guideline.why_suspended = None, "", ""
        guideline.consult_until, guideline.review_on = None, edition.review_on or guideline.review_on
        guideline.approved_by_id, guideline.approved_at = edition.approved_by_id, edition.approved_at
    numbers.give(session, guideline)
    documents.publish(session, guideline, by=None, status=status, number=edition.revision)
    guideline.numbered = numbers.number_sections(guideline.numbered, _sections(session, guideline))
    _take_up(session, guideline, edition)
    session.flush()
    note(session, "guideline:wording" if wording else "guideline:put-in-force", guideline, by)
    loop.came_in_force(session, guideline, edition.name, by)
    if not wording and not quietly:
        outbox.add(session, TOPIC, edition.id)


def _next(guideline: Guideline, *, wording: bool) -> tuple[int, int]:
    return (guideline.edition, guideline.minor + 1) if wording else (guideline.edition + 1, 0)


def _sections(session: Session, guideline: Guideline) -> Iterable[str]:
    shown = (Revision.document_id == guideline.id, Revision.number == guideline.published)
    return numbers.anchors_of(session.scalar(select(Revision.toc).where(*shown)) or [])


def _take_up(session: Session, guideline: Guideline, edition: Edition) -> None:
    """Settle the proposals that this version takes up, before anybody is told that it came."""
    if not edition.takes_up:
        return
    asked = (loop.Proposal.document_id == guideline.id, loop.Proposal.outcome == loop.Outcome.OPEN)
    chosen = select(loop.Proposal).where(*asked, loop.Proposal.public_id.in_(edition.takes_up))
    for proposal in session.scalars(chosen):
        proposal.outcome, proposal.settled_at = loop.Outcome.TAKEN, edition.came_at
        proposal.settled_words = edition.name


def end(session: Session, guideline: Guideline, day: date) -> None:
    """Its version holds no more from this day on, and nothing waits any more."""
    last, waiting = current(session, guideline), pending(session, guideline)
    if last is not None and last.in_force_to is None:
        last.in_force_to = day
    if waiting is not None:
        waiting.state = EditionState.TAKEN_BACK


def _take_turn(session: Session, guideline: Guideline) -> None:
    """Whoever is second waits here and then finds what the first one did."""
    row = select(Document.id).where(Document.id == guideline.id).with_for_update()
    session.execute(row)
    session.refresh(guideline)


def _refuse_in_bin(guideline: Guideline) -> None:
    if guideline.status == policy.BINNED:
        raise Refused(_l("This guideline is in the bin. Take it out first."))


def _refuse_unless_new(guideline: Guideline, revision: int) -> None:
    if guideline.status in BEING_READ and guideline.published == guideline.working:
        raise Refused(_l("This version is in force already."))
    if revision != guideline.working:
        raise Refused(_l("Somebody saved another text meanwhile. Look at the working copy again."))


def _refuse_unless_wording_may_change(guideline: Guideline) -> None:
    if guideline.status not in BEING_READ or not guideline.edition:
        raise Refused(_l("Only a guideline in force has wording to put right. An approver puts it in force first."))


def _short(words: str) -> str:
    return " ".join(words.split())[:LONGEST_NOTE]


def note(session: Session, what: str, guideline: Guideline, by: Viewer | None) -> None:
    """Write into the log what was done with a guideline."""
    who = by.person if by else None
    audit.record(session, what, by=who, about=guideline.public_id, edition=guideline.version_name)
