"""World files with mistakes: each is told with its place, its value and the remedy, and nothing is written."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from flask import Flask
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.wiki.world_files import SOON, STORY, everything, mistakes, written
from wiki.exchange import yamls
from wiki.exchange.problems import FileRefused, Problem

GROUP = "groups: [{id: hq, name: Headquarters, type: unit}]\n"
PAGE = "kind: page, slug: a, title: A, body: B, owner: hq"
HELD = f"audience: ['group:hq'], share_line: S, release_title: R, reason: negotiation, until: {SOON}"


def _groups(one: str) -> str:
    return f"groups: [{{id: hq, name: Headquarters, type: unit}}, {{{one}}}]\n"


def _people(one: str) -> str:
    return GROUP + f"people: [{{{one}}}]\n"


def _page(more: str) -> str:
    return GROUP + f"documents: [{{{PAGE}, {more}}}]\n"


CASES = {
    # Shape: keys, types, lengths.
    "a section nobody knows": ("goups: []\n", ["goups: is not known here. Did you mean “groups”?"]),
    "a list of words where mappings belong": ("people: [amina]\n", ["people[0]: “amina” is not a mapping."]),
    "a mapping where a list belongs": (
        "people: {email: x}\n",
        ["people: a mapping is a mapping, and a list is wanted."],
    ),
    "text where everything belongs": ("just words\n", ["world.yaml: “just words” is not a mapping."]),
    "an unknown key of a group": (
        _groups("id: a, name: A, typ: post"),
        ["groups[1].typ: is not known here.", "“type”?"],
    ),
    "an unknown key of a person": (
        _people("email: a@b.org, name: A, rols: []"),
        ["people[0].rols:", "Did you mean “roles”?"],
    ),
    "an unknown key of a document": (
        _page("audiense: [service]"),
        ["documents[0].audiense:", "Did you mean “audience”?"],
    ),
    "a number as a title": (
        GROUP + "documents: [{kind: page, slug: a, title: 12, owner: hq}]\n",
        ["documents[0].title: “12” is a number, and text is wanted. Put it between quotes."],
    ),
    "a list as a name": (
        _groups("id: a, name: [A], type: post"),
        ["groups[1].name: a list is a list, and text is wanted."],
    ),
    "a word where yes or no belongs": (
        _people("email: a@b.org, name: A, staff: perhaps"),
        ["people[0].staff: “perhaps” is neither true nor false."],
    ),
    "a missing name": (_groups("id: a, type: post"), ["groups[1].name: is missing. Add it."]),
    "an empty title": (
        GROUP + "documents: [{kind: page, slug: a, title: ' ', owner: hq}]\n",
        ["documents[0].title:", "is empty. Fill it in."],
    ),
    "a title that is too long": (
        GROUP + f"documents: [{{kind: page, slug: a, title: {'t' * 201}, owner: hq}}]\n",
        ["documents[0].title: “" + "t" * 60 + "…” has 201 characters. Keep it to 200."],
    ),
    "a text that is too long": (
        _page("revisions: [" + "t" * 200_001 + "]"),
        ["documents[0].revisions[0]:", "has 200001"],
    ),
    "control characters": (_page('purpose: "a\\0b"'), ["documents[0].purpose:", "cannot be stored"]),
    "half a surrogate pair": (_page('purpose: "\\ud800"'), ["world.yaml:2"]),
    "one word where a list belongs": (
        _page("tags: crisis"),
        ["documents[0].tags: “crisis” is text, and a list is wanted."],
    ),
    "a number in a list of words": (
        _page("tags: [7]"),
        ["documents[0].tags[0]: “7” is a number, and a word is wanted."],
    ),
    # Values.
    "an unknown type of group": (
        _groups("id: a, name: A, type: pst"),
        ["groups[1].type: “pst”", "Did you mean “post”?"],
    ),
    "an id with capitals": (_groups("id: Lisbon, name: A, type: post"), ["groups[1].id: “Lisbon” cannot be the id"]),
    "an unknown time zone": (
        _groups("id: a, name: A, timezone: Lisbon"),
        ["groups[1].timezone: “Lisbon” is not a time zone."],
    ),
    "an address that is none": (
        _people("email: amina, name: A"),
        ["people[0].email: “amina” is not an e-mail address."],
    ),
    "an unknown language": (
        _people("email: a@b.org, name: A, lang: English"),
        ["people[0].lang: “English” is not a language."],
    ),
    "an unknown role": (_people("email: a@b.org, name: A, roles: [coch]"), ["people[0].roles[0]: “coch”", "“coach”?"]),
    "an unknown role with dates": (
        _people("email: a@b.org, name: A, roles: [{role: coch, from: 2026-01-01}]"),
        ["people[0].roles[0].role: “coch” is not a role."],
    ),
    "an unknown rank": (
        _people("email: a@b.org, name: A, groups: [{id: hq, rank: boss}]"),
        ["people[0].groups[0].rank: “boss”"],
    ),
    "an end before the beginning": (
        _people("email: a@b.org, name: A, groups: [{id: hq, from: 2026-02-01, to: 2026-01-01}]"),
        ["people[0].groups[0].to: “2026-01-01” is before 2026-02-01"],
    ),
    "a day that is none": (
        _people("email: a@b.org, name: A, groups: [{id: hq, from: tomorrow}]"),
        ["people[0].groups[0].from: “tomorrow” is not a day. Write it as 2027-03-01."],
    ),
    "a day that no calendar has": (_page("review: 2027-02-31"), ["world.yaml:2", "“2027-02-31”"]),
    "an unknown kind": (
        GROUP + "documents: [{kind: pgae, slug: a, title: A, owner: hq}]\n",
        ["documents[0].kind: “pgae” is not a kind of document. Did you mean “page”?"],
    ),
    "an unknown status": (_page("status: publshed"), ["documents[0].status: “publshed”", "Did you mean “published”?"]),
    "a status of another kind": (
        _page("status: in-force"),
        ["documents[0].status: “in-force” is not a status of a page."],
    ),
    "an unknown reason": (
        _page(HELD.replace("negotiation", "negociation")),
        ["documents[0].reason: “negociation”", "“negotiation”?"],
    ),
    "an unknown way to be found": (_page("discovery: secret"), ["documents[0].discovery: “secret”"]),
    "an address with spaces": (
        GROUP + "documents: [{kind: page, slug: My Page, title: A, owner: hq}]\n",
        ["documents[0].slug: “My Page” cannot be an address. Write it as “my-page”."],
    ),
    "an address of the wiki itself": (
        GROUP + "documents: [{kind: page, slug: new, title: A, owner: hq}]\n",
        ["documents[0].slug: “new” is an address of the wiki itself."],
    ),
    "a file of a refused type": (
        _page("attachments: [{name: run.exe, content: x}]"),
        ["documents[0].attachments[0].name: “run.exe” is refused."],
    ),
    "a file with two contents": (
        _page("attachments: [{name: a.txt, content: x, base64: eA==}]"),
        ["documents[0].attachments[0].content:", "cannot be given both"],
    ),
    "a file whose content is not base64": (
        _page("attachments: [{name: a.txt, base64: '***'}]"),
        ["documents[0].attachments[0].base64:", "Encode the file again."],
    ),
    "a picture that is none": (
        _page("attachments: [{name: a.png, content: x}]"),
        ["documents[0].attachments[0].name: “a.png” is refused."],
    ),
    "a file that is there twice": (
        _page("attachments: [{name: a.txt, content: x}, {name: a.txt, content: y}]"),
        ["documents[0].attachments[1].name: “a.txt” is there twice."],
    ),
    # References.
    "a group above that is nowhere": (
        _groups("id: a, name: A, parent: hqq"),
        ["groups[1].parent: “hqq”", "Did you mean “hq”?"],
    ),
    "groups in a circle": (
        "groups: [{id: a, name: A, parent: b}, {id: b, name: B, parent: a}]\n",
        ["groups[0].parent: “b” stands below this group itself.", "groups[1].parent: “a”"],
    ),
    "a member of a group that is nowhere": (
        _people("email: a@b.org, name: A, groups: [nowhere]"),
        ["people[0].groups[0]: “nowhere” is not a group"],
    ),
    "a guest with a role": (
        _people("email: a@b.org, name: A, staff: false, roles: [coach]"),
        ["people[0].roles: “a@b.org” is a guest"],
    ),
    "an owner that is nowhere": (
        GROUP + "documents: [{kind: page, slug: a, title: A, owner: hqs}]\n",
        ["documents[0].owner: “hqs” is not a group, neither in this file nor here. Did you mean “hq”?"],
    ),
    "an author who is nobody": (_page("author: z@example.org"), ["documents[0].author: “z@example.org” is nobody"]),
    "an audience of an unknown group": (
        _page("audience: [service, 'group:lisbon']"),
        ["documents[0].audience[1]: “lisbon” is not a group"],
    ),
    "an audience of an unknown person": (
        _page("audience: [service, 'person:z@example.org']"),
        ["documents[0].audience[1]: “z@example.org” is nobody"],
    ),
    "a label that is none": (
        _page("audience: [everyone]"),
        ["documents[0].audience[0]: “everyone” names no audience.", "Write service, group:<id>"],
    ),
    "an audience of nobody": (_page("audience: []"), ["documents[0].audience: a list names nobody."]),
    "a parent that is nowhere": (_page("parent: b"), ["documents[0].parent: “b” is not the address of a page."]),
    "a page below itself": (_page("parent: a"), ["documents[0].parent: “a” stands below this document itself."]),
    "a grant to nobody": (
        _page(f"grants: [{{person: z@example.org, until: {SOON}}}]"),
        ["documents[0].grants[0].person: “z@example.org” is nobody"],
    ),
    # Sharing.
    "an audience that shuts out the owner": (
        "groups: [{id: hq, name: H, type: unit}, {id: b, name: B, type: unit}]\n"
        f"documents: [{{{PAGE}, {HELD.replace('group:hq', 'group:b')}}}]\n",
        ["documents[0].audience: “group:b” shuts out the unit that keeps it, hq. Add group:hq"],
    ),
    "a day that has passed": (
        _page(HELD.replace(str(SOON), "2020-01-01")),
        ["documents[0].until: “2020-01-01”", "Choose a day after today"],
    ),
    "a hold without a reason": (
        _page(HELD.replace("reason: negotiation, ", "")),
        ["documents[0].reason: “nothing”", "Say why"],
    ),
    "a hold without an end": (_page(HELD.rpartition(",")[0]), ["documents[0].until: “nothing”", "Give the day"]),
    "a hold without words for others": (
        _page(HELD.replace("share_line: S, ", "")),
        ["documents[0].share_line:", "Write a sentence"],
    ),
    "a mark nobody knows": (
        _page("handling: SECRET"),
        ["documents[0].handling: “SECRET”", "does not belong in this system"],
    ),
    "red for a group": (_page(HELD + ", handling: RED"), ["documents[0].handling: “RED”", "named people only"]),
    "a mark that needs a release": (
        _page("handling: GREEN"),
        ["documents[0].released:", "Tick that the owner releases it"],
    ),
    "a grant that lasts too long": (
        GROUP + "people: [{email: z@example.org, name: Z}]\n"
        f"documents: [{{{PAGE}, grants: [{{person: z@example.org, until: {SOON + timedelta(days=400)}}}]}}]\n",
        ["documents[0].grants[0].until:", "is not a day from today to a year from now"],
    ),
    "a grant that is over": (
        GROUP + "people: [{email: z@example.org, name: Z}]\n"
        f"documents: [{{{PAGE}, grants: [{{person: z@example.org, until: 2020-01-01}}]}}]\n",
        ["documents[0].grants[0].until: “2020-01-01”"],
    ),
    # The same thing twice.
    "a group twice": (_groups("id: hq, name: H, type: unit"), ["groups[1].id: “hq” stands in groups[0] too."]),
    "a person twice": (
        "people: [{email: a@b.org, name: A}, {email: A@B.org, name: B}]\n",
        ["people[1].email: “a@b.org” stands in people[0] too."],
    ),
    "an address twice": (
        GROUP + f"documents: [{{{PAGE}}}, {{{PAGE}}}]\n",
        ["documents[1].slug: “page/a” stands in documents[0] too."],
    ),
    # YAML itself.
    "a key twice": (GROUP + "documents: [{kind: page, kind: page}]\n", ["world.yaml:2: has the key “kind” twice"]),
    "YAML that is not closed": (GROUP + "people: [{email: a\n", ["world.yaml:", "is not valid YAML"]),
    "YAML with a tab": ("groups:\n\t- a\n", ["world.yaml:2: is not valid YAML"]),
    "a tag": ("groups: !!python/object/apply:os.system ['true']\n", ["world.yaml:1: uses the YAML tag"]),
    "two documents of YAML": ("groups: []\n---\npeople: []\n", ["holds a second YAML document"]),
    "a list that holds itself": ("groups: &a [*a]\n", ["world.yaml:1: uses the alias “*a” before it is complete"]),
    "an unknown alias": ("groups: *nobody\n", ["world.yaml:1"]),
    "a key that is a list": ("{[a]: b}\n", ["has a mapping or a list as a key"]),
    "something nested too deeply": ("groups: " + "[" * 40 + "]" * 40 + "\n", ["is nested deeper than 30 levels"]),
}


@pytest.mark.parametrize("what", CASES)
def test_a_mistake_is_told_with_its_place_and_remedy(app: Flask, tmp_path: Path, what: str) -> None:
    text, expected = CASES[what]
    before = everything(app)
    told = "\n".join(mistakes(app, written(tmp_path, text)))
    for part in expected:
        assert part in told, told
    assert everything(app) == before


def test_all_mistakes_of_a_file_are_told_at_once_in_the_order_of_their_lines(app: Flask, tmp_path: Path) -> None:
    text = STORY.replace("type: post", "type: pst").replace("group:lisbon", "group:lisbo").replace("[coach]", "[coch]")
    told = mistakes(app, written(tmp_path, text.replace("slug: wrong-bridge", "slog: wrong-bridge")))
    assert [line.split(": ")[1] for line in told] == [
        "groups[0].type",
        "people[0].roles[0]",
        "documents[1].slug",
        "documents[1].slog",
        "documents[1].audience[0]",
    ]
    assert all(line.startswith("world.yaml:") and line.split(":")[1].isdigit() for line in told)


def test_a_mark_above_the_ceiling_is_refused(make_app, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    app = make_app(handling_ceiling="AMBER")
    told = mistakes(app, written(tmp_path, _page("handling: AMBER+STRICT")))
    assert "documents[0].handling: “AMBER+STRICT”" in told[0]
    assert "goes up to AMBER" in told[0]


def test_bytes_that_are_not_utf_8_are_told_with_their_line(app: Flask, tmp_path: Path) -> None:
    told = mistakes(app, written(tmp_path, b"groups: []\npeople: # caf\xe9\n"))
    assert told == ["world.yaml:2: is not UTF-8: byte 0xe9 at position 24. Save the file as UTF-8."]


def test_a_file_that_is_too_large_is_not_even_read(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yamls, "MOST_BYTES", 1_000_000)
    told = mistakes(app, written(tmp_path, "# " + "x" * 1_000_000))
    assert told == ["world.yaml: is larger than 1 MB. Split it into several files."]


def test_a_bomb_of_aliases_is_refused_before_it_grows(app: Flask, tmp_path: Path) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for before, name in zip("abcdefg", "bcdefgh", strict=True):
        bomb += f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    told = mistakes(app, written(tmp_path, bomb))
    assert told == ["world.yaml:4: repeats too much through aliases. Write the values out."]


def test_too_many_files_on_one_document_are_refused(app: Flask, tmp_path: Path) -> None:
    names = ", ".join(f"{{name: f{n}.txt, content: x}}" for n in range(51))
    told = mistakes(app, written(tmp_path, _page(f"attachments: [{names}]")))
    assert told == ["world.yaml:2: documents[0].attachments: “51” files are too many. Keep to 50."]


def test_a_text_that_takes_too_long_to_render_is_refused_with_its_place(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wiki import markdown
    from wiki.documents import texts

    def slow(*_: object, **__: object) -> None:
        raise markdown.TextTooSlow

    monkeypatch.setattr(texts, "prepare", slow)
    told = mistakes(app, written(tmp_path, _page("tags: []")))
    assert "documents[0].body: is refused. This text takes too long to read." in told[0]


def test_an_alias_that_is_used_a_few_times_is_fine() -> None:
    assert yamls.read("a: &x [1, 2]\nb: *x\n", "f") == {"a": [1, 2], "b": [1, 2]}


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.dates(), st.text(max_size=8), st.floats())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_in_any_place_is_loaded_or_refused_in_words(app: Flask, tmp_path: Path, data: st.DataObject) -> None:
    tree = yaml.safe_load(STORY)
    section = tree[data.draw(st.sampled_from(sorted(tree)))]
    entry = section[data.draw(st.integers(0, len(section) - 1))]
    entry[data.draw(st.sampled_from([*sorted(entry), "other", "parent", "grants"]))] = data.draw(VALUES)
    path = written(tmp_path, yaml.safe_dump(tree, allow_unicode=True))
    assert all(line.startswith("world.yaml") for line in mistakes(app, path))


@settings(max_examples=150, deadline=None)
@given(start=st.integers(0, 900), length=st.integers(0, 40), noise=st.text(max_size=12))
def test_mangled_yaml_is_read_or_refused_and_never_breaks_the_reader(start: int, length: int, noise: str) -> None:
    text = STORY[:start] + noise + STORY[start + length :]
    problems: tuple[Problem, ...] = ()
    try:
        yamls.read(text, "world.yaml")
    except FileRefused as refused:
        problems = refused.problems
    assert all(1 <= (problem.line or 1) <= text.count("\n") + 2 and "\n" not in str(problem) for problem in problems)


@settings(max_examples=150, deadline=None)
@given(value=VALUES)
def test_our_reader_and_the_safe_loader_agree(value: object) -> None:
    text = yaml.safe_dump({"value": value}, allow_unicode=True)
    assert _plain(yamls.read(text, "f")) == _plain(yaml.safe_load(text))


def _plain(value: object) -> object:
    """Keys as words, and not-a-number equal to itself."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return repr(value)
