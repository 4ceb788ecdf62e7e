"""The list of places in docs/sharing-tests.md: read for the test; `python -m tests.site.mutations_list` writes it anew.

A row names a place, what would get out without its filter, and what notices that: a page, as who and what address, or a
test that is run while the filter is away. Sentences and tests are written by hand; pages are found.
"""

from __future__ import annotations

import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tests.people import World
from tests.site import mutations, twins
from tests.site.crawler import addresses, crawl, shown

LIST = Path(__file__).resolve().parents[2] / "docs" / "sharing-tests.md"
# Together they reach every place: somebody of the service, a guest, a steward, an administrator, and officers.
WATCHERS = ("oskar", "gita", "ines", "selma", "dora")
_ROW = re.compile(r"^\| `([^`]+)` \| ([^|]*) \| `?([^|`]*)`? \|$", re.MULTILINE)

Page = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of a place."""

    leaks: str
    noticed: str

    @property
    def is_test(self) -> bool:
        return self.noticed.startswith("tests/")

    @property
    def page(self) -> Page:
        who, _, path = self.noticed.partition(" ")
        return who, path


def read() -> dict[str, Row]:
    """The rows by the names of their places."""
    return {place: Row(leaks.strip(), noticed) for place, leaks, noticed in _ROW.findall(LIST.read_text("utf-8"))}


def write(rows: dict[str, Row]) -> None:
    """Put these rows in the place of those that are there."""
    text = LIST.read_text("utf-8")
    first = _ROW.search(text)
    head = text[: first.start()] if first else text
    tail = text[[found.end() for found in _ROW.finditer(text)][-1] :] if first else "\n"
    lines = [f"| `{place}` | {row.leaks} | `{row.noticed}` |" for place, row in sorted(rows.items())]
    LIST.write_text(head + "\n".join(lines) + tail, "utf-8")


class Watch:
    """The twin worlds as they are, and which pages pass through which functions."""

    def __init__(self, without: World, with_it: World) -> None:
        self.without, self.with_it = without, with_it
        self.pages: dict[str, list[Page]] = {}

    def learn(self) -> None:
        """Visit everything once."""
        for who in WATCHERS:
            for path in crawl(self.without, who, addresses(self.without.app, who)).pages:
                for function in _passed(self.with_it, who, path):
                    self.pages.setdefault(function, []).append((who, path))

    def first_to_notice(self, place: mutations.Place) -> Page | None:
        """The first page that is not the same in both worlds while this filter is away, and is with it."""
        # A statement that is built once passes through its function before anybody asks for a page.
        near = self.pages.get(f"{place.module}.{place.function}") or self.pages.get(place.module, [])
        for who, path in near:
            if self.notices(place, who, path):
                return who, path
        return None

    def notices(self, place: mutations.Place, who: str, path: str) -> bool:
        """Whether this page tells the worlds apart without the filter, and does not with it."""
        before = shown(self.without.get(who, path))
        # The first answer may still say what the last change without a filter led to, such as “You can read this now”.
        if before not in (shown(self.with_it.get(who, path)), shown(self.with_it.get(who, path))):
            return False
        with mutations.without(place):
            return shown(self.with_it.get(who, path)) != before


def _passed(world: World, who: str, path: str) -> set[str]:
    passed: set[str] = set()

    def note(frame: FrameType, happened: str, _argument: object) -> None:
        if happened == "call":
            module = frame.f_globals.get("__name__", "")
            if module.startswith(mutations.PACKAGES):
                passed.update((module, f"{module}.{frame.f_code.co_qualname}"))

    sys.setprofile(note)
    try:
        world.get(who, path)
    finally:
        sys.setprofile(None)
    return passed


def main() -> None:
    """Find a page for each place that no test is named for."""
    from tests.conftest import AppMaker, _migrated

    folder = Path(tempfile.mkdtemp())
    template = folder / "template.sqlite3"
    _migrated(f"sqlite:///{template}")
    maker = AppMaker(str(template), folder)
    known, rows = read(), {}
    with twins.a_stopped_clock(), twins.the_same_ids_in_both_worlds():
        watch = Watch(World(maker("without")), World(maker("with")))
        twins.furnish(watch.without, held=False)
        twins.furnish(watch.with_it, held=True)
        again = "--all" in sys.argv
        learned = False
        for place in mutations.places():
            row = known.get(str(place), Row("", ""))
            if not row.is_test and (again or not row.noticed or not watch.notices(place, *row.page)):
                if not learned:
                    watch.learn()
                    learned = True
                page = watch.first_to_notice(place)
                row = Row(row.leaks, " ".join(page) if page else "")
            print(place, row.noticed or "NOT NOTICED", sep="\t", flush=True)
            rows[str(place)] = row
    maker.take_down()
    write(rows)


if __name__ == "__main__":
    main()
