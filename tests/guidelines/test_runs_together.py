"""Several people on one run: nothing is lost, and each sees what the others did."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from guidelines.playbooks import operations
from guidelines.playbooks.models import Playbook, Run
from tests.guidelines.runs import BODY, held, later, lines, playbook, run_of
from tests.journeys.reader import Reader
from tests.people import World, email
from wiki import db
from wiki.people.models import Group

HX = {"HX-Request": "true"}


@pytest.mark.parametrize("headers", [{}, HX])
def test_of_two_who_tick_the_same_step_the_second_is_told_who_was_first(world: World, headers: dict[str, str]) -> None:
    place = run_of(world, playbook(world))
    for who in ("amina", "tomas"):
        answer = world.post(who, f"{place}/steps/s1/tick", headers=headers)
    told = answer.text if headers else Reader(world, "tomas").open(place).words
    assert "Amina Farouk ticked this step at" in told
    assert "nothing is lost" in told
    again = world.post("amina", f"{place}/steps/s1/tick", headers=HX)
    assert "ticked this step at" not in again.text, "one's own second press needs no words"
    assert [line.entered for line in lines(world)] == ["ticked"]


def test_a_step_pressed_by_many_at_the_very_same_time_is_ticked_once(world: World) -> None:
    place = run_of(world, playbook(world))
    viewers = [world.viewer(who) for who in ("amina", "tomas", "okello", "bruno")]
    public_id, together, answers = place.rsplit("/", 1)[1], threading.Barrier(4), []

    def press(number: int) -> None:
        with world.app.app_context():
            together.wait(10)
            with db.system_session(writing=True) as session:
                run = session.scalars(select(Run).where(Run.public_id == public_id)).one()
                found = session.get_one(Playbook, run.document_id)
                answers.append(operations.tick(session, found, run, "s1", done=True, by=viewers[number]))

    threads = [threading.Thread(target=press, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == [False, False, False, True]
    assert [line.entered for line in lines(world)] == ["ticked"]


def test_ending_twice_is_refused_and_the_words_of_the_second_are_kept(world: World) -> None:
    place = run_of(world, playbook(world))
    late = Reader(world, "tomas").open(place)
    Reader(world, "amina").open(place).press("End it and keep the log", outcome="All safe.")
    late.press("End it and keep the log", outcome="Two are at the hospital.")
    assert late.status == 422
    assert "Amina Farouk ended this run at" in late.beside("words")
    assert late.field("words") == "Two are at the hospital."
    late.press("Add the note")
    assert "All safe." in late.words
    assert [(line.entered, line.words) for line in lines(world)][1:] == [("noted", "Two are at the hospital.")]


def test_who_is_on_the_run_follows_from_its_log(world: World) -> None:
    place = run_of(world, playbook(world))
    tomas = Reader(world, "tomas").open(place)
    assert "On this run now: Amina Farouk I join" in tomas.words
    tomas.press("I join")
    assert "On this run now: Amina Farouk, Tomás Medina" in tomas.words
    tomas.press("I leave")
    assert "Left the run" in tomas.words
    assert "Tomás" not in tomas.words.split("On this run now:")[1].split("I join")[0]
    # Whoever does something is on it, without saying so first.
    world.post("bruno", f"{place}/steps/s1/tick")
    assert "On this run now: Amina Farouk, Bruno Keller" in Reader(world, "amina").open(place).words
    world.post("bruno", f"{place}/presence")
    assert [line.entered for line in lines(world)] == ["joined", "left", "ticked"]


def test_decisions_stand_on_top_with_their_reason_and_are_logged_once(world: World) -> None:
    place = run_of(world, playbook(world))
    empty = Reader(world, "amina").open(place).press("Log the decision", reason="It is late.")
    assert (empty.status, empty.beside("decision")) == (422, "Write what was decided.")
    assert empty.field("reason") == "It is late."
    key = "a-decision-that-was-posted-twice"
    for _ in range(2):
        form = {"decision": "We speak first.", "reason": "The mayor is silent.", "key": key}
        assert world.post("amina", f"{place}/decisions", form).status_code == 303
    words = Reader(world, "tomas").open(place).words.split("Who does what")[1]
    assert words.index("We speak first.") < words.index("Thank everybody") < words.index("Decided: We speak first.")
    assert "Why: The mayor is silent." in words
    assert len(lines(world, "decided")) == 1


def test_polling_gets_an_empty_answer_until_somebody_decides_something(world: World) -> None:
    place = run_of(world, playbook(world, body="- [ ] One"))
    first = world.get("tomas", place, headers=HX)
    etag = {"If-None-Match": first.headers["ETag"]}
    assert world.get("tomas", place, headers=HX | etag).status_code == 304
    world.post("amina", f"{place}/decisions", {"decision": "We speak first.", "reason": "", "key": "k" * 20})
    again = world.get("tomas", place, headers=HX | etag)
    assert (again.status_code, "We speak first." in again.text) == (200, True)
    assert "<textarea" not in again.text, "a field would lose what is being typed"


def test_steps_say_by_when_and_that_they_are_late(world: World) -> None:
    place = run_of(world, playbook(world))
    began = Reader(world, "amina").open(place)
    assert "First words to" in began.words
    assert "(15 min)" not in began.words.split("Who does what")[1].split("Log")[0]
    assert "Overdue" not in began.words
    for minutes, told in ((12, "Due in"), (18, "Overdue by"), (118, "Due in 1 minute")):
        with later(minutes=minutes):
            assert told in Reader(world, "amina").open(place).words, minutes
    world.post("amina", f"{place}/steps/s1/tick")
    with later(minutes=18):
        assert "Overdue" not in Reader(world, "amina").open(place).words
    world.post("amina", f"{place}/end", {"outcome": ""})
    with later(hours=5):
        assert "Overdue" not in Reader(world, "amina").open(place).words


def test_roles_are_given_to_colleagues_who_can_read_and_are_told_so(world: World) -> None:
    place = run_of(world, playbook(world, sharing=held("group:lisbon")), occasion="exercise")
    amina = Reader(world, "amina").open(place)
    for who in ("oskar", "gita", "nobody"):
        amina.press("Save the role", role="leads", email=email(who))
        assert amina.beside("email") == "No colleague with this address can read this playbook.", who
        assert amina.field("email") == email(who)
    amina.press("Save the role", role="leads", email=email("tomas"), person="", reach="Room 12")
    assert "LeadsTomás MedinaRoom 12" in amina.words
    assert "EXERCISE: You have a role in “Fire at the port”: Leads." in Reader(world, "tomas").open("/notices").words
    world.post("tomas", f"{place}/presence")
    amina.open(place).press("Save the role", role="logs", email="", person=world.viewer("tomas").public_id, reach="")
    assert "Keeps the logTomás Medina" in amina.words
    world.post("tomas", f"{place}/presence/removal")
    assert "LeadsNobody yet" in amina.open(place).words, "whoever has left leads no more"


def test_nobody_learns_from_the_forms_of_a_run_who_belongs_to_a_closed_group(world: World) -> None:
    bruno = f"person:{world.viewer('bruno').public_id}"
    place = run_of(world, playbook(world, sharing=held("group:lisbon", "group:jakarta", bruno)))
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Group, "jakarta").is_hidden = True
    forms = (
        ("roles", "email", {"role": "leads", "person": "", "reach": ""}),
        ("hand-overs", "next_email", {"next_person": "", "sentence": "All is calm."}),
    )
    for verb, name, fields in forms:
        for who in ("oskar", "bruno", "marek", "nobody"):
            answer = world.post("tomas", f"{place}/{verb}", fields | {name: email(who)})
            told = "No colleague with this address can read this playbook." in answer.text
            assert (answer.status_code, told) == (422, True), (verb, who)
    # Whoever is in the run stands on its page anyway, and its keepers are told whom it was shared with by name.
    world.post("oskar", f"{place}/presence")
    here = {"role": "leads", "person": "", "reach": "", "email": email("oskar")}
    assert world.post("tomas", f"{place}/roles", here).status_code == 303
    assert world.post("okello", f"{place}/roles", here | {"email": email("bruno")}).status_code == 303


def test_whom_to_call_stands_with_the_roles_and_the_same_name_is_told_anew(world: World) -> None:
    place = run_of(world, playbook(world))
    amina = Reader(world, "amina").open(place)
    assert amina.press("Add the contact", contact="Port desk").beside("contact_reach") == "Write how they are reached."
    for reach in ("100", "100", "200"):
        amina.open(place).press("Add the contact", contact="Port desk", contact_reach=reach)
    assert "Port desk 200" in amina.words.split("On this run")[0]
    assert "Port desk 100" not in amina.words.split("On this run")[0]
    assert len(lines(world, "contact")) == 2


def test_a_shift_is_handed_over_when_the_next_confirms(world: World) -> None:
    place = run_of(world, playbook(world))
    amina = Reader(world, "amina").open(place)
    amina.press("Save the role", role="leads", person=world.viewer("amina").public_id)
    assert amina.press("Hand over", sentence="Quiet.").beside("next_person").startswith("Choose who takes over")
    amina.press("Hand over", sentence="All quiet. Call the port at six.", next_email=email("tomas"))
    assert "Amina Farouk hands over to Tomás Medina, who has not confirmed yet." in amina.words
    assert "LeadsAmina Farouk" in amina.words
    assert "I take over" not in amina.words
    assert "hands over to you in “Fire at the port”" in Reader(world, "tomas").open("/notices").words
    refused = world.post("bruno", f"{place}/hand-overs/{world.viewer('amina').public_id}/confirmation")
    assert refused.status_code == 303
    tomas = Reader(world, "tomas").open(place).press("I take over")
    assert "You have taken over from Amina Farouk." in tomas.words
    assert "LeadsTomás Medina" in tomas.words
    assert "On this run now: Bruno" not in tomas.words
    assert "has not confirmed yet" not in tomas.words
    assert [line.entered for line in lines(world)] == ["role", "handed", "taken"]
    again = world.post("tomas", f"{place}/hand-overs/{world.viewer('amina').public_id}/confirmation", headers=HX)
    assert "Nothing is handed over to you now" in again.text


def test_a_decision_tree_is_walked_by_several_and_each_answer_is_logged(world: World) -> None:
    place = run_of(world, playbook(world))
    amina, tomas = (Reader(world, who).open(place) for who in ("amina", "tomas"))
    assert "Is it confirmed?" in amina.words
    amina.press("Yes")
    assert "Could somebody be hurt?" in amina.words
    stale = tomas.press("No")
    assert "Somebody else answered meanwhile." in stale.words
    tomas.press("No")
    assert "Agree first." in tomas.words
    assert [line.code for line in lines(world, "chose")] == ["0", "0.1"]
    tomas.press("Begin again")
    assert "Began a decision again" in tomas.words
    for answer in ("7", "x", "", "again"):
        odd = world.post("tomas", f"{place}/decision-trees/t1/answer", {"place": "", "answer": answer})
        assert odd.status_code == 303
    assert world.post("tomas", f"{place}/decision-trees/t9/answer", {"answer": "0"}, headers=HX).status_code == 200
    assert [line.code for line in lines(world, "chose")] == ["0", "0.1", ""]


def test_an_ended_run_takes_no_roles_answers_or_hand_overs(world: World) -> None:
    place = run_of(world, playbook(world))
    world.post("amina", f"{place}/end", {"outcome": ""})
    before = len(lines(world))
    for verb, form in (
        ("presence", {}),
        ("roles", {"role": "leads", "email": email("tomas")}),
        ("contacts", {"contact": "A", "contact_reach": "B"}),
        ("hand-overs", {"next_email": email("tomas"), "sentence": "Quiet."}),
        ("decision-trees/t1/answer", {"place": "", "answer": "0"}),
    ):
        answer = world.post("amina", f"{place}/{verb}", form)
        assert answer.status_code in (303, 422), verb
    assert len(lines(world)) == before
    assert world.post("amina", f"{place}/roles", {"role": "leads"}).text.count("This run has ended, so its steps") == 2


def test_outsiders_do_nothing_in_a_run_and_guests_only_read(world: World) -> None:
    place = run_of(world, playbook(world, sharing=held("group:bridge")), who="tomas")
    verbs = ("presence", "presence/removal", "decisions", "roles", "contacts", "hand-overs",
             "decision-trees/t1/answer", "hand-overs/x/confirmation")  # fmt: skip
    for verb in verbs:
        assert world.post("oskar", f"{place}/{verb}", {"decision": "x"}).status_code == 404, verb
        assert world.post("gita", f"{place}/{verb}", {"decision": "x"}).status_code == 403, verb
    assert world.get("oskar", f"{place}/sheet").status_code == 404
    assert world.get("gita", f"{place}/sheet").status_code == 200
    assert "I join" not in Reader(world, "gita").open(place).words
    assert lines(world) == []


def test_a_lesson_is_drafted_from_the_log_without_names(world: World) -> None:
    place = run_of(world, playbook(world), occasion="exercise", words="Fire at the port")
    form = {"decision": "Amina Farouk speaks first.", "reason": "Tomás is away.", "key": "k" * 20}
    world.post("amina", f"{place}/decisions", form)
    world.post("tomas", f"{place}/notes", {"words": "The queue was still running.", "key": "n" * 20})
    world.post("tomas", f"{place}/end", {"outcome": "All safe.", "all_the_same": "y"})
    draft = Reader(world, "amina").open(place).press("Record what you learnt")
    assert (draft.status, draft.path) == (200, "/lessons/new")
    told = draft.field("happened")
    for words in ("In an exercise on", "[[playbook:first-hour]]", "a colleague speaks first.", "a colleague is away.",
                  "The queue was still running.", "Fire at the port. Times are in UTC.\n",
                  "\n\nHow it ended: All safe."):  # fmt: skip
        assert words in told, words
    for name in ("Amina", "Farouk", "Tomás"):
        assert name not in told
    assert draft.field("nature") == "surprise"
    # Nothing is kept until it is recorded, and what is missing is not held against a form that has just begun.
    assert "Please look at this again" not in draft.words


def test_a_lesson_from_a_playbook_that_is_held_back_does_not_name_it(world: World) -> None:
    place = run_of(world, playbook(world, sharing=held("group:lisbon")))
    world.post("amina", f"{place}/end", {"outcome": "All safe."})
    page = Reader(world, "amina").open(place)
    assert "This playbook is held back." in page.words
    assert "first-hour" not in page.press("Record what you learnt").field("happened")


def test_an_exercise_says_so_everywhere(world: World) -> None:
    place = run_of(world, playbook(world), occasion="exercise")
    for page in (place, f"{place}/sheet"):
        text = world.get("amina", page).text
        assert "<title>EXERCISE: " in text
        assert "EXERCISE EXERCISE EXERCISE" in text
    real = run_of(world, "/playbooks/first-hour")
    assert "EXERCISE" not in world.get("amina", real).text
    assert "EXERCISE" not in world.get("amina", f"{real}/sheet").text


def test_a_playbook_says_when_it_was_last_exercised_and_sinks_when_that_is_long_ago(world: World) -> None:
    path = playbook(world, "Alpha")
    playbook(world, "Beta")
    place = run_of(world, "/playbooks/beta", occasion="exercise")
    for step in ("s1", "s2", "s3"):
        world.post("amina", f"{place}/steps/{step}/tick")
    world.post("amina", f"{place}/end", {"outcome": ""})
    desk = Reader(world, "amina").open("/playbooks/").words.split("Running now")[-1]
    assert desk.index("Beta") < desk.index("Alpha"), "what was never exercised stands below"
    assert (desk.count("Never exercised"), desk.count("Last exercised"), desk.count("Exercise it")) == (1, 1, 1)
    assert "Exercise it" in Reader(world, "amina").open(path).words
    assert "Exercise it" not in Reader(world, "amina").open("/playbooks/beta").words
    with world.app.app_context(), db.system_session(writing=True) as session:
        found = session.scalars(select(Playbook).where(Playbook.slug == "beta")).one()
        found.exercised_on = date(2024, 5, 1)
    assert "Exercise it" in Reader(world, "amina").open("/playbooks/beta").words


def exercised_on(world: World, path: str) -> date | None:
    with world.app.app_context(), db.system_session() as session:
        return session.scalars(select(Playbook).where(Playbook.slug == path.rsplit("/", 1)[1])).one().exercised_on


@pytest.mark.parametrize(("ticked", "full", "counts"), [(1, False, False), (1, True, True), (2, False, True)])
def test_an_exercise_with_open_steps_is_ended_when_asked_twice_and_counts_when_it_was_one(
    world: World, ticked: int, full: bool, counts: bool
) -> None:
    path = playbook(world)
    place = run_of(world, path, occasion="exercise")
    for number in range(ticked):
        world.post("amina", f"{place}/steps/s{number + 1}/tick")
    page = Reader(world, "amina").open(place).press("End it and keep the log", outcome="Well done.")
    asked = "1 step is open." if ticked == 2 else "2 steps are open."
    assert (page.status, page.beside("all_the_same")) == (422, f"{asked} End it all the same?")
    assert page.field("outcome") == "Well done."
    page.press("End it and keep the log", all_the_same="y", **({"full": "y"} if full else {}))
    assert "This run has ended" in page.words
    assert (exercised_on(world, path) is not None) == counts


def test_a_real_run_ends_without_a_question_and_counts(world: World) -> None:
    path = playbook(world)
    place = run_of(world, path)
    assert "It was a full exercise" not in Reader(world, "amina").open(place).words
    assert world.post("amina", f"{place}/end", {"outcome": ""}).status_code == 303
    assert exercised_on(world, path) is not None


@pytest.mark.parametrize("file", sorted(Path("starter/playbooks").glob("*.md")), ids=lambda file: file.stem)
def test_the_playbooks_that_we_come_with_have_timers_and_steps_that_are_true_in_a_run(file: Path) -> None:
    from guidelines.playbooks.steps import steps_of

    found = steps_of(file.read_text(encoding="utf-8").split("---", 2)[2])
    minutes = [step["minute"] for step in found if "minute" in step]
    assert len(minutes) >= 3, "a step says by when"
    assert minutes == sorted(minutes), "in their order"
    assert not [step["words"] for step in found if "below" in step["words"] or "above" in step["words"]]


def test_the_sheet_has_roles_times_contacts_and_words_to_use(world: World) -> None:
    place = run_of(world, playbook(world))
    amina = Reader(world, "amina").open(place)
    amina.press("Save the role", role="speaks", email=email("okello"), reach="Extension 9")
    amina.press("Add the contact", contact="Port desk", contact_reach="100")
    words = amina.follow("Two sheets of paper for the desk").words
    for part in ("Speaks to the outsideJames OkelloExtension 9", "Port desk 100", "First words to", "We know of it."):
        assert part in words, part


def test_a_timer_stands_at_the_beginning_of_a_step() -> None:
    from guidelines.playbooks.steps import steps_of

    found = steps_of("- [ ] (15 min) One\n- [ ] (2 h) Two\n- [ ] Three (5 min)\n- [ ] (5 min)\n- [ ] (5 days) Four")
    assert [step.get("minute") for step in found] == [15, 120, None, None, None]
    assert found[0]["words"] == "One"


def test_only_what_asks_something_is_a_decision_tree() -> None:
    from guidelines.playbooks.trees import trees_of

    assert [tree["title"] for tree in trees_of(BODY)] == ["Speak now?"]
    places = trees_of(BODY)[0]["places"]
    assert {place: here["words"] for place, here in places.items()} == {
        "": "Is it confirmed?", "0": "Could somebody be hurt?", "0.0": "Publish now.", "0.1": "Agree first.",
        "1": "Wait, and say so.",
    }  # fmt: skip
    for nothing in ("", "::: tree\nWords.\n:::", "::: tree\n- One\n- Two\n:::", "```\n::: tree\n- A?\n  - B: c\n```",
                    "::: trees\n- A?\n  - Yes: b\n  - No: c\n:::"):  # fmt: skip
        assert trees_of(nothing) == [], nothing


def test_words_that_are_held_back_elsewhere_are_asked_about_before_a_decision_or_a_hand_over_tells_them(
    world: World,
) -> None:
    secret = "The harbour master of the old town keeps the second key of the customs house in his own desk at home."
    world.write("Keys", secret, sharing=held("group:lisbon"))
    place = run_of(world, playbook(world))
    for label, fields in (
        ("Log the decision", {"decision": secret}),
        ("Hand over", {"sentence": secret, "next_email": email("tomas")}),
        ("Save the role", {"role": "leads", "email": email("tomas"), "reach": secret}),
        ("Add the contact", {"contact": secret, "contact_reach": "Extension 9"}),
        ("Add the contact", {"contact": "Port desk", "contact_reach": secret}),
    ):
        asked = Reader(world, "amina").open(place).press(label, **fields)
        assert (asked.status, "Some of these words are held back elsewhere" in asked.words) == (422, True), label
        assert lines(world) == []
    start = Reader(world, "amina").open(place.rsplit("/", 1)[0] + "/new")
    start.press("Start now", occasion="live", words=secret)
    assert (start.status, "Some of these words are held back elsewhere" in start.words) == (422, True)
    assert start.field("words") == secret
