"""The small Markdown of remarks under a text: what stands in a paragraph, lists, quotes and code.

It has no headings, pictures, boxes or notes, so nothing in a remark can pass for the text above it or take its anchors.
"""

from functools import cache

from markdown_it import MarkdownIt

from wiki.markdown import deadline, links
from wiki.markdown.autolinks import autolinks_plugin
from wiki.markdown.colours import colours_plugin
from wiki.markdown.images import ALLOWED_URL
from wiki.markdown.layout import layout_plugin
from wiki.markdown.rendering import environment
from wiki.markdown.sanitiser import sanitise
from wiki.markdown.source import normalise

_NOT_HERE = ["heading", "lheading", "html_block", "reference", "hr", "image"]


def render_small(text: str, *, budget: float = 1.0) -> str:
    """The HTML of a remark; its wiki links are filled in for each reader, by `fill_links`. Raises TextRefused."""
    env = environment(budget)
    links.begin(env)
    raw = _parser().render(normalise(text), env)
    deadline.check(env)
    return links.settle(sanitise(raw), env)


@cache
def _parser() -> MarkdownIt:
    # A line ends where its writer ended it, as in a letter.
    options = {"html": False, "xhtmlOut": False, "breaks": True, "maxNesting": 20}
    md = MarkdownIt("commonmark", options, renderer_cls=deadline.PatientRenderer)
    md.enable("strikethrough").disable(_NOT_HERE)
    md.use(autolinks_plugin).use(links.links_plugin).use(layout_plugin).use(colours_plugin)
    md.use(deadline.deadline_plugin)
    md.validateLink = lambda url: bool(ALLOWED_URL.match(url))  # type: ignore[method-assign]
    return md
