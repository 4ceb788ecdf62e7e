"""Code with colours: classes only, for languages we know, and only as much as is quick."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType

from wiki.markdown.deadline import check

# A short list, because each lexer is a set of patterns an author could try to slow down.
LANGUAGES = frozenset(
    ("bash", "css", "diff", "html", "http", "ini", "javascript", "json", "python", "sql", "toml", "xml", "yaml")
)
SPAN_CLASSES = frozenset(name for name in STANDARD_TYPES.values() if name)
MOST_COLOURED = 12_000


def colours_plugin(md: MarkdownIt) -> None:
    """Colour fenced code; both kinds of code read from left to right and can be scrolled with the keyboard."""
    md.add_render_rule("fence", _fence)
    md.add_render_rule("code_block", _code_block)


def _fence(_: Any, tokens: Sequence[Token], i: int, _options: OptionsDict, env: EnvType) -> str:
    code = tokens[i].content
    name = (tokens[i].info.split() or [""])[0].lower()
    if name not in LANGUAGES:
        return _pre("", escapeHtml(code))
    left = env.setdefault("colours_left", MOST_COLOURED)
    if len(code) > left:
        return _pre(name, escapeHtml(code))
    env["colours_left"] = left - len(code)
    return _pre(name, "".join(_coloured(code, name, env)))


def _code_block(_: Any, tokens: Sequence[Token], i: int, _options: OptionsDict, _env: EnvType) -> str:
    return _pre("", escapeHtml(tokens[i].content))


def _pre(name: str, body: str) -> str:
    language = f' class="language-{name}"' if name else ""
    return f'<pre class="code" dir="ltr" tabindex="0"><code{language}>{body}</code></pre>\n'


def _coloured(code: str, name: str, env: EnvType) -> Iterator[str]:
    for kind, piece in _lexer(name).get_tokens(code):
        check(env)
        css = _css(kind)
        yield f'<span class="{css}">{escapeHtml(piece)}</span>' if css else escapeHtml(piece)


@cache
def _lexer(name: str) -> Lexer:
    lexer: Lexer = get_lexer_by_name(name, stripnl=False, ensurenl=False)
    return lexer


def _css(kind: _TokenType) -> str:
    """A kind Pygments has no class for takes the class of the wider kind."""
    found: _TokenType | None = kind
    while found is not None and found not in STANDARD_TYPES:
        found = found.parent
    return STANDARD_TYPES.get(found, "") if found is not None else ""
