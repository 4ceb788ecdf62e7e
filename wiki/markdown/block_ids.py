"""Every block gets an id that stays with it, so that comments, stamps and links can point at it."""

import secrets
from collections.abc import Collection, Iterator

from wiki.markdown.blocks import split_id
from wiki.markdown.rendering import environment, parser
from wiki.markdown.source import normalise

_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"


def with_block_ids(text: str, taken: Collection[str] = (), *, budget: float = 2.0) -> str:
    """The normalised text in which each `:::` block ends its first line with an id such as `{#b-k3x9}`.

    An id stays as it is; of two blocks with one id (a copy) the later gets a new one. New ids are not in `taken`.
    Raises TextRefused like `render`.
    """
    text = normalise(text)
    lines = text.split("\n")
    seen: set[str] = set()
    for number in sorted(_first_lines(text, budget)):
        line, id_ = split_id(lines[number].rstrip())
        if id_ is None or id_ in seen:
            id_ = _new_id(seen, taken, text)
        seen.add(id_)
        lines[number] = f"{line} {{#{id_}}}"
    return normalise("\n".join(lines))


def _first_lines(text: str, budget: float) -> Iterator[int]:
    """Ask the parser itself, which knows that a line in a code sample opens no block."""
    md = parser()
    for token in md.block.parse(text, md, environment(budget), []) or ():
        if token.type == "block_open" and token.map:
            yield token.map[0]


def _new_id(seen: Collection[str], taken: Collection[str], text: str) -> str:
    """Four letters are enough to say aloud; the loop ends because more are drawn if they are all in use."""
    length = 4
    while True:
        id_ = "b-" + "".join(secrets.choice(_LETTERS) for _ in range(length))
        if id_ not in seen and id_ not in taken and id_ not in text:
            return id_
        length += 1
