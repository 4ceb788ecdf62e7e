"""The drill: a site that was restored answers like the one that was backed up, and no kill leaves half of either."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.conftest import AppMaker
from tests.people import World
from tests.site import twins
from tests.site.crawler import addresses, crawl, shown
from tests.site.restoring import (
    ROOT,
    Again,
    changed,
    data_of,
    furnished,
    kept,
    made_from,
    on_a_folder,
    only_sqlite,
    run,
    titles,
)
from tests.site.server import free_port, served
from tests.site.twins import INSIDERS, OUTSIDERS
from wiki import backup, db, health, occupancy
from wiki.documents.models import Attachment
from wiki.settings import Settings

pytestmark = only_sqlite

# One from outside and one from inside; all nine were compared when the restore was built, which takes ten minutes.
VISITORS = (OUTSIDERS[0], INSIDERS[0])


@pytest.fixture(scope="module")
def both(make_shared_app: AppMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, World]]:
    """A site with everything that is held back, and what came of it by way of a backup."""
    folder = tmp_path_factory.mktemp("drill")
    with twins.a_stopped_clock(), twins.the_same_ids_in_both_worlds():
        site = World(make_shared_app("site"))
        twins.furnish(site, held=True)
        restored = on_a_folder(make_shared_app, folder / "data")
        result = run(restored, made_from(site.app, folder / "backups"))
        assert result.exit_code == 0, result.output
        yield site, Again(restored)


@pytest.mark.slow
@pytest.mark.parametrize("who", VISITORS)
def test_the_restored_site_answers_like_the_one_that_was_backed_up(both: tuple[World, World], who: str | None) -> None:
    seen = assert_same_answers(both, who, addresses(both[0].app))
    assert len(seen) > 100
    if who in INSIDERS:
        assert any(is_file(page) for page in seen.values()), "control: files are compared"


def test_every_link_of_the_restored_site_leads_where_it_did(both: tuple[World, World]) -> None:
    seen = assert_same_answers(both, "bruno", [])
    assert any(twins.CANARIES["stubbody"] in page.text for page in seen.values() if page.mimetype == "text/html")


def assert_same_answers(both: tuple[World, World], who: str | None, more: list[str]) -> dict[str, Any]:
    there, here = (crawl(world, who, more).pages for world in both)
    assert set(there) == set(here)
    for path in there:
        # PDFs are in no backup, and the book lists them: whoever comes for one is asked to have it made anew.
        if path.startswith("/guidelines/book"):
            continue
        # Two passages of one paper are worth the same there: which stands for it follows the order of the index.
        if "q=zqxpassageheading" in path:
            continue
        assert shown(there[path]) == shown(here[path]), (who, path)
        # What is no page is compared to the byte.
        assert not is_file(there[path]) or there[path].text == here[path].text, (who, path)
    return there


def is_file(page: Any) -> bool:
    return page.status_code == 200 and not page.mimetype.startswith(("text/html", "application/json"))


def test_the_drill_would_notice_a_page_that_did_not_come_back(
    both: tuple[World, World], make_app: AppMaker, tmp_path: Path
) -> None:
    """The control: a backup in which one title was changed, without a manifest that would tell."""
    site, _ = both
    made = made_from(site.app, tmp_path / "backups")
    changed("UPDATE document SET title = 'Welkom' WHERE slug = 'welcome'")(made)
    app = on_a_folder(make_app, tmp_path / "wrong")
    assert run(app, made).exit_code == 0
    assert shown(Again(app).get("oskar", "/wiki/")) != shown(site.get("oskar", "/wiki/"))


@pytest.fixture
def saved(make_app: AppMaker, tmp_path: Path) -> Path:
    """A backup of a site with one page and one file."""
    return made_from(furnished(World(make_app("first")), "Treaty").app, tmp_path / "backups")


@pytest.mark.slow
def test_a_restore_killed_at_any_step_leaves_the_old_state_or_the_new(
    saved: Path, make_app: AppMaker, tmp_path: Path
) -> None:
    other = furnished(World(make_app("other")), "Armistice")
    other.app.extensions["chancery_db"].engine.dispose()
    out = tmp_path / "out"
    (out / "data").mkdir(parents=True)
    subprocess.run(
        [sys.executable, "-m", "tests.site.killing", str(data_of(other.app)), str(saved), str(out)],
        cwd=ROOT, check=True, timeout=300,
    )  # fmt: skip
    left = sorted((path for path in out.iterdir() if path.name.isdigit()), key=lambda path: int(path.name))
    assert [path.joinpath("ended").read_text() for path in left] == ["-9"] * (len(left) - 1) + ["0"]
    found = [sound_title(folder) for folder in left]
    old, new = found.count("Armistice"), found.count("Treaty")
    assert found == ["Armistice"] * old + ["Treaty"] * new, "the old state, then the new, and nothing else"
    assert min(old, new) > 3, "control: it was killed before and after the one step that counts"
    for number in {1, old, old + 1, len(left) - 1}:
        assert_usable(on_a_folder(make_app, left[number - 1]), found[number - 1], saved)


def sound_title(folder: Path) -> str:
    """The one title in what a killed restore left; its database is whole, and its file is there."""
    database = db.connect(Settings(data_dir=folder))
    with database.engine.connect() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        (title,) = connection.execute(text("SELECT title FROM document")).scalars()
        wanted = set(connection.execute(select(Attachment.sha256)).scalars())
    database.engine.dispose()
    assert wanted <= set(backup.sound_files(folder / "files"))
    return str(title)


def assert_usable(app: Flask, title: str, saved: Path) -> None:
    """A server would start on it and find what is there; and the restore can simply be run again."""
    with app.app_context():
        health.mend(app)
        assert [finding.words for finding in health.look(app) if not finding.fine] == []
    page = Again(app).get("oskar", "/search?q=words").text
    assert {name for name in ("Armistice", "Treaty") if name in page} == {title}
    result = run(app, saved, "--replace")
    assert result.exit_code == 0, result.output
    assert (titles(app), kept(app)) == (["Treaty"], [b"the Treaty"])
    assert list(data_of(app).rglob("*.part*")) == []


@pytest.mark.slow
def test_a_real_server_keeps_restores_away_even_when_its_master_is_killed(
    saved: Path, make_app: AppMaker, tmp_path: Path
) -> None:
    app = on_a_folder(make_app, tmp_path / "served", port=free_port())
    assert run(app, saved).exit_code == 0
    with served(app.extensions["chancery_settings"]) as server:
        assert "Chancery is running" in run(app, saved, "--replace").output
        for worker in server.workers():
            os.kill(worker, signal.SIGSTOP)  # or it would notice, and end before we look
        os.kill(server.running.pid, signal.SIGKILL)
        server.running.wait(10)
        assert "Chancery is running" in run(app, saved, "--replace").output
        os.killpg(server.running.pid, signal.SIGKILL)
        with alone_at_last(data_of(app)), pytest.raises(AssertionError, match="being restored"):
            server.start()


@contextmanager
def alone_at_last(folder: Path) -> Iterator[None]:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with suppress(occupancy.Occupied), occupancy.alone(folder):
            yield
            return
        time.sleep(0.05)
    raise AssertionError("the folder stays taken")
