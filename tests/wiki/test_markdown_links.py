"""Links between pages: a marker when saved, a link when read."""

import html5lib
import pytest

from wiki import markdown
from wiki.markdown import LinkState, WikiLink
from wiki.markdown.links import KINDS, Resolve, begin

PRIVATE = "\ue000\ue001\ue002"


def links(text: str) -> tuple[WikiLink, ...]:
    return markdown.render(text).links


def filled(text: str, resolve: Resolve) -> str:
    return markdown.fill_links(markdown.render(text).html, resolve)


def always(state: LinkState) -> Resolve:
    return lambda wanted: dict.fromkeys(wanted, state)


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("[[first-hour]]", WikiLink(None, "first-hour")),
        ("[[ First hour | the hour ]]", WikiLink(None, "First hour", "the hour")),
        ("[[guideline:first-hour]]", WikiLink("guideline", "first-hour")),
        ("[[Lesson: x#Why it failed|l]]", WikiLink("lesson", "x", "l", "s-why-it-failed")),
        ("[[page:x#b-k3x9]]", WikiLink("page", "x", None, "b-k3x9")),
        ("[[Re: budget]]", WikiLink(None, "Re: budget")),
        ("[[مرحبا]]", WikiLink(None, "مرحبا")),
        ("|a|\n|-|\n|[[x\\|y]]|", WikiLink(None, "x", "y")),
    ],
)
def test_a_link_is_read_as_typed(text: str, link: WikiLink) -> None:
    assert links(text) == (link,)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_may_be_named(kind: str) -> None:
    assert links(f"[[{kind}:x]]") == (WikiLink(kind, "x"),)


@pytest.mark.parametrize(
    "text", ["`[[x]]`", "\\[[x]]", "[[]]", "[[ ]]", "[[page:]]", "[[a\nb]]", "[[#x]]", f"[[{'a' * 400}]]", "    [[x]]"]
)
def test_what_is_no_link_stays_text(text: str) -> None:
    assert links(text) == ()


def test_a_link_is_named_once_however_often_it_stands() -> None:
    assert links("[[a]] [[b]] [[a]]") == (WikiLink(None, "a"), WikiLink(None, "b"))


def test_an_open_link_has_the_title_of_its_page() -> None:
    page = filled("[[a#why]] [[a|mine]]", always(LinkState("open", "/wiki/a", "Page A")))
    assert '<a href="/wiki/a#s-why" class="wiki-link">Page A</a>' in page
    assert '<a href="/wiki/a" class="wiki-link">mine</a>' in page


def test_a_stub_leads_to_its_card_and_not_to_a_section() -> None:
    page = filled("[[a#why]]", always(LinkState("stub", "/wiki/a", "Page A")))
    assert '<a href="/wiki/a" class="wiki-stub">Page A</a>' in page


def test_a_missing_page_is_called_as_typed_and_tells_no_title() -> None:
    page = filled("[[a]]", always(LinkState("missing", "/wiki/new?slug=a", "Secret")))
    assert '<a href="/wiki/new?slug=a" class="wiki-missing">a</a>' in page
    assert "Secret" not in page


def test_a_link_nobody_answers_is_missing() -> None:
    assert '<span class="wiki-missing">a</span>' in filled("[[a]]", lambda _: {})


def test_all_links_are_asked_about_at_once_and_none_if_there_are_none() -> None:
    asked: list[object] = []
    filled("[[a]] [[b]] [[a]]", lambda wanted: asked.append(wanted) or {})  # type: ignore[func-returns-value]
    assert asked == [(WikiLink(None, "a"), WikiLink(None, "b"))]
    filled("No links.", lambda wanted: pytest.fail(f"asked for {wanted}"))


def test_nothing_gets_out_of_a_filled_link_unescaped() -> None:
    evil = "<img src=x onerror=alert(1)>\"'&lt;"
    states = [
        LinkState("open", f"/x?{evil}", evil),
        LinkState("stub", f"/{evil}", evil),
        LinkState("missing", "/", evil),
    ]
    for state in states:
        for text in (f"[[{evil}]]", f"[[a|{evil}]]", f"[[a#{evil}]]"):
            only_links(filled(text, always(state)))


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//e.org", "/\\e.org", "data:text/html,x", "", " /x", "\tjavascript:x"]
)
def test_an_address_that_is_not_ours_makes_no_link(url: str) -> None:
    assert "href" not in filled("[[a]]", always(LinkState("open", url)))


def only_links(page: str) -> None:
    root = html5lib.parse(page, treebuilder="etree", namespaceHTMLElements=False)
    body = root.find("body")
    assert body is not None
    assert {element.tag for element in body.iter()} <= {"body", "p", "a"}
    assert {name for element in body.iter() for name in element.attrib} <= {"dir", "href", "class"}


@pytest.mark.parametrize(
    "form",
    [
        "\ue000{}\ue001",
        "&#xE000;{}&#xE001;",
        "&#57344;{}&#57345;",
        "[x](\ue000{}\ue001)",
        "`\ue000{}\ue001`",
        "https://e.org/%EE%80%80{}%EE%80%81",
    ],
)
def test_an_author_cannot_write_a_marker(form: str) -> None:
    for payload in ("0", "page\ue002secret\ue002\ue002", "page&#xE002;secret&#xE002;&#xE002;"):
        rendered = markdown.render(form.format(payload))
        assert rendered.links == ()
        assert not set(PRIVATE) & set(rendered.html + rendered.summary + rendered.sections[0].text)


def test_the_fields_of_a_link_cannot_break_out_of_the_marker() -> None:
    text = "[[a&#xE001;|b&#xE002;c]] [[x|\ue001\ue002]]"
    answers = markdown.fill_links(markdown.render(text).html, always(LinkState("open", "/x")))
    assert not set(PRIVATE) & set(answers)


def test_a_link_inside_the_words_of_a_link_makes_no_link_in_a_link() -> None:
    page = filled("[see [[a]] here](https://e.org) ![alt [[b]]](x.png)", always(LinkState("open", "/a", "A")))
    html5lib.HTMLParser(strict=True).parseFragment(page)
    assert links("![alt [[b]]](x.png)") == ()


def test_an_ordinary_relative_link_stays_as_it_is() -> None:
    assert '<a href="/wiki/foo" rel="noopener">text</a>' in markdown.render("[text](/wiki/foo)").html


def test_the_word_that_makes_markers_unforgeable_differs_each_time() -> None:
    one: dict[str, object] = {}
    other: dict[str, object] = {}
    begin(one)
    begin(other)
    assert one["wiki_word"] != other["wiki_word"]
    assert len(str(one["wiki_word"])) >= 16


@pytest.mark.parametrize(
    ("typed", "kind", "slug"),
    [
        ("[[guidelines/ethics]]", "guideline", "ethics"),
        ("[[/wiki/who-to-call]]", "page", "who-to-call"),
        ("[[elsewhere/ethics]]", None, "elsewhere/ethics"),
    ],
)
def test_an_address_as_the_browser_shows_it_is_understood(typed: str, kind: str | None, slug: str) -> None:
    (link,) = markdown.render(typed).links
    assert (link.kind, link.slug) == (kind, slug)
