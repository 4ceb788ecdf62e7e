"""States of pages that no address alone leads to: forms full of mistakes, conflicts, and what waits for somebody."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import select

from guidelines.guides.booklet.models import Booklet, BookletState
from guidelines.lessons.acting.models import LessonRecheck
from guidelines.loop import Proposal
from tests.browser.conftest import Site
from tests.people import LONG_AGO, PASSWORD, email
from wiki import db
from wiki.access.policy import Role
from wiki.holding.models import StewardQuestion
from wiki.people import operations as people
from wiki.people.models import Person, RoleAssignment
from wiki.people.viewer import today


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).first.click()


def a_form_full_of_mistakes(page: Page, site: Site) -> None:
    page.goto("/wiki/new")
    page.check("[name=audience][value=groups]")
    press(page, "Publish")
    expect(page.locator(".summary")).to_have_count(1)


def a_sharing_form_full_of_mistakes(page: Page, site: Site) -> None:
    page.goto("/wiki/rich-page/sharing")
    page.check("[name=audience][value=people]")
    page.fill("[name=people]", "ghost@example.org")
    press(page, "Save")
    expect(page.locator(".summary")).to_have_count(1)


def a_file_that_was_refused(page: Page, site: Site) -> None:
    page.goto("/wiki/rich-page/files")
    page.set_input_files("[name=file]", {"name": "run.exe", "mimeType": "x/y", "buffer": b"MZ"})
    press(page, "Keep it here")
    expect(page.locator(".summary")).to_have_count(1)


def a_conflict(page: Page, site: Site) -> None:
    address = site.world.write("Contested", "Words.")
    page.goto(f"{address}/edit")
    site.world.post("tomas", f"{address}/edit", {"title": "Contested", "body": "Theirs.", "base_revision": "1"})
    page.fill("[name=body]", "Mine.")
    press(page, "Save")
    expect(page.locator(".versus")).to_have_count(1)


def a_person(page: Page, site: Site) -> None:
    page.goto("/wiki/rich-page")
    page.get_by_role("link", name="Amina Farouk", exact=True).last.click()
    assert "/people/" in page.url


def a_run(page: Page, site: Site) -> None:
    page.goto("/playbooks/open-playbook/runs")
    page.locator("main a[href*='/runs/']").last.click()
    assert "/runs/" in page.url


def a_run_on_paper(page: Page, site: Site) -> None:
    a_run(page, site)
    page.get_by_role("link", name="Two sheets of paper for the desk").click()
    assert page.url.endswith("/sheet")


def a_crisis_that_goes_on(page: Page, site: Site) -> None:
    duty = site.world.viewer("amina").person
    with site.world.app.app_context(), db.system_session(writing=True) as session:
        hers = (RoleAssignment.role == Role.DUTY_OFFICER, RoleAssignment.person_id == duty)
        if session.scalar(select(RoleAssignment).where(*hers)) is None:
            session.add(RoleAssignment(person_id=duty, role=Role.DUTY_OFFICER, starts_on=LONG_AGO))
    become(page, site, "amina")
    page.goto("/playbooks/open-playbook/crisis")
    if page.get_by_role("button", name="Declare the crisis").count():
        page.fill("[name=words]", "Fire at the port")
        press(page, "Declare the crisis")
    press(page, "Let them read it")
    expect(page.locator(".summary")).to_have_count(1)


def become(page: Page, site: Site, who: str) -> None:
    """Go on in this window as somebody else."""
    cookie = site.world.client(who).get_cookie("sid")
    assert cookie is not None
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "sid", "value": cookie.value, "url": site.url}])


def send(page: Page, action: str, **fields: str) -> None:
    """Send a form that the page would not send by itself."""
    page.wait_for_load_state()
    with page.expect_navigation():
        page.evaluate(
            """([action, fields]) => {
                const form = document.createElement("form");
                fields.csrf_token = document.querySelector("[name=csrf_token]").value;
                Object.assign(form, { method: "post", action });
                for (const [name, value] of Object.entries(fields)) {
                    form.append(Object.assign(document.createElement("input"), { name, value, type: "hidden" }));
                }
                document.body.append(form);
                form.submit();
            }""",
            [action, fields],
        )


def a_comment_without_words(page: Page, site: Site) -> None:
    page.goto("/lessons/open-lesson")
    send(page, "/lessons/open-lesson/comments", body="")
    expect(page.locator(".err")).to_have_count(1)


def an_answer_that_is_too_long(page: Page, site: Site) -> None:
    page.goto("/guidelines/posting-in-a-crisis")
    send(page, "/guidelines/posting-in-a-crisis/settlements", answer="no", words="x" * 500)
    expect(page.locator(".err")).to_have_count(1)


def an_account(page: Page, site: Site) -> None:
    become(page, site, "ada")
    page.goto("/admin/people?q=Ada")
    page.locator("main").get_by_role("link", name="Ada Lund").first.click()
    assert "/admin/people/" in page.url


def one_s_own_role(page: Page, site: Site) -> None:
    an_account(page, site)
    action = page.locator("form[action*='/roles/']").first.get_attribute("action")
    send(page, action or "", do="now")
    assert "your own role" in page.locator("h1").inner_text()


def a_link_to_pass_on(page: Page, site: Site) -> None:
    an_account(page, site)
    send(page, f"{page.url}/link")


def an_invitation(page: Page, site: Site) -> None:
    settings = site.world.app.extensions["chancery_settings"]
    with site.world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person).where(Person.email == email("bruno"))).one()
        link = people.invite(session, person, settings=settings, by=None)
    page.goto("/welcome/" + link.rsplit("/", 1)[1])


def a_session_that_ended(page: Page, site: Site) -> None:
    page.goto(site.world.write("Interrupted", "Words.") + "/edit")
    page.fill("[name=body]", "An hour of work.")
    page.context.clear_cookies()
    press(page, "Save")
    assert "kept on this page" in page.locator("main").inner_text()


def a_text_that_came_back(page: Page, site: Site) -> None:
    a_session_that_ended(page, site)
    page.fill("[name=email]", email("amina"))
    page.fill("[name=password]", PASSWORD)
    press(page, "Sign in")
    assert "Welcome back" in page.locator("h1").inner_text()


def public_id(site: Site, slug: str) -> str:
    return site.world.document(f"/wiki/{slug}").public_id


def asking_for_access(page: Page, site: Site) -> None:
    become(page, site, "tomas")
    page.goto(f"/requests/new/{public_id(site, 'a-project')}")
    become(page, site, "marek")
    page.goto(f"/requests/new/{public_id(site, 'a-project')}")
    assert "/requests/" in page.url


def a_request_of_one_s_own(page: Page, site: Site) -> None:
    become(page, site, "bruno")
    page.goto("/requests/mine")
    page.locator("main a[href*='/requests/mine/']").first.click()
    assert "/requests/mine/" in page.url


def a_request_to_answer(page: Page, site: Site) -> None:
    become(page, site, "okello")
    page.goto("/requests")
    page.locator("main .request a, main a[href^='/requests/']:not([href*='mine'])").last.click()
    page.wait_for_load_state()
    assert "?" not in page.url


def an_end_to_decide(page: Page, site: Site) -> None:
    become(page, site, "okello")
    page.goto(f"/held/{public_id(site, 'a-project')}")
    assert page.locator("main form").count()


def a_hiding_to_decide(page: Page, site: Site) -> None:
    become(page, site, "ines")
    page.goto(f"/held/hidden/{public_id(site, 'hidden-page')}")
    assert page.locator("main form").count()


def a_renewal_to_decide(page: Page, site: Site) -> None:
    become(page, site, "ines")
    with site.world.app.app_context(), db.system_session() as session:
        asked = session.scalars(select(StewardQuestion.public_id)).one()
    page.goto(f"/held/renewals/{asked}")
    assert page.locator("main form").count()


def a_review_to_decide(page: Page, site: Site) -> None:
    become(page, site, "ines")
    page.goto(f"/held/reviews/{public_id(site, 'a-late-project')}")
    assert page.locator("main form").count()


def a_page_as_somebody_else(page: Page, site: Site) -> None:
    page.goto("/wiki/rich-page/as")
    send(page, "/wiki/rich-page/as", who=email("oskar"))
    expect(page.locator(".as-seen")).to_have_count(1)


def a_question_as_whom(page: Page, site: Site) -> None:
    page.goto("/wiki/rich-page/as")
    assert page.locator("main form").count()


def a_spill_that_is_shut_away(page: Page, site: Site) -> None:
    become(page, site, "bruno")
    page.goto("/security")
    page.locator("main a[href^='/security/quarantine/']").first.click()
    assert "/security/quarantine/" in page.url


def a_report_of_a_spill(page: Page, site: Site) -> None:
    page.goto(f"/spills/new/{public_id(site, 'rich-page')}")
    assert page.locator("main form").count()


def _id_of_what_follows(site: Site, made: Proposal | LessonRecheck) -> str:
    """Add something that follows from the open lesson, and return its id."""
    with site.world.app.app_context(), db.system_session(writing=True) as session:
        session.add(made)
        session.flush()
        return made.public_id


def a_lesson_to_look_at_again(page: Page, site: Site) -> None:
    lesson, moment = site.world.document("/lessons/open-lesson").id, db.now()
    recheck = _id_of_what_follows(site, LessonRecheck(document_id=lesson, turn=1, due_at=moment))
    become(page, site, "bruno")
    page.goto(f"/lessons/open-lesson/rechecks/{recheck}")
    press(page, "Note it")
    expect(page.locator(".summary")).to_have_count(1)


def a_change_that_is_proposed(page: Page, site: Site) -> None:
    lesson, rule = (site.world.document(slug).id for slug in ("/open-lesson", "/posting-in-a-crisis"))
    made = Proposal(lesson_id=lesson, document_id=rule, words="Say who stops the queue.", anchor="first-hour")
    proposal = _id_of_what_follows(site, made)
    become(page, site, "ines")
    page.goto(f"/lessons/open-lesson/proposals/{proposal}")
    page.get_by_role("link", name="We do not take it up").click()
    press(page, "Tell them why")
    expect(page.locator(".summary")).to_have_count(1)


def an_answer_nobody_asked_for(page: Page, site: Site) -> None:
    page.goto("/guidelines/posting-in-a-crisis")
    send(page, "/guidelines/posting-in-a-crisis/attestation", turn="1", choice="0")
    expect(page.locator(".summary")).to_have_count(1)


def guidelines_to_print(page: Page, site: Site) -> None:
    page.goto("/guidelines/book")
    for title in ("Many versions", "Suspended rule"):
        page.locator(".ticked", has_text=title).get_by_role("checkbox").check()
    press(page, "Page to print")
    expect(page.locator(".chapter")).to_have_count(2)


def pdfs_in_all_states(page: Page, site: Site) -> None:
    """Made by hand: the press needs libraries that not every machine has."""
    person, told = site.world.viewer("amina").person, {"numbers": [2], "day": today(), "as_of": True}
    states = (BookletState.FAILED, BookletState.GONE, BookletState.MADE, BookletState.MAKING)
    ids = []
    with site.world.app.app_context(), db.system_session(writing=True) as session:
        for state in states:
            made = Booklet(person_id=person, state=state, pages=3, expected=9, size=9000, **told)
            session.add(made)
            session.flush()
            ids.append(made.public_id)
    for public_id in ids:
        page.goto(f"/guidelines/book/pdf/{public_id}")
    expect(page.locator("progress")).to_have_count(1)


def facts_that_somebody_else_changed(page: Page, site: Site) -> None:
    become(page, site, "marek")
    page.goto("/guidelines/platforms/tiktok/facts")
    told = {"audiences": "young", "purposes": "culture", "answers": "nobody", "trusted_until": str(today())}
    place = "/guidelines/platforms/tiktok/facts"
    site.world.post("marek", place, {**told, "version": page.input_value("[name=version]")})
    page.fill("[name=who]", "Mine.")
    press(page, "Save")
    expect(page.locator(".summary")).to_have_count(1)


STATES: tuple[Callable[[Page, Site], None], ...] = (
    a_form_full_of_mistakes, a_sharing_form_full_of_mistakes, a_file_that_was_refused, a_conflict, a_person,
    a_run, a_run_on_paper, a_crisis_that_goes_on,
    a_comment_without_words, an_answer_that_is_too_long, an_account, one_s_own_role, a_link_to_pass_on,
    an_invitation, a_session_that_ended, a_text_that_came_back, asking_for_access, a_request_of_one_s_own,
    a_request_to_answer, an_end_to_decide, a_hiding_to_decide, a_renewal_to_decide, a_review_to_decide,
    a_question_as_whom, a_page_as_somebody_else, a_spill_that_is_shut_away, a_report_of_a_spill,
    a_lesson_to_look_at_again,
    a_change_that_is_proposed,
    an_answer_nobody_asked_for, guidelines_to_print, pdfs_in_all_states, facts_that_somebody_else_changed,
)  # fmt: skip
