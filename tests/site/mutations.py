"""Taking one filter away at a time, to see that somebody notices.

A place is one call of a filter in our code, such as the second `visible_to` in `wiki.documents.reading.moved_to`; those
that are no such call are named in `mutations_by_hand`. While a place is taken away it lets everything through, and so
does the net under all queries: the net is a second wall, and would hide that the first one is gone.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any
from unittest.mock import patch

from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.site.mutations_by_hand import BY_HAND
from wiki.access import audit
from wiki.documents import visibility

PACKAGES = ("wiki", "search", "guidelines", "training")
# By name, with the number of their arguments: the list of groups for forms has the name of a filter and takes more.
FILTERS = {
    "visible_to": 1, "among_visible": 1, "opened_by_keys": 1, "stubs_for": 1, "stubs_by_keys": 0, "visible_groups": 1,
    "of_readable_passage": 1, "seen_by": 2, "waits_for": 2,
}  # fmt: skip
HIDDEN = "is_hidden"
# The filters themselves.
NOT_PLACES = frozenset({"wiki.documents.visibility"})
_LET_THROUGH = "__import__('sqlalchemy').true()"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One call of a filter, or one "not if its group is hidden": the number counts from 1 within the function."""

    module: str
    function: str
    filter: str
    number: int

    def __str__(self) -> str:
        return f"{self.module}.{self.function}: {self.filter} {self.number}"

    @property
    def has_net(self) -> bool:
        """Whether the net stays while this is away."""
        return False

    def source(self, module: ModuleType) -> ast.AST:
        """The module without this filter."""
        return _Opened(self).visit_in(module)


@functools.cache
def places() -> tuple[Any, ...]:
    """Every call of a filter there is, and the places that were named by hand."""
    return (*calls(), *sorted(BY_HAND))


def calls() -> list[Place]:
    """Every call of a filter there is."""
    found: list[Place] = []
    for module in _modules():
        for name, function in _functions(ast.parse(inspect.getsource(module)), ""):
            counted: dict[str, int] = {}
            for node in _filters(function):
                called = _name(node)
                counted[called] = counted.get(called, 0) + 1
                found.append(Place(module.__name__, name, called, counted[called]))
    return sorted(found)


def by_name(name: str) -> Any:
    """The place that is written so."""
    return next(place for place in places() if str(place) == name)


def _modules() -> Iterator[ModuleType]:
    for name in PACKAGES:
        package = importlib.import_module(name)
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if found.name not in NOT_PLACES:
                yield importlib.import_module(found.name)


def _functions(node: ast.AST, inside: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield inside + child.name, child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{inside}{child.name}.")


def _filters(function: ast.FunctionDef) -> list[ast.expr]:
    found = [node for node in ast.walk(function) if isinstance(node, ast.expr) and _name(node)]
    return sorted(found, key=lambda node: (node.end_lineno or 0, node.end_col_offset or 0))


def _name(node: ast.expr) -> str:
    """What filter this is, or nothing if it is none."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        inverted = node.operand
        return HIDDEN if isinstance(inverted, ast.Attribute) and inverted.attr == HIDDEN else ""
    if not isinstance(node, ast.Call):
        return ""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return called if FILTERS.get(called, -1) == len(node.args) else ""


class _Opened(ast.NodeTransformer):
    """A module in which one call lets everything through."""

    def __init__(self, place: Place) -> None:
        self.place, self.seen, self.within = place, 0, False

    def visit_in(self, module: ModuleType) -> ast.AST:
        return self.visit(ast.parse(inspect.getsource(module)))  # type: ignore[no-any-return]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if self.within or node.name != self.place.function.rpartition(".")[2]:
            return self.generic_visit(node) if self.within else node
        self.within = True
        # In the order in which the places were counted.
        named = [each for each in _filters(node) if _name(each) == self.place.filter]
        self.target = named[self.place.number - 1]
        found = self.generic_visit(node)
        self.within = False
        return found

    def visit_Call(self, node: ast.Call) -> ast.AST:
        return self._opened(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        return self._opened(node)

    def _opened(self, node: ast.expr) -> ast.AST:
        if self.within and node is self.target:
            return ast.copy_location(ast.parse(_LET_THROUGH, mode="eval").body, node)
        return self.generic_visit(node)


@contextmanager
def without(place: Any) -> Iterator[None]:
    """While this lasts the filter at this place lets everything through, and there is no net below it."""
    module = importlib.import_module(place.module)
    function = _found(module, place.function)
    tree = ast.fix_missing_locations(place.source(module))
    before, function.__code__ = function.__code__, _code(compile(tree, module.__file__ or "", "exec"), function)
    _build_statements_anew(module)
    try:
        with nullcontext() if place.has_net else no_net(), _nothing_written_down():
            yield
    finally:
        function.__code__ = before
        _build_statements_anew(module)


def _found(module: ModuleType, name: str) -> FunctionType:
    found: Any = module
    for part in name.split("."):
        found = inspect.getattr_static(found, part)
    found = inspect.unwrap(getattr(found, "__func__", found))
    assert isinstance(found, FunctionType), name
    return found


def _code(compiled: CodeType, function: FunctionType) -> CodeType:
    """The code of this function in a module that was compiled anew."""
    waiting = [compiled]
    while waiting:
        code = waiting.pop()
        if code.co_qualname == function.__code__.co_qualname and code.co_name == function.__name__:
            return code
        waiting += [each for each in code.co_consts if isinstance(each, CodeType)]
    raise LookupError(function)


def _build_statements_anew(module: ModuleType) -> None:
    """Statements that were built once, at import or at their first use, still have the old filter in them."""
    for each in vars(module).values():
        if isinstance(each, functools._lru_cache_wrapper):
            each.cache_clear()
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _builds(node.value, module):
            code = compile(ast.Expression(node.value), module.__file__ or "", "eval")
            setattr(module, node.targets[0].id, eval(code, vars(module)))


def _builds(value: ast.expr, module: ModuleType) -> bool:
    """Whether a constant is made by functions of its own module that build statements."""
    names = {node.func.id for node in ast.walk(value) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return "union_all" in names or any(
        isinstance(vars(module).get(name), FunctionType) and vars(module)[name].__module__ == module.__name__
        for name in names
        if name.startswith("_")
    )


@contextmanager
def no_net() -> Iterator[None]:
    """While this lasts queries find whatever they ask for."""
    visibility.init()
    event.remove(Session, "do_orm_execute", visibility._only_what_the_viewer_sees)
    try:
        # An application made meanwhile would spread it again.
        with patch.object(visibility, "init"):
            yield
    finally:
        visibility.init()


@contextmanager
def _nothing_written_down() -> Iterator[None]:
    """Whoever gets in through the hole opens what is held back; in the log that would stay after the hole is mended."""
    with patch.object(audit, "record_once"):
        yield
