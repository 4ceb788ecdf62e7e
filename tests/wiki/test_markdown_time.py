"""Texts written to be slow end within the budget, rendered or refused."""

import time

import pytest

from wiki import markdown

SIZE = 199_000


def filled(piece: str) -> str:
    return piece * (SIZE // len(piece.encode()))


HOSTILE = {
    "brackets": "[" * 50_000,
    "picture brackets": "![" * 25_000,
    "wiki brackets": "[[" * 20_000,
    "as many brackets as fit": filled("["),
    "as many wiki brackets as fit": filled("[[a|"),
    "brackets and bars": "[[" + "a|" * 20_000 + "]]",
    "links without an end": filled("[a](<b"),
    "emphasis runs": filled("**a _b "),
    "emphasis nested": "*a _b " * 10_000 + "_ *" * 10_000,
    "asterisks": filled("a**b c* "),
    "quotes": ">" * SIZE,
    "deep quotes": filled("> " * 60 + "a\n"),
    "lazy quotes": ">" * 40 + " a\n" + "b\n" * 90_000,
    "nested lists": "\n".join("  " * n + "- a" for n in range(400)),
    "list items": filled("- [ ] a\n"),
    "bullets on a line": filled("- "),
    "deep containers": "\n".join(":" * (400 - n) + " note" for n in range(390)),
    "open containers": filled("::: note\n"),
    "container with spaces": "::: note " + " " * SIZE,
    "container with ids": "::: note " + "{#b-aa" * 30_000,
    "footnotes inside footnotes": "^[" * 400 + "]" * 400,
    "footnote references": "[^1]: x\n\n" + "[^1]" * 49_000,
    "footnote definitions": "".join(f"[^{n}]\n\n[^{n}]: x\n\n" for n in range(8_000)),
    "footnote on a footnote": "[^1]: " * 30_000,
    "wide table": "|".join("a" * 256) + "\n" + "|".join("-" * 256) + "\n" + "a\n" * 60_000,
    "many tables": filled("a|b\n-|-\n"),
    "definitions": filled(": "),
    "reference definitions": filled("[a]: "),
    "backticks": "".join("a" + "`" * n for n in range(600)),
    "half tags": filled("<a b='"),
    "half CDATA": filled("<![CDATA["),
    "addresses": filled("http:"),
    "address with brackets": "http://a.b/" + ")" * 180_000,
    "address with entities": "http://a.b/" + "&a;" * 60_000,
    "mail signs": filled("a.a@b-"),
    "combining marks": "# a" + "\u0316\u0301" * 40_000,
    "headings of one name": filled("# a\n"),
    "fences": filled("```a\n"),
    "levels": "::: rule " + "MUST " * 30_000,
    "private entities": filled("[[&#xE000;]]"),
    "coloured code": filled("```python\n" + '"\\' * 5_000 + "\n```\n"),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_ends_within_its_budget(text: str) -> None:
    start = time.thread_time()
    for step in (markdown.render, markdown.with_block_ids):
        refused(step, text)
    assert time.thread_time() - start < 2 * 0.5 + 6


def refused(step: object, text: str) -> bool:
    try:
        step(text, budget=0.5)  # type: ignore[operator]
    except markdown.TextRefused:
        return True
    return False


@pytest.mark.parametrize("text", ["word", "- a\n" * 100, "::: do\nx\n:::\n", "```python\nx\n```"])
def test_a_text_is_refused_when_its_time_is_over(text: str) -> None:
    with pytest.raises(markdown.TextTooSlow) as refusal:
        markdown.render(text, budget=-1)
    assert "too long" in refusal.value.message


@pytest.mark.parametrize(
    "language",
    ["bash", "css", "diff", "html", "http", "ini", "javascript", "json", "python", "sql", "toml", "xml", "yaml"],
)
def test_no_language_can_be_made_slow(language: str) -> None:
    for piece in (
        "(",
        '"',
        "<",
        "/*",
        " ",
        "a",
        "\\",
        "[",
        "<!--",
        "a = ",
        "- ",
        "\n ",
        "`${",
        'f"{',
        "<<A\n",
        ":",
        "@",
    ):
        start = time.thread_time()
        refused(markdown.render, f"```{language}\n{piece * (11_000 // len(piece))}\n```\n")
        assert time.thread_time() - start < 8


def test_plain_prose_of_two_hundred_kilobytes_is_not_refused() -> None:
    text = (
        "Plain words in a row, as *diplomats* write them, with a [[link]] and a [second](https://e.org). " * 5 + "\n\n"
    ) * 400
    assert len(text) > 190_000
    assert markdown.render(text, budget=20).html.count("<p ") == 400
