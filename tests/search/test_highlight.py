"""The right section, and the right words marked in it."""

import pytest

from search.highlight import WIDTH, Section, highlight
from search.query import parse
from tests.search.makers import NAMES


def marked(asked: str, text: str, lang: str = "en") -> list[str]:
    snippet = highlight(parse(asked), [Section("a", "", text)], lang=lang, aliases=NAMES)
    return [piece for piece, is_marked in snippet.pieces if is_marked]


def test_the_section_with_most_of_the_words_is_chosen() -> None:
    sections = [
        Section(None, "", "visa visa visa visa"),
        Section("fees", "Fees", "The visa fee is paid at the counter."),
        Section("end", "End", "Nothing."),
    ]
    snippet = highlight(parse("visa fees"), sections, lang="en")
    assert (snippet.anchor, snippet.title) == ("fees", "Fees")
    assert [piece for piece, is_marked in snippet.pieces if is_marked] == ["visa", "fee"]


@pytest.mark.parametrize(
    ("asked", "text", "lang", "words"),
    [
        ("embassy", "Embassies and embassy’s, not embassyland", "en", ["Embassies", "embassy’s"]),
        ("emb*", "An embassy has members", "en", ["embassy"]),
        ("C++ @mofa 5G", "C++ by @mofa on 5G, mofa", "en", ["C++", "@mofa", "5G"]),
        ("X", "On X, formerly Twitter", "en", ["X", "Twitter"]),
        ("签证", "办理签证申请", "zh", ["签证"]),
        ("السفارة", "تقدم السَّفَارَة خدمات", "ar", ["السَّفَارَة"]),
        ("politica", "La política exterior", "es", ["política"]),
        ("visa -permit", "visa permit", "en", ["visa"]),
    ],
)
def test_the_words_meant_are_marked(asked: str, text: str, lang: str, words: list[str]) -> None:
    assert marked(asked, text, lang) == words


def test_a_snippet_is_short_and_holds_what_was_looked_for() -> None:
    text = "word " * 900 + "the visa permit <b>is</b> here " + "word " * 900
    snippet = highlight(parse("visa permit"), [Section("a", "", text)], lang="en")
    shown = "".join(piece for piece, _marked in snippet.pieces)
    assert len(shown) <= WIDTH + 10
    assert "visa permit <b>is</b> here" in shown


def test_without_a_match_the_text_begins() -> None:
    snippet = highlight(parse("zebra"), [Section(None, "", "First words. " * 40)], lang="en")
    assert snippet.pieces[0][0].startswith("First words.")
    assert not any(is_marked for _piece, is_marked in snippet.pieces)
    assert highlight(parse("zebra"), [], lang="en").pieces == ()
