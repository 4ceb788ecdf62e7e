"""Three walls against scripts in a text, each tested alone, with attacks of our own making.

The first wall is Markdown without HTML, the second the sanitiser, the third the escaping of links filled in at read
time (tests/wiki/test_markdown_links.py). What is dangerous is decided by a browser's own way of reading HTML, as
html5lib implements it.
"""

import itertools
import re
from collections.abc import Iterator

import html5lib
import pytest
from markdown_it import MarkdownIt

from wiki import markdown
from wiki.markdown.rendering import environment, parser

SCHEMES = (
    *("javascript:", "JaVaScRiPt:", "java\tscript:", "java&#10;script:", "&#106;avascript:", "\x01javascript:"),
    *("vbscript:", "javascript&colon;", "java%0ascript:"),
)
ADDRESSES = [
    *(f"{scheme}alert(1)" for scheme in SCHEMES),
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "data:image/svg+xml,<svg/onload=alert(1)>",
]
TAGS = ("img", "svg", "body", "video", "details", "a", "p", "marquee", "input", "math", "x-own")
EVENTS = ("onerror", "onload", "onclick", "ONTOGGLE", "onfocus", "onanimationstart")
QUOTES = ("{}", "'{}'", '"{}"', "`{}`")
PLACES = ("a href", "iframe src", "form action", "img src", "svg xlink:href")
LINKS = (
    *("[x]({})", "[x](<{}>)", "![x]({})", "<{}>", "[x]\n\n[x]: {}", "[x][1]\n\n[1]: <{}> 'T'"),
    *("[![a]({0})]({0})", "{}"),
)
WHOLE = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//e.org/x></sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<base href=//e.org/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=//e.org/x.css>",
    "<style>@import '//e.org/x.css';</style>",
    "<style>body{background:url(//e.org/x)}</style>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=alert(1)>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'>",
    "<title><img title='</title><img src=x onerror=alert(1)>'>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?><img src=x onerror=alert(1)>",
    "</p><img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "<img src=x onerror=alert(1)//",
    "<img/src=x/onerror=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<isindex action=javascript:alert(1) type=image>",
    "<input autofocus onfocus=alert(1)>",
    "<p style='position:fixed;inset:0'>Sign in again</p>",
    "<div style='background:url(//e.org/x)'>x</div>",
    "<div class='modal overlay position-fixed'>x</div>",
    "<p id=main class=hidden>x</p>",
    "<img src=//e.org/pixel.png>",
    "<img srcset='//e.org/pixel.png 1x'>",
    "<a href=x target=_blank ping=//e.org>x</a>",
    "<area href=javascript:alert(1)>",
)


def event_payloads() -> Iterator[str]:
    for tag, event, quote in itertools.product(TAGS, EVENTS, QUOTES):
        yield f"<{tag} src=x {event}={quote.format('alert(1)')}>"


def address_payloads() -> Iterator[str]:
    for address, place in itertools.product(ADDRESSES, PLACES):
        yield f'<{place}="{address}">x'


def markdown_payloads() -> Iterator[str]:
    for address, form in itertools.product(ADDRESSES, LINKS):
        yield form.format(address)


def wrapped(payload: str) -> Iterator[str]:
    """The places of a page where what an author typed ends up."""
    line = payload.replace("\n", " ")
    yield from (
        payload,
        f"# {line}",
        f"> {line}",
        f"- [ ] {line}",
        f"|a|\n|-|\n|{line}|",
        f"::: do {line}\n{line}\n:::",
    )
    yield from (
        f"a[^1]\n\n[^1]: {line}",
        f"^[{line}]",
        f"```{line}\n{line}\n```",
        f"`{line}`",
        f"[[{line}]]",
        f"[[a|{line}]]",
    )
    yield from (f'[a](b "{line}")', f"![{line}](a.png)", f"Term\n: {line}", f"**{line}**", f"```html\n{payload}\n```")


HTML_PAYLOADS = [*WHOLE, *event_payloads(), *address_payloads()]
PAYLOADS = [*HTML_PAYLOADS, *markdown_payloads()]
FINE = re.compile(r"(?:https?|mailto|tel):|(?![a-z][a-z0-9+.-]*:)")
FINE_CLASS = re.compile(
    r"(?:block|pair|anchor|level|wiki|footnote|task|contains-task|align|language|code|table|[a-z]{1,3}[0-9]?\b)"
)
ELEMENTS = frozenset(
    {
        *("a", "blockquote", "body", "br", "code", "dd", "div", "dl", "dt", "em", "h2", "h3", "h4", "h5", "h6", "head"),
        *("hr", "html", "img", "input", "li", "ol", "p", "pre", "s", "section", "span", "strong", "sup", "table"),
        *("tbody", "td"),
        *("th", "thead", "tr", "ul"),
    }
)
ATTRIBUTES = frozenset(
    {
        *("alt", "aria-label", "checked", "class", "dir", "disabled", "href", "id", "loading", "rel", "src", "start"),
        *("tabindex", "title", "type"),
    }
)


def dangers(page: str) -> list[str]:
    """What a browser would find in a page that no text of ours may hold."""
    root = html5lib.parse(page, treebuilder="etree", namespaceHTMLElements=False)
    return [
        danger
        for element in root.iter()
        if isinstance(element.tag, str)
        for danger in _dangers(element.tag, element.attrib)
    ]


def _dangers(tag: str, attributes: dict[str, str]) -> Iterator[str]:
    if tag not in ELEMENTS:
        yield f"<{tag}>"
    for name, value in attributes.items():
        if name not in ATTRIBUTES:
            yield f"<{tag} {name}>"
        if name == "href" and not FINE.match(re.sub(r"[\x00-\x20]", "", value).lower()):
            yield value
        if name == "src" and not re.fullmatch(r"files/[^/:?#]+", value):
            yield value
        if name == "class" and not all(FINE_CLASS.match(word) for word in value.split()):
            yield value
        if name == "id" and not re.match(r"(?:s|b|fn|fnref)-", value):
            yield value


def test_there_are_many_different_attacks() -> None:
    assert len(set(PAYLOADS)) >= 400


def test_without_any_wall_the_attacks_work() -> None:
    """The positive control: the oracle does see what these payloads do in an unsanitised page."""
    reckless = MarkdownIt("commonmark", {"html": True})
    reckless.validateLink = lambda _url: True  # type: ignore[method-assign]
    assert share_seen(HTML_PAYLOADS) > 0.9
    assert share_seen([reckless.render(payload) for payload in HTML_PAYLOADS]) > 0.8
    assert share_seen([reckless.render(payload) for payload in markdown_payloads()]) > 0.5


def share_seen(pages: list[str]) -> float:
    return sum(bool(dangers(page)) for page in pages) / len(pages)


@pytest.mark.slow
def test_both_walls_together_stop_every_attack_in_every_place() -> None:
    for payload in PAYLOADS:
        for text in wrapped(payload):
            page = markdown.fill_links(markdown.render(text).html, lambda _: {})
            assert dangers(page) == [], text


def test_markdown_without_html_alone_stops_every_attack() -> None:
    for payload in PAYLOADS:
        for text in wrapped(payload):
            assert dangers(first_wall(text)) == [], text


def test_the_sanitiser_alone_stops_every_attack() -> None:
    for payload in PAYLOADS:
        for page in (
            payload,
            f"<p>{payload}</p>",
            f"<table><tr><td>{payload}",
            f"<ul><li>{payload}",
            f"<pre><code>{payload}",
        ):
            assert dangers(markdown.sanitise(page)) == [], page


def first_wall(text: str) -> str:
    """What the renderer makes before the sanitiser sees it."""
    env = environment(2.0)
    env |= {"files_url": "files/", "wiki_links": [], "wiki_word": "0"}
    md = parser()
    return str(md.renderer.render(md.parse(markdown.normalise(text), env), md.options, env))


def test_what_the_sanitiser_lets_through_is_what_the_renderer_makes() -> None:
    text = (
        "# A\n\n- [x] b[^1]\n\n::: do\n![p](p.png) *a* **b** `c` ~~d~~\n:::\n\n::: dont\ne\n:::\n\n"
        "|a|\n|:-|\n|b|\n\n3. x\n\n[^1]: n\n\n```css\na{b:c}\n```\n"
    )
    raw = first_wall(text)
    assert sorted(tags(markdown.sanitise(raw))) == sorted(tags(raw))


def tags(page: str) -> list[tuple[str, ...]]:
    root = html5lib.parse(page, treebuilder="etree", namespaceHTMLElements=False)
    return [
        (str(element.tag), *sorted(f"{k}={v}" for k, v in element.attrib.items() if k != "rel"))
        for element in root.iter()
    ]


@pytest.mark.parametrize("expression", ["{{7*7}}", "${7*7}", "{% print(7*7) %}", "#{7*7}", "%{7*7}", "<%= 7*7 %>"])
def test_an_expression_is_only_ever_text(expression: str) -> None:
    for text in wrapped(expression):
        rendered = markdown.render(text)
        assert "49" not in rendered.html + rendered.summary


@pytest.mark.parametrize(
    "page",
    [
        '<div class="pair fixed inset-0 modal">x</div>',
        '<section class="block overlay">x</section>',
        '<p class="anchor" style="position:fixed">x</p>',
        '<span class="k sr-only">x</span>',
    ],
)
def test_classes_and_styles_of_the_page_cannot_be_borrowed(page: str) -> None:
    cleaned = markdown.sanitise(page)
    assert not re.search(r"fixed|modal|inset|overlay|style|sr-only", cleaned)


@pytest.mark.parametrize("name", ["main", "search", "csrf_token", "s", "b-<x>", "s- x", "__proto__"])
def test_an_id_of_the_page_cannot_be_taken(name: str) -> None:
    assert " id=" not in markdown.sanitise(f'<h2 id="{name}">x</h2>')


def test_a_link_out_gives_the_other_page_no_hold_on_ours() -> None:
    assert markdown.sanitise('<a href="https://e.org" target="_blank" rel="opener">x</a>') == (
        '<a href="https://e.org" rel="noopener">x</a>'
    )
