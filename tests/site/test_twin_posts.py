"""Forms that name what is held back: in a world that holds it they answer as in one that does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from guidelines.lessons.models import Lesson
from guidelines.playbooks.models import Playbook
from tests.people import World
from tests.site import twin_kinds, twin_pairs, twin_rules
from tests.site.canaries import CANARY, id_of, soon
from tests.site.crawler import shown
from tests.site.twin_checks import assert_same, unsaid
from tests.site.twin_kinds import HELD_RUN, OPEN_RUN
from tests.site.twins import CANARIES, COMMENT
from training.tracks.models import Module, Track
from wiki import kinds
from wiki.documents.models import Comment, Page
from wiki.people.viewer import today

HX = {"HX-Request": "true"}
MODELS = {"lesson": Lesson, "playbook": Playbook, "module": Module, "track": Track}
LESSON = {
    "title": "Tell the bridge early", "happened": "The bridge, see [[lesson:held-lesson]] and [[wrong-module]].",
    "intended": "To tell of the bridge.", "owner": "jakarta", "audience": "service", "lang": "en", "nature": "failure",
    "attribution": "post", "harm": "", "contained": "",
}  # fmt: skip
LINKS = " ".join(f"[[{kind}:held-{kind}]] [[{kind}:wrong-{kind}]]" for kind in twin_kinds.KINDS)
QUESTION = f"Read.\n\n::: quiz {{#b-mine}}\nWhich?\n- [x] One\n  > {LINKS}\n- [ ] Two\n\n> why: {LINKS}\n:::\n"
STEPS = "## Day 1\n\n- [[module:held-module]]\n- [[module:wrong-module]]\n- [[module:open-module]]\n- Call\n"

Attempt = tuple[str, str, dict[str, Any]]


def of_lessons() -> Iterator[Attempt]:
    told = " ".join(CANARIES[name] for name in ("lessontitle", "lessonhappened", "lessonintended"))
    held_rule = CANARIES["guidetitle"]
    for more in (
        {"preview": "1"},
        {"find": "1", "guideline_words": held_rule, "guidelines": [held_rule]},
        {"guidelines": [held_rule]},
        {"owner": CANARIES["groupid"]},
        {"audience": "groups", "groups": [CANARIES["groupid"]], "reach": "1"},
        {"on_behalf_of": "no-such@example.org"},
        {"happened": f"{told} of the bridge", "preview": "1"},
        {"key": twin_kinds.BEGUN["leila"]},
        {"title": "A rule of mine", "key": "my-own-form-of-oskar"},
    ):
        yield "oskar", "/lessons/new", {**LESSON, **more}
    for words in (told, "The bridge of the open words, and more", CANARIES["stubbodylesson"]):
        for help_ in ("similar", "hints"):
            yield "oskar", f"/lessons/{help_}", {"happened": words, "intended": words, "title": words}
    for form in ("csv", "json", "md", "exe"):
        yield "oskar", "/lessons/export", {"form": form, "post": CANARIES["groupid"] if form == "exe" else ""}
    yield "oskar", f"/lessons/drafts/{twin_kinds.BEGUN['leila']}", {"happened": "Mine now."}
    yield "oskar", f"/lessons/drafts/{twin_kinds.BEGUN['leila']}/removal", {}
    for key in ("held-used", "my-own-use"):
        use = {"post": "consular", "words": LINKS, "key": key}
        yield "oskar", "/lessons/open-lesson/uses", use
        yield "oskar", "/lessons/open-lesson/occurrences", {**use, "post": "jakarta"}
    yield "oskar", "/lessons/open-lesson/uses", {"prefill": "1", "key": twin_kinds.BEGUN["leila"], "happened": "x"}
    for who in ("oskar", "ines", "tomas"):
        yield who, "/lessons/held-lesson/confirmation", {}
        yield who, "/lessons/held-lesson/confirmation/refusal", {}
        yield who, "/lessons/held-lesson/validation", {"cause": "x", "action": "x", "body": "hq"}


def of_playbooks() -> Iterator[Attempt]:
    for run in (HELD_RUN, "nothing"):
        place = f"/playbooks/open-playbook/runs/{run}"
        yield "oskar", f"{place}/steps/s1/tick", {}
        yield "oskar", f"{place}/steps/s1/tick/removal", {}
        yield "oskar", f"{place}/notes", {"words": LINKS, "step": "s1", "key": "a-note"}
        yield "oskar", f"{place}/end", {"outcome": "x"}
    place = f"/playbooks/open-playbook/runs/{OPEN_RUN}"
    yield "oskar", f"{place}/notes", {"words": LINKS, "step": "s1", "key": "note-held-run"}
    yield "oskar", f"{place}/steps/s2/tick", {}
    for key in ("held-run", "oskar-run"):
        yield "oskar", "/playbooks/open-playbook/runs/new", {"occasion": "exercise", "words": LINKS, "key": key}


def of_training() -> Iterator[Attempt]:
    for key in ("b-held", "b-heldshort", "b-none"):
        yield "oskar", f"/training/modules/open-module/answers/{key}", {"answer": ["0"], "revision": "1"}
    yield "oskar", "/training/modules/open-module/check", {"b-held": ["0"], "b-heldshort": [CANARIES["modulekey"]]}
    for step in ("module:held-module", "held-track", "module:wrong-module", "module:open-module", "nothing"):
        for verb in ("steps", "steps/removal"):
            yield "oskar", f"/training/tracks/open-track/{verb}", {"step": step}
    common = {"owner": "jakarta", "audience": "service", "lang": "en"}
    for more in ({"preview": "1"}, {"key": "k" * 20}):
        yield "oskar", "/training/modules/new", {**common, **more, "title": "Mine", "body": QUESTION, "minutes": "9"}
        track = {"title": "My way", "body": STEPS, "horizon": "day", **common, **more}
        yield "oskar", "/training/tracks/new", track
        yield "oskar", "/playbooks/new", {"title": "My list", "body": f"- [ ] {LINKS}", **common, **more}
    yield "oskar", "/training/modules/mine/answers/b-mine", {"answer": ["0"], "revision": "1", "turn": "t"}
    yield "oskar", "/training/modules/open-module/help", {"words": CANARIES["helpwords"]}
    yield "oskar", "/training/tracks/my-way/enrolment", {}


def of_comments() -> Iterator[Attempt]:
    for kind in twin_kinds.KINDS:
        under = f"{kinds.kind(kind).prefix}/open-{kind}/comments"
        yield "oskar", under, {"body": f"New words. {LINKS}", "anchor": "x", "key": f"says-{kind}"}
        for held in (id_of(Comment, twin_kinds.canary(f"comment{kind}")), COMMENT, "nothing"):
            yield "oskar", under, {"body": f"An answer. {LINKS}", "thread": held}
            yield "oskar", f"{under}/{held}", {"body": "Other words."}
            for verb in ("withdrawal", "resolution", "reopening"):
                yield "oskar", f"{under}/{held}/{verb}", {}


def of_guidelines() -> Iterator[Attempt]:
    rule = "/guidelines/posting-in-a-crisis"
    yield "oskar", f"{rule}/settlements", {"answer": "no", "words": LINKS, "revision": "99", "anchor": "held"}
    yield "marek", f"{rule}/supersession", {"successor": CANARIES["guidetitle"]}
    held = str(twin_rules.number_of(CANARIES["guidetitle"]))
    for how in ("print", "md", "pdf"):
        for who in ("oskar", "gita"):
            yield who, "/guidelines/book/taken", {"how": how, "pick": held}
    for more in ({}, {"as-of": today().isoformat()}, {"platform": "x"}, {"pick": [held, "2"]}):
        yield "oskar", "/guidelines/book/taken", {"how": "print", **more}
        yield "gita", "/guidelines/book/taken", {"how": "md", **more}


def of_sharing() -> Iterator[Attempt]:
    """Everything that can be done with what is held back, tried with what is hidden, a pair, a passage, and nothing."""
    hidden = id_of(Page, f"{CANARIES['slug']} consular None")
    day = soon().isoformat()
    for target in (hidden, *twin_pairs.TARGETS, "nothing"):
        for who in ("oskar", "marek"):
            for verb in ("renew", "stop", "open", "hide-longer"):
                yield who, f"/held/{target}/{verb}", {"until": day, "because": "x", "words": "x"}
            for place in ("hidden", "renewals"):
                for verb in ("approve", "allow", "refuse"):
                    yield who, f"/held/{place}/{target}/{verb}", {"words": "x"}
            yield who, f"/handover/{target}/step-back", {}
            yield who, f"/security/quarantine/{target}/lifting", {"words": "x"}
        yield "oskar", f"/handover/{target}/pass-on", {"email": "tomas@example.org", "to": "tomas@example.org"}
        for reader in ("oskar", "gita", "marek"):
            yield reader, f"/requests/new/{target}", {"words": "x", "key": f"ask-{reader}"}
            yield reader, f"/spills/new/{target}", {"words": "Something that does not belong here."}
        yield "oskar", "/break-glass", {"place": target, "why": "I would like to read this very much."}
    for request in (*twin_pairs.REQUESTS, "nothing"):
        for who in ("oskar", "marek", "arvo"):
            yield who, f"/requests/{request}/grant", {"until": day, "version": "9"}
            yield who, f"/requests/{request}/refusal", {"refusal": "other", "instead": "x", "version": "9"}
        yield "marek", f"/requests/mine/{request}/withdrawal", {"version": "1"}
        yield "marek", f"/requests/mine/{request}/appeal", {"appeal": "x", "version": "1"}


def of_passages() -> Iterator[Attempt]:
    """Texts with held passages: of groups one may not know, with places of others, lost, doubled, and repeated."""
    common = {"owner": "jakarta", "audience": "service", "lang": "en", "title": "With a passage"}
    for audience in (CANARIES["groupid"], twin_pairs.CELL, "no-such-group", "jakarta"):
        opening = f'::: held audience="group:{audience}" reason=source until={soon().isoformat()}'
        for more in ({"preview": "1"}, {"reach": "1"}, {"key": f"passage-{audience}"}):
            yield "oskar", "/wiki/new", {**common, **more, "body": f"Words.\n\n{opening}\nMine.\n:::\n"}
    told = " ".join(CANARIES[name] for name in ("body", "passagewords", "stubbody", "passagepage"))
    yield "oskar", "/wiki/new", {**common, "body": f"{told} of the bridge [[welcome]]" + " and so on" * 40}
    for place in ("[[held:zzzzzzzzzzzz]]", *(f"[[held:{target}]]" for target in twin_pairs.TARGETS)):
        for more in ({"preview": "1"}, {}):
            said = {"title": "With a passage, page", "base_revision": "2", "body": f"Words.\n\n{place}\n", **more}
            yield "oskar", "/wiki/with-passage-page/edit", said
            yield "oskar", "/wiki/papers-of-oskar/edit", {**said, "title": "Papers", "base_revision": "1"}
    yield "oskar", "/wiki/with-passage-page/edit", {"title": "x", "base_revision": "1", "body": "An older start."}
    for number in (1, 2, 9):
        yield "oskar", f"/wiki/with-passage-page/history/{number}/restoration", {}
    yield "oskar", "/wiki/with-passage-page/comments", {"body": "::: held\nMine\n:::", "key": "says-held"}


OF_ALL_SORTS = (of_lessons, of_playbooks, of_training, of_comments, of_guidelines, of_sharing, of_passages)


@pytest.mark.parametrize("attempts", OF_ALL_SORTS)
def test_a_form_that_names_what_is_held_back_tells_nothing(worlds: tuple[World, World], attempts: Any) -> None:
    for who, path, data in attempts():
        for headers in (HX, {}):
            first, second = (world.post(who, path, data, headers=headers) for world in worlds)
            assert first.status_code < 500, (who, path, data, second.status_code)
            assert_same(first, second, who, path, data, headers)
            assert unsaid(second, data, who) == [], (path, data)
    for world in worlds:
        world.settle()
    _assert_pages_are_the_same(worlds)


AFTERWARDS = (
    "/notices", "/requests/mine", "/handover", "/log/mine", "/wiki/with-passage-page", "/wiki/papers-of-oskar",
    "/", "/recent", "/lessons/", "/comments", "/training/", "/training/tracks/", "/training/modules/", "/playbooks/",
    "/playbooks/open-playbook", "/playbooks/open-playbook/runs", f"/playbooks/open-playbook/runs/{OPEN_RUN}",
    "/lessons/open-lesson", "/training/modules/open-module", "/training/modules/mine", "/training/tracks/open-track",
    "/training/tracks/my-way", "/search?q=bridge", f"/search?q={CANARY}lessontitle", "/drafts",
    *(f"{prefix}/comments" for prefix in ("/lessons/open-lesson", "/playbooks/open-playbook")),
)  # fmt: skip


def _assert_pages_are_the_same(worlds: tuple[World, World]) -> None:
    for who in ("oskar", "gita", "marek"):
        for path in AFTERWARDS:
            assert_same(*(world.get(who, path) for world in worlds), who, path)
    for path in AFTERWARDS:
        first, second = (world.get("oskar", path, headers=HX) for world in worlds)
        assert_same(first, second, path, HX)


def test_a_form_cannot_be_turned_to_what_is_held_back(worlds: tuple[World, World]) -> None:
    """Forms carry the id of their document. That of one held back is like one that nothing has."""
    with_it = worlds[1]
    rules = [rule for rule in with_it.app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    tried = 0
    for kind, model in MODELS.items():
        values = {"slug": f"open-{kind}", "number": 1, "name": "plan.txt", "grant": "x", "comment": "x", "run": "x",
                  "step": "s1", "key": "b-held", "action": "x", "proposal": "x", "recheck": "x",
                  "public_id": "x"}  # fmt: skip
        for rule in (rule for rule in rules if rule.endpoint.startswith(f"{kind}.") and "slug" in rule.arguments):
            place = str(rule.build({name: values[name] for name in rule.arguments})[1])  # type: ignore[index]
            for slug in (f"held-{kind}", f"wrong-{kind}"):
                form = {"document": id_of(model, f"{slug} consular None"), "title": "x", "body": "x", "words": "x"}
                answers = [world.post("oskar", place, form) for world in worlds]
                assert_same(*answers, place, slug)
                assert answers[1].status_code in (403, 404), (place, slug)
                tried += 1
    assert tried > 150
    held = with_it.document("/lessons/held-lesson")
    assert held.public_id == id_of(Lesson, "held-lesson consular None"), "the control: this is its id"


def test_leila_gets_through_by_the_same_forms(worlds: tuple[World, World]) -> None:
    """The control of the tests above: the ids and words are those of what is there."""
    with_it = worlds[1]
    held = f"/playbooks/held-playbook/runs/{HELD_RUN}"
    assert "Noted" in with_it.post("leila", f"{held}/notes", {"words": "x"}, follow_redirects=True).text
    told = {
        "happened": CANARIES["lessonhappened"],
        "intended": f"{twin_kinds.RARE} of the bridge",
        "title": CANARIES["lessontitle"],
    }
    assert CANARIES["lessontitle"] in with_it.post("bruno", "/lessons/similar", told).text
    answered = id_of(Comment, twin_kinds.canary("commentlesson"))
    answer = {"body": "Yes.", "thread": answered}
    assert with_it.post("leila", "/lessons/held-lesson/comments", answer).status_code == 303
    assert shown(with_it.get("leila", "/training/modules/held-module"))[0] == 200
