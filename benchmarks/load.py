"""Asking a server as fast as it answers: wrk where it is installed, otherwise threads of our own; and saving."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

_LUA = """
local paths, asked, headers = {}, 0, {}
for line in io.lines(os.getenv("BENCHMARK_PATHS")) do paths[#paths + 1] = line end
headers["Cookie"] = os.getenv("BENCHMARK_COOKIE")
headers["Accept-Encoding"] = "br, gzip"
request = function()
  asked = asked + 1
  return wrk.format("GET", paths[(asked - 1) % #paths + 1], headers)
end
done = function(summary, latency, requests)
  local wrong = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format('\\nRESULT {"requests": %d, "seconds": %f, "p50": %f, "p95": %f, "wrong": %d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, wrong))
end
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many requests were answered in how many seconds; p50 and p95 in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p95: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def tool() -> str:
    """What asks, in words for the table."""
    return "wrk" if shutil.which("wrk") else "threads of Python"


def ask(port: int, paths: Sequence[str], cookie: str, *, seconds: float, connections: int) -> Pace:
    """Ask for these addresses one after the other over so many connections. RuntimeError when an answer is an error."""
    once = fetch(port, paths[0], cookie)[0]
    if once != 200:
        raise RuntimeError(f"{paths[0]} was answered with {once}")
    asking = _with_wrk if shutil.which("wrk") else _with_threads
    return asking(port, paths, cookie, seconds, connections)


def fetch(port: int, path: str, cookie: str = "", **more: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    """One answer: status, headers, body as it came over the wire."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        return _get(connection, path, {"Cookie": cookie, **more})
    finally:
        connection.close()


def _get(
    connection: http.client.HTTPConnection, path: str, headers: dict[str, str]
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def _with_wrk(port: int, paths: Sequence[str], cookie: str, seconds: float, connections: int) -> Pace:
    with tempfile.TemporaryDirectory() as folder:
        script, listed = Path(folder, "ask.lua"), Path(folder, "paths")
        script.write_text(_LUA)
        listed.write_text("\n".join(paths))
        environment = os.environ | {"BENCHMARK_PATHS": str(listed), "BENCHMARK_COOKIE": cookie}
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "20s"]
        done = subprocess.run(
            [*command, "-s", str(script), f"http://127.0.0.1:{port}"],
            env=environment, capture_output=True, text=True, timeout=seconds + 30, check=True,
        )  # fmt: skip
    told = json.loads(done.stdout.rpartition("RESULT ")[2])
    if told["wrong"] or not told["requests"]:
        raise RuntimeError(f"{told['wrong']} of {told['requests']} requests failed; the first was {paths[0]}")
    return Pace(told["requests"], told["seconds"], told["p50"], told["p95"])


def _with_threads(port: int, paths: Sequence[str], cookie: str, seconds: float, connections: int) -> Pace:
    def one(_: int, took: list[float], over: Callable[[], bool]) -> None:
        connection, asked = http.client.HTTPConnection("127.0.0.1", port, timeout=30), 0
        headers = {"Cookie": cookie, "Accept-Encoding": "br, gzip"}
        while not over():
            begun = time.perf_counter()
            status, _headers, _body = _get(connection, paths[asked % len(paths)], headers)
            if status != 200:
                raise RuntimeError(f"{paths[asked % len(paths)]} was answered with {status}")
            took.append(1000 * (time.perf_counter() - begun))
            asked += 1

    return together(one, seconds=seconds, workers=connections)


def together(work: Callable[[int, list[float], Callable[[], bool]], None], *, seconds: float, workers: int) -> Pace:
    """Let so many threads work until the time is over; each notes how many milliseconds each piece took."""
    took, failed, end = [list[float]() for _ in range(workers)], list[BaseException](), time.monotonic() + seconds

    def run(number: int) -> None:
        try:
            work(number, took[number], lambda: time.monotonic() >= end)
        except BaseException as error:
            failed.append(error)

    begun = time.monotonic()
    threads = [threading.Thread(target=run, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return pace([one for each in took for one in each], time.monotonic() - begun)


def pace(took: Sequence[float], seconds: float) -> Pace:
    """The pace of pieces of work that took so many milliseconds each, in so many seconds together."""
    if len(took) < 2:
        only = took[0] if took else 0.0
        return Pace(len(took), seconds, only, only)
    cuts = quantiles(took, n=100, method="inclusive")
    return Pace(len(took), seconds, cuts[49], cuts[94])
