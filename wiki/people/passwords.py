"""Passwords: kept as argon2id, and refused while they are easy to guess."""

from __future__ import annotations

import re
import secrets
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import product

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

SHORTEST, ADVISED, LONGEST = 8, 15, 256

# The OWASP minimum: 19 MiB and two passes. The library's own defaults took a gigabyte for 16 sign-ins at once.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_turns = threading.BoundedSemaphore(2)


def hashed(password: str) -> str:
    """The argon2id hash to keep. Takes about 50 ms and 19 MiB: never call it inside a write turn."""
    with _turns:
        return _hasher.hash(_normal(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether this is the password. An account without one, or no account at all, costs the same time."""
    with _turns:
        try:
            right = _hasher.verify(kept or decoy(), _normal(password))
        except (VerificationError, InvalidHashError):
            return False
    return right and kept is not None


def needs_rehash(kept: str) -> bool:
    """Whether the hash was made with other costs than today's, so that the next sign-in should renew it."""
    return _hasher.check_needs_rehash(kept)


@cache
def decoy() -> str:
    """A hash that belongs to nobody. Make it before the first request, or the first stranger waits twice."""
    return _hasher.hash(secrets.token_urlsafe())


def problem(password: str, *, context: Iterable[str] = ()) -> str | None:
    """What is wrong with a new password, in words for the person who chose it, or None.

    `context` are words somebody who knows the person would try first: the site's name, their own, their address.
    No rule asks for capitals or digits, and nothing expires: length and not being guessable is what counts.
    """
    password = _normal(password)
    if len(password) < SHORTEST:
        return _(
            "Use at least %(count)d characters. Three words that do not belong together work well.", count=SHORTEST
        )
    if len(password) > LONGEST:
        return _("Use at most %(count)d characters.", count=LONGEST)
    if is_common(password):
        return _("Many people use this password, so it is among the first that others try. Choose another one.")
    if _leans_on(password, context):
        return _("Leave out your name, your address and the name of this site: others try those first.")
    return None


def is_common(password: str) -> bool:
    """Whether it is a word everybody uses, a row of the keyboard or a repetition, whatever stands around it."""
    plain = password.casefold()
    if len(plain) < 12 and not any(letter.isalpha() for letter in plain):
        return True
    return any(_is_predictable(core) for core in _cores(plain))


def _normal(password: str) -> str:
    # The same password may arrive composed or decomposed, depending on the keyboard.
    return unicodedata.normalize("NFKC", password)


def _cores(plain: str) -> set[str]:
    """The word inside: without what people put around it, and with 3 and @ read as e and a."""
    around = "0123456789 !?.,:;-_*#$%&@+="
    inside = {plain, plain.strip(around), plain.rstrip(around)}
    read = inside | {core.translate(_LEET) for core in inside}
    return {re.sub(r"[\W_]+", "", core) for core in read} - {""}


def _is_predictable(core: str) -> bool:
    return core in _common_words() or _repeats(core) or _runs_along(core)


def _repeats(core: str) -> bool:
    """Whether it is one short piece over and over: aaaaaaaa, abcabcabc, wordword."""
    return any(
        len(core) % size == 0 and core == core[:size] * (len(core) // size) for size in range(1, len(core) // 2 + 1)
    )


def _runs_along(core: str) -> bool:
    """Whether it follows the keyboard, the alphabet or the digits, in either direction."""
    return len(core) > 3 and any(core in row or core in row[::-1] for row in _ROWS)


def _leans_on(password: str, context: Iterable[str]) -> bool:
    rest = password.casefold()
    words = {word for phrase in context for word in re.split(r"[\W_\d]+", phrase.casefold()) if len(word) > 2}
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(re.sub(r"[\W_]+", "", rest)) < SHORTEST - 2 and rest != password.casefold()


_LEET = str.maketrans("0134578@$!|+", "oleastbasiit")
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "qazwsxedcrfvtgbyhnujm",
    "147258369",
    "159357",
    "йцукенгшщзхъфывапролджэячсмитьбю",
)

_ALONE = """
    password passwort passw0rd passwd motdepasse contrasena contraseña senha parola wachtwoord haslo heslo
    lozinka пароль welcome willkommen bienvenue bienvenido bemvindo benvenuto letmein login logon signin access
    entry open sesame opensesame admin administrator root superuser user username guest test testing tester
    default changeme change secret topsecret geheim private confidential official restricted classified
    nopassword mypassword yourpassword newpassword oldpassword temppassword temporary qwerty azerty qwertz
    keyboard computer laptop internet website server network system windows microsoft google facebook twitter
    instagram youtube whatsapp telegram iphone android samsung iloveyou loveyou iloveu lovely lover love forever
    always baby babygirl babyboy angel angels princess prince queen king sunshine moonlight sunflower flower
    rainbow butterfly summer winter spring autumn january february march april june july august september
    october november december monday tuesday wednesday thursday friday saturday sunday monkey dragon tiger lion
    eagle falcon panther dolphin horse puppy kitten kitty doggy bear wolf shark phoenix unicorn football soccer
    baseball basketball hockey tennis golf cricket rugby champion winner goalkeeper liverpool chelsea arsenal
    barcelona realmadrid juventus bayern manchester united superman batman spiderman ironman starwars pokemon
    pikachu naruto minecraft fortnite matrix hacker ninja master shadow ghost killer hunter ranger warrior
    soldier captain general trustno whatever nothing something anything freedom liberty peace victory success
    destiny michael jennifer jessica michelle daniel andrew joshua matthew anthony charlie thomas robert jordan
    george ashley nicole amanda samantha hannah maria martin stefan alexander alejandra carlos mohammed muhammad
    ahmed fatima hello hallo bonjour hola salam namaste goodmorning goodnight thankyou please sorry cheese
    cookie banana orange chocolate coffee pepper ginger vanilla cherry peaches strawberry diamond silver golden
    purple yellow orange blue green black white mercedes ferrari porsche mustang corvette harley yamaha honda
    toyota diplomat diplomacy diplomatic embassy ambassador consul consulate consular ministry minister foreign
    foreignoffice foreignministry foreignaffairs state mission protocol attache chancery chancellery government
    republic nation capital paris london berlin madrid moscow beijing geneva vienna brussels newyork washington
    tokyo cairo nairobi delhi
"""


@cache
def _common_words() -> frozenset[str]:
    """Our own words, alone and joined to what people put around them."""
    alone = frozenset(_ALONE.split())
    around = ("my", "the", "new", "i", "super", "big")
    joined = {first + word for first, word in product(around, alone)} | {word + "s" for word in alone}
    return alone | joined | {"trustno1", "abc", "abcd", "asdf", "qwer", "zxcv", "qwert", "asd", "qwe", "xyz", "aa", "a"}
