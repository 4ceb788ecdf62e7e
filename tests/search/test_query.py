"""The query language forgives everything and says the same when it is written out again."""

from datetime import date

from hypothesis import given, settings, strategies as st

from search.analysis import WORD, is_stop
from search.plan import Aliases, plan, used_aliases
from search.query import MOST_WORDS, Clause, Query, Sort, parse

SIGNS = ['"', "-", "OR", "*", ":", "#", "é", "'", "(", " ", "\0"]
PIECES = st.sampled_from([*SIGNS, "kind:", "tag:", "after:", "2024", "-05", "visa", "a", "C++", "@x", "签证"])


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60))
def test_anything_can_be_typed_and_reads_the_same_when_written_out(raw: str) -> None:
    query = parse(raw)
    assert parse(str(query)) == query


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["visa", "the", "x-ray", '"head of mission"', "OR", "-not", "emb*"]), max_size=60))
def test_at_most_twelve_telling_words_count(pieces: list[str]) -> None:
    query = parse(" ".join(pieces))
    clauses = [clause for group in query.groups for clause in group] + list(query.excluded)
    lonely = [clause for clause in clauses if len(WORD.findall(clause.text)) == 1]
    free = [clause for clause in lonely if is_stop(clause.text, "en")]
    words = sum(len(WORD.findall(clause.text)) for clause in clauses)
    assert words - len(free) <= MOST_WORDS
    assert len(free) <= MOST_WORDS


def test_everything_in_the_grammar_is_understood() -> None:
    query = parse(
        'visa OR permit "head of mission" -draft emb* kind:Lesson -tag:"dual nationals" post:lisbon after:2024-05'
    )
    assert query.groups == (
        (Clause("visa"), Clause("permit")),
        (Clause("head of mission", Sort.PHRASE),),
        (Clause("emb", Sort.PREFIX),),
    )
    assert query.excluded == (Clause("draft"),)
    assert query.filters == (("kind", "lesson"), ("owner", "lisbon"))
    assert query.without == (("tag", "dual nationals"),)
    assert query.after == date(2024, 5, 1)


def test_one_letter_is_no_beginning_and_a_star_in_front_does_nothing() -> None:
    assert parse("v*").groups == ((Clause("v"),),)
    assert parse("*visa").groups == ((Clause("visa"),),)


def test_an_address_is_not_a_filter() -> None:
    assert parse("http://example.org/a").filters == ()
    assert parse("http://example.org/a").groups == ((Clause("http-example-org-a"),),)


def test_a_field_without_a_value_is_ignored() -> None:
    assert parse("kind: visa") == parse("visa")


def test_filters_can_be_added_and_taken_away_by_links() -> None:
    query = parse("visa").with_filter("platform", "x").with_filter("kind", "lesson").with_filter("kind", "lesson")
    assert str(query) == "visa platform:x kind:lesson"
    assert str(query.without_filter("kind", "lesson")) == "visa platform:x"
    assert str(query.without_filter("platform")) == "visa kind:lesson"


def test_nothing_asked_is_blank() -> None:
    assert parse(' "" - OR ').blank
    assert not parse("kind:lesson").blank


def test_a_plan_stems_for_its_language_and_drops_common_words() -> None:
    assert list(plan(parse("the embassies"), "en").words()) == ["embassi"]
    assert list(plan(parse("the embassies"), "xx").words()) == ["the", "embassies"]
    assert plan(parse("to be"), "en").in_titles


def test_a_quoted_name_is_taken_literally() -> None:
    names = Aliases([["X", "Twitter"]])
    assert used_aliases(parse("X ban"), names) == ("Twitter",)
    assert used_aliases(parse('"X" ban'), names) == ()
    assert used_aliases(Query(), names) == ()
