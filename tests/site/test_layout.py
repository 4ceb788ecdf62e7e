"""The house style that a machine can hold: sizes, docstrings, the direction of reading, and nothing of one machine."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("wiki", "guidelines", "search", "training")
LONGEST_FILE = 400
LONGEST_FUNCTION = 40
LONGEST_VIEW = 25

# What gives a machine or its registries away. Addresses of the projects we link to are fine.
TELLTALES = re.compile(
    r"/(?:home|Users)/[a-z]\w*/|/root/|/work/(?:main|shared)\b|/opt/(?:wheels|pypi)|/tmp/bash_jobs"  # machine paths
    r"|(?:pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com)/"  # registries
    r"|-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}"  # secrets
)
# Binary files, and the one file that has to spell the telltales out.
NOT_READ = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".woff2", ".ico", ".pdf", ".mo"}


@cache
def tracked() -> list[Path]:
    """Every file that git keeps; outside a checkout, such as in a source archive, every file there is."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        skipped = {".venv", "node_modules", "__pycache__", "dist", "instance"}
        paths = [path for path in ROOT.rglob("*") if not skipped & set(path.parts)]
    return [path for path in paths if path.is_file()]


@cache
def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def is_view(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A view says who may call it: it carries @needs(…) or @open_to_all."""
    written = {ast.unparse(decorator).split("(")[0].split(".")[-1] for decorator in node.decorator_list}
    return bool(written & {"needs", "open_to_all"})


def too_long_functions(path: Path, limit: int) -> list[str]:
    return [
        f"{name_of(path)}:{node.lineno} {node.name} ({length(node)})"
        for node in functions(path)
        if length(node) > limit
    ]


def test_the_modules_are_found() -> None:
    assert len(modules()) > 50
    assert any(is_view(node) for path in modules() for node in functions(path))


def test_no_file_is_longer_than_400_lines() -> None:
    own = [path for path in tracked() if path.suffix in {".py", ".js", ".mjs"}]
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in {*own, *modules()}}
    written_by_hand = {name: lines for name, lines in lengths.items() if not name.startswith("migrations/versions/")}
    assert {name: lines for name, lines in written_by_hand.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    assert [line for path in modules() for line in too_long_functions(path, LONGEST_FUNCTION)] == []


def test_no_view_is_longer_than_25_lines() -> None:
    views = [(path, node) for path in modules() for node in functions(path) if is_view(node)]
    found = [f"{name_of(path)}:{node.lineno} {node.name} ({length(node)})" for path, node in views]
    too_long = [line for line, (_, node) in zip(found, views, strict=True) if length(node) > LONGEST_VIEW]
    assert too_long == []


def test_every_module_says_in_one_sentence_what_it_is() -> None:
    silent = [name_of(path) for path in modules() if not (ast.get_docstring(parsed(path)) or "").split("\n")[0].strip()]
    assert silent == []


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
    own = [path for path in tracked() if path.suffix in {".py", ".js", ".mjs", ".html", ".css", ".md"}]
    found = [name_of(path) for path in own if path != Path(__file__) and later.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_no_file_names_a_machine_a_registry_or_a_secret() -> None:
    found = []
    for path in tracked():
        if path.suffix in NOT_READ or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{name_of(path)}: {match.group()}" for match in TELLTALES.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    ["/root/notes", "https://pypi.org/simple", "resolved https://registry.npmjs.org/x", "-----BEGIN RSA PRIVATE KEY"],
)
def test_the_search_for_telltales_finds_one_when_there_is_one(planted: str) -> None:
    assert TELLTALES.search(planted)


def test_the_top_of_the_tree_holds_only_what_a_newcomer_should_meet() -> None:
    top = {name_of(path).split("/")[0] for path in tracked()}
    asked_for = {"wiki", "guidelines", "search", "training", "templates", "wsgi.py", "pyproject.toml", "tests"}
    others = {
        *("README.md", "CHANGELOG.md", "LICENSE", "Makefile", "hatch_build.py", ".gitignore", ".ci"),
        *("requirements.lock", "requirements-test.lock", "requirements-build.lock"),
        *("frontend", "migrations", "docs", "benchmarks", "starter"),
    }
    assert asked_for <= top
    assert top <= asked_for | others
