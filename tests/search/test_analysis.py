"""Words are cut the same way everywhere, whatever is thrown at the scissors."""

import random
import string

import pytest
from whoosh.lang import languages

from search.analysis import language, plain_words, query_terms, terms
from search.spelling import within_one_edit

LETTERS = {"ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهويةىءأإآئؤ", "ru": "абвгдежзийклмнопрстуфхцчшщъыьэюя"}


@pytest.mark.parametrize("lang", sorted(languages))
def test_no_word_makes_a_stemmer_stumble(lang: str) -> None:
    chance = random.Random(lang)
    letters = LETTERS.get(lang, string.ascii_lowercase + "áéíóúäöüßñçãõåøæğışşțâ")
    for _word in range(4000):
        word = "".join(chance.choices(letters, k=chance.randint(1, 9)))
        assert [term for term, _position in terms(word, lang, keep_stops=True)], word


def test_what_is_asked_is_among_what_is_indexed() -> None:
    for text in (
        "embassy's",
        "C++",
        "@mofa",
        "#tag",
        "5G",
        "l’ambassade",
        "签证申请",
        "22LISBON41",
        "O'Brien",
        "visa办理",
    ):
        indexed = {term for term, _position in terms(text, "fr")}
        assert {term for term, _position in query_terms(text, "fr")} <= indexed, text


def test_positions_leave_gaps_for_common_words() -> None:
    assert list(terms("head of mission", "en")) == [("head", 0), ("mission", 2)]


def test_languages_are_known_by_their_primary_subtag() -> None:
    assert [language(tag) for tag in ("pt-BR", "nb", "EN", "zh_Hans", "", "?")] == ["pt", "no", "en", "zh", "xx", "xx"]


def test_plain_words_have_no_accents_and_no_apostrophes() -> None:
    assert plain_words("Éviter l’embargo: Über-Amt @mofa") == ["eviter", "l", "embargo", "uber", "amt", "mofa"]


@pytest.mark.parametrize(("other", "near"), [("embasy", True), ("embasssy", True), ("embsasy", True), ("embossy", True),
                                             ("embassy", False), ("embas", False), ("mbassye", False)])  # fmt: skip
def test_one_edit_is_one_letter_more_less_other_or_swapped(other: str, near: bool) -> None:
    assert within_one_edit("embassy", other) is near
