"""What costs the same every time is done once: hundreds of applications are made here, and thousands sign in."""

from __future__ import annotations

from collections.abc import Callable

from argon2 import PasswordHasher
from werkzeug.routing import Rule

from wiki.people import passwords

# How dear a password is to try has tests of its own, with the hasher of the product.
OF_THE_PRODUCT = passwords._hasher
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

_compile = Rule._compile_builder
_compiled: dict[object, Callable[..., tuple[str, str]]] = {}


def _compiled_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """The function that builds an address. It follows from the rule alone; each application would compile it anew."""
    key = (tuple(rule._trace), repr(rule.defaults), append_unknown)
    if key not in _compiled:
        _compiled[key] = _compile(rule, append_unknown)
    return _compiled[key]


def begin() -> None:
    """From now on spare what can be spared in this process."""
    passwords._hasher = CHEAP
    Rule._compile_builder = _compiled_once  # type: ignore[method-assign]
