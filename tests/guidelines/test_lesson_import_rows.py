"""Files as bad as they come: encodings, quotes, huge cells, broken lines, HTML, formulas."""

from __future__ import annotations

import codecs
import csv
import json
import time
import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import pytest

from guidelines.lessons import columns, importing_rows, story
from guidelines.lessons.importing_report import Outcome, RowReport
from guidelines.lessons.importing_rows import Row, Unreadable, open_table
from guidelines.lessons.importing_text import Reading, Record, RowRefused, day_of, record_of
from guidelines.lessons.importing_titles import headline
from wiki import markdown
from wiki.documents import texts

HEAD = "id,title,recommendation\n"


def _file(folder: Path, content: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _rows(folder: Path, content: str | bytes) -> list[Row]:
    return list(open_table(_file(folder, content)).rows())


def _record(**cells: str) -> Record:
    names = tuple(cells)
    return record_of(Row(2, dict(cells)), Reading(columns.columns_of(names, {})))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_separator_is_found_and_cells_may_hold_it_and_quotes_and_lines(tmp_path: Path, delimiter: str) -> None:
    cells = [["id", "title, or; so\tcalled", "recommendation"], ["1", 'Say "no"', f"a{delimiter}b\r\nc"], ["", "", ""]]
    path = tmp_path / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows(cells)
    table = open_table(path)
    assert table.columns == ("id", "title, or; so called", "recommendation")
    assert list(table.rows()) == [Row(2, dict(zip(table.columns, ["1", 'Say "no"', f"a{delimiter}b\nc"], strict=True)))]


@pytest.mark.parametrize(
    ("encoding", "mark", "told"),
    [
        ("utf-8", b"", False),
        ("utf-8", codecs.BOM_UTF8, False),
        ("utf-16", b"", False),
        ("utf-16-le", b"", False),
        ("utf-16-be", b"", False),
        ("cp1252", b"", True),
    ],
)
def test_encodings_are_told_apart(tmp_path: Path, encoding: str, mark: bytes, told: bool) -> None:
    table = open_table(_file(tmp_path, mark + f"{HEAD}1,Café – „offen“,Frag’\n".encode(encoding)))
    assert table.columns[0] == "id"
    assert next(table.rows()).cells["title"] == "Café – „offen“"
    assert bool(table.notices) is told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "The file is empty."),
        (b"\n \n\n", "The file is empty."),
        (b"PK\x03\x04rest", "This is a spreadsheet or a document."),
        (b'[{"id": 1}]', "This is one JSON list."),
        (b'{"id": 1\n', "None of the first lines is a JSON record"),
        (b"id,title,title\n1,2,3\n", "The first line names a column twice: title."),
        (b'id,"title\n1,2\n', "The quotes in the first line do not match."),
        (b"x" * 700_000, "The first line is longer than any list of columns."),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_remedy(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(Unreadable) as refused:
        open_table(_file(tmp_path, content))
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize("cell", ["x" * 10_000_000, f"{'Some words. ' * 90}\n" * 9_500], ids=["one line", "many lines"])
@pytest.mark.parametrize("quoted", [True, False])
def test_a_cell_of_ten_megabytes_costs_its_row_and_little_memory(tmp_path: Path, cell: str, quoted: bool) -> None:
    if not quoted:
        cell = cell.replace("\n", " ")
    mark = '"' if quoted else ""
    path = _file(tmp_path, f"{HEAD}1,One,Do this.\n2,Big,{mark}{cell}{mark}\n3,Three,Do that.\n")
    table = open_table(path)
    tracemalloc.start()
    rows = list(table.rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row.cells.get("id") for row in rows] == ["1", None, "3"]
    assert "longer than 600,000 characters" in rows[1].problem
    assert rows[2].line == 4 + cell.count("\n")
    assert peak < 8_000_000


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ('2,"Broken,Do this.\n', "The quotes in this row do not match."),
        ('2,"a"b,c\n', "The quotes in this row do not match."),
        ("2,a,b,c\n", "This row has 4 cells, and the first line names 3 columns."),
    ],
)
@pytest.mark.parametrize("after", [1, 50_000], ids=["few rows", "many rows"])
def test_a_broken_row_costs_only_itself(tmp_path: Path, broken: str, told: str, after: int) -> None:
    rest = "".join(f"{number},Title {number},Do number {number}.\n" for number in range(3, 3 + after))
    rows = _rows(tmp_path, f"{HEAD}1,One,Do it.\n{broken}{rest}")
    assert len(rows) == after + 2
    assert [bool(row.problem) for row in rows[:3]] == [False, True, False]
    assert rows[1].problem.startswith((told, "A quote in this row is never closed."))
    assert rows[-1] == Row(
        after + 3, {"id": str(after + 2), "title": f"Title {after + 2}", "recommendation": f"Do number {after + 2}."}
    )


def test_a_file_that_is_broken_all_over_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing_rows, "MOST_READ_AGAIN", 10_000)
    with pytest.raises(Unreadable, match="There are too many broken quotes"):
        _rows(tmp_path, HEAD + '1,"a\n' * 3_001)


def test_lines_that_are_no_json_are_told_by_their_number(tmp_path: Path) -> None:
    lines = [
        '{"id": 1, "title": "One", "topics": ["a", "b"], "none": null, "flag": true}',
        '{"id": 2,',
        "",
        "[1]",
        '{"id": 3, "title": ' + "[" * 100_000,
        '{"id": 4, "title": "' + "x" * 10_000_000 + '"}',
        '{"id": 5, "title": "half \\ud83d a sign", "deep": {"a": {"b": 1}}}',
    ]
    rows = _rows(tmp_path, "\n".join(lines))
    assert [(row.line, bool(row.problem)) for row in rows] == [
        (1, False),
        (2, True),
        (4, True),
        (5, True),
        (6, True),
        (7, False),
    ]
    assert rows[0].cells == {"id": "1", "title": "One", "topics": "a, b", "none": "", "flag": "yes"}
    assert "near character 11" in rows[1].problem
    assert rows[5].cells["title"].encode()


def test_rows_are_streamed(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        file.writelines(f"{number},t,r\n" for number in range(20_000))
    table = open_table(path)
    tracemalloc.start()
    count = sum(1 for _ in table.rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 1_000_000


def test_html_becomes_markdown_and_nothing_of_it_runs() -> None:
    html = (
        "<p>It <b>failed</b>.</p><script>alert(1)</script><a href='javascript:alert(1)'>here</a>"
        '<a href="https://example.org">there</a><img src=x onerror=alert(1)><ul><li>One</li><li>Two</li></ul>'
    )
    record = _record(id="1", title="<i>Mind</i> the &amp; sign", event=html)
    assert record.title == "Mind the & sign"
    assert "It **failed**." in record.body
    assert "[there](https://example.org)" in record.body
    assert "- One\n- Two" in record.body
    rendered = texts.prepare(record.title, record.body).html
    assert "alert(1)" not in rendered
    assert "onerror" not in rendered
    assert any("<script>" in notice for notice in record.notices)


@pytest.mark.parametrize(
    "cell",
    [
        "## What we recommend\n\nFake.",
        "```\nopen",
        "~~~\n```",
        "::: rule\nopen",
        "Title\n===",
        "    code?",
        "a\n\n\n---\n",
    ],
)
def test_a_cell_stays_in_its_box(cell: str) -> None:
    record = _record(id="1", event=cell, recommendation="Do it.")
    boxes = story.take_apart(record.body)
    assert boxes["recommended"] == "Do it."
    assert boxes["happened"]
    titles = [heading["title"] for heading in texts.prepare(record.title, record.body).toc if heading["level"] == 2]
    assert titles == ["What happened", "What we recommend"]


def test_each_line_of_a_cell_is_a_paragraph_or_an_item() -> None:
    record = _record(id="1", event="First line.\nSecond line.\n• one\n• two\nLast.", recommendation="Do: • this • that")
    assert "First line.\n\nSecond line.\n\n- one\n- two\n\nLast." in record.body
    assert "Do:\n\n- this\n- that" in record.body


@pytest.mark.parametrize(
    "cell", ["<!--" * 97_000, "<b>" * 130_000, "[" * 390_000, "<b>" + "![" * 190_000, "- \n" * 130_000]
)
def test_a_cell_made_to_take_long_does_not(cell: str) -> None:
    started = time.monotonic()
    record = _record(id="1", event="It was.", recommendation=cell)
    with pytest.raises(markdown.TextRefused) if len(record.body.encode()) > 200_000 else _nothing():
        texts.prepare(record.title, record.body)
    assert time.monotonic() - started < 20


class _nothing:  # noqa: N801 - reads like a function
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"id": "1", "title": " ", "recommendation": ""}, "neither a title nor a text"),
        ({"id": "1", "title": "\0\x01", "recommendation": "<script>x</script>"}, "neither a title nor a text"),
        ({"id": "x" * 121, "title": "One", "recommendation": ""}, "id is longer than 120"),
        ({"id": "1", "title": "One", "recommendation": "x " * 250_000}, "more text than a lesson can"),
    ],
)
def test_a_row_that_makes_no_lesson_is_refused(cells: dict[str, str], told: str) -> None:
    with pytest.raises(RowRefused, match=told):
        _record(**cells)


def test_a_row_without_an_id_is_known_by_its_words() -> None:
    one, same, other = _record(title="One"), _record(title="One"), _record(title="Other")
    assert one.key == same.key != other.key
    assert one.key.startswith("sha256-")


def test_a_long_title_is_shortened_at_a_word_and_kept_whole_in_the_text() -> None:
    given = "Ask the press office before " + ", ".join(f"item {number}" for number in range(60)) + "."
    record = _record(id="1", title=given)
    assert len(record.title) <= 200
    assert record.title == given[: len(record.title)]
    assert given in record.body


@pytest.mark.parametrize(
    ("given", "headlines"),
    [
        (["It was bad. Stop the queue, e.g. from a phone. Call."], "Stop the queue, e.g. from a phone"),
        (["1. General. 2. Do not reply, ever."], "Do not reply, ever"),
        (["See PDF for it.", "Queues know no news. Really."], "Queues know no news"),
        (["(1) verify the address; (2) call"], "Verify the address; (2) call"),
        (["**Use** [the form](https://example.org)."], "Use the form"),
        (["Use of check valves is good."], "Use of check valves is good"),
        (["Tell " + "everybody " * 40], ("Tell " + "everybody " * 40)[:194].strip()),
        (["", " "], ""),
    ],
)
def test_headlines(given: Iterable[str], headlines: str) -> None:
    assert headline(given) == headlines


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("2020-03-01", "2020-03-01"),
        ("2020-03-01T10:00:00Z", "2020-03-01"),
        ("1 March 2020", "2020-03-01"),
        ("March 1, 2020", "2020-03-01"),
        ("31.12.2020", "2020-12-31"),
        ("12/31/2020", "2020-12-31"),
        ("31/12/2020", "2020-12-31"),
        ("03/04/2020", "None"),
        ("99/99/2020", "None"),
        ("soon", "None"),
    ],
)
def test_days(words: str, day: str) -> None:
    assert str(day_of(words)) == day


def test_formulas_stay_text_and_are_made_harmless_in_the_report(tmp_path: Path) -> None:
    record = _record(id="=1+1", title='=HYPERLINK("http://example.org")', recommendation="@SUM(A1)")
    assert record.title.startswith("=HYPERLINK")
    path = tmp_path / "report.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        report = RowReport(file)
        report.add(3, "=1+1", Outcome.REFUSED, "-no")
        report.add(2, "\tx", Outcome.NEW)
        report.flush()
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file))[1:] == [["2", "'\tx", "new", ""], ["3", "'=1+1", "refused", "'-no"]]
    assert report.refused == 1


def test_the_columns_of_nasa_are_known() -> None:
    names = (
        "Lesson ID", "Title", "Abstract", "Driving Event", "Lesson(s) Learned", "Recommendation(s)",
        "Organization", "Lesson Date", "Topics",
    )  # fmt: skip
    found = columns.columns_of(names, {})
    assert list(found.parts.values()) == [
        "id", "title", "abstract", "happened", "learned", "recommended", "happened_on", "topics",
    ]  # fmt: skip
    assert found.others == ("Organization",)
    assert json.dumps(columns.near("Abstrct")) == '"Did you mean \\u201cabstract\\u201d?"'
