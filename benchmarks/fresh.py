"""`python -m benchmarks.fresh`: from a fresh clone to the home page of somebody signed in, with the starter pack."""

from __future__ import annotations

import argparse
import os
import re
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, build_opener

from benchmarks.reader import hidden
from benchmarks.servers import ROOT, free_port

PASSWORD = "three quiet herons"
PATIENCE = 900.0
PROMISED = 180.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Clone what is committed and start it: first with empty package caches, then with what that has fetched."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fresh", description=__doc__)
    parser.add_argument("--folder", type=Path, help="where to clone and keep the caches meanwhile")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as scratch:
        for words in ("empty", "filled"):
            took, cpu = first_home_page(Path(scratch), words)
            verdict = "kept  " if took < PROMISED else "MISSED"
            print(f"{verdict} make serve to a signed-in home page, package caches {words}: {took:.0f} s by the clock, "
                  f"{cpu:.0f} s of processor time (under {PROMISED:.0f} s)", flush=True)  # fmt: skip


def first_home_page(folder: Path, name: str) -> tuple[float, float]:
    """Seconds by the clock and of processor time; the caches of pip and npm lie in `folder` and are used again."""
    clone = folder / name
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], check=True)
    before, begun, port = _used(), time.monotonic(), free_port()
    with _served(clone, folder, port) as said:
        link = re.search(rf"http://127\.0\.0\.1:{port}/welcome/\S+", said.read_text())
        if link is None:
            raise RuntimeError(f"no invitation was printed: {said.read_text()[-500:]}")
        home = _sign_in(link[0])
        took = time.monotonic() - begun
    if "/guidelines/" not in home:
        raise RuntimeError("the home page shows no guideline of the starter pack")
    return took, _used() - before


def _used() -> float:
    # Of children that have ended: what installed and what served.
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _served(clone: Path, caches: Path, port: int) -> Iterator[Path]:
    said = clone.with_suffix(".log")
    with said.open("wb") as log:
        running = subprocess.Popen(
            ["make", "serve", f"CHANCERY_PORT={port}"],
            cwd=clone, env=_clean(caches), stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        _wait_for(running, port, said)
        yield said
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGTERM)
        running.wait(60)


def _clean(caches: Path) -> Mapping[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("CHANCERY_", "VIRTUAL_ENV", "MAKE"))
    }
    return kept | {"PIP_CACHE_DIR": str(caches / "pip"), "npm_config_cache": str(caches / "npm")}


def _wait_for(running: subprocess.Popen[bytes], port: int, said: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if running.poll() is not None:
            raise RuntimeError(f"make serve ended with {running.returncode}: {said.read_text()[-500:]}")
        try:
            with _browser().open(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"no answer within {PATIENCE:.0f} seconds")


def _browser() -> OpenerDirector:
    return build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))


def _sign_in(link: str) -> str:
    """Use the invitation as its first administrator does; gives the home page."""
    opened = _browser()
    with opened.open(link, timeout=30) as page:
        token = hidden(page.read().decode(), "csrf_token")
    form = urlencode({"csrf_token": token, "password": PASSWORD}).encode()
    with opened.open(link, form, timeout=30) as page:
        return str(page.read().decode())


if __name__ == "__main__":
    main()
