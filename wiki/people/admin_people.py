"""Administration of accounts: who may sign in, where they belong, what they may do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from wiki import db
from wiki.access.guard import viewer
from wiki.access.policy import Role
from wiki.people import accounts, administering, letters, links, sessions
from wiki.people.admin import admin, manage, one_of, page, told, version
from wiki.people.admin_forms import AccountForm, EndForm, JoinForm, NewPersonForm, PlaceForm, RoleForm
from wiki.people.here import settings
from wiki.people.links import Purpose
from wiki.people.models import Group, Membership, Person, Rank, RoleAssignment
from wiki.people.operations import Refused
from wiki.people.viewer import today
from wiki.people.words import DUTIES

_ONE = "/people/<public_id>"
_NUMBER = "<int(max=2147483647):number>"


@admin.get("/people")
@manage
def people() -> Response:
    words, state = request.args.get("q", "").strip()[:200], one_of("state", accounts.STATES)
    found, following = accounts.people(db.session(), words, state, request.args.get("after"))
    return page("people", 200, people=found, following=following, words=words, state=state)


@admin.get("/people/new")
@manage
def new_person() -> Response:
    first = {"lang": settings().languages[0], "timezone": viewer().timezone}
    return page("new_person", 200, form=_new_form(formdata=None, data=first))


@admin.post("/people/new")
@manage
def add_person() -> AnyResponse:
    form = _new_form()
    if not form.is_right():
        return page("new_person", 422, form=form)
    about = {name: form[name].data for name in ("name", "email", "lang", "timezone", "group")}
    more = {"is_staff": form.sort.data == "staff", "rank": Rank(form.rank.data)}
    try:
        with db.write() as session:
            person = administering.add_person(session, by=viewer(), **about, **more)
            made = administering.link(session, person, by=viewer(), settings=settings()) if form.invite.data else None
    except Refused as refused:
        return page("new_person", told(form, refused, form.email), form=form)
    if made is not None:
        return _hand_over(person, *made)
    flash(_("%(name)s was added. They cannot sign in before you make an invitation.", name=person.name), "success")
    return _back_to(person)


@admin.get(_ONE)
@manage
def person(public_id: str) -> Response:
    return _person_page(_account(public_id), 200)


@admin.post(_ONE)
@manage
def save_person(public_id: str) -> AnyResponse:
    person, form = _account(public_id), AccountForm()
    if not form.is_right():
        return _person_page(person, 422, account=form)
    about = {"name": form.name.data, "email": form.email.data, "is_staff": form.sort.data == "staff"}
    try:
        with db.write() as session:
            changed = session.get_one(Person, person.id)
            administering.change_account(session, changed, by=viewer(), version=version(), **about)
    except Refused as refused:
        return _person_page(person, told(form, refused), account=form)
    flash(_("Saved."), "success")
    return _back_to(person)


@admin.post(f"{_ONE}/suspension")
@manage
def suspend(public_id: str) -> AnyResponse:
    said = _("%(name)s is suspended and signed out everywhere.")
    return _do(public_id, administering.suspend, said)


@admin.post(f"{_ONE}/suspension/end")
@manage
def let_back_in(public_id: str) -> AnyResponse:
    said = _("%(name)s may sign in again.")
    if _account(public_id).password_hash is None:
        said = _("%(name)s is let back in. Links sent before have ended: make a new invitation under “Signing in”.")
    return _do(public_id, administering.let_back_in, said)


@admin.post(f"{_ONE}/sessions/end")
@manage
def sign_out(public_id: str) -> AnyResponse:
    return _do(public_id, administering.sign_out, _("%(name)s is signed out everywhere and may sign in again."))


@admin.post(f"{_ONE}/link")
@manage
def make_link(public_id: str) -> AnyResponse:
    person = _account(public_id)
    try:
        with db.write() as session:
            kept = session.get_one(Person, person.id)
            made = administering.link(session, kept, by=viewer(), settings=settings())
    except Refused as refused:
        flash(str(refused), "error")
        return _back_to(person)
    return _hand_over(person, *made)


@admin.post(f"{_ONE}/memberships")
@manage
def join(public_id: str) -> AnyResponse:
    person, form = _account(public_id), JoinForm(accounts.names(db.session()))
    if not form.is_right():
        return _person_page(person, 422, join=form)
    about = {"rank": Rank(form.rank.data), "starts": form.starts.data, "ends": form.ends.data}
    try:
        with db.write() as session:
            group = session.get_one(Group, form.group.data)
            administering.join(session, session.get_one(Person, person.id), group, by=viewer(), **about)
    except Refused as refused:
        return _person_page(person, told(form, refused, form.group), join=form)
    flash(_("%(name)s was entered in “%(group)s”.", name=person.name, group=group.name), "success")
    return _back_to(person)


@admin.post(f"{_ONE}/memberships/{_NUMBER}")
@manage
def change_membership(public_id: str, number: int) -> AnyResponse:
    person, row = _account(public_id), db.session().get(Membership, number)
    if row is None or row.person_id != person.id:
        return _gone(person)
    form = PlaceForm(row)
    if not form.is_right():
        return _person_page(person, 422, changed=form)
    try:
        with db.write() as session:
            rank = Rank(form.rank.data)
            administering.change_membership(
                session, number, by=viewer(), version=version(), rank=rank, ends=form.last_day
            )
    except Refused as refused:
        return _person_page(person, told(form, refused, form.ends), changed=form)
    flash(_("Saved."), "success")
    return _back_to(person)


@admin.post(f"{_ONE}/roles")
@manage
def give_role(public_id: str) -> AnyResponse:
    person, form = _account(public_id), RoleForm()
    if not form.is_right():
        return _person_page(person, 422, role=form)
    about = {"starts": form.starts.data, "ends": form.ends.data}
    try:
        with db.write() as session:
            kept = session.get_one(Person, person.id)
            administering.give_role(session, kept, Role(form.role.data), by=viewer(), **about)
    except Refused as refused:
        return _person_page(person, told(form, refused, form.role), role=form)
    flash(_("The role was given."), "success")
    return _back_to(person)


@admin.post(f"{_ONE}/roles/{_NUMBER}")
@manage
def change_role(public_id: str, number: int) -> AnyResponse:
    person, row = _account(public_id), db.session().get(RoleAssignment, number)
    if row is None or row.person_id != person.id:
        return _gone(person)
    form = EndForm(row)
    if not form.is_right():
        return _person_page(person, 422, changed=form)
    if _is_my_own_key(row) and form.last_day is not None and not request.form.get("sure"):
        return page("sure", 200, person=person, form=form, version=version(), last_day=form.last_day, today=today())
    try:
        with db.write() as session:
            administering.change_role(session, number, by=viewer(), version=version(), ends=form.last_day)
    except Refused as refused:
        return _person_page(person, told(form, refused, form.ends), changed=form)
    flash(_("Saved."), "success")
    over = _is_my_own_key(row) and form.last_day is not None and form.last_day < today()
    return redirect(url_for("people.me"), 303) if over else _back_to(person)


def _new_form(**more: Any) -> NewPersonForm:
    return NewPersonForm(accounts.names(db.session()), settings().languages, **more)


def _account(public_id: str) -> Person:
    found = accounts.person(db.session(), public_id)
    if found is None:
        abort(404)
    return found


def _back_to(person: Person) -> AnyResponse:
    return redirect(url_for("admin.person", public_id=person.public_id), 303)


def _gone(person: Person) -> AnyResponse:
    flash(_("This entry is gone already. Nothing was changed."), "warning")
    return _back_to(person)


def _is_my_own_key(row: RoleAssignment) -> bool:
    return row.role == Role.ADMINISTRATOR and row.person_id == viewer().person


def _do(public_id: str, verb: Callable[..., None], said: str) -> AnyResponse:
    """Do what needs no form, and say so; `said` has a place for the name."""
    person = _account(public_id)
    try:
        with db.write() as session:
            verb(session, session.get_one(Person, person.id), by=viewer())
    except Refused as refused:
        flash(str(refused), "error")
        return _back_to(person)
    flash(said % {"name": person.name}, "success")
    return _back_to(person)


def _hand_over(person: Person, link: str, purpose: Purpose) -> Response:
    """Show a link this once. A letter with it goes out too; when that fails, the link is still good."""
    letters.write_with_the_answer(person, purpose, link, settings())
    hours, minutes = divmod(int(links.life(purpose, settings()) / timedelta(minutes=1)), 60)
    return page(
        "link",
        200,
        person=person,
        link=link,
        purpose=purpose,
        hours=hours,
        minutes=minutes,
        by_mail=bool(settings().smtp_host),
    )


def _person_page(
    person: Person,
    code: int,
    *,
    account: AccountForm | None = None,
    join: JoinForm | None = None,
    role: RoleForm | None = None,
    changed: EndForm | None = None,
) -> Response:
    session = db.session()
    memberships, roles = accounts.memberships(session, person.id), accounts.roles(session, person.id)

    def form(kind: type[EndForm], row: Membership | RoleAssignment) -> EndForm:
        return changed if changed is not None and changed.row is row else kind(row, formdata=None)

    return page(
        "person",
        code,
        person=person,
        account=account or AccountForm.of(person),
        join=join or JoinForm(accounts.names(session), formdata=None),
        role=role or RoleForm(formdata=None),
        changed=changed,
        places=[(row, group, form(PlaceForm, row)) for row, group in memberships if _not_over(row)],
        old_places=[(row, group) for row, group in memberships if not _not_over(row)],
        held=[(row, form(EndForm, row)) for row in roles if _not_over(row)],
        old_roles=[row for row in roles if not _not_over(row)],
        duties=DUTIES,
        devices=len(sessions.running(session, person.id)),
        today=today(),
    )


def _not_over(row: Membership | RoleAssignment) -> bool:
    return row.ends_on is None or row.ends_on >= today()
