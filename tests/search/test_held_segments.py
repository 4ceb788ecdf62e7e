"""What is held back never shapes what others are told: an index without it and one with it answer outsiders alike."""

import random
from collections.abc import Iterable
from typing import Any

import pytest

from search.engine import Engine, Segment
from search.query import parse
from tests.search.conftest import MakeEngine
from tests.search.makers import EVERYONE, ids, make_segment

OUTSIDE = frozenset({"service", "person:oskar", "group:jakarta", "doc:3"})
INSIDE = frozenset({"service", "group:lisbon"})
GUEST = frozenset({"person:gita", "group:bridge"})

HOSTILE = (
    "visa",
    "visa permit",
    "the visa of the permit",
    "canary",
    "canary visa",
    "visa canary permit",
    '"visa permit"',
    '"secret canary"',
    "visa -canary",
    "visa -permit",
    "-canary",
    '-"secret canary"',
    "can*",
    "vi*",
    "em* -can*",
    "zz*",
    "canarx",
    "canari visa",
    "embasy",
    "visa OR canary",
    "canary OR zzz",
    "kind:guideline",
    "kind:lesson",
    "-kind:lesson",
    "owner:lisbon",
    "owner:lisbon visa",
    "status:superseded",
    "tag:canary",
    "-tag:canary",
    "topic:canary visa",
    "platform:canary",
    "lang:fr",
    "lang:fr visa",
    "lang:ru",
    "after:2030",
    "before:2001",
    "visa after:2024 before:2026",
    "permis de visa",
    "секрет visa",
    "签证",
    "the of and",
    "X",
    "HoM visa",
    "document:100",
    "label:group:lisbon",
    "within:group:lisbon",
    "part:passage",
)
BEGUN = ("vi", "visa p", "can", "canary", "secret", "zz", "emb", "pa", "100")
TEXTS = (
    "visa permit embassy",
    "secret canary visa permit",
    "canary canary canary",
    "секрет канарейка",
    "guests broke it",
)


def _open(chance: random.Random) -> list[Segment]:
    words = ["visa", "permit", "embassy", "consul", "form", "queue", "fee", "passport", "guest", "letter"]
    words += [f"vi{n}x" for n in range(150)]
    return [
        make_segment(
            number,
            " ".join(chance.choices(words, k=12)),
            title=" ".join(chance.choices(words[:10], k=3)),
            kind=chance.choice(["guideline", "lesson"]),
            lang=chance.choice(["en", "en", "fr"]),
            topics={chance.choice(["tone", "crisis"])},
        )
        for number in range(1, 80)
    ]


def _held(chance: random.Random) -> list[Segment]:
    """Bodies and passages of every sort, with words, languages, facets and titles of their own."""
    closed: dict[str, Any] = {"labels": {"group:lisbon"}, "owner": "lisbon", "tags": {"canary"}, "topics": {"canary"}}
    more = [
        make_segment(
            number,
            " ".join(chance.choices(["visa", "secret", "canary", "permit", "canari", f"vi{number}"], k=30)),
            title="Embassi canary visa",
            headings="Canarx zzcanary",
            lang=chance.choice(["en", "ru", "zh", "fr"]),
            platforms={"canary"},
            status=chance.choice(["superseded", "in-force"]),
            kind="lesson",
            **closed,
        )
        for number in range(100, 160)
    ]
    more += [
        make_segment(
            number,
            "secret canary visa visa permit",
            part=f"passage:p{number}",
            title="Canary",
            within={"service"},
            **closed,
        )
        for number in [*range(1, 40), *range(100, 120)]
    ]
    # Whoever meets the labels of a passage alone, or those of its document alone, reads nothing of it.
    more += [make_segment(200, "canary visa", part="passage:half", labels=OUTSIDE, within={"group:lisbon"})]
    more += [make_segment(201, "canary visa", part="passage:other", labels={"group:lisbon"}, within=OUTSIDE)]
    return more


def _answers(engine: Engine, keys: frozenset[str]) -> list[Any]:
    found: list[Any] = []
    for asked in HOSTILE:
        found += [engine.search(parse(asked), keys, limit=200), engine.search(parse(asked), keys, limit=3, offset=3)]
    found += [engine.suggest(begun, keys, limit=50) for begun in BEGUN]
    return found + [engine.similar(text, keys, limit=50) for text in TEXTS]


@pytest.mark.parametrize("keys", [EVERYONE, OUTSIDE, GUEST], ids=["everyone", "outsider", "guest"])
def test_answers_to_outsiders_are_the_same_with_and_without_what_is_held(
    make_engine: MakeEngine, keys: frozenset[str]
) -> None:
    without, openly = make_engine(), _open(random.Random(3))
    without.index(openly)
    expected = _answers(without, keys)
    without.close()
    holding = make_engine()
    holding.index([*openly, *_held(random.Random(4))])
    for asked, one, other in zip(_names(), expected, _answers(holding, keys), strict=True):
        assert one == other, asked
    assert any(hit.document >= 100 for hit in holding.search(parse("canary"), INSIDE, limit=200).hits), "control"


def _names() -> Iterable[str]:
    yield from (f"{asked}, page {page}" for asked in HOSTILE for page in ("one", "two"))
    yield from (f"suggest {begun}" for begun in BEGUN)
    yield from (f"similar {text}" for text in TEXTS)


def test_members_are_not_told_of_what_is_held_by_others(make_engine: MakeEngine) -> None:
    """The same for somebody who reads some held texts: those of others shape neither hits nor scores nor beginnings."""
    mine = [
        make_segment(300 + n, f"visa canary vi{n}q mine", labels={"group:jakarta"}, title="Visa mine")
        for n in range(30)
    ]
    mine += [make_segment(5, "vi7q passage", part="passage:m", labels={"group:jakarta"}, within={"service"})]
    openly = _open(random.Random(3))
    without = make_engine()
    without.index([*openly, *mine])
    expected = _answers(without, OUTSIDE)
    without.close()
    holding = make_engine()
    others = [make_segment(400 + n, f"vi{n}a " * 3, labels={"group:lisbon"}) for n in range(300)]
    holding.index([*openly, *mine, *_held(random.Random(4)), *others])
    for asked, one, other in zip(_names(), expected, _answers(holding, OUTSIDE), strict=True):
        assert one == other, asked


def test_a_passage_is_found_only_with_the_keys_to_it_and_to_its_document(engine: Engine) -> None:
    both = {"labels": {"group:a"}, "within": {"group:b"}}
    engine.index([make_segment(1, "open words", labels={"group:b"}), make_segment(1, "held", part="passage:x", **both)])
    for keys, found in (({"group:a"}, []), ({"group:b"}, []), ({"group:a", "group:b"}, [1])):
        asked = engine.search(parse("held"), frozenset(keys), limit=5)
        assert (ids(asked), asked.total, asked.facets.get("kind", {})) == (
            found,
            len(found),
            {"guideline": 1} if found else {},
        )
    assert engine.suggest("page", frozenset({"group:a"})) == ()


def test_a_passage_without_the_labels_of_its_document_is_refused() -> None:
    with pytest.raises(ValueError, match="labels of its document"):
        make_segment(1, "held", part="passage:x", within=())


def test_a_document_counts_once_whatever_parts_of_it_match(engine: Engine) -> None:
    engine.index(
        [
            make_segment(1, "visa", topics={"tone"}),
            make_segment(
                1, "visa secret", part="passage:a", labels={"group:lisbon"}, within={"service"}, topics={"tone"}
            ),
            make_segment(
                1, "visa other", part="passage:b", labels={"group:lisbon"}, within={"service"}, topics={"tone"}
            ),
        ]
    )
    found = engine.search(parse("visa"), INSIDE, limit=9)
    assert [(hit.document, hit.part) for hit in found.hits] == [(1, "body")]
    assert (found.total, found.facets["topic"]) == (1, {"tone": 1})
    secret = engine.search(parse("secret"), INSIDE, limit=9)
    assert ([hit.part for hit in secret.hits], secret.total) == (["passage:a"], 1)
    assert engine.search(parse("secret"), EVERYONE, limit=9).total == 0


def test_an_open_passage_of_a_held_document_shapes_nothing(make_engine: MakeEngine) -> None:
    """Its labels may name the service; that of its document does not."""
    passage = make_segment(2, "visa " * 50, part="passage:a", labels={"service"}, within={"group:lisbon"})
    assert not passage.is_open
    openly = [make_segment(1, "visa permit"), make_segment(3, "permit")]
    first = make_engine()
    first.index(openly)
    expected = first.search(parse("visa"), EVERYONE, limit=9)
    first.close()
    second = make_engine()
    second.index([*openly, passage])
    assert second.search(parse("visa"), EVERYONE, limit=9) == expected
