"""What the twin worlds hold of keeping guidelines true: all of it on a hidden guideline, and from hidden things to an
open one: local notes that nobody outside may read, and a language version of the same sort."""

from __future__ import annotations

from sqlalchemy import select

from guidelines.guides.keeping.models import (
    Annex,
    Attestation,
    Exemption,
    InterimNotice,
    LanguageVersion,
    SectionReview,
)
from tests.people import World
from tests.site.canaries import CANARY, soon
from wiki import db
from wiki.documents.models import Document

HELD = ("noticewords", "exemptwords", "reviewwords", "askquestion", "askoption", "askwhy")
HELD_CANARIES = {name: f"{CANARY}{name}" for name in HELD}


def hold_back(world: World, hidden_guideline: str, hidden_page: str, open_guideline: str) -> None:
    """Fill the fields of a hidden guideline, and tie hidden things to an open one; all three by their slugs."""
    leila = world.viewer("leila").person
    with world.app.app_context(), db.system_session(writing=True) as session:
        slugs = (hidden_guideline, hidden_page, open_guideline)
        ids = dict(session.execute(select(Document.slug, Document.id).where(Document.slug.in_(slugs))).all())
        guide, page, rule = (ids[slug] for slug in slugs)
        about = {"document_id": guide, "by_id": leila}
        option = {"words": HELD_CANARIES["askoption"], "why": HELD_CANARIES["askwhy"]}
        session.add_all(
            [
                InterimNotice(**about, words=HELD_CANARIES["noticewords"], until=soon()),
                Exemption(**about, group_id="jakarta", words=HELD_CANARIES["exemptwords"], until=soon()),
                SectionReview(**about, revision=1, verdict="unsure", words=HELD_CANARIES["reviewwords"]),
                Attestation(document_id=guide, way="question", groups=["consular", "jakarta", "digital"], revision=1,
                            question=HELD_CANARIES["askquestion"], options=[option, option], turn=1),
                Annex(page_id=page, document_id=rule, seen=0),
                LanguageVersion(document_id=guide, source_id=rule, follows=0),
            ]
        )  # fmt: skip
