"""Restores, each killed one step later than the one before: `python -m tests.site.killing START BACKUP OUT`.

A step is whatever changes the names in the data folder, or opens one of its files to write. Each try begins with a copy
of START; what the killed process left is OUT/1, OUT/2 and so on, the last of them by a restore that came to its end.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask

from tests.conftest import build
from wiki.settings import Settings

CHANGING = {"os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "shutil.rmtree", "sqlite3.connect"}


def main(start: Path, backup: Path, out: Path) -> None:
    data = out / "data"
    app = build(Settings(data_dir=data, secret_key="a secret for tests"))
    for number in range(1, 1000):
        shutil.rmtree(data)
        shutil.copytree(start, data)
        child = os.fork()
        if not child:
            restore(app, backup, kill_at=number)
        _, status = os.waitpid(child, 0)
        data.rename(out / str(number))
        (out / str(number)).joinpath("ended").write_text(str(os.waitstatus_to_exitcode(status)))
        data.mkdir()
        if not os.WIFSIGNALED(status):
            return
    raise AssertionError("a restore that does not end")


def restore(app: Flask, backup: Path, *, kill_at: int) -> None:
    """In the child: restore, and die at this step."""
    left = kill_at
    data = str(app.extensions["chancery_settings"].data_dir)

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if is_a_step(event, arguments) and data in " ".join(paths(arguments)):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    result = app.test_cli_runner().invoke(args=["restore", str(backup), "--replace"])
    os._exit(result.exit_code)


def is_a_step(event: str, arguments: tuple[Any, ...]) -> bool:
    return event in CHANGING or (event == "open" and bool(int(arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR)))


def paths(arguments: tuple[Any, ...]) -> Iterator[str]:
    yield from (os.fsdecode(one) for one in arguments if isinstance(one, str | bytes | os.PathLike))


if __name__ == "__main__":
    main(*(Path(name) for name in sys.argv[1:4]))
