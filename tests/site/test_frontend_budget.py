"""What a first visit costs, measured on the built files that are really served."""

import json
from pathlib import Path

import pytest

from wiki.assets import FrontendMissing, Manifest

DIST = Path(__file__).resolve().parents[2] / "wiki/static/dist"


@pytest.fixture(scope="module")
def names() -> dict[str, str]:
    Manifest(DIST).url("app.css")
    found: dict[str, str] = json.loads((DIST / "manifest.json").read_text())
    return found


def brotli_size(name: str) -> int:
    return (DIST / f"{name}.br").stat().st_size


def test_the_style_sheet_is_at_most_12_kb(names: dict[str, str]) -> None:
    assert brotli_size(names["app.css"]) <= 12_000


def test_the_scripts_of_every_page_are_at_most_20_kb(names: dict[str, str]) -> None:
    assert brotli_size(names["app.js"]) + sum(brotli_size(path.name) for path in DIST.glob("part-*.js")) <= 20_000


def test_a_first_visit_is_at_most_60_kb_with_8_kb_for_the_page_itself(names: dict[str, str]) -> None:
    packed = ("app.css", "app.js", "icons.svg", "band.svg", "guilloche.svg", "lock.svg", "mark.svg")
    font = (DIST / names["serif-latin.woff2"]).stat().st_size

    assert sum(brotli_size(names[name]) for name in packed) + font + 8_000 <= 60_000


def test_each_text_file_has_its_compressed_twins(names: dict[str, str]) -> None:
    texts = [name for name in names.values() if name.endswith((".css", ".js", ".svg"))]

    assert texts
    for name in texts:
        assert (DIST / f"{name}.br").is_file()
        assert (DIST / f"{name}.gz").is_file()


def test_no_built_file_names_another_host(names: dict[str, str]) -> None:
    harmless = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "https://htmx.org")
    for name in names.values():
        if name.endswith(".woff2"):
            continue
        text = (DIST / name).read_text()
        for address in harmless:
            text = text.replace(address, "")
        assert "http://" not in text, name
        assert "https://" not in text, name


def test_the_licences_of_what_we_ship_travel_with_it() -> None:
    notices = (DIST / "THIRD-PARTY.txt").read_text()

    for project in ("htmx.org 4.0", "lucide-static", "@fontsource/source-serif-4"):
        assert project in notices
    assert "SIL OPEN FONT LICENSE" in notices.upper()


def test_old_browsers_get_no_css_they_cannot_read(names: dict[str, str]) -> None:
    css = (DIST / names["app.css"]).read_text()

    assert "light-dark(" not in css
    assert "color-mix(" not in css


def test_a_missing_build_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FrontendMissing, match=r"pip install -e \."):
        Manifest(tmp_path).url("app.css")


def test_an_unknown_name_is_an_error_and_not_a_dead_link() -> None:
    with pytest.raises(KeyError):
        Manifest(DIST).url("nothing.css")


def test_a_wide_table_shows_at_its_edge_that_it_goes_on(names: dict[str, str]) -> None:
    css = (DIST / names["app.css"]).read_text()

    shade = css.partition(".scroll,.prose>.table-scroll{")[2].partition("}")[0]
    assert shade.count("linear-gradient(") == 4
    assert shade.count(" local") == 2
