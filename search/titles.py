"""What a title must have to be suggested, the same for every engine."""

from search.analysis import UNSPACED, plain_words

MOST_WORDS = 6
LONGEST_GRAM = 6


def typed_words(prefix: str) -> list[str]:
    """The words a person has typed so far."""
    return plain_words(prefix)[:MOST_WORDS]


def gram(word: str) -> str:
    """The beginning under which a title with this word is kept; pairs in scripts without spaces."""
    return word[:2] if UNSPACED.search(word) else word[:LONGEST_GRAM]


def fits(title: str, words: list[str]) -> bool:
    """Whether every word typed begins a word of the title, or stands in a run of Chinese."""
    held = plain_words(title)
    return all(any(_stands_in(word, own) for own in held) for word in words)


def order(title: str, document: int, words: list[str]) -> tuple[bool, int, int]:
    """The sorting key of a suggestion: titles that begin so first, then the shorter ones."""
    held = plain_words(title)
    return not (held and held[0].startswith(words[0])), len(title), -document


def pairs(word: str) -> list[str]:
    """The pairs inside a word of a script without spaces; none in others."""
    return [word[at : at + 2] for at in range(len(word) - 1)] if UNSPACED.search(word) else []


def _stands_in(word: str, own: str) -> bool:
    return word in own if UNSPACED.search(word) else own.startswith(word)
