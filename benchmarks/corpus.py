"""Documents of every kind made by chance, the same every time: words by Zipf's law, headings, lists, boxes, links."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import accumulate

GROUPS = 300
READER_GROUPS = 30
OPEN_SHARE = 0.6
WORDS = 20_000
PLATFORMS = ("x", "facebook", "instagram", "telegram", "wikipedia", "linkedin", "youtube", "mastodon")
# In a world of every kind: how many of a hundred documents are of it; the others are plain pages.
SHARES = {"guideline": 20, "lesson": 20, "module": 2, "playbook": 2, "track": 1}
QUESTIONS = 7
NATURES = ("failure", "near-miss", "good-practice", "surprise")
TOPICS = ("crisis", "tone", "visas", "records", "safety", "elections", "culture", "trade", "press", "events")

_STOPS = [
    "the",
    "of",
    "and",
    "to",
    "a",
    "in",
    "is",
    "for",
    "that",
    "on",
    "with",
    "as",
    "be",
    "by",
    "are",
    "this",
    "or",
    "an",
    "not",
    "at",
    "from",
    "it",
    "we",
    "you",
]
_STARTS = ("b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "br", "cl", "pr", "st", "tr", "")
_VOWELS = ("a", "e", "i", "o", "u", "ea")
_ENDS = ("", "", "", "", "n", "r", "l", "s", "t", "nd")


@dataclass(frozen=True, slots=True)
class Made:
    """A document as it will be written. `groups` are those it is shared with; none when the whole service reads it."""

    number: int
    kind: str
    slug: str
    title: str
    body: str
    owner: str
    groups: tuple[str, ...]
    terms: dict[str, list[str]]
    columns: Mapping[str, object] = field(default_factory=dict)


def documents(size: int, only: str | None = None) -> Iterator[Made]:
    """`size` documents of about 4 kB; each depends on its number alone, so a small world is the start of a big one.

    `only` makes a world of one kind.
    """
    return (document(number, size, only) for number in range(size))


def document(number: int, size: int, only: str | None = None) -> Made:
    rng, kind = random.Random(number), only or kind_of(number)
    title = " ".join(_words(rng, rng.randint(3, 6), telling=True)).capitalize()
    is_open = rng.random() < OPEN_SHARE
    return Made(
        number=number,
        kind=kind,
        slug=slug(number),
        title=title,
        body=_body(rng, number, size) if kind in ("guideline", "page") else _BODIES[kind](rng, number, size),
        owner=group(rng.randrange(GROUPS)),
        groups=() if is_open else tuple(group(g) for g in rng.sample(range(GROUPS), rng.randint(1, 3))),
        terms={
            "platform": rng.sample(PLATFORMS, rng.randint(0, 2)),
            "topic": rng.sample(TOPICS, rng.randint(1, 2)),
            "tag": _words(rng, rng.randint(0, 3), telling=True),
        },
        columns=_columns(rng, kind),
    )


def kind_of(number: int) -> str:
    """The kind of a document in a world of every kind, scattered evenly."""
    place = number * 37 % 100
    for kind, share in SHARES.items():
        if place < share:
            return kind
        place -= share
    return "page"


def _columns(rng: random.Random, kind: str) -> dict[str, object]:
    if kind == "lesson":
        day = date(2026, 1, 1) - timedelta(rng.randrange(2000))
        return {"nature": rng.choice(NATURES), "harm": rng.choice((None, 1, 2, 3, 4, 5)), "happened_on": day}
    return {"horizon": rng.choice(("day", "month", "year"))} if kind == "track" else {}


def slug(number: int) -> str:
    return f"paper-{number}"


def group(number: int) -> str:
    return f"group-{number}"


def questions(words: int, count: int, size: int) -> list[str]:
    """Questions of so many words as people ask them: words out of titles, longer ones out of a sentence."""
    rng, asked = random.Random(words), []
    for number in (rng.randrange(size) for _ in range(count)):
        made = document(number, size)
        source = made.title.lower().split() if words <= 3 else _sentence_of(made.body)
        asked.append(" ".join(rng.sample(source, min(words, len(source)))))
    return asked


def beginnings(count: int, size: int) -> list[str]:
    """What stands in the search box while a title is being typed."""
    rng = random.Random(0)
    titles = (document(rng.randrange(size), size).title.lower() for _ in range(count))
    return [title[: rng.randint(2, 6)].strip() for title in titles]


def _sentence_of(body: str) -> list[str]:
    line = max(body.splitlines(), key=len)
    return [word.strip(".,").lower() for word in line.split() if word.isalpha()]


def _body(rng: random.Random, number: int, size: int) -> str:
    parts = [_paragraph(rng)]
    for place in range(rng.randint(3, 7)):
        parts.append(f"## {_heading(rng)}")
        parts.append(_paragraph(rng))
        if place == 1:
            parts.append("::: do\n" + _list(rng) + "\n:::")
        elif place == 2:
            parts += [_list(rng), f"See [[{slug(rng.randrange(size))}]] and [[{slug(number + 1)}|the next one]]."]
    return "\n\n".join(parts)


def _lesson(rng: random.Random, number: int, size: int) -> str:
    headings = ("What happened", "What we intended", "Why it made sense", "What we recommend")
    told = "\n\n".join(f"## {heading}\n\n{_paragraph(rng)}\n\n{_paragraph(rng)}" for heading in headings)
    return f"{told}\n\nSee [[{slug(rng.randrange(size))}]]."


def _module(rng: random.Random, number: int, size: int) -> str:
    parts = [_paragraph(rng)]
    for place in range(QUESTIONS):
        parts += [f"## {_heading(rng)}", _paragraph(rng), _quiz(rng, several=place % 3 == 2)]
    return "\n\n".join(parts)


def _quiz(rng: random.Random, *, several: bool) -> str:
    """Four choices with an explanation each: the first is right, and the second too where several are."""
    marks = "xx  " if several else "x   "
    choices = "\n".join(f"- [{mark}] {_line(rng)}\n  > {_line(rng)}" for mark in marks)
    return f"::: quiz\n{_line(rng)}\n\n{choices}\n\n> why: {_line(rng)}\n:::"


def _playbook(rng: random.Random, number: int, size: int) -> str:
    phases = ("First hour", "Same day", "Afterwards")
    return "\n\n".join(f"## {phase}\n\n" + "\n".join(f"- [ ] {_line(rng)}" for _ in range(6)) for phase in phases)


def _track(rng: random.Random, number: int, size: int) -> str:
    modules = [each for each in range(min(size, 5000)) if kind_of(each) == "module"] or [0]
    days = []
    for day in range(1, 6):
        steps = [f"- [[module:{slug(each)}]]" for each in rng.sample(modules, min(3, len(modules)))]
        days.append("\n".join([f"## Day {day}: {_heading(rng)}\n", *steps, f"- {_line(rng)}"]))
    return "\n\n".join([_paragraph(rng), *days])


_BODIES = {"lesson": _lesson, "module": _module, "playbook": _playbook, "track": _track}


def _heading(rng: random.Random) -> str:
    return " ".join(_words(rng, rng.randint(2, 5), telling=True)).capitalize()


def _paragraph(rng: random.Random) -> str:
    return " ".join(_line(rng) for _ in range(rng.randint(3, 6)))


def _list(rng: random.Random) -> str:
    return "\n".join(f"- {_line(rng)}" for _ in range(rng.randint(2, 4)))


def _line(rng: random.Random) -> str:
    return " ".join(_words(rng, rng.randint(8, 18))).capitalize() + "."


def _words(rng: random.Random, count: int, *, telling: bool = False) -> list[str]:
    """Words as often as in a language; `telling` leaves out the most common ones, as titles do."""
    words, weights = _vocabulary()
    if telling:
        return rng.choices(words[100:], cum_weights=_telling_weights(), k=count)
    return rng.choices(words, cum_weights=weights, k=count)


@cache
def _vocabulary() -> tuple[Sequence[str], Sequence[float]]:
    rng, words = random.Random("words"), dict.fromkeys(_STOPS)
    while len(words) < WORDS:
        syllables = rng.choices((1, 2, 3), (1, 6, 4))[0]
        word = "".join(rng.choice(_STARTS) + rng.choice(_VOWELS) + rng.choice(_ENDS) for _ in range(syllables))
        if len(word) > 2:
            words.setdefault(word)
    return list(words), list(accumulate(1 / (rank + 2.7) for rank in range(WORDS)))


@cache
def _telling_weights() -> Sequence[float]:
    return list(accumulate(1 / (rank + 2.7) for rank in range(100, WORDS)))
