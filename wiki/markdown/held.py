"""Held passages of a text: cut out before it is saved, and put in again for those who may read them (03-sharing 3.5).

A writer types `::: held audience="group:consular" reason=source until=2027-05-01`, the words, and `:::`. In the text
that is stored stands a line of its own, `[[held:<public id>]]`. Whatever looks like a held passage and is none is
refused: of two mistakes, a text that is not saved is the better one.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markdown_it.token import Token

from wiki.markdown.held_blocks import OPENING, TOKEN, closes, end_of
from wiki.markdown.refusals import N_, TextRefused
from wiki.markdown.rendering import environment, parser
from wiki.markdown.source import normalise

_ATTRIBUTE = re.compile(
    r"(audience|reason|until)\s*=\s*(?:\"([^\"]*)\"|“([^”]*)”|'([^']*)'|([^\s\"“']+))", re.IGNORECASE
)
_ID = re.compile(r"\s*([a-z0-9]{12})(?=\s|\Z)")
# What may stand before the colons of a line inside a quotation or a list.
_BEFORE = r"^([ \t]*)(?:>[ \t]*|[-*+][ \t]+|\d{1,9}[.)][ \t]+)*"
_LOOKS_HELD = re.compile(_BEFORE + r":{2,}[ \t]*(?:held\b|.*\b(?:audience|until)[ \t]*=)", re.IGNORECASE)
_LOOKS_LIKE_TOKEN = re.compile(r"\[\[\s*held\s*:\s*([^\]\n]{0,40})\]\]", re.IGNORECASE)
_STORED = re.compile(rf"^{TOKEN.pattern}$", re.MULTILINE)
_TASK = re.compile(_BEFORE + r"\[[ xX]\][ \t]")


class HeldRefused(TextRefused):
    """A held passage is written in a way that cannot be understood; `line` is where, from 1."""

    def __init__(self, message: str, line: int, **values: object) -> None:
        super().__init__(message, line=line, **values)


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage as it was typed; what is None was not said. `opening` is its first line, `line` the number of that."""

    id: str
    is_new: bool
    is_opened: bool
    audience: tuple[str, ...] | None
    reason: str | None
    until: date | None
    body: str
    opening: str
    line: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A text without its held passages, and these."""

    text: str
    pieces: tuple[Piece, ...]


def cut(text: str, new_id: Callable[[], str], *, budget: float = 2.0) -> Cut:
    """Take the held passages out of a text and leave their tokens. Raises TextRefused."""
    text = normalise(text)
    if not _may_hold(text):
        return Cut(text, ())
    lines, tokens = text.split("\n"), _parsed(text, budget)
    _refuse_look_alikes(lines, tokens)
    pieces, kept, line = [], list[str](), 0
    for token in tokens:
        if token.type != "held_passage" or token.map is None:
            continue
        first, after = token.map
        piece = _piece(lines, first, after, token, new_id)
        pieces.append(piece)
        kept += [*lines[line:first], f"[[held:{piece.id}]]"]
        line = after
    whole = normalise("\n".join([*kept, *lines[line:]]))
    _refuse_leftovers(whole, pieces, budget)
    return Cut(whole, tuple(pieces))


def refuse_held(text: str) -> None:
    """Raise HeldRefused where a text that cannot hold anything back looks as if it did, such as a comment."""
    for number, line in enumerate(text.split("\n"), 1):
        if _LOOKS_HELD.match(line):
            raise HeldRefused(_NOT_IN_A_COMMENT, number)


def tokens_in(body: str) -> tuple[str, ...]:
    """The public ids of the passages that were cut out of a stored text, in its order."""
    return tuple(_STORED.findall(body)) if "[[held:" in body else ()


def held_lines(lines: Sequence[str]) -> set[int]:
    """Which lines of a text that was put together stand in held passages."""
    found: set[int] = set()
    for number, line in enumerate(lines):
        if number not in found and OPENING.match(line) and (after := end_of(lines.__getitem__, number, len(lines))):
            found.update(range(number, after))
    return found


def put_together(body: str, passages: Mapping[str, str]) -> str:
    """A stored text with these passages in place of their tokens; the others stay tokens."""
    return _STORED.sub(lambda found: passages.get(found[1], found[0]), body)


def written(opening: str, body: str) -> str:
    """A passage as its writer types it."""
    return f"{opening}\n{body.rstrip()}\n:::"


def opening(
    public_id: str, *, is_opened: bool = False, audience: Sequence[str] = (), reason: str = "", until: str = ""
) -> str:
    """The first line of a passage that is held already."""
    parts = [f"::: held {public_id}"]
    parts += ["opened"] if is_opened else []
    parts += [f'audience="{" ".join(audience)}"'] if audience else []
    parts += [f"reason={reason}"] if reason else []
    parts += [f"until={until}"] if until else []
    return " ".join(parts)


def _may_hold(text: str) -> bool:
    low = text.lower()
    return "held" in low or "audience" in low


def _parsed(text: str, budget: float) -> list[Token]:
    md = parser()
    return md.block.parse(text, md, environment(budget), []) or []


def _refuse_look_alikes(lines: Sequence[str], tokens: Sequence[Token]) -> None:
    """Every line that looks like a held passage is one, at the top of the text, or a sample that is clearly one."""
    held = {token.map[0] for token in tokens if token.type == "held_passage" and token.level == 0 and token.map}
    inside = {n for token in tokens if token.type == "held_passage" and token.map for n in range(*token.map)} - held
    code, indented = _code(tokens), _code(tokens, "code_block")
    for number, line in enumerate(lines):
        if number in held or number in inside:
            continue
        found = _LOOKS_HELD.match(line)
        if found and number in indented:
            raise HeldRefused(_INDENTED, number + 1)
        if found and number in code and len(found[1].expandtabs(4)) < 4:
            raise HeldRefused(_IN_CODE, number + 1)
        if found and number not in code:
            raise HeldRefused(_NOT_HERE, number + 1)
    for token in tokens:
        if token.type == "held_passage" and token.map and token.level:
            raise HeldRefused(_NOT_HERE, token.map[0] + 1)


def _code(tokens: Sequence[Token], *sorts: str) -> set[int]:
    wanted = sorts or ("fence", "code_block")
    return {n for token in tokens if token.type in wanted and token.map for n in range(*token.map)}


def _piece(lines: Sequence[str], first: int, after: int, token: Token, new_id: Callable[[], str]) -> Piece:
    if not token.meta["closed"]:
        raise HeldRefused(_NO_END, first + 1)
    typed = OPENING.match(lines[first].strip())
    rest = typed[1] if typed else ""
    found = _ID.match(rest)
    public_id, rest = (found[1], rest[found.end() :]) if found else ("", rest)
    said = {name.lower(): "".join(words) for name, *words in _ATTRIBUTE.findall(rest)}
    left = _ATTRIBUTE.sub(" ", rest).split()
    is_opened = bool(public_id) and left == ["opened"]
    if left and not is_opened:
        raise HeldRefused(_ODD_WORD, first + 1, word=left[0])
    body = normalise("\n".join(lines[first + 1 : after - 1]).strip("\n"))
    _refuse_body(body, first + 1)
    audience = tuple(word for word in re.split(r"[\s,;]+", said["audience"]) if word) if "audience" in said else None
    return Piece(
        id=public_id or new_id(),
        is_new=not public_id,
        is_opened=is_opened,
        audience=audience,
        reason=said.get("reason", "").lower() or None,
        until=_day(said.get("until"), first + 1),
        body=body,
        opening=lines[first].strip(),
        line=first + 1,
    )


def _day(typed: str | None, line: int) -> date | None:
    if typed is None:
        return None
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise HeldRefused(_NO_DAY, line) from None


def _refuse_body(body: str, line: int) -> None:
    """What cannot stand in a passage: nothing at all, another passage, and what people answer or tick."""
    if not body.strip():
        raise HeldRefused(_EMPTY, line)
    lines, tokens = body.split("\n"), _parsed(body, 2.0)
    if _LOOKS_LIKE_TOKEN.search(body) or any(_LOOKS_HELD.match(each) for each in lines):
        raise HeldRefused(_NESTED, line)
    if any(token.type == "block_open" and token.info in ("quiz", "checklist") for token in tokens):
        raise HeldRefused(_NO_TASKS, line)
    code = _code(tokens)
    if any(number not in code and _TASK.match(each) for number, each in enumerate(lines)):
        raise HeldRefused(_NO_TASKS, line)
    if any(_is_open_fence(token, lines) for token in tokens):
        raise HeldRefused(_OPEN_CODE, line)


def _is_open_fence(token: Token, lines: Sequence[str]) -> bool:
    if token.type != "fence" or token.map is None:
        return False
    first, after = token.map
    last = lines[min(after, len(lines)) - 1].strip()
    return after - first < 2 or not (last.startswith(token.markup) and not last.strip(token.markup[0]))


def _refuse_leftovers(text: str, pieces: Sequence[Piece], budget: float) -> None:
    """What is left must hold nothing of a passage: the parser is asked once more, about the very text to be stored."""
    tokens = _parsed(text, budget)
    there = {token.map[0] for token in tokens if token.type == "held_token" and token.level == 0 and token.map}
    code = _code(tokens)
    for number, line in enumerate(text.split("\n")):
        if number in there:
            continue
        found = _LOOKS_LIKE_TOKEN.search(line)
        # Whoever only speaks of such lines may do so, as long as no passage can be meant.
        alone = found is not None and found[0] == line.strip() and number not in code
        if found and (alone or re.fullmatch(r"[a-z0-9]{12}", found[1].strip())):
            raise HeldRefused(_TOKEN_ALONE, number + 1, id=found[1].strip())
    for piece in pieces:
        if text.count(f"[[held:{piece.id}]]") and not any(id_ == piece.id for id_ in _ids(tokens)):
            raise HeldRefused(_NOT_HERE, piece.line)
    if pieces and (stray := _stray_end(tokens)) is not None:
        raise HeldRefused(_STRAY, stray)


def _ids(tokens: Sequence[Token]) -> Iterator[str]:
    return (token.meta["id"] for token in tokens if token.type == "held_token")


def _stray_end(tokens: Sequence[Token]) -> int | None:
    """The line, from 1, of a `:::` that closes nothing. It may have been meant as the end of a passage."""
    for token in tokens:
        if token.type == "inline" and token.map:
            for number, line in enumerate(token.content.split("\n"), token.map[0] + 1):
                if closes(line) and line.strip():
                    return number
    return None


_NO_END = N_(
    "Line %(line)s: this held passage has no end. Close it with ::: on a line of its own, and each box inside it, too."
)
_STRAY = N_("Line %(line)s: this ::: closes nothing. Look whether a held passage ends too early, then take it out.")
_NOT_HERE = N_(
    "Line %(line)s: a held passage begins on a line of its own with ::: held and stands by itself, not inside a list, a"
    " quotation or another box."
)
_IN_CODE = N_(
    "Line %(line)s: a held passage cannot stand inside a sample of code. If you only show how it is written, begin the"
    " line with four spaces."
)
# Markdown takes lines with four spaces before them as code: everybody would read what was to be held back.
_INDENTED = N_(
    "Line %(line)s: everybody would read this as it stands. Take away the spaces before ::: held, or put it in a fenced"
    " block (```) if you only show how it is written."
)
_NESTED = N_("Line %(line)s: a held passage cannot hold another one. Close it first, then begin the next.")
_NO_TASKS = N_(
    "Line %(line)s: a held passage cannot hold questions, checklists or boxes to tick. Put them into the text around"
    " it."
)
_OPEN_CODE = N_("Line %(line)s: the sample of code in this held passage has no end. Close it inside the passage.")
_EMPTY = N_("Line %(line)s: this held passage is empty. Write what is to be held back between ::: held and :::.")
_ODD_WORD = N_(
    "Line %(line)s: “%(word)s” is not understood. A held passage begins with"
    ' ::: held audience="…" reason=… until=year-month-day.'
)
_NOT_IN_A_COMMENT = N_("Nothing can be held back in a comment. Put it into the text of a page, and hold it back there.")
_NO_DAY = N_("Line %(line)s: write the day as year-month-day, for example 2027-05-01.")
_TOKEN_ALONE = N_(
    "Line %(line)s: [[held:%(id)s]] stands for a held passage. Put it on a line of its own, outside of lists and boxes."
)
