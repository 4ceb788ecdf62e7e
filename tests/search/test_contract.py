"""What every search engine promises: one test for each promise, on each engine."""

import random
from datetime import date

import pytest

from search.engine import Engine
from search.query import parse
from tests.search.conftest import MakeEngine
from tests.search.makers import EVERYONE, ids, make_segment

LISBON = frozenset({"service", "group:lisbon"})


def test_a_new_engine_finds_nothing_and_has_applied_nothing(engine: Engine) -> None:
    assert engine.search(parse("visa"), EVERYONE, limit=10).total == 0
    assert engine.applied() == 0
    assert engine.revisions() == {}
    assert engine.healthy()


def test_all_words_must_be_there_when_enough_pages_have_them(engine: Engine) -> None:
    engine.index([make_segment(n, "visa permit" if n < 7 else "visa") for n in range(1, 10)])
    found = engine.search(parse("visa permit"), EVERYONE, limit=20)
    assert sorted(ids(found)) == [1, 2, 3, 4, 5, 6]
    assert not found.relaxed


def test_any_word_will_do_when_hardly_a_page_has_them_all(engine: Engine) -> None:
    engine.index([make_segment(1, "visa permit"), make_segment(2, "visa"), make_segment(3, "permit")])
    found = engine.search(parse("visa permit"), EVERYONE, limit=20)
    assert ids(found)[0] == 1
    assert found.total == 3


def test_it_is_said_that_words_are_missing_only_where_nothing_holds_them_all(engine: Engine) -> None:
    texts = [
        make_segment(1, "Ask the parents.", title="A school photo"),
        make_segment(2, "school"),
        make_segment(3, "visa"),
    ]
    engine.index([*texts, make_segment(4, "photo", title="Of a parody")])
    assert not engine.search(parse("school photo"), EVERYONE, limit=9).relaxed
    assert not engine.search(parse("parents photo"), EVERYONE, limit=9).relaxed, "a title and its text together"
    assert not engine.search(parse("schol photo"), EVERYONE, limit=9).relaxed, "the likelier spelling is what was asked"
    assert engine.search(parse("school visa"), EVERYONE, limit=9).relaxed
    assert not engine.search(parse("visa"), EVERYONE, limit=9).relaxed


def test_what_one_may_not_read_holds_no_words(engine: Engine) -> None:
    engine.index(
        [make_segment(1, "visa bridge", labels={"group:x"}), make_segment(2, "visa"), make_segment(3, "bridge")]
    )
    assert engine.search(parse("visa bridge"), EVERYONE, limit=9).relaxed


def test_word_forms_are_one_word(engine: Engine) -> None:
    engine.index([make_segment(1, "Two embassies were evacuated.")])
    assert ids(engine.search(parse("evacuating embassy"), EVERYONE, limit=5)) == [1]


@pytest.mark.parametrize("name", ["X", "C++", "@mofa_official", "#travel", "5G", "22LISBON1041", "C#"])
def test_short_and_odd_names_are_kept_whole(engine: Engine, name: str) -> None:
    engine.index([make_segment(1, f"We posted on {name} today."), make_segment(2, "c 22 lisbon g mofa official")])
    assert ids(engine.search(parse(name), EVERYONE, limit=5)) == [1]


def test_a_handle_is_also_found_without_its_sign(engine: Engine) -> None:
    engine.index([make_segment(1, "Write to @consul and #visas.")])
    assert ids(engine.search(parse("consul visas"), EVERYONE, limit=5)) == [1]


def test_who_and_us_are_names_in_capitals_and_common_words_otherwise(engine: Engine) -> None:
    engine.index([make_segment(1, "The WHO and the US agreed."), make_segment(2, "Those who told us agreed.")])
    assert ids(engine.search(parse("WHO"), EVERYONE, limit=5)) == [1]
    assert ids(engine.search(parse("US"), EVERYONE, limit=5)) == [1]


def test_a_question_of_common_words_is_looked_for_in_titles(engine: Engine) -> None:
    engine.index([make_segment(1, title="What to do and when"), make_segment(2, "what to do when")])
    assert ids(engine.search(parse("what to do"), EVERYONE, limit=5)) == [1]


def test_phrases_want_their_words_side_by_side(engine: Engine) -> None:
    engine.index([make_segment(1, "the head of mission speaks"), make_segment(2, "the mission has a head")])
    assert ids(engine.search(parse('"head of mission"'), EVERYONE, limit=5)) == [1]
    assert ids(engine.search(parse('"mission head"'), EVERYONE, limit=5)) == []


def test_a_compound_is_a_phrase(engine: Engine) -> None:
    engine.index([make_segment(1, "memo 2024/17 on e-mail"), make_segment(2, "17 mails in 2024, e and mail apart")])
    assert ids(engine.search(parse("2024/17"), EVERYONE, limit=5)) == [1]
    assert ids(engine.search(parse("e-mail"), EVERYONE, limit=5)) == [1]


def test_minus_and_or_and_beginnings(engine: Engine) -> None:
    engine.index([make_segment(1, "passport lost"), make_segment(2, "passport stolen"), make_segment(3, "consulate")])
    assert ids(engine.search(parse("passport -stolen"), EVERYONE, limit=5)) == [1]
    assert sorted(ids(engine.search(parse("stolen OR consulate"), EVERYONE, limit=5))) == [2, 3]
    assert ids(engine.search(parse("consul*"), EVERYONE, limit=5)) == [3]
    assert ids(engine.search(parse('-"passport lost"'), EVERYONE, limit=5)) == [3, 2]


def test_filters_narrow_and_dates_are_closed_at_both_ends(engine: Engine) -> None:
    days = [date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1), date(1, 1, 1)]
    engine.index([make_segment(n, "memo", dated=day, tags={"dual nationals"}) for n, day in enumerate(days, 1)])
    assert sorted(ids(engine.search(parse("memo after:2024 before:2025"), EVERYONE, limit=9))) == [1, 2]
    assert ids(engine.search(parse("memo before:2024"), EVERYONE, limit=9)) == [4]
    assert engine.search(parse('tag:"dual nationals" -kind:lesson'), EVERYONE, limit=9).total == 4
    assert engine.search(parse("memo kind:lesson"), EVERYONE, limit=9).total == 0


def test_filters_alone_list_the_newest_first(engine: Engine) -> None:
    engine.index([make_segment(n, dated=date(2020 + n, 1, 1), kind="lesson") for n in (1, 3, 2)])
    assert ids(engine.search(parse("kind:lesson"), EVERYONE, limit=9)) == [3, 2, 1]


def test_facets_count_documents_that_match_and_may_be_read(engine: Engine) -> None:
    engine.index(
        [
            make_segment(1, "visa", kind="lesson", platforms={"x", "facebook"}),
            make_segment(2, "visa", kind="lesson", platforms={"x"}),
            make_segment(3, "visa", kind="playbook", labels={"group:lisbon"}),
            make_segment(4, "nothing", kind="playbook"),
        ]
    )
    assert engine.search(parse("visa"), EVERYONE, limit=1).facets["kind"] == {"lesson": 2}
    found = engine.search(parse("visa"), LISBON, limit=1)
    assert found.facets["kind"] == {"lesson": 2, "playbook": 1}
    assert found.facets["platform"] == {"x": 2, "facebook": 1}
    assert found.facets["lang"] == {"en": 3}


def test_parts_of_one_document_are_one_hit_and_the_body_goes_first(engine: Engine) -> None:
    stub = make_segment(1, "visa", part="stub", kind="stub", title="Released")
    body = make_segment(1, "visa rules in full", labels={"group:lisbon"})
    passage = make_segment(1, "visa source", part="passage:7", labels={"group:lisbon"})
    engine.index([stub, body, passage])
    outside, inside = engine.search(parse("visa"), EVERYONE, limit=9), engine.search(parse("visa"), LISBON, limit=9)
    assert [(hit.document, hit.part) for hit in outside.hits] == [(1, "stub")]
    assert [(hit.document, hit.part) for hit in inside.hits] == [(1, "body")]
    assert inside.total == 1
    assert inside.facets["kind"] == {"guideline": 1}
    assert engine.search(parse("source"), LISBON, limit=9).hits[0].part == "passage:7"


def test_documents_with_pending_changes_are_neither_found_nor_counted(engine: Engine) -> None:
    engine.index([make_segment(n, "visa", title="Visa rules") for n in (1, 2, 3)])
    found = engine.search(parse("visa"), EVERYONE, limit=9, exclude=[2])
    assert (sorted(ids(found)), found.total, found.facets["kind"]) == ([1, 3], 2, {"guideline": 2})
    assert sorted(ids(engine.suggest("vis", EVERYONE, exclude=[1, 2]))) == [3]


def test_what_was_replaced_is_not_found_by_its_old_words(engine: Engine) -> None:
    engine.index([make_segment(1, "old words", labels={"group:lisbon"}), make_segment(2, "other")])
    engine.index([make_segment(1, "new words", revision=2)])
    assert engine.search(parse("old"), LISBON, limit=9).total == 0
    assert ids(engine.search(parse("new"), EVERYONE, limit=9)) == [1]
    assert engine.revisions() == {1: 2, 2: 1}


def test_what_was_narrowed_is_gone_for_those_outside(engine: Engine) -> None:
    engine.index([make_segment(1, "visa", title="Visa secrets")])
    engine.index([make_segment(1, "visa", title="Visa secrets", labels={"group:lisbon"})])
    outside = engine.search(parse("visa"), EVERYONE, limit=9)
    assert (outside.total, dict(outside.facets["kind"])) == (0, {})
    assert engine.suggest("visa", EVERYONE) == ()
    assert ids(engine.search(parse("visa"), LISBON, limit=9)) == [1]


def test_what_was_removed_is_gone(engine: Engine) -> None:
    engine.index([make_segment(n, "visa") for n in (1, 2)], upto=4)
    engine.remove([1], upto=5)
    assert ids(engine.search(parse("visa"), EVERYONE, limit=9)) == [2]
    assert engine.applied() == 5


def test_indexing_twice_changes_nothing(engine: Engine) -> None:
    for _again in range(2):
        engine.index([make_segment(1, "visa")], upto=3)
    assert engine.search(parse("visa"), EVERYONE, limit=9).total == 1
    assert engine.applied() == 3


def test_a_rebuild_replaces_everything_and_remembers_how_far_it_goes(engine: Engine) -> None:
    engine.index([make_segment(1, "visa"), make_segment(9, "visa")], upto=3)
    told: list[int] = []
    engine.rebuild((make_segment(n, "passport") for n in (1, 2, 3)), upto=8, progress=told.append)
    assert engine.search(parse("visa"), EVERYONE, limit=9).total == 0
    assert engine.search(parse("passport"), EVERYONE, limit=9).total == 3
    assert (engine.applied(), set(engine.revisions()), told[-1]) == (8, {1, 2, 3}, 3)


def test_scores_never_depend_on_texts_one_may_not_read(make_engine: MakeEngine) -> None:
    openly = [make_segment(n, f"visa permit {'embassy ' * (n % 4)}", title=f"Visa page {n}") for n in range(1, 30)]
    held = [make_segment(n, "visa permit embassy visa", labels={"group:lisbon"}) for n in range(100, 160)]
    asked = [parse(q) for q in ("visa", "visa permit", "emb*", "embasy", '"visa permit"', "kind:guideline")]

    def answers(segments: list) -> list:
        engine = make_engine()
        engine.index(segments)
        found = [engine.search(query, EVERYONE, limit=99) for query in asked]
        return [*found, engine.suggest("vi", EVERYONE), engine.similar("visa permit embassy", EVERYONE)]

    assert answers(openly) == answers(openly + held)


def test_spelling_help_comes_only_from_titles_the_reader_may_open(engine: Engine) -> None:
    engine.index(
        [make_segment(1, "x", title="Embassy rules"), make_segment(2, "y", title="Zanzibar", labels={"group:a"})]
    )
    helped = engine.search(parse("embasy"), EVERYONE, limit=5)
    assert (ids(helped), helped.corrected) == ([1], "embassy")
    assert engine.search(parse("zanzibr"), EVERYONE, limit=5).corrected is None
    assert engine.search(parse("zanzibr"), frozenset({"group:a"}), limit=5).corrected == "zanzibar"


def test_a_known_word_is_never_respelled(engine: Engine) -> None:
    engine.index([make_segment(1, "form"), make_segment(2, title="From here")])
    assert engine.search(parse("form"), EVERYONE, limit=5).corrected is None


def test_suggestions_prefer_titles_that_begin_so(engine: Engine) -> None:
    titles = {1: "Rules for visas", 2: "Visas for journalists and their crews", 3: "Visa fees", 4: "Passports"}
    engine.index([make_segment(n, title=title) for n, title in titles.items()])
    assert ids(engine.suggest("vis", EVERYONE)) == [3, 2, 1]
    assert ids(engine.suggest("visa jour", EVERYONE)) == [2]
    assert ids(engine.suggest("journalists", EVERYONE)) == [2]
    assert engine.suggest("  ", EVERYONE) == ()


def test_aliases_are_looked_for_too_but_count_less_and_are_told(engine: Engine) -> None:
    engine.index([make_segment(1, "posting on Twitter"), make_segment(2, "posting on X"), make_segment(3, "posting")])
    found = engine.search(parse("X"), EVERYONE, limit=5)
    assert (ids(found), found.also) == ([2, 1], ("Twitter",))
    assert engine.search(parse('"X"'), EVERYONE, limit=5).total == 1


def test_an_alias_of_several_words_is_understood_in_both_directions(engine: Engine) -> None:
    engine.index([make_segment(1, "the head of mission signs"), make_segment(2, "the HoM signs")])
    for asked in ("HoM signs", "head of mission signs"):
        assert sorted(ids(engine.search(parse(asked), EVERYONE, limit=5))) == [1, 2]


def test_a_title_counts_more_than_a_mention(engine: Engine) -> None:
    texts = {1: "a page that says visa", 2: "a page that says rules"}
    engine.index([make_segment(n, text, title="Visa" if n == 2 else "Rules") for n, text in texts.items()])
    assert ids(engine.search(parse("visa"), EVERYONE, limit=5))[0] == 2


def test_words_close_together_count_more(engine: Engine) -> None:
    filler = "and then there came many others with things nobody asked about before "
    engine.index([make_segment(1, f"visa {filler} permit"), make_segment(2, f"{filler} visa permit")])
    assert ids(engine.search(parse("visa permit"), EVERYONE, limit=5)) == [2, 1]


def test_superseded_pages_go_below_those_in_force(engine: Engine) -> None:
    engine.index([make_segment(1, "visa"), make_segment(2, "visa visa visa", status="superseded")])
    assert ids(engine.search(parse("visa"), EVERYONE, limit=5)) == [1, 2]


def test_what_should_have_been_looked_at_again_goes_below_its_like(engine: Engine) -> None:
    engine.index([make_segment(1, "visa"), make_segment(2, "visa"), make_segment(3, "visa", status="superseded")])
    assert ids(engine.search(parse("visa"), EVERYONE, limit=5)) == [2, 1, 3], "the control"
    found = engine.search(parse("visa"), EVERYONE, limit=5, late={2})
    assert ids(found) == [1, 2, 3]
    assert found.hits[1].score < found.hits[0].score


@pytest.mark.parametrize(
    ("lang", "text", "asked"),
    [
        ("ar", "تقدم السَّفَارَة خدمات للمواطنين", "السفارة"),
        ("zh", "大使馆办理签证申请", "签证"),
        ("zh", "大使馆办理签证申请", "请"),
        ("ru", "Посольство выдаёт визы гражданам", "визу"),
        ("fr", "L’ambassade délivre des visas", "ambassades"),
        ("es", "La política exterior", "politica"),
        ("de", "Die Botschaften prüfen Anträge", "botschaft"),
        ("th", "สถานทูตไทยออกวีซ่า", "วีซ่า"),
        ("sw", "ubalozi unatoa viza", "viza"),
        ("zh", "使用 Twitter 发布", "twitter"),
        ("pt-BR", "As embaixadas respondem", "embaixada"),
    ],
)
def test_pages_are_found_in_their_own_language(engine: Engine, lang: str, text: str, asked: str) -> None:
    engine.index([make_segment(1, text, lang=lang), make_segment(2, "an English page")])
    assert ids(engine.search(parse(asked, "en"), EVERYONE, limit=5)) == [1]


def test_similar_pages_share_telling_words_and_respect_the_reader(engine: Engine) -> None:
    texts = {1: "protest at the embassy gate", 2: "visa fees for students", 3: "crowd protest embassy"}
    engine.index([make_segment(n, text, kind="lesson" if n == 3 else "page") for n, text in texts.items()])
    engine.index([make_segment(4, "embassy protest", labels={"group:lisbon"})])
    asked = "A protest gathered before our embassy"
    assert set(ids_of(engine.similar(asked, EVERYONE))) == {1, 3}
    assert set(ids_of(engine.similar(asked, LISBON))) == {1, 3, 4}
    assert ids_of(engine.similar(asked, EVERYONE, kinds=["lesson"])) == [3]
    assert engine.similar("", EVERYONE) == ()


def test_a_text_that_shares_a_word_by_chance_is_not_similar(engine: Engine) -> None:
    others = [make_segment(n, f"word{n} embassy reception guests kitchen{n}") for n in range(10, 60)]
    engine.index([make_segment(1, "A parody account asked about the summit"), *others])
    asked = "We answered a parody account before the summit, and guests saw it"
    assert ids_of(engine.similar(asked, EVERYONE)) == [1]
    assert engine.similar("The guests broke a window and the police asked everybody to leave", EVERYONE) == ()


def ids_of(hits: tuple) -> list[int]:
    return [hit.document for hit in hits]


def test_pages_of_answers_neither_repeat_nor_skip(engine: Engine) -> None:
    engine.index([make_segment(n, "visa " * (n % 3 + 1)) for n in range(1, 41)])
    found = [hit for at in range(0, 40, 7) for hit in ids(engine.search(parse("visa"), EVERYONE, limit=7, offset=at))]
    assert sorted(found) == list(range(1, 41))
    assert engine.search(parse("visa"), EVERYONE, limit=7, offset=400).hits == ()


def test_no_question_is_an_error(engine: Engine) -> None:
    engine.index([make_segment(1, "visa permit", title="It's a \\ 'title'"), make_segment(2, "签证", lang="zh")])
    chance = random.Random(7)
    parts = ["visa", "a*", "kind:", "after:", "2024-99", "签", "NOT", "AND", "<->", "&", "|", "!", "[1 TO", "~2", "^4"]
    parts += [
        "\ud800",
        "é",
        "C++",
        "@",
        "#x",
        "%",
        "_",
        "{}",
        "-",
        "OR",
        "*",
        ":",
        "(",
        ")",
        "'",
        "''",
        '"',
        "\\",
        "\0",
    ]
    for _question in range(150):
        raw = chance.choice(["", " "]).join(chance.choices(parts, k=chance.randint(1, 14)))
        found = engine.search(parse(raw), EVERYONE, limit=5)
        assert found.total >= len(found.hits), raw
        engine.suggest(raw, EVERYONE)


def test_odd_text_can_be_indexed(engine: Engine) -> None:
    odd = "visa\0 ' \\ \" \ud800 " + "x" * 5000 + " " + "签" * 400 + " word" * 70_000
    engine.index([make_segment(1, odd, title="A \0 'title' \\ \ud800", tags={"a b:c'"}, owner="o'b\\")])
    assert ids(engine.search(parse("visa"), EVERYONE, limit=5)) == [1]
    assert ids(engine.search(parse('tag:"a b:c\'"'), EVERYONE, limit=5)) == [1]
    assert ids(engine.suggest("title", EVERYONE)) == [1]


def test_nobody_without_keys_finds_anything(engine: Engine) -> None:
    engine.index([make_segment(1, "visa", title="Visa")])
    assert engine.search(parse("visa"), frozenset(), limit=5).total == 0
    assert engine.suggest("visa", frozenset()) == ()
    assert engine.similar("visa", frozenset()) == ()
