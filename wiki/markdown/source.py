"""Making what somebody typed or pasted fit to be stored."""

import re

from wiki.markdown.refusals import TextNotUnicode, TextTooLong

MOST_BYTES = 200_000

PRIVATE_USE = "\ue000-\uf8ff\U000f0000-\U0010ffff"
_PRIVATE = re.compile(f"[{PRIVATE_USE}]")
_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")
_UNWANTED = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ufeff{PRIVATE_USE}]")


def normalise(text: str) -> str:
    """One line ending, no control or private-use characters, one newline at the end (none if nothing is left).

    Raises TextTooLong over 200,000 bytes of UTF-8 and TextNotUnicode for lone surrogates.
    """
    text = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text)).rstrip("\n")
    text = f"{text}\n" if text else ""
    if _size(text) > MOST_BYTES:
        raise TextTooLong
    return text


def without_private(text: str) -> str:
    """The text without private-use characters, which entities such as `&#xE000;` can bring back."""
    return _PRIVATE.sub("", text)


def _size(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise TextNotUnicode from None
