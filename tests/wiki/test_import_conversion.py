"""From the Markdown of a site generator to ours: what is rewritten, what is reported, and that no words are lost."""

from __future__ import annotations

import html
import re
import time

import pytest
from hypothesis import given, settings, strategies as st

from wiki.exchange.converter import Converter
from wiki.exchange.report import Report
from wiki.exchange.targets import Targets


def _targets() -> Targets:
    found = Targets("page", "/wiki", "https://old.example.org")
    found.add("news/2015/2015-04-24-gifs.md", "gifs", None, ["/2015/04/24/animated-gifs/"])
    found.add("topics/mobile/_index.md", "mobile", "topics/mobile")
    found.add("apis.md", "apis", None)
    return found


def _convert(text: str, source: str = "news/2015/here.md") -> tuple[str, Report]:
    report = Report()
    converter = Converter(source, _targets(), {"news/2015/map.png": None, "news/2015/a b.pdf": None}, report)
    return converter.convert(text, 1), report


CASES = {
    "a reference by file name": ('[the *gifs*]({{< ref "2015-04-24-gifs.md" >}})', "[the *gifs*](/wiki/gifs)"),
    "a reference with plain words": ('See [gifs]({{< ref "2015-04-24-gifs.md" >}} "Old title").', "See [[gifs|gifs]]."),
    "a reference to a folder": ('[M]({{< ref "/topics/mobile" >}})', "[[mobile|M]]"),
    "a reference to the index of a folder": ('[M]({{< ref "/topics/mobile/_index.md" >}})', "[[mobile|M]]"),
    "a relative link": ("[A](../../apis.md#keys)", "[[apis#keys|A]]"),
    "a link by an address it had before": ("[G](/2015/04/24/animated-gifs/)", "[[gifs|G]]"),
    "a whole address of the old site": ("[A](https://old.example.org/resources/apis/)", "[[apis|A]]"),
    "a whole address of another site": ("[A](https://example.org/apis/)", "[A](https://example.org/apis/)"),
    "a link into the page itself": ("[down](#below)", "[down](#below)"),
    "a link in a table": ("x\n| [A](/apis) | b |", "x\n| [A](/wiki/apis) | b |"),
    "a link that leads nowhere": ("[Gone](gone.md) and on", "Gone and on"),
    "a reference to nowhere": ('[Gone]({{< tmp "deadlink" >}})', "Gone"),
    "a definition of a link": ("[1]: ../../apis.md", "[1]: /wiki/apis"),
    "a picture beside the file": ("![A map](map.png)", "![A map](files/map.png)"),
    "a file beside the file": ("[Form](a%20b.pdf)", "[Form](files/a%20b.pdf)"),
    "a picture that is not there": ("![A *map*](other.png)", "*Picture: A map*"),
    "a picture of another site": ("![A](https://example.org/a.png)", "![A](https://example.org/a.png)"),
    "a legacy picture": ('{{< legacy-img src="a.jpg" alt="Alt" caption="Cap" >}}', "*Picture: Cap*"),
    "a note": ("{{< note >}}Mind this.{{< /note >}}", "\n\n::: note\nMind this.\n:::\n\n"),
    "a box in a box": (
        '{{< ring title="Try" >}}\n{{< box >}}\nin\n{{< /box >}}\n{{< /ring >}}',
        "\n\n:::: example Try\n::: note\nin\n:::\n::::\n\n",
    ),
    "a check box": ("{{< checkbox >}}Do it{{< /checkbox >}}", "\n- [ ] Do it\n"),
    "a quotation": ('{{< quote-block text="So it is." cite="Her" >}}', "\n\n> So it is.\n>\n> — Her\n\n"),
    "a button": ('{{< button href="https://e.org/x" text="Go" >}}', "[Go](https://e.org/x)"),
    "a video": (
        '{{< youtube id="abc" title="How" >}}',
        "\n\n[Video: How](https://www.youtube.com/watch?v=abc)\n\n",
    ),
    "a file of the old site": ('{{< asset-static file="x.pptx" label="Slides" >}}', "Slides"),
    "a shortcode nobody knows": ('{{< map place="The old town" >}}', "The old town"),
    "strong and emphasis": ("a <strong> b </strong>c <em>d</em>", "a  **b** c *d*"),
    "a line break": ("a<br>b<br />\nc", "a  \nb  \nc"),
    "an HTML link": ('<a href="/apis" class="x">The &amp; API</a>', "[[apis|The &amp; API]]"),
    "an HTML link elsewhere": ('<a href="https://e.org/?a=1&amp;b=2">E</a>', "[E](https://e.org/?a=1&b=2)"),
    "a span": ('<span style="x">kept</span>', "kept"),
    "a heading": ("<h2 id=x>Head\nline</h2>", "\n\n## Head line\n\n"),
    "a list": ("<ul>\n<li>a\n<li>b <b>c</b></li>\n</ul>", "\n\n- a\n- b **c**\n\n"),
    "a numbered list": ("<ol><li>a</li><li>b</li></ol>", "\n\n1. a\n1. b\n\n"),
    "a table": (
        "<table><tr><th>H</th><th>I</th></tr><tr><td>a|b</td><td>c<br>d</td></tr></table>",
        "\n\n| H | I |\n| --- | --- |\n| a\\|b | c d |\n\n",
    ),
    "a table without closing tags": (
        "<table><tr><td>a<td>b<tr><td>c<td>d</table>",
        "\n\n|   |   |\n| --- | --- |\n| a | b |\n| c | d |\n\n",
    ),
    "a quotation in HTML": ("<blockquote><p>a</p><p>b</p></blockquote>", "\n\n> a\n>\n> b\n\n"),
    "verbatim text": ("<pre>a &lt; b\n  c</pre>", "\n\n```\na < b\n  c\n```\n\n"),
    "a frame": (
        '<iframe src="//e.org/v" title="A film"></iframe>',
        "\n\n[A film](https://e.org/v)\n\n",
    ),
    "a script": ("a<script>evil()</script>b", "ab"),
    "a comment": ("a<!-- hidden -->b", "ab"),
    "words that look like a tag": ("press <Enter> or <your name>", "press <Enter> or <your name>"),
    "an address between brackets": ("<https://example.org>", "<https://example.org>"),
    "less and greater": ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
    "code in a line": ("`<b>{{< note >}}</b>`", "`<b>{{< note >}}</b>`"),
    "a block of code": ("```html\n<b>x</b>\n\n[a](gone.md)\n```\n", "```html\n<b>x</b>\n\n[a](gone.md)\n```\n"),
    "code inside a note": ("{{< note >}}Use `<b>`.{{< /note >}}", "\n\n::: note\nUse `<b>`.\n:::\n\n"),
    "an end without a beginning": ("a</div>b</strong>c{{< /note >}}d", "abcd"),
    "a beginning without an end": ("a <strong>b\n\nc", "a b\n\nc"),
}


@pytest.mark.parametrize("what", CASES)
def test_what_others_write_becomes_what_we_write(what: str) -> None:
    source, expected = CASES[what]
    assert _convert(source)[0] == expected


def test_what_is_not_carried_is_reported_with_its_line() -> None:
    text = (
        'one\n\n![x](gone.png)\n<input type="text">\n```\n<input>\n```\n[a](gone.md)\n<b>c</b>\n{{< strange >}}\n<div\n'
    )
    _, report = _convert(text)
    assert {(what, tuple(lines)) for (_, what), lines in report.lost.items()} == {
        ("picture that is not in the folder: gone.png", (3,)),
        ("<input>", (4,)),
        ("link to something that is not in the import: gone.md", (8,)),
        ("shortcode “strange”", (10,)),
        ("broken HTML, shown as it is written: <div", (11,)),
    }
    assert ("news/2015/here.md", "<b>") in report.turned


def test_the_report_tells_every_line_and_counts_by_sort() -> None:
    _, report = _convert("<input>\n\n<input>\n![x](a.png)\n![x](b.png)\n")
    report.count("new", 1200)
    assert "news/2015/here.md:1: <input> (also on line 3)" in list(report.lines())
    assert list(report.summary()) == [
        "new: 1,200",
        "Not carried:",
        "       2  picture that is not in the folder",
        "       2  <input>",
    ]


HOSTILE = {
    "opening brackets": "[" * 20_000 + "x" * 1000,
    "opening brackets with words": "[a " * 20_000,
    "pairs of brackets": "[" + "[a]" * 20_000,
    "pictures": "![" * 20_000,
    "unfinished links": "[a](" * 20_000,
    "angle brackets": "<a " * 20_000,
    "unfinished attributes": '<a href="' * 10_000,
    "open elements": "<div>" * 20_000,
    "open lists": "<ul><li>" * 10_000,
    "open shortcodes": "{{< note >}}" * 10_000,
    "unfinished shortcodes": "{{< note " * 20_000,
    "quotes in shortcodes": '{{< note "' * 20_000,
    "backticks": "`a" * 50_000,
    "fences": "```\n" * 20_001,
    "comments": "<!-- " * 20_000,
    "scripts": "<script>" * 20_000,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_texts_are_converted_in_bounded_time(what: str) -> None:
    start = time.process_time()
    _convert(HOSTILE[what])
    assert time.process_time() - start < 5


_TAGS = "<b> </b> <ul> <li> </ul> <table> <tr> <td> </td> </table> <p> </p> <br> <div> </div> </a> <!-- -->"
OTHERS = [
    "<a href=x>",
    "{{< note >}}",
    "{{< /note >}}",
    "{{< box >}}",
    "{{< /box >}}",
    "\n\n",
    "`",
    "```\n",
    "[",
    "](x.md)",
    "|",
]
PIECES = st.sampled_from([*_TAGS.split(), *OTHERS])
WORDS = st.from_regex(r"w[0-9]{3}", fullmatch=True)


@settings(max_examples=300, deadline=None)
@given(parts=st.lists(st.one_of(PIECES, WORDS), max_size=25))
def test_no_word_of_a_text_is_ever_lost_outside_comments(parts: list[str]) -> None:
    text = " ".join(parts)
    converted, report = _convert(text)
    before, after = (sorted(re.findall(r"w\d{3}", one)) for one in (text, html.unescape(converted)))
    if any(what == "HTML comment" for _, what in report.lost):
        assert set(after) <= set(before)
    else:
        assert after == before
