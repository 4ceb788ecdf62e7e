"""What our own style sheets, scripts and lock file must never contain."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FRONTEND = ROOT / "frontend"
STYLES = sorted((FRONTEND / "src/css").glob("*.css"))
SCRIPTS = sorted((FRONTEND / "src/js").glob("*.js"))
PHYSICAL = re.compile(
    r"(?<![-\w])(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right|top|bottom)"
    r"|(?:left|right|top|bottom|width|height|(?:min|max)-(?:width|height))\s*:"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right))"
)


def without_queries(css: str) -> str:
    """Conditions of @media are about the window and have no logical form in old browsers."""
    return re.sub(r"@media[^{]*", "", css)


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_style_sheets_name_no_physical_side(path: Path) -> None:
    assert not PHYSICAL.findall(without_queries(path.read_text()))


def test_the_rule_about_sides_would_notice_one() -> None:
    for line in ("a { margin-left: 1px }", "a{left:0}", "a { text-align: right }", "a { max-width: 3rem; }"):
        assert PHYSICAL.search(without_queries(line)), line


@pytest.mark.parametrize("path", STYLES + SCRIPTS, ids=lambda path: path.name)
def test_source_files_stay_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 400


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_run_no_text_as_code_and_place_no_text_as_html(path: Path) -> None:
    forbidden = r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\.setAttribute\(\"on"

    assert not re.search(forbidden, path.read_text())


def test_every_style_sheet_is_part_of_the_bundle() -> None:
    listed = re.findall(r'@import "([^"]+)" layer\(', (FRONTEND / "src/css/app.css").read_text())

    assert sorted([*listed, "app.css"]) == [path.name for path in STYLES]


def test_packages_are_pinned_exactly_and_the_lock_names_no_address() -> None:
    wanted = json.loads((FRONTEND / "package.json").read_text())
    lock = (FRONTEND / "package-lock.json").read_text()

    versions = [*wanted["dependencies"].values(), *wanted["devDependencies"].values()]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
    assert '"resolved"' not in lock
    packages = [entry for name, entry in json.loads(lock)["packages"].items() if name]
    assert all(entry["integrity"].startswith("sha512-") for entry in packages)
