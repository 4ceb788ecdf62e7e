"""Signing in and out, one's own page, people and groups."""

from __future__ import annotations

from collections.abc import Container
from typing import TypeVar

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from wiki import db
from wiki.access import policy
from wiki.access.guard import needs, open_to_all, viewer, viewer_or_none
from wiki.access.policy import Action, Role
from wiki.people import attempts, directory, finding, keep, links, operations, panels, passwords, sessions, signing
from wiki.people.attempts import TooManyAttempts
from wiki.people.finding import Wanted
from wiki.people.forms import ForgotForm, Form, NoticesForm, PasswordForm, ProfileForm, SignInForm, WelcomeForm
from wiki.people.keep import Kept
from wiki.people.models import GroupType, Person
from wiki.people.paths import own_path
from wiki.people.words import SPOKEN, role_name

people = Blueprint("people", __name__)

Answer = AnyResponse | str
AForm = TypeVar("AForm", bound=Form)

# Our draft store and whatever a cache kept go with the session. Cookies are not in the list: it would take those of
# every other site of the same domain along.
CLEAR = '"cache", "storage"'


@people.get("/sign-in")
@open_to_all
def sign_in() -> Answer:
    target = own_path(request.args.get("next"))
    if viewer_or_none() is not None:
        return redirect(target or "/", 303)
    return render_template("people/sign_in.html", form=SignInForm(formdata=None, next=target or ""))


@people.post("/sign-in")
@open_to_all
def sign_in_now() -> Answer:
    form, kept = SignInForm(), keep.travelling()
    if not form.is_right():
        return _sign_in_again(form, kept, 422)
    try:
        token = signing.with_password(form.email.data, form.password.data)
    except TooManyAttempts as error:
        return _wait(_sign_in_again(_refused(form, attempts.words(error)), kept, 429), error)
    if token is None:
        return _sign_in_again(_refused(form, _("The e-mail address or the password is not right.")), kept, 422)
    sessions.remember(token)
    if kept is not None:
        return render_template("people/resume.html", kept=kept)
    return redirect(own_path(form.next.data) or "/", 303)


@people.post("/sign-out")
@open_to_all
def sign_out() -> Answer:
    here = sessions.current()
    if here is not None:
        with db.write() as session:
            sessions.end_one(session, here.viewer.person, here.public_id)
    return _leave()


@people.get("/forgot")
@open_to_all
def forgot() -> Answer:
    return render_template("people/forgot.html", form=ForgotForm(formdata=None), sent=False)


@people.post("/forgot")
@open_to_all
def ask_for_link() -> Answer:
    form = ForgotForm()
    if not form.is_right():
        return make_response(render_template("people/forgot.html", form=form, sent=False), 422)
    try:
        signing.ask_for_reset(form.email.data)
    except TooManyAttempts as error:
        page = render_template("people/forgot.html", form=_refused(form, attempts.words(error)), sent=False)
        return _wait(make_response(page, 429), error)
    return render_template("people/forgot.html", form=form, sent=True)


@people.get("/welcome/<token>")
@open_to_all
def welcome(token: str) -> Answer:
    found = links.look(db.session(), token)
    if found is None:
        return _dead_link()
    return render_template(
        "people/welcome.html", form=WelcomeForm(_words_about(found[0])), person=found[0], why=found[1]
    )


@people.post("/welcome/<token>")
@open_to_all
def choose_password(token: str) -> Answer:
    found = links.look(db.session(), token)
    if found is None:
        return _dead_link()
    form = WelcomeForm(_words_about(found[0]))
    if not form.is_right():
        return make_response(render_template("people/welcome.html", form=form, person=found[0], why=found[1]), 422)
    opened = signing.with_link(token, passwords.hashed(form.password.data))
    if opened is None:
        return _dead_link()
    sessions.remember(opened)
    flash(_("Your password is set and you are signed in."), "success")
    return redirect("/", 303)


@people.get("/me")
@needs(Action.SELF_MANAGE)
def me() -> Answer:
    return _my_page(200)


@people.post("/me")
@needs(Action.SELF_MANAGE)
def save_profile() -> Answer:
    form = ProfileForm(obj=_myself())
    if not form.is_right():
        return _my_page(422, profile=form)
    try:
        with db.write() as session:
            about = {"name": form.name.data, "lang": form.lang.data, "timezone": form.timezone.data}
            myself = session.get_one(Person, viewer().person)
            operations.update_profile(session, myself, by=viewer().person, **about)
            operations.say_what_helps(myself, languages=form.languages.data or (), can_help=form.can_help.data or "")
    except operations.Refused as refused:
        return _my_page(422, profile=_refused(form, str(refused)))
    flash(_("Saved."), "success")
    return redirect(url_for("people.me"), 303)


@people.post("/me/notices")
@needs(Action.SELF_MANAGE)
def save_notices() -> Answer:
    form = NoticesForm(obj=_myself())
    if not form.is_right():
        return _my_page(422, notices=form)
    with db.write() as session:
        form.populate_obj(session.get_one(Person, viewer().person))
    flash(_("Saved."), "success")
    return redirect(url_for("people.me"), 303)


@people.post("/me/password")
@needs(Action.SELF_MANAGE)
def change_password() -> Answer:
    form = PasswordForm(_words_about(_myself()))
    if not form.is_right():
        return _my_page(422, password=form)
    try:
        changed = signing.change_password(_myself(), form.current.data, form.password.data)
    except TooManyAttempts as error:
        return _wait(_my_page(429, password=_refused(form, attempts.words(error))), error)
    if not changed:
        return _my_page(422, password=_refused(form, _("The password you have now is not right.")))
    flash(_("Your password is changed. Everywhere else you are signed out."), "success")
    return redirect(url_for("people.me"), 303)


@people.post("/me/sessions/<public_id>/end")
@needs(Action.SELF_MANAGE)
def end_session(public_id: str) -> Answer:
    with db.write() as session:
        if not sessions.end_one(session, viewer().person, public_id):
            abort(404)
    if sessions.current_id() == public_id:
        return _leave()
    flash(_("That device is signed out."), "success")
    return redirect(url_for("people.me"), 303)


@people.post("/me/sessions/end")
@needs(Action.SELF_MANAGE)
def end_sessions() -> Answer:
    with db.write() as session:
        sessions.end_all(session, viewer().person)
    return _leave()


@people.get("/people")
@needs(Action.PERSON_READ)
def find() -> Answer:
    session, posts = db.session(), finding.posts(db.session(), viewer())
    wanted = Wanted(
        words=request.args.get("q", "").strip(),
        post=_one_of(request.args.get("post"), [post.id for post in posts]),
        role=_one_of(request.args.get("role"), list(Role)),
        language=_one_of(request.args.get("language"), SPOKEN),
    )
    found, following = finding.look(session, viewer(), wanted, request.args.get("after"))
    return render_template(
        "people/people.html",
        people=found,
        following=following,
        wanted=wanted,
        posts=[(post.id, post.name) for post in posts],
        spoken=SPOKEN,
        duties=[(role.value, role_name(role)) for role in Role],
        at=finding.posts_of(session, viewer(), found),
        held=finding.roles_of(session, found),
    )


@people.get("/people/<public_id>")
@needs(Action.PERSON_READ)
def person(public_id: str) -> Answer:
    found = directory.person(db.session(), viewer(), public_id)
    if found is None:
        abort(404)
    return render_template(
        "people/person.html",
        person=found,
        groups=directory.groups_of(db.session(), viewer(), found.id),
        roles=directory.roles_of(db.session(), found.id),
        panels=panels.rendered("person", db.session(), viewer(), found),
    )


@people.get("/groups")
@needs(Action.GROUP_READ)
def groups() -> Answer:
    chosen = request.args.get("type")
    chosen = chosen if chosen in list(GroupType) else None
    found, following = directory.groups(db.session(), viewer(), chosen, request.args.get("after"))
    return render_template(
        "people/groups.html", groups=found, following=following, chosen=chosen, types=list(GroupType)
    )


@people.get("/groups/<group_id>")
@needs(Action.GROUP_READ)
def group(group_id: str) -> Answer:
    found = directory.group(db.session(), viewer(), group_id)
    if found is None:
        abort(404)
    members, following = directory.members(db.session(), found.id, request.args.get("after"))
    return render_template(
        "people/group.html",
        group=found,
        parent=directory.group(db.session(), viewer(), found.parent_id) if found.parent_id else None,
        below=directory.below(db.session(), viewer(), found.id),
        leads=directory.leads(db.session(), found.id),
        members=members,
        following=following,
        panels=panels.rendered("group", db.session(), viewer(), found),
    )


def _sign_in_again(form: SignInForm, kept: Kept | None, code: int) -> Response:
    if kept is not None:
        return keep.page(kept, form, code)
    return make_response(render_template("people/sign_in.html", form=form), code)


def _my_page(
    code: int,
    *,
    profile: ProfileForm | None = None,
    notices: NoticesForm | None = None,
    password: PasswordForm | None = None,
) -> Response:
    myself = _myself()
    page = render_template(
        "people/me.html",
        person=myself,
        profile=profile or ProfileForm.of(myself),
        notices=notices or NoticesForm.of(myself),
        password=password or PasswordForm(formdata=None),
        may_manage=policy.may(viewer(), Action.PEOPLE_MANAGE),
        groups=directory.groups_of(db.session(), viewer(), myself.id),
        roles=directory.roles_of(db.session(), myself.id),
        sessions=sessions.running(db.session(), myself.id),
        here=sessions.current_id(),
    )
    return make_response(page, code)


def _myself() -> Person:
    return db.session().get_one(Person, viewer().person)


def _one_of(raw: str | None, known: Container[str]) -> str:
    return raw if raw and raw in known else ""


def _words_about(person: Person) -> tuple[str, ...]:
    """What somebody who knows this person would try first."""
    return (person.name, person.email)


def _refused(form: AForm, sentence: str) -> AForm:
    form.form_errors.append(sentence)
    return form


def _wait(response: Response, error: TooManyAttempts) -> Response:
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def _dead_link() -> Response:
    """Used, expired or never ours: the same page, so that nothing can be learnt by trying."""
    return make_response(render_template("people/dead_link.html"), 404)


def _leave() -> Response:
    sessions.forget()
    response = make_response(redirect(url_for("people.sign_in"), 303))
    response.headers["Clear-Site-Data"] = CLEAR
    return response
