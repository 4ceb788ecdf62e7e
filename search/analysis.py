"""How text becomes searchable words: one analysis for every engine, for the query and for the highlighting."""

# Whoosh has no types, so its calls cannot be checked.
# mypy: allow-untyped-calls

import re
import threading
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from types import SimpleNamespace

from whoosh.lang import NoStemmer, stemmer_for_language
from whoosh.lang.isri import ISRIStemmer
from whoosh.lang.stopwords import stoplists

LONGEST_TERM = 64

_ARABIC_STOPS = (
    "في من على إلى الى عن أن إن ان هذا هذه ذلك تلك التي الذي الذين ما ماذا لا هو هي هم مع كان كانت قد ثم أو او و كل "
    "بعد قبل عند كما بين حتى إذا اذا لم لن منذ أي اي هل متى أين اين كيف كم لماذا يكون تكون"
)
# Beside Whoosh's list: words with which people ask, rather than words for what they ask about ("how to make a ...").
_ENGLISH_STOPS = "us would could should must do does did make makes making need needs want wants get gets"
_ENGLISH_ENDINGS = frozenset({"s", "t", "d", "m", "ll", "re", "ve"})

# Scripts written without spaces between words, and Hangul, whose particles cling to the word: all are cut in pairs.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_LATIN_BY_HAND = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"})
_ARABIC_FORMS = str.maketrans("أإآٱىیک", "اااايي\u0643")
_SPELLING = str.maketrans(dict.fromkeys("\u00ad\u0640\u200c\u200d"))
_APOSTROPHE = re.compile("['’ʼ]")
_ARABIC_MARKS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]")


def _combining_marks() -> str:
    """The marks that belong inside a word although Python's \\w leaves them out."""
    marks = {code for code in range(0x300, 0xFE30) if unicodedata.category(chr(code)) in ("Mn", "Mc")}
    starts = sorted(code for code in marks if code - 1 not in marks)
    ends = sorted(code for code in marks if code + 1 not in marks)
    return "".join(f"\\u{start:04x}-\\u{end:04x}" for start, end in zip(starts, ends, strict=True))


_INNER = f"\\w{_combining_marks()}\u00ad\u0640\u200c\u200d"
WORD = re.compile(f"(?<!\\w)[A-Za-z](?:\\+\\+|#)(?!\\w)|(?:(?<!\\w)[@#])?[{_INNER}]+(?:['’ʼ][{_INNER}]+)*")
UNSPACED = re.compile(f"[{_UNSPACED}]+")
_RUNS = re.compile(f"[{_UNSPACED}{_combining_marks()}]*[{_UNSPACED}][{_UNSPACED}{_combining_marks()}]*|[^{_UNSPACED}]+")

Terms = tuple[tuple[str, int], ...]


def language(tag: str) -> str:
    """The code under which a language is indexed: the primary subtag in small letters, "xx" where none is known."""
    primary = re.split("[-_]", tag.strip().lower(), maxsplit=1)[0]
    return {"nb": "no", "nn": "no"}.get(primary, primary) if re.fullmatch("[a-z]{2,3}", primary) else "xx"


def terms(text: str, lang: str, keep_stops: bool = False) -> Iterator[tuple[str, int]]:
    """The terms of a text with their positions; a position may carry two (`@handle` and `handle`) or none."""
    position = 0
    for word in WORD.findall(text):
        found, width = _indexed(word, lang, keep_stops)
        for term, offset in found:
            yield term, position + offset
        position += width


def query_terms(chunk: str, lang: str, keep_stops: bool = False) -> Terms:
    """The terms which one piece of a query asks for, with their distances: several where it was written `e-mail`."""
    asked: list[tuple[str, int]] = []
    position = 0
    for word in WORD.findall(chunk):
        found, width = _asked(word, lang, keep_stops)
        asked += [(term, position + offset) for term, offset in found]
        position += width
    return tuple(asked)


def word_terms(word: str, lang: str) -> tuple[str, ...]:
    """The terms of one word as the index holds it, common words included."""
    return tuple(term for term, _offset in _indexed(word, lang, True)[0])


def plain_words(text: str) -> list[str]:
    """Folded, unstemmed words for titles: suggestions and spelling."""
    parts = (part for word in WORD.findall(text) for part in _APOSTROPHE.split(normal(word.lstrip("@#"))))
    return [fold(run) for part in parts for run in _RUNS.findall(part)]


def is_stop(word: str, lang: str) -> bool:
    """Whether a word says nothing in this language; WHO and US in capitals are names and stay."""
    if len(word) > 1 and word.isupper() and word.isascii():
        return False
    return normal(word) in _stops(lang)


def normal(word: str) -> str:
    """One spelling for one word: compatibility forms, small letters, no soft hyphens, tatweel or Arabic vowel signs."""
    if word.isascii():
        return word.lower()
    folded = unicodedata.normalize("NFKC", word).casefold().translate(_SPELLING)
    return _ARABIC_MARKS.sub("", folded).translate(_ARABIC_FORMS)


def fold(word: str) -> str:
    """A Latin word without its accents, since people on phones leave them out; other scripts stay as they are."""
    if word.isascii() or not _is_latin(word):
        return word
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    return bare.translate(_LATIN_BY_HAND)


@lru_cache(maxsize=16384)
def stem(word: str, lang: str) -> str:
    """The stem of a normalised word; numbers and mixtures such as 5G or 22LISBON41 are kept whole."""
    if any(c.isdigit() for c in word):
        return fold(word)[:LONGEST_TERM]
    try:
        return fold(_stemmer(_language_of(word, lang))(word) or word)[:LONGEST_TERM]
    except IndexError:
        # Whoosh's rules for some languages count letters that a very short or foreign word does not have.
        return fold(word)[:LONGEST_TERM]


def _indexed(word: str, lang: str, keep_stops: bool) -> tuple[Terms, int]:
    if len(word) > LONGEST_TERM:
        return _cut(word, lang, keep_stops, True)
    return _cut_short(word, lang, keep_stops, True)


def _asked(word: str, lang: str, keep_stops: bool) -> tuple[Terms, int]:
    return _cut(word, lang, keep_stops, False)


def _cut(word: str, lang: str, keep_stops: bool, indexing: bool) -> tuple[Terms, int]:
    if word[-1] in "+#" or (len(word) == 1 and not UNSPACED.match(word)):
        return _single(normal(word), word, lang, keep_stops)
    if word[0] in "@#":
        whole = fold(normal(word))[:LONGEST_TERM]
        inner, width = _cut(word[1:], lang, keep_stops, indexing)
        return (((whole, 0), *inner) if indexing else ((whole, 0),)), width
    if UNSPACED.search(word):
        return _cut_runs(word, lang, keep_stops, indexing)
    return _single(_without_apostrophe(normal(word), lang), word, lang, keep_stops)


_cut_short = lru_cache(maxsize=16384)(_cut)


def _single(spelled: str, word: str, lang: str, keep_stops: bool) -> tuple[Terms, int]:
    if not spelled or (not keep_stops and is_stop(spelled.upper() if word.isupper() else spelled, lang)):
        return (), 1
    return ((stem(spelled, lang), 0),), 1


def _cut_runs(word: str, lang: str, keep_stops: bool, indexing: bool) -> tuple[Terms, int]:
    found: list[tuple[str, int]] = []
    width = 0
    for run in _RUNS.findall(normal(word)):
        if UNSPACED.search(run):
            inner, step = _pairs(run, indexing), len(run)
        else:
            inner, step = _cut(run, lang, keep_stops, indexing)
        found += [(term, width + offset) for term, offset in inner]
        width += step
    return tuple(found), width


def _pairs(run: str, indexing: bool) -> Terms:
    """Pairs of characters; the index also gets the last one alone, so that one character is found by its beginning."""
    pairs = tuple((run[i : i + 2], i) for i in range(len(run) - 1))
    return (*pairs, (run[-1], len(run) - 1)) if indexing or not pairs else pairs


def _without_apostrophe(word: str, lang: str) -> str:
    """English drops what follows the apostrophe of "embassy's"; others drop the article of "l'ambassade"."""
    if not (mark := _APOSTROPHE.search(word)):
        return word
    head, tail = word[: mark.start()], _APOSTROPHE.sub("", word[mark.end() :])
    if tail in _ENGLISH_ENDINGS:
        return head
    return head + tail if lang == "en" or len(head) > 5 else tail


def _is_latin(word: str) -> bool:
    return word[0] < "\u0250" or "\u1e00" <= word[0] <= "\u1eff"


def _language_of(word: str, lang: str) -> str:
    """The language whose stemmer fits the script of this word in a text of that language."""
    if _is_latin(word):
        return "en" if lang in ("ar", "ru", "zh", "ja", "ko", "th", "fa", "uk", "el", "he", "hi") else lang
    if "\u0400" <= word[0] <= "\u052f":
        return lang if lang == "ru" else "xx"
    return lang if lang == "ar" and "\u0600" <= word[0] <= "\u06ff" else "xx"


@cache
def _stops(lang: str) -> frozenset[str]:
    ours = {"ar": _ARABIC_STOPS, "en": _ENGLISH_STOPS}.get(lang, "").split()
    return frozenset(normal(word) for word in (*ours, *stoplists.get(lang, ())))


@cache
def _stemmer(lang: str) -> Callable[[str], str]:
    if lang == "ar":
        return _arabic_stemmer()
    try:
        found: Callable[[str], str] = stemmer_for_language(lang)
    except NoStemmer:
        return str
    return found


def _arabic_stemmer() -> Callable[[str], str]:
    # The stemmer keeps the word it works on in itself, so two threads must not use it at once.
    stemmer, turn = ISRIStemmer(), threading.Lock()
    # Its rule for a leading hamza is a broken pattern since Python 3.7; normal() has already written a bare alef.
    setattr(stemmer, "re_intial_hamza", SimpleNamespace(sub=lambda _bare, word: word))  # noqa: B010

    def stemmed(word: str) -> str:
        with turn:
            return str(stemmer.stem(word))

    return stemmed
