"""Platforms and topics suggested from what was written: by their names in the text, or by what they are about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping

from search import api

MOST = 4
# Names too short or too common to be found without their capitals.
_SHORT = 3
# So many words of a description, one of them in no other description, make a text tell of it.
_ENOUGH = 2
# Words that descriptions hold and nearly every lesson holds too.
_EVERYDAY = """
first minute hour day time something thing seem bad good well go put right public post people person who whose what move
work learn lesson report use never start name easily see hear read look leave write word page way plain alone answer
platform account when how them each other turn know tell say think mean
"""
# Other words for what descriptions name.
_SAME = {
    "photo": "picture", "photos": "picture", "photograph": "picture", "photographs": "picture", "image": "picture",
    "images": "picture", "permission": "consent", "rumor": "rumour", "rumors": "rumour",
}  # fmt: skip


def terms_in(text: str, names: Mapping[str, str], descriptions: Mapping[str, str] | None = None) -> list[str]:
    """The slugs of what the text names, then of what it tells of by the descriptions, by slug; at most four."""
    stems = _stems(text)
    named = [slug for slug, name in names.items() if _stands_in(text, slug, name) or _is_named(stems, name)]
    about = {slug: _stems(words) for slug, words in (descriptions or {}).items() if slug in names}
    told = [slug for slug in _told(stems, about) if slug not in named]
    return (named + told)[:MOST]


def _stands_in(text: str, slug: str, name: str) -> bool:
    if len(name) <= _SHORT:
        return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None
    words = {name, slug.replace("-", " ")}
    # “impersonation” is also found in “impersonations”.
    pattern = "|".join(rf"{re.escape(word)}s?" for word in sorted(words))
    return re.search(rf"(?<!\w)(?:{pattern})(?!\w)", text, re.IGNORECASE) is not None


def _is_named(stems: Collection[str], name: str) -> bool:
    """Whether every telling word of a name stands somewhere, in whatever form: “impersonated” for “Impersonation”."""
    words = _stems(name) if len(name) > _SHORT else set()
    return bool(words) and all(word in stems for word in words)


def _told(stems: Collection[str], about: Mapping[str, Collection[str]]) -> list[str]:
    """The descriptions that share enough words with a text, those that share the most first."""
    known = Counter(word for words in about.values() for word in words)
    shared = {slug: [word for word in words if word in stems] for slug, words in about.items()}
    enough = [slug for slug, words in shared.items() if len(words) >= _ENOUGH and min(known[w] for w in words) == 1]
    return sorted(enough, key=lambda slug: -len(shared[slug]))


def _stems(text: str) -> set[str]:
    same = re.sub(r"\w+", lambda word: _SAME.get(word[0].lower(), word[0]), text)
    return api.stems_of(same) - _LEFT_OUT


_LEFT_OUT = api.stems_of(_EVERYDAY)
