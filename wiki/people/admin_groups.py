"""Administration of groups, hidden ones too, and who belongs to them."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from wiki import db
from wiki.access.guard import viewer
from wiki.people import accounts, administering, calendar, operations
from wiki.people.admin import admin, manage, one_of, page, told, version
from wiki.people.admin_forms import GroupForm, MemberForm, NewGroupForm, PlaceForm, WorkingDaysForm
from wiki.people.models import Group, GroupType, Membership, Rank
from wiki.people.operations import Refused
from wiki.people.viewer import today
from wiki.people.words import TYPES

_ONE = "/groups/<group_id>"


@admin.get("/groups")
@manage
def groups() -> Response:
    words, type = request.args.get("q", "").strip()[:200], one_of("type", list(GroupType))
    leaderless = one_of("lead", ("none",)) == "none"
    session, after = db.session(), request.args.get("after")
    found, following = accounts.groups(session, words, type, leaderless, after)
    asked = {"words": words, "type": type, "leaderless": leaderless, "types": list(TYPES.items())}
    return page("groups", 200, groups=found, following=following, sizes=accounts.sizes(session, found), **asked)


@admin.get("/groups/new")
@manage
def new_group() -> Response:
    return page("new_group", 200, form=NewGroupForm(accounts.names(db.session()), formdata=None))


@admin.post("/groups/new")
@manage
def add_group() -> AnyResponse:
    form = NewGroupForm(accounts.names(db.session()))
    if not form.is_right():
        return page("new_group", 422, form=form)
    about = {"name": form.name.data, "type": form.type.data, "is_hidden": form.is_hidden.data}
    more = {"parent": form.parent.data or None, "timezone": form.timezone.data or None}
    try:
        with db.write() as session:
            group = administering.add_group(session, by=viewer(), group_id=form.id.data.strip(), **about, **more)
    except Refused as refused:
        return page("new_group", told(form, refused, form.id), form=form)
    flash(_("“%(group)s” was added. Enter its members next.", group=group.name), "success")
    return _back_to(group)


@admin.get(_ONE)
@manage
def group(group_id: str) -> Response:
    return _group_page(_group(group_id), 200)


@admin.post(_ONE)
@manage
def save_group(group_id: str) -> AnyResponse:
    group = _group(group_id)
    form = GroupForm.of(group, accounts.names(db.session()))
    if not form.is_right():
        return _group_page(group, 422, form=form)
    said = {name: form[name].data for name in ("name", "type", "parent", "timezone", "is_hidden")}
    try:
        with db.write() as session:
            changed = session.get_one(Group, group.id)
            administering.change_group(session, changed, by=viewer(), version=version(), **said)
    except Refused as refused:
        return _group_page(group, told(form, refused, form.parent), form=form)
    flash(_("Saved."), "success")
    return _back_to(group)


@admin.post(f"{_ONE}/working-days")
@manage
def save_working_days(group_id: str) -> AnyResponse:
    group, form = _group(group_id), WorkingDaysForm()
    if not form.is_right():
        return _group_page(group, 422, working=form)
    try:
        with db.write() as session:
            changed, days = session.get_one(Group, group.id), form.days
            administering.set_working_days(
                session, changed, by=viewer(), version=version(), weekend=form.chosen_weekend, holidays=days
            )
    except Refused as refused:
        return _group_page(group, told(form, refused), working=form)
    flash(_("Saved."), "success")
    return _back_to(group)


@admin.post(f"{_ONE}/members")
@manage
def add_member(group_id: str) -> AnyResponse:
    group, form = _group(group_id), MemberForm()
    if not form.is_right():
        return _group_page(group, 422, member=form)
    rank, dates = Rank(form.rank.data), {"starts": form.starts.data, "ends": form.ends.data}
    try:
        with db.write() as session:
            person = operations.find_person(session, form.email.data)
            administering.join(session, person, session.get_one(Group, group.id), by=viewer(), rank=rank, **dates)
    except Refused as refused:
        return _group_page(group, told(form, refused, form.email), member=form)
    flash(_("%(name)s was entered in “%(group)s”.", name=person.name, group=group.name), "success")
    return _back_to(group)


@admin.post(f"{_ONE}/members/<int(max=2147483647):number>")
@manage
def change_member(group_id: str, number: int) -> AnyResponse:
    group, row = _group(group_id), db.session().get(Membership, number)
    if row is None or row.group_id != group.id:
        flash(_("This entry is gone already. Nothing was changed."), "warning")
        return _back_to(group)
    form = PlaceForm(row)
    if not form.is_right():
        return _group_page(group, 422, changed=form)
    rank = Rank(form.rank.data)
    try:
        with db.write() as session:
            administering.change_membership(
                session, number, by=viewer(), version=version(), rank=rank, ends=form.last_day
            )
    except Refused as refused:
        return _group_page(group, told(form, refused, form.ends), changed=form)
    flash(_("Saved."), "success")
    return _back_to(group)


def _group(group_id: str) -> Group:
    found = db.session().get(Group, group_id)
    if found is None:
        abort(404)
    return found


def _back_to(group: Group) -> AnyResponse:
    return redirect(url_for("admin.group", group_id=group.id), 303)


def _group_page(
    group: Group,
    code: int,
    *,
    form: GroupForm | None = None,
    member: MemberForm | None = None,
    changed: PlaceForm | None = None,
    working: WorkingDaysForm | None = None,
) -> Response:
    session = db.session()
    after = request.args.get("after", type=int)
    members, following = accounts.members(session, group.id, after)
    # An error beside an entry must be seen, on whatever page of the list the entry stands.
    if changed is not None and all(row is not changed.row for row, person in members):
        members = [(changed.row, changed.row.person), *members]
    return page(
        "group",
        code,
        group=group,
        form=form or GroupForm.of(group, accounts.names(session), formdata=None),
        member=member or MemberForm(formdata=None),
        changed=changed,
        working=working or WorkingDaysForm.of(group, calendar.holidays_of(session, group.id)),
        members=[
            (row, person, changed if changed is not None and changed.row is row else PlaceForm(row, formdata=None))
            for row, person in members
        ],
        following=following,
        today=today(),
    )
