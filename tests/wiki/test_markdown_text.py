"""How a text is cleaned, rendered and cut into sections."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from wiki import markdown
from wiki.markdown import Block, Heading, Section


def html(text: str, files_url: str = "files/", lang: str = "en") -> str:
    return markdown.render(text, files_url=files_url, lang=lang).html


def test_line_ends_are_unified_and_the_text_ends_with_one_newline() -> None:
    assert markdown.normalise("a\r\nb\rc\u2028d\n\n\n") == "a\nb\nc\nd\n"


def test_an_empty_text_stays_empty() -> None:
    assert markdown.normalise("\n\n") == ""
    assert markdown.render("").html == ""


def test_control_and_private_characters_are_taken_out_and_scripts_stay_whole() -> None:
    assert markdown.normalise("a\0b\x07\ue000c\U0010fffd\ufeff") == "abc\n"
    assert markdown.normalise("मीडिया\tإعلام \u200f👩🏽‍💼") == "मीडिया\tإعلام \u200f👩🏽‍💼\n"


def test_a_text_over_two_hundred_kilobytes_is_refused_with_a_reason() -> None:
    assert markdown.normalise("é" * 99_999)
    with pytest.raises(markdown.TextTooLong) as refusal:
        markdown.normalise("é" * 100_001)
    assert "200 kB" in refusal.value.message


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(markdown.TextNotUnicode):
        markdown.render("\ud83d")


def test_the_highest_heading_becomes_an_h2_and_the_others_follow() -> None:
    assert markdown.render("## A\n\n#### B\n").toc == (Heading(2, "A", "s-a"), Heading(4, "B", "s-b"))
    assert markdown.render("# A\n\n## B\n").toc == (Heading(2, "A", "s-a"), Heading(3, "B", "s-b"))


def test_a_heading_can_be_linked_to() -> None:
    assert html("# The *first* hour") == (
        '<h2 id="s-the-first-hour" dir="auto">The <em>first</em> hour <a class="anchor" href="#s-the-first-hour" '
        'aria-label="Link to this section: The first hour" rel="noopener">#</a></h2>\n'
    )


def test_headings_of_any_script_have_readable_ids_and_none_twice() -> None:
    text = "# مرحبا بكم\n# हिन्दी\n# مرحبا بكم\n# !?\n# A 2\n# A\n# A\n# main\n"
    anchors = [heading.anchor for heading in markdown.render(text).toc]
    assert anchors == ["s-مرحبا-بكم", "s-हिन्दी", "s-مرحبا-بكم-2", "s-section", "s-a-2", "s-a", "s-a-3", "s-main"]


def test_a_link_to_a_heading_may_be_written_as_people_write_it() -> None:
    assert 'href="#s-first-hour"' in html("[see](#first-hour)\n\n# First hour")
    assert 'href="#elsewhere"' in html("[see](#elsewhere)\n\n# First hour")


def test_sections_hold_the_plain_words_for_search() -> None:
    text = (
        "Intro *word*.\n\n# One\nA `code` [link](x) [[page|label]]\n\n- a\n- b\n\n```\nx = 1\n```\n"
        "## Two\n| c | d |\n|-|-|\n| e | f |\n"
    )
    assert markdown.render(text).sections == (
        Section(None, "", 1, "Intro word."),
        Section("s-one", "One", 2, "A code link label\na\nb\nx = 1"),
        Section("s-two", "Two", 3, "c\nd\ne\nf"),
    )


def test_a_heading_inside_a_block_or_quotation_opens_no_section() -> None:
    rendered = markdown.render("> # Quoted\n\n::: note\n# Inside\n:::\n")
    assert rendered.toc == ()
    assert [section.text for section in rendered.sections] == ["Quoted\nInside"]


def test_the_one_minute_version_is_the_summary() -> None:
    assert (
        markdown.render("First.\n\n::: sixty-seconds\nAnswer **fast**.\n\nAsk.\n:::\n").summary == "Answer fast. Ask."
    )


def test_without_one_the_first_paragraph_is_shortened_at_a_word() -> None:
    summary = markdown.render("# Title\n\n" + "word " * 100).summary
    assert summary == ("word " * 59).strip() + "…"
    assert len(summary) <= 300
    assert markdown.render("# Title only").summary == ""


def test_every_block_has_its_section_its_title_and_its_id() -> None:
    rendered = markdown.render("::: note {#b-k3x9}\nRead *this*.\n:::\n")
    assert rendered.html == (
        '<section id="b-k3x9" class="block block-note">\n<h3 class="block-title" dir="auto">Note</h3>\n'
        '<p dir="auto">Read <em>this</em>.</p>\n</section>\n'
    )
    assert rendered.blocks == (Block("b-k3x9", "note", ""),)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("do", "Do"),
        ("dont", "Don't"),
        ("note", "Note"),
        ("warning", "Warning"),
        ("rule", "Rule"),
        ("checklist", "Checklist"),
        ("example", "Example"),
        ("sixty-seconds", "In one minute"),
    ],
)
def test_all_eight_blocks_are_known(name: str, title: str) -> None:
    assert f'class="block block-{name}">\n<h3 class="block-title" dir="auto">{title}</h3>' in html(
        f"::: {name}\nx\n:::\n"
    )


def test_a_title_of_the_authors_own_still_names_the_kind() -> None:
    rendered = markdown.render("::: do Answer *fast*\nx\n:::\n")
    assert '<span class="block-kind">Do:</span> Answer <em>fast</em></h3>' in rendered.html
    assert rendered.blocks == (Block(None, "do", "Answer fast"),)


def test_the_words_we_add_are_in_the_language_of_the_page() -> None:
    assert ">À faire</h3>" in html("::: do\nx\n:::\n", lang="fr-CH")
    assert "رابط إلى هذا القسم: عنوان" in html("# عنوان", lang="ar")
    assert ">Do</h3>" in html("::: do\nx\n:::\n", lang="xx")
    assert ">Tue</h3>" in markdown.render("::: do\nx\n:::\n", titles={"do": "Tue"}).html


def test_the_level_of_a_rule_is_bold() -> None:
    page = html("::: rule Posts MUST answer and MAY ask\nx\n:::\n")
    assert 'Posts <strong class="level level-must">MUST</strong> answer' in page
    assert '<strong class="level level-may">MAY</strong>' in page
    assert "level-must" not in html("::: note You MUST\nx\n:::\n")


def test_a_do_and_the_dont_beside_it_stand_in_one_box() -> None:
    page = html("::: do\na\n:::\n\n::: dont\nb\n:::\n\n::: dont\nc\n:::\n")
    assert page.count('<div class="pair">') == 1
    assert page.index("pair") < page.index("block-do") < page.index("block-dont") < page.index("</div>")
    assert "pair" not in html("::: do\na\n:::\n\nbetween\n\n::: dont\nb\n:::\n")


def test_blocks_nest_with_more_colons_and_an_unclosed_one_reaches_to_the_end() -> None:
    nested = html(":::: do\n::: note\na\n:::\n::::\nafter\n")
    assert nested.endswith('</section>\n</section>\n<p dir="auto">after</p>\n')
    assert html("::: do\na\n\nb\n").endswith("b</p>\n</section>\n")


def test_an_unknown_block_stays_text_and_is_reported() -> None:
    rendered = markdown.render("::: secret\nx\n:::\n")
    assert "::: secret" in rendered.html
    assert rendered.unknown_blocks == ("secret",)


def test_a_block_written_inside_a_code_sample_is_code() -> None:
    assert markdown.render("```\n::: do\n:::\n```\n").blocks == ()


def test_our_own_pictures_are_shown_and_all_others_become_links() -> None:
    page = html(
        '![Our flag](files/flag.png "T") ![b](b.png) ![x](https://e.org/a.png) ![](https://e.org/c.png)',
        files_url="/f/9/",
    )
    assert '<img src="/f/9/flag.png" alt="Our flag" title="T" loading="lazy">' in page
    assert '<img src="/f/9/b.png" alt="b" loading="lazy">' in page
    assert '<a href="https://e.org/a.png" rel="noopener">x</a>' in page
    assert '<a href="https://e.org/c.png" rel="noopener">https://e.org/c.png</a>' in page


@pytest.mark.parametrize(
    "source", ["../x.png", "files/../x.png", "/x.png", "//e.org/x.png", "files/a/x.png", ".x", "%2e%2e%2fx.png"]
)
def test_a_picture_from_anywhere_else_is_not_loaded(source: str) -> None:
    assert "<img" not in html(f"![x]({source})")


def test_a_foreign_picture_inside_a_link_is_its_words() -> None:
    assert html("[![words](https://e.org/a.png)](https://e.org)") == (
        '<p dir="auto"><a href="https://e.org" rel="noopener">words</a></p>\n'
    )


def test_tables_tasks_notes_and_definitions_are_understood() -> None:
    page = html(
        "|a|b|\n|:-|-:|\n|1|2|\n\n- [x] done\n- [ ] open\n\nTerm\n: Meaning[^n]\n\n[^n]: Note\n\n~~old~~ https://e.org"
    )
    assert '<td dir="auto" class="align-right">2</td>' in page
    assert page.count('<input type="checkbox" disabled="" aria-label="Done"') == 2
    assert page.count('checked=""') == 1
    assert '<dd dir="auto">Meaning<sup class="footnote-ref"><a href="#fn-1" id="fnref-1"' in page
    assert '<li id="fn-1" class="footnote-item" dir="auto">' in page
    assert "<s>old</s>" in page
    assert '<a href="https://e.org" rel="noopener">https://e.org</a>' in page


def test_an_address_with_a_scheme_we_refuse_stays_as_typed() -> None:
    assert "xmpp:a@example.org" in html("Write xmpp:a@example.org now")


def test_code_is_coloured_by_classes_only_and_within_a_limit() -> None:
    page = html('```python\ndef f(): return "<b>"\n```\n')
    assert '<code class="language-python"><span class="k">def</span>' in page
    assert "&lt;b&gt;" in page
    assert "style=" not in page
    assert "<span" not in html("```python\n" + "x = 1\n" * 3000 + "```\n")
    assert "<span" not in html("```brainfuck\n+\n```\n")


def test_the_first_paragraph_of_a_list_item_leaves_the_direction_to_the_item() -> None:
    page = html("- مرحبا\n\n  Second\n\n- b\n")
    assert '<li dir="auto">\n<p>مرحبا</p>\n<p dir="auto">Second</p>' in page


def test_threads_share_the_parser_without_mixing_their_texts() -> None:
    texts = [f"# Heading {n}\n\n::: do Title {n}\n[[page-{n}]] text[^1]\n:::\n\n[^1]: Note {n}\n" for n in range(60)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(markdown.render, texts))
    assert together == [markdown.render(text) for text in texts]


def test_ten_kilobytes_of_prose_take_milliseconds() -> None:
    text = ("Plain words in a row, as diplomats write them, one after the other. " * 7 + "\n\n") * 22
    markdown.render(text)
    best = min(_seconds(text) for _ in range(5))
    assert best < 0.15


def _seconds(text: str) -> float:
    start = time.thread_time()
    markdown.render(text)
    return time.thread_time() - start
