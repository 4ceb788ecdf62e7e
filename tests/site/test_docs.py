"""The documents are true: settings, commands, targets, addresses and links named in them exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import click
import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

import guidelines
import search
import training
from wiki import settings
from wiki.access.policy import Role
from wiki.app import create_app
from wiki.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("**/*.md")])
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
SETTING_ROW = re.compile(r"^\| `(CHANCERY_\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
ADDRESS = re.compile(r"^(?:(GET|POST) )?(/[^\s]*)$")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# What stands in an address for something that the reader fills in: `<slug>`, or a whole family by `…`.
GAP = re.compile(r"<[^>]+>")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(search, guidelines, training, settings=Settings(data_dir=tmp_path_factory.mktemp("docs")))


@pytest.fixture(scope="module")
def commands(app: Flask) -> set[str]:
    """Every command with its groups: `init`, `person`, `person add`."""
    return set(walked(app.cli, ""))


def walked(group: click.Group, before: str) -> Iterator[str]:
    for name, command in group.commands.items():
        yield before + name
        if isinstance(command, click.Group):
            yield from walked(command, f"{before}{name} ")


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def code_in(path: Path) -> Iterator[str]:
    """Each line of code of a document: the fenced ones and those within a sentence."""
    for language, block in FENCE.findall(text_of(path)):
        if language in ("", "sh", "ini", "crontab"):
            yield from block.splitlines()
    yield from SPAN.findall(FENCE.sub("", text_of(path)))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def described() -> dict[str, str]:
    """The settings as their document has them: variable and default."""
    rows = SETTING_ROW.findall(text_of(ROOT / "docs/settings.md"))
    assert len({name for name, _, _ in rows}) == len(rows), "a setting is described twice"
    return {name: default.strip("`") for name, default, _ in rows}


def written(default: object) -> str:
    """A default as an administrator would write it."""
    if isinstance(default, bool):
        return "yes" if default else "no"
    if isinstance(default, tuple):
        return ",".join(default)
    return str(default) or "*(empty)*"


def test_every_setting_is_described_with_its_default_and_nothing_else_is() -> None:
    assert described() == {settings.variable(field.name): written(field.default) for field in fields(Settings)}


def test_every_described_default_can_be_given_to_the_application() -> None:
    given = {name: default for name, default in described().items() if default != "*(empty)*"}
    assert settings.read(given) == Settings()


def test_no_document_names_a_setting_that_does_not_exist() -> None:
    known = {settings.variable(field.name) for field in fields(Settings)} | settings._NOT_OURS
    for path in DOCS:
        named = set(re.findall(r"\bCHANCERY_[A-Z_]+[A-Z]\b", text_of(path)))
        assert {name for name in named if name not in known and name.removesuffix("_FILE") not in known} == set(), path


def commands_named() -> list[tuple[str, str]]:
    """Document and words behind `chancery`, as far as they can be names of commands."""
    behind = re.compile(r"(?:^|[\s/])chancery((?: [a-z][a-z-]*)+)")
    lines = [(name_of(path), line) for path in DOCS for line in code_in(path)]
    return [(name, words.strip()) for name, line in lines for words in behind.findall(line)]


def test_every_command_named_in_a_document_exists(commands: set[str]) -> None:
    assert commands_named()
    missing = [(path, words) for path, words in commands_named() if not known_command(words.split(), commands)]
    assert missing == []


def known_command(words: list[str], commands: set[str]) -> bool:
    """Whether the words begin with a command; behind a group there must be one of its commands or nothing."""
    if words[0] not in commands:
        return False
    within = {name for name in commands if name.startswith(f"{words[0]} ")}
    return not within or len(words) == 1 or " ".join(words[:2]) in within


def test_every_option_named_behind_a_command_exists(app: Flask) -> None:
    for path in DOCS:
        for line in code_in(path):
            found = re.search(r"(?:^|[\s/])chancery ((?:[a-z][a-z-]* ?)+)(.*)", line)
            if found:
                command = command_of(app.cli, found[1].split())
                known = {
                    option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
                }
                named = set(re.findall(r"(?<!\S)--[a-z-]+", found[2]))
                assert named - {"--help"} <= known, f"{name_of(path)}: {line}"


def command_of(group: click.Command, words: list[str]) -> click.Command:
    for word in words:
        if isinstance(group, click.Group) and word in group.commands:
            group = group.commands[word]
    return group


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):.*## ", text_of(ROOT / "Makefile"), re.MULTILINE))


def test_every_make_target_named_in_a_document_exists() -> None:
    named = {
        (name_of(path), word) for path in DOCS for line in code_in(path) for word in re.findall(r"^make ([a-z]+)", line)
    }
    assert {word for _, word in named} >= {"serve", "test"}
    assert {(path, word) for path, word in named if word not in targets()} == set()


def test_every_target_of_the_makefile_is_explained_and_phony() -> None:
    makefile = text_of(ROOT / "Makefile")
    phony = set(re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]
    assert phony - targets() == {"install"}
    assert targets() <= phony


def test_the_readme_opens_with_the_two_commands() -> None:
    assert re.match(r"# Chancery\n\n```sh\nmake serve .*\nmake test .*\n```\n", text_of(ROOT / "README.md"))


def addresses_named() -> list[tuple[str, str, str]]:
    """Document, method and address of everything that is written like an address of the site."""
    found = []
    for path in DOCS:
        for span in SPAN.findall(FENCE.sub("", text_of(path))):
            match = ADDRESS.match(span)
            if match and not span.startswith(("/etc/", "/var/", "/srv/", "/dev/", "/usr/", "/proc/")):
                found.append((name_of(path), match[1] or "", match[2]))
    return found


def test_every_address_named_in_a_document_exists(app: Flask) -> None:
    assert addresses_named()
    missing = [entry for entry in addresses_named() if not answers(app, entry[1], entry[2])]
    assert missing == []


def answers(app: Flask, method: str, address: str) -> bool:
    path = GAP.sub("1", address.split("?")[0].split("#")[0])
    if path.startswith("/static/"):
        return True
    adapter = app.url_map.bind("localhost")
    for tried in (method,) if method else ("GET", "POST"):
        try:
            adapter.match(path, method=tried)
        except RequestRedirect:
            return True
        except HTTPException:
            continue
        return True
    return False


ROLES = sorted((ROOT / "docs/roles").glob("*.md"))
# In these pages all that leans is a button, a link or the name of a page as it stands in the application.
SLANTED = re.compile(r"(?<![*\w])\*([^*\n]+)\*(?![*\w])")
WORDS = re.compile(r"""(?:_|_l|l|gettext|lazy_gettext)\(\s*"([^"]+)\"""")


@cache
def words_of_the_site() -> frozenset[str]:
    """Every string for people, with `…` for what is filled in."""
    sources = [*(ROOT / "templates").rglob("*.html")]
    for package in ("wiki", "guidelines", "training", "search"):
        sources += (ROOT / package).rglob("*.py")
    return frozenset(re.sub(r"%\(\w+\)[sd]", "…", found) for path in sources for found in WORDS.findall(text_of(path)))


def test_there_is_a_short_page_for_every_role_and_the_index_leads_to_each() -> None:
    index = ROOT / "docs/roles/README.md"
    linked = {target for path, target in links_named() if path == index}
    assert linked == {path.name for path in ROLES} - {"README.md"}
    # Its lead, its readers and its guests hold no role; coaches and trainers find theirs with the mentors.
    assert {role.value for role in Role} - {"coach", "trainer"} <= {path.stem for path in ROLES}
    assert {path.name for path in ROLES if len(text_of(path).splitlines()) > 60} == set()
    assert "docs/roles/README.md" in text_of(ROOT / "README.md")


def test_every_button_named_in_a_page_for_a_role_stands_in_the_application() -> None:
    slanted = [(name_of(path), words) for path in ROLES for words in SLANTED.findall(text_of(path))]
    assert len(slanted) > 100
    assert [(path, words) for path, words in slanted if words not in words_of_the_site()] == []
    assert "Let them fly" not in words_of_the_site()


def test_every_address_in_a_page_for_a_role_is_marked_as_one() -> None:
    """What is not marked is not looked at by the test above."""
    bare = re.compile(r"(?<![\w./(<>])/[a-z][a-z-]+")
    plain = [(path, LINK.sub("", SPAN.sub("", text_of(path)))) for path in ROLES]
    assert {name_of(path): bare.findall(text) for path, text in plain if bare.search(text)} == {}


def links_named() -> list[tuple[Path, str]]:
    found = [(path, target) for path in DOCS for target in LINK.findall(FENCE.sub("", text_of(path)))]
    return [(path, target) for path, target in found if not re.match(r"[a-z]+:", target)]


def test_every_relative_link_in_a_document_leads_somewhere() -> None:
    assert len(links_named()) > 10
    broken = [(name_of(path), target) for path, target in links_named() if not resolves(path, target)]
    assert broken == []


def resolves(path: Path, target: str) -> bool:
    file, _, anchor = target.partition("#")
    found = (path.parent / file).resolve() if file else path
    if not found.exists():
        return False
    return not anchor or anchor in {
        anchor_of(title) for title in re.findall(r"^#+ (.+)$", text_of(found), re.MULTILINE)
    }


def anchor_of(title: str) -> str:
    """The anchor that code hosts give a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


@pytest.mark.parametrize(
    ("words", "known"),
    [("init", True), ("person add", True), ("person fly", False), ("fly", False), ("init now", True)],
)
def test_a_command_that_does_not_exist_would_be_noticed(words: str, known: bool) -> None:
    assert known_command(words.split(), {"init", "person", "person add"}) is known


def test_an_address_that_does_not_exist_would_be_noticed(app: Flask) -> None:
    assert answers(app, "GET", "/guidelines/<slug>/history")
    assert not answers(app, "GET", "/guidelines/<slug>/nowhere")
