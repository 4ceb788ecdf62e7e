"""What the demo world shows of keeping guidelines true, on guidelines of the starter pack."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.guides import settling
from guidelines.guides.keeping.models import Annex, Attestation, Exemption, InterimNotice, SectionReview, Verdict, Way
from guidelines.guides.models import Guideline, GuidelineStatus
from wiki.documents.models import Document
from wiki.people.viewer import today

NOTICE_ON, NOTICE = (
    "posting-in-a-crisis",
    "The duty desk changes its number this week. Ring the switchboard and ask for it.",
)
EXEMPT_FROM, EXEMPT = (
    "languages-and-local-culture",
    "May post in the local language first and in English a day later, because its one translator is on leave.",
)
POST = "embassy-marenza"
NOTES, NOTES_TO = ("page", "working-with-the-city-of-marenza"), "official-and-informal-channels"
ASKED_ABOUT = "account-security-and-take-over"
QUESTION = "A colleague you know well asks for the password by message, because a post is urgent. What do you do first?"
OPTIONS = (
    ("Send it, and change it tomorrow", "A message can come from anybody. By tomorrow the account may be gone."),
    ("Ring them on the number you know", "Yes. A voice on a known number costs a minute and saves the account."),
    ("Ask them a question only they can answer", "Better than nothing, but whoever reads their messages knows much."),
)


def show(session: Session, new: Collection[tuple[str, str]]) -> None:
    """Show each once, when the page that comes with it is new."""
    if NOTES not in new:
        return
    wanted = (NOTICE_ON, EXEMPT_FROM, NOTES_TO, ASKED_ABOUT)
    in_force = (Guideline.slug.in_(wanted), Guideline.status == GuidelineStatus.IN_FORCE)
    found = {one.slug: one for one in session.scalars(select(Guideline).where(*in_force))}
    until = today() + timedelta(days=30)
    if rule := found.get(NOTICE_ON):
        session.add(InterimNotice(document_id=rule.id, words=NOTICE, until=until))
    if rule := found.get(EXEMPT_FROM):
        session.add(Exemption(document_id=rule.id, group_id=POST, words=EXEMPT, until=until))
        _answer_half(session, rule)
    if rule := found.get(NOTES_TO):
        kind, slug = NOTES
        page = session.scalars(select(Document.id).where(Document.kind == kind, Document.slug == slug)).one()
        session.add(Annex(page_id=page, document_id=rule.id, seen=rule.published or rule.working))
    if rule := found.get(ASKED_ABOUT):
        options = [{"words": words, "why": why} for words, why in OPTIONS]
        asked = {"way": Way.QUESTION, "groups": [POST], "due": until, "question": QUESTION, "options": options}
        session.add(Attestation(document_id=rule.id, **asked, key=1, turn=1, revision=rule.published or rule.working))


def _answer_half(session: Session, rule: Guideline) -> None:
    """Its keepers have looked at every second section."""
    newest = rule.published or rule.working
    for anchor, _title in settling.sections(session, rule, newest)[::2]:
        session.add(SectionReview(document_id=rule.id, revision=newest, anchor=anchor, verdict=Verdict.TRUE))
