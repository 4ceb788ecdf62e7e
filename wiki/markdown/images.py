"""Pictures: our own files are shown, all others become a link, so that reading a page never tells a foreign host."""

import re
from urllib.parse import quote, unquote

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from wiki.markdown.plain import plain

_OWN = re.compile(r"(?:\./)?(?:files/)?([^/\\?#:<>\"'`\x00-\x1f.][^/\\?#:<>\"`\x00-\x1f]{0,200})")
ALLOWED_URL = re.compile(r"(?:https?|mailto|tel):|[^:]*(?:[/?#]|\Z)", re.IGNORECASE)


def images_plugin(md: MarkdownIt) -> None:
    """Decide for each picture after the text is parsed."""
    md.core.ruler.push("images", _settle_images)


def _settle_images(state: StateCore) -> None:
    for token in state.tokens:
        if token.children and any(child.type == "image" for child in token.children):
            token.children = _settled(token.children, state.env["files_url"])


def _settled(tokens: list[Token], files_url: str) -> list[Token]:
    result: list[Token] = []
    depth = 0
    for token in tokens:
        depth += token.nesting if token.type.startswith("link_") else 0
        result.extend(_settle(token, files_url, depth > 0) if token.type == "image" else [token])
    return result


def _settle(image: Token, files_url: str, inside_link: bool) -> list[Token]:
    source = str(image.attrs.get("src", ""))
    words = plain(image.children) or image.content
    if own := _OWN.fullmatch(unquote(source)):
        return [_shown(image, files_url + quote(own.group(1)), words)]
    text = Token("text", "", 0, content=words or source)
    if inside_link or not ALLOWED_URL.match(source):
        return [text]
    return [Token("link_open", "a", 1, attrs={"href": source}), text, Token("link_close", "a", -1)]


def _shown(image: Token, source: str, words: str) -> Token:
    image.attrs = {**image.attrs, "src": source, "loading": "lazy"}
    image.children, image.content = [Token("text", "", 0, content=words)], words
    return image
