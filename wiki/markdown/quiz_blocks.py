"""The `::: quiz` blocks inside the parser: readers get what is asked, and the key stays out of the tokens."""

from markdown_it.rules_block import StateBlock

from wiki.markdown.quizzes import Quiz, parse_quiz


def read_quiz(state: StateBlock, word: str, start: int, last: int, *, closed: bool = True, outside: int = 0) -> Quiz:
    """The question that opens in line `start` and whose lines end before `last`; `outside` more follow it."""
    lines = [state.getLines(line, line + 1, state.blkIndent, False) for line in range(start + 1, last)]
    return parse_quiz(lines, word, first=start + 2, closed=closed, outside=outside)


def push_quiz(state: StateBlock, quiz: Quiz, line: int) -> None:
    """The question as paragraphs, and what can be chosen as a plain list. One with problems is a question only."""
    for paragraph in quiz.paragraphs:
        _push_paragraph(state, paragraph, line)
    if quiz.problems or not quiz.options:
        return
    state.push("bullet_list_open", "ul", 1).block = True
    for option in quiz.options:
        state.push("list_item_open", "li", 1).block = True
        _push_paragraph(state, option.text, line, hidden=True)
        state.push("list_item_close", "li", -1).block = True
    state.push("bullet_list_close", "ul", -1).block = True


def _push_paragraph(state: StateBlock, text: str, line: int, *, hidden: bool = False) -> None:
    token = state.push("paragraph_open", "p", 1)
    token.block, token.hidden = True, hidden
    token = state.push("inline", "", 0)
    token.map, token.content, token.children = [line, line + 1], text, []
    token = state.push("paragraph_close", "p", -1)
    token.block, token.hidden = True, hidden
