"""A desk at which requests are asked and answered, with a clock that stands still until it is moved."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.people import LONG_AGO, World, email
from tests.wiki.holding_fixtures import in_the_text
from wiki import db
from wiki.access.models import AccessGrant, AccessRequest, AuditEvent
from wiki.access.policy import Role
from wiki.documents.models import Document, Passage, PassageLabel, PassageText
from wiki.documents.sharing import Sharing
from wiki.notices.models import Notice
from wiki.people.models import Person, RoleAssignment

# A Thursday at noon in winter: UTC, as the groups of the cast have no zone of their own.
THURSDAY = datetime(2026, 11, 19, 12, tzinfo=UTC)
# Three working days later.
TUESDAY = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Clock:
    """Stands still until it is moved, forwards or backwards."""

    def __init__(self) -> None:
        self.moment = THURSDAY

    def __call__(self) -> datetime:
        return self.moment

    def to(self, *parts: int) -> None:
        self.moment = datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]

    def by(self, **much: float) -> None:
        self.moment += timedelta(**much)


class Desk:
    """The world with what these tests do all the time."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world, self.clock = world, clock
        self._came: dict[str, datetime] = {}
        for who, role in (("bruno", Role.DUTY_OFFICER), ("marek", Role.ARBITER)):
            self.give_role(who, role)

    def give_role(self, who: str, role: Role) -> None:
        person = self.id(who)
        with self.world.app.app_context(), db.system_session(writing=True) as session:
            session.add(RoleAssignment(person_id=person, role=role, starts_on=LONG_AGO))

    def id(self, who: str) -> int:
        return self.world.viewer(who).person

    def hold(self, reason: str = "negotiation", *, discovery: str = "stub", title: str = "Talks", **more: Any) -> str:
        """A page of Lisbon, held back; returns its public id."""
        until = (self.clock.moment + timedelta(days=60)).date()
        sharing = Sharing(("group:lisbon",), discovery, f"About {title}", "A line for all.", reason, until)
        address = self.world.write(title, "The girder is cracked.", sharing=sharing, **more)
        return self.world.document(address).public_id

    def hold_passage(self, reason: str = "source", *, title: str = "Open paper", **more: Any) -> str:
        """A passage of an open page of Lisbon, held for Lisbon; returns its public id."""
        address = self.world.write(title, "Words around it.", **more)
        with self.world.app.app_context(), db.system_session(writing=True) as session:
            document = session.scalars(select(Document).where(Document.slug == address.split("/")[-1])).one()
            until = (self.clock.moment + timedelta(days=60)).date()
            passage = Passage(
                document_id=document.id, audience=["group:lisbon"], reason=reason, held_until=until,
                labels=[PassageLabel(label=label) for label in ("group:lisbon", "lead:lisbon")],
            )  # fmt: skip
            session.add(passage)
            session.flush()
            passage.labels.append(PassageLabel(label=f"doc:{passage.public_id}"))
            in_the_text(session, passage)
            session.add(PassageText(passage_id=passage.id, revision=1, body="Sealed.", html="<p>Sealed.</p>"))
            return passage.public_id

    def get(self, who: str | None, path: str) -> TestResponse:
        self._at_the_door(who)
        return self.world.get(who, path)

    def post(self, who: str | None, path: str, **data: Any) -> TestResponse:
        self._at_the_door(who)
        return self.world.post(who, path, data)

    def _at_the_door(self, who: str | None) -> None:
        # Sessions end too when days go by; and one that was made later than now is not there yet.
        if who is not None and self._came.get(who) != self.clock.moment:
            self.world._clients.pop(who, None)
            self.world._tokens.pop(who, None)
            self._came[who] = self.clock.moment

    def ask(self, target: str, who: str = "oskar", **data: Any) -> str:
        """Ask; returns the public id of the request."""
        answer = self.post(who, f"/requests/new/{target}", **data)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].split("/")[-1]

    def grant(self, request: str, who: str = "okello", days: int = 30, **data: Any) -> TestResponse:
        until = (self.clock.moment + timedelta(days=days)).date().isoformat()
        return self.post(
            who, f"/requests/{request}/grant", **{"until": until, "version": self.version(request), **data}
        )

    def refuse(self, request: str, who: str = "okello", **data: Any) -> TestResponse:
        said = {"refusal": "not-decided", "instead": "Ask again in May.", "version": self.version(request), **data}
        return self.post(who, f"/requests/{request}/refusal", **said)

    def appeal(self, request: str, who: str = "oskar", **data: Any) -> TestResponse:
        said = {"appeal": "I brief the minister.", "version": self.version(request), **data}
        return self.post(who, f"/requests/mine/{request}/appeal", **said)

    def decide(self, request: str, outcome: str, who: str = "marek", **data: Any) -> TestResponse:
        until = (self.clock.moment + timedelta(days=9)).date().isoformat()
        said = {"words": "I read it.", "outcome": outcome, "until": until, "version": self.version(request), **data}
        return self.post(who, f"/requests/{request}/decision", **said)

    def withdraw(self, request: str, who: str = "oskar", **data: Any) -> TestResponse:
        return self.post(who, f"/requests/mine/{request}/withdrawal", **{"version": self.version(request), **data})

    def request(self, public_id: str) -> AccessRequest:
        with self.world.app.app_context(), db.system_session() as session:
            return session.scalars(select(AccessRequest).where(AccessRequest.public_id == public_id)).one()

    def state(self, public_id: str) -> str:
        return self.request(public_id).state

    def version(self, public_id: str) -> int:
        return self.request(public_id).version

    def run(self) -> int:
        """Let the clock of requests look; returns how many steps it took."""
        with self.world.app.app_context():
            taken: int = self.world.app.extensions["chancery_clocks"]["requests"]()
            return taken

    def told(self, who: str) -> list[str]:
        """The codes of what somebody was told, in order."""
        person = self.id(who)
        with self.world.app.app_context(), db.system_session() as session:
            mine = select(Notice.code).where(Notice.person_id == person).order_by(Notice.id)
            return list(session.scalars(mine))

    def log(self) -> list[str]:
        """What the log says of requests and leave, in order."""
        with self.world.app.app_context(), db.system_session() as session:
            kinds = AuditEvent.what.like("access:%") | AuditEvent.what.like("document:%grant")
            return list(session.scalars(select(AuditEvent.what).where(kinds).order_by(AuditEvent.id)))

    def count(self, table: Any, *conditions: Any) -> int:
        with self.world.app.app_context(), db.system_session() as session:
            return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0

    def reads(self, who: str, target: str) -> bool:
        """Whether the keys of somebody hold leave for this."""
        return f"doc:{target}" in self.world.viewer(who).keys

    def grants(self) -> list[AccessGrant]:
        with self.world.app.app_context(), db.system_session() as session:
            return list(session.scalars(select(AccessGrant).order_by(AccessGrant.id)))

    def person(self, session: Any, who: str) -> Person:
        found: Person = session.scalars(select(Person).where(Person.email == email(who))).one()
        return found


def at_the_arbiter(desk: Desk) -> tuple[str, str]:
    """A request that neither the owner nor a steward answered, and what it is about."""
    target = desk.hold("source")
    request = desk.ask(target)
    for _ in range(2):
        desk.clock.moment = desk.request(request).due_at or desk.clock.moment
        desk.run()
    return target, request


def plain(page: str) -> str:
    """The words of a page without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
