"""Servers to measure: gunicorn in a process of its own, with what its workers cost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
START_LIMIT = 60.0
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A gunicorn that answers on this port of 127.0.0.1; `cold` is how many seconds it took to do so."""

    process: subprocess.Popen[bytes]
    port: int
    cold: float

    @property
    def workers(self) -> list[int]:
        """The ids of its worker processes."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return sorted({int(child) for task in tasks for child in task.read_text().split()})

    def cpu(self) -> float:
        """Seconds of processor time its workers have used so far."""
        return sum(_cpu_of(worker) for worker in self.workers)

    def memory(self) -> list[int]:
        """Bytes of memory of each worker, its share of what processes have in common included (PSS)."""
        return [_pss(worker) for worker in self.workers]


@contextmanager
def product(folder: Path) -> Iterator[Server]:
    """Chancery on this data folder, started as `make serve` starts it."""
    settings = {
        "CHANCERY_DATA_DIR": str(folder),
        "CHANCERY_WORKERS": str(WORKERS),
        "CHANCERY_ATTEMPTS_PER_ADDRESS": "10000",
    }
    port = free_port()
    arguments = ["-c", "from wiki.cli import main; main()", "serve"]
    with _running(arguments, {**settings, "CHANCERY_PORT": str(port)}, port, "/healthz") as server:
        yield server


@contextmanager
def reference(database: Path) -> Iterator[Server]:
    """The bare application under the settings of gunicorn that Chancery has."""
    from wiki import server as ours

    port = free_port()
    arguments = ["-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS)]
    arguments += ["--threads", str(ours.threads), "--worker-class", ours.worker_class, "--preload"]
    arguments += ["--keep-alive", str(ours.keepalive), "--log-level", ours.loglevel]
    arguments += ["--max-requests", str(ours.max_requests), "--max-requests-jitter", str(ours.max_requests_jitter)]
    arguments += ["--worker-tmp-dir", ours.worker_tmp_dir] if ours.worker_tmp_dir else []
    arguments += ["benchmarks.reference:app"]
    with _running(arguments, {"BENCHMARK_REFERENCE": str(database)}, port, "/page/1") as server:
        yield server


@contextmanager
def _running(arguments: list[str], settings: dict[str, str], port: int, path: str) -> Iterator[Server]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHANCERY_")}
    begun = time.monotonic()
    process = subprocess.Popen([sys.executable, *arguments], env=kept | settings, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _wait_for(process, port, path)
        yield Server(process, port, time.monotonic() - begun)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it answered")
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.02)
        finally:
            connection.close()
    raise RuntimeError(f"the server did not answer within {START_LIMIT:.0f} seconds")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number: int = taken.getsockname()[1]
        return number


def _cpu_of(process: int) -> float:
    # The name of a process may hold spaces and brackets, so the fields are counted from its end.
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _pss(process: int) -> int:
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"the kernel does not tell the memory of process {process}")
