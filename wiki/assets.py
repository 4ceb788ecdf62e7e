"""Where the built style sheet, scripts, icons and pictures are."""

import json
from functools import cached_property
from pathlib import Path


class FrontendMissing(RuntimeError):
    """The front end was not built on this machine."""


class Manifest:
    """Names of the built files; each carries its content's hash and so may be kept by browsers for ever."""

    def __init__(self, folder: Path, prefix: str = "/static/") -> None:
        self._folder = folder
        self._prefix = prefix

    def url(self, name: str) -> str:
        """The address of `name` ("app.css", "icons.svg"); KeyError for a file the build does not make."""
        return self._prefix + self._files[name]

    def file(self, name: str) -> Path:
        """Where the file itself lies, for what needs its content on this machine."""
        return self._folder / self._files[name]

    @cached_property
    def _files(self) -> dict[str, str]:
        try:
            names: dict[str, str] = json.loads((self._folder / "manifest.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise FrontendMissing(
                f"No front end in {self._folder}. Run: pip install -e . (or, in frontend/: npm ci && npm run build)."
            ) from None
        return names
