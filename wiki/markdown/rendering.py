"""From Markdown to HTML, contents, sections and links."""

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.utils import EnvType
from mdit_py_plugins.deflist import deflist_plugin

from wiki.markdown import deadline, links
from wiki.markdown.autolinks import autolinks_plugin
from wiki.markdown.blocks import blocks_plugin
from wiki.markdown.colours import colours_plugin
from wiki.markdown.footnotes import footnotes_plugin
from wiki.markdown.headings import headings_plugin
from wiki.markdown.held_blocks import held_plugin
from wiki.markdown.images import ALLOWED_URL, images_plugin
from wiki.markdown.layout import layout_plugin
from wiki.markdown.plain import opens_section, plain, sections, summary
from wiki.markdown.refusals import TextTooSlow
from wiki.markdown.sanitiser import sanitise
from wiki.markdown.source import normalise
from wiki.markdown.values import Block, Heading, Rendered
from wiki.markdown.words import words_in

RENDERER_VERSION = 2
"""Stored beside the HTML; raise it whenever the same text would give other HTML, and pages are rendered anew."""

_OPTIONS = {"html": False, "xhtmlOut": False, "tasklists": True, "maxNesting": 40}


def render(
    text: str,
    *,
    files_url: str = "files/",
    budget: float = 2.0,
    lang: str = "en",
    titles: Mapping[str, str] | None = None,
    part: str = "",
    shift: int | None = None,
) -> Rendered:
    """Render a text; `budget` is in seconds, `lang` is the language of the words we add, `titles` may replace some.

    A part that is put into another text has a name of its own, for its ids, and the `shift` of that text's headings.

    Raises TextRefused: TextTooLong, TextNotUnicode, or TextTooSlow when the budget is spent.
    """
    env = environment(budget, lang)
    env["files_url"], env["part"] = files_url, part
    if shift is not None:
        env["shift"] = shift
    env["words"] = {**env["words"], **(titles or {})}
    tokens = parse(normalise(text), env)
    html = _html(tokens, env)
    return Rendered(
        html=html,
        toc=tuple(_contents(tokens)),
        sections=sections(tokens),
        links=tuple(dict.fromkeys(env["wiki_links"])),
        blocks=tuple(_blocks(tokens)),
        summary=summary(tokens),
        unknown_blocks=tuple(env.get("unknown_blocks", ())),
        shift=env.get("shift", 0),
    )


def environment(budget: float, lang: str = "en") -> EnvType:
    """What one run of the parser needs: a deadline and the words of a language."""
    return {"deadline": time.thread_time() + budget, "words": words_in(lang)}


def parse(text: str, env: EnvType) -> list[Token]:
    """The tokens of a text that has been normalised."""
    try:
        return parser().parse(text, env)
    except RecursionError:
        raise TextTooSlow from None


@cache
def parser() -> MarkdownIt:
    """The one parser of this process; it keeps no state between texts, so threads may share it."""
    md = MarkdownIt("commonmark", _OPTIONS, renderer_cls=deadline.PatientRenderer)
    md.enable(["table", "strikethrough"])
    md.use(footnotes_plugin).use(deflist_plugin).use(autolinks_plugin)
    md.use(blocks_plugin).use(held_plugin).use(links.links_plugin).use(images_plugin)
    md.use(headings_plugin).use(layout_plugin).use(colours_plugin).use(deadline.deadline_plugin)
    md.validateLink = lambda url: bool(ALLOWED_URL.match(url))  # type: ignore[method-assign]
    return md


def _html(tokens: Sequence[Token], env: EnvType) -> str:
    links.begin(env)
    md = parser()
    raw = md.renderer.render(tokens, md.options, env)
    deadline.check(env)
    return links.settle(sanitise(raw, files_url=env["files_url"]), env)


def _contents(tokens: Sequence[Token]) -> Iterator[Heading]:
    for token in tokens:
        if opens_section(token):
            yield Heading(int(token.tag[1]), token.meta["title"], token.meta["anchor"])


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    for i, token in enumerate(tokens):
        if token.type == "block_open":
            title = plain(tokens[i + 2].children) if token.meta["titled"] else ""
            yield Block(token.meta["id"], token.info, title)
