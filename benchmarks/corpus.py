"""Documents made by chance, the same every time: words by Zipf's law, headings, lists, boxes and links."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

GROUPS = 300
READER_GROUPS = 30
OPEN_SHARE = 0.6
WORDS = 20_000
PLATFORMS = ("x", "facebook", "instagram", "telegram", "wikipedia", "linkedin", "youtube", "mastodon")
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


def documents(size: int) -> Iterator[Made]:
    """`size` documents of about 4 kB; each depends on its number alone, so a small world is the start of a big one."""
    return (document(number, size) for number in range(size))


def document(number: int, size: int) -> Made:
    rng = random.Random(number)
    title = " ".join(_words(rng, rng.randint(3, 6), telling=True)).capitalize()
    is_open = rng.random() < OPEN_SHARE
    return Made(
        number=number,
        kind="guideline" if number % 5 == 0 else "page",
        slug=slug(number),
        title=title,
        body=_body(rng, number, size),
        owner=group(rng.randrange(GROUPS)),
        groups=() if is_open else tuple(group(g) for g in rng.sample(range(GROUPS), rng.randint(1, 3))),
        terms={
            "platform": rng.sample(PLATFORMS, rng.randint(0, 2)),
            "topic": rng.sample(TOPICS, rng.randint(1, 2)),
            "tag": _words(rng, rng.randint(0, 3), telling=True),
        },
    )


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
        parts.append(f"## {' '.join(_words(rng, rng.randint(2, 5), telling=True)).capitalize()}")
        parts.append(_paragraph(rng))
        if place == 1:
            parts.append("::: do\n" + _list(rng) + "\n:::")
        elif place == 2:
            parts += [_list(rng), f"See [[{slug(rng.randrange(size))}]] and [[{slug(number + 1)}|the next one]]."]
    return "\n\n".join(parts)


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
