"""What is measured, one function for each part of the table."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import median

from benchmarks import corpus, load, world
from benchmarks.load import Pace
from benchmarks.reader import Reader, hidden
from benchmarks.servers import ROOT, Server

CONNECTIONS = 8
SAVERS = 4
SEARCHES_FOR_MEMORY = 200
ADDRESSES = 300
VISITS = 5_000
LINKED = re.compile(r'(?:href|src)="(/static/[^"#?]+)')
IN_STYLES = re.compile(r'url\("?([^")]+?)"?\)')


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `cpu` is milliseconds of the workers' processor time for each request.

    `per_second` is under load, `p50` and `p95` are milliseconds of a single reader with the server to themselves, and
    `loaded_p95` is the 95th percentile under load.
    """

    what: str
    per_second: float
    p50: float
    p95: float
    loaded_p95: float
    cpu: float


def paths(size: int) -> dict[str, list[str]]:
    """The addresses that are asked for, by the name of their row."""
    pages = [f"/wiki/{slug}" for slug in world.readable_slugs("page", size, size)]
    guidelines = [f"/guidelines/{slug}" for slug in world.readable_slugs("guideline", size, size)]
    modules = [f"/training/modules/{slug}" for slug in world.readable_slugs("module", size, size)]
    asked = {
        "page view": _as_read(pages),
        "guideline view": _as_read(guidelines),
        "page view, all anew": pages,
        "module view": modules,
        "home": ["/"],
        "list of guidelines": [f"/guidelines/?topic={topic}" for topic in ("", *corpus.TOPICS)],
        "list of lessons": lists_of_lessons(),
    }
    for words in (1, 2, 6):
        name = f"search, {words} word{'s' if words > 1 else ''}"
        asked[name] = [f"/search?q={_quoted(question)}" for question in corpus.questions(words, ADDRESSES, size)]
    asked["suggest"] = [f"/search/suggest?q={_quoted(typed)}" for typed in corpus.beginnings(ADDRESSES, size)]
    return asked


def lists_of_lessons() -> list[str]:
    """The list of lessons, whole and narrowed by one filter or several."""
    narrowed = [f"topic={topic}" for topic in corpus.TOPICS] + [f"platform={each}" for each in corpus.PLATFORMS]
    narrowed += [f"nature={nature}&harm=3" for nature in corpus.NATURES]
    narrowed += [f"post={corpus.group(number)}" for number in range(10)]
    return ["/lessons/", *(f"/lessons/?{each}" for each in narrowed)]


def told(count: int, size: int) -> list[dict[str, str]]:
    """What stands in the boxes of lessons that are being written: the first paragraphs of others."""
    made = (
        corpus.document(number, size, "lesson") for number in random.Random(6).sample(range(size), min(count, size))
    )
    parts = ([line for line in each.body.splitlines() if line and not line.startswith("#")] for each in made)
    return [{"happened": lines[0], "intended": lines[2], "title": lines[4][:200]} for lines in parts]


def _as_read(addresses: list[str]) -> list[str]:
    """Thousands of visits as people read: a few pages all the time, most of them seldom (Zipf's law)."""
    weights = [1 / (rank + 1) for rank in range(len(addresses))]
    return random.Random(3).choices(addresses, weights, k=VISITS)


def _quoted(words: str) -> str:
    return words.replace(" ", "+")


def answers(what: str, server: Server, cookie: str, asked: list[str], seconds: float) -> Row:
    """One row: asked by one reader alone, then by eight at once."""
    _each(server, cookie, asked[:16])
    alone = load.ask(server.port, asked, cookie, seconds=seconds, connections=1)
    before = server.cpu()
    loaded = load.ask(server.port, asked, cookie, seconds=seconds, connections=CONNECTIONS)
    cpu = 1000 * (server.cpu() - before) / loaded.requests
    return Row(what, loaded.per_second, alone.p50, alone.p95, loaded.p95, cpu)


def saves(server: Server, cookie: str, slugs: list[str], seconds: float) -> Row:
    """Saves by the form: first one writer alone, then four at once, each with a text of their own."""
    alone = _saving(server.port, cookie, slugs[:1], seconds)
    before = server.cpu()
    loaded = _saving(server.port, cookie, slugs[1 : SAVERS + 1], seconds)
    cpu = 1000 * (server.cpu() - before) / max(loaded.requests, 1)
    return Row("save", loaded.per_second, alone.p50, alone.p95, loaded.p95, cpu)


def _saving(port: int, cookie: str, slugs: list[str], seconds: float) -> Pace:
    def save(number: int, took: list[float], over: Callable[[], bool]) -> None:
        reader, path = Reader(port, cookie), f"/wiki/{slugs[number]}"
        fields = reader.begin(path)
        while not over():
            begun = time.perf_counter()
            reader.save(path, fields, f"saved {len(took)} times")
            took.append(1000 * (time.perf_counter() - begun))

    return load.together(save, seconds=seconds, workers=len(slugs))


def similar(server: Server, cookie: str, size: int, seconds: float) -> Row:
    """Lessons like the one that is being written, asked for as the page of the form does."""
    boxes = told(100, size)

    def ask(number: int, took: list[float], over: Callable[[], bool]) -> None:
        reader = Reader(server.port, cookie)
        token, place = {"csrf_token": hidden(reader.get("/lessons/new"), "csrf_token")}, number
        while not over():
            begun = time.perf_counter()
            reader.part("/lessons/similar", boxes[place % len(boxes)] | token)
            took.append(1000 * (time.perf_counter() - begun))
            place += 1

    return _sent("similar lessons", server, ask, seconds)


def quiz_answers(server: Server, cookie: str, modules: list[str], seconds: float) -> Row:
    """Answers to questions, as the page of a module sends them, going from module to module."""

    def answer(number: int, took: list[float], over: Callable[[], bool]) -> None:
        reader = Reader(server.port, cookie)
        for path in cycle(modules[number:] + modules[:number]):
            for address, fields in reader.questions(path):
                if over():
                    return
                begun = time.perf_counter()
                reader.part(address, fields)
                took.append(1000 * (time.perf_counter() - begun))

    return _sent("quiz answer", server, answer, seconds)


def _sent(
    what: str, server: Server, work: Callable[[int, list[float], Callable[[], bool]], None], seconds: float
) -> Row:
    alone = load.together(work, seconds=seconds, workers=1)
    before = server.cpu()
    loaded = load.together(work, seconds=seconds, workers=SAVERS)
    cpu = 1000 * (server.cpu() - before) / max(loaded.requests, 1)
    return Row(what, loaded.per_second, alone.p50, alone.p95, loaded.p95, cpu)


def searchable(server: Server, cookie: str, slugs: list[str], count: int) -> Pace:
    """How long from sending a change until the search finds it, one after the other."""
    reader, took, begun = Reader(server.port, cookie), list[float](), time.monotonic()
    for number in range(count):
        path = f"/wiki/{slugs[number % len(slugs)]}"
        took.append(reader.save_until_found(path, reader.begin(path), f"zyx{number}q{time.monotonic_ns()}"))
    return load.pace(took, time.monotonic() - begun)


def memory(server: Server, cookie: str, asked: dict[str, list[str]]) -> tuple[float, float]:
    """Bytes of a worker that has shown pages, and bytes it gained by two hundred searches; the mean of the workers."""
    _each(server, cookie, asked["page view"][:100])
    before = server.memory()
    questions = asked["search, 1 word"] + asked["search, 2 words"] + asked["search, 6 words"]
    _each(server, cookie, questions[:: max(1, len(questions) // SEARCHES_FOR_MEMORY)])
    after = server.memory()
    return sum(before) / len(before), (sum(after) - sum(before)) / len(before)


def _each(server: Server, cookie: str, asked: list[str]) -> None:
    # Several at once, so that every worker has its share.
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for status, _headers, _body in pool.map(lambda path: load.fetch(server.port, path, cookie), asked):
            if status != 200:
                raise RuntimeError(f"an address was answered with {status}")


def weights(server: Server, cookie: str, path: str, other: str) -> tuple[int, int, int]:
    """Bytes over the wire with Brotli: a first visit with all it brings, the page alone, and the next page."""
    page, body = _weighed(server, path, cookie)
    files = set(LINKED.findall(body))
    total, seen = page, set[str]()
    while files - seen:
        address = (files - seen).pop()
        seen.add(address)
        size, text = _weighed(server, address, cookie)
        total += size
        if address.endswith(".css"):
            files |= {found for found in _in_styles(address, text) if _is_fetched(found)}
    return total, page, _weighed(server, other, cookie)[0]


def _weighed(server: Server, path: str, cookie: str) -> tuple[int, str]:
    status, headers, body = load.fetch(server.port, path, cookie, **{"Accept-Encoding": "br"})
    if status != 200:
        raise RuntimeError(f"{path} was answered with {status}")
    return len(body), _plain(body, headers.get("Content-Encoding", ""))


def _plain(body: bytes, encoding: str) -> str:
    import brotli

    return (brotli.decompress(body) if encoding == "br" else body).decode("utf-8", "replace")


def _in_styles(address: str, text: str) -> Iterator[str]:
    folder = address.rpartition("/")[0]
    for found in IN_STYLES.findall(text):
        if not found.startswith(("data:", "#")):
            yield found if found.startswith("/") else f"{folder}/{found.removeprefix('./')}"


def _is_fetched(address: str) -> bool:
    """Browsers fetch only the fonts whose letters stand on a page; in English that is the Latin one."""
    return not address.endswith(".woff2") or ("-latin-" in address and "-ext-" not in address)


def imported(folder: Path, count: int) -> float:
    """Seconds to import so many Markdown files by the command, into a copy of the world in `folder`."""
    copy, source = folder.with_name(f"{folder.name}-import"), folder.with_name(f"{folder.name}-files")
    shutil.copytree(folder, copy)
    source.mkdir()
    for made in corpus.documents(count):
        text = f'---\ntitle: "{made.title}"\ndate: 2026-01-01\n---\n\n{made.body}\n'
        (source / f"file-{made.number}.md").write_text(text)
    command = [sys.executable, "-c", "from wiki.cli import main; main()", "import", "markdown", str(source)]
    begun = time.monotonic()
    settings = {"CHANCERY_DATA_DIR": str(copy), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [*command, "--kind", "page", "--owner", corpus.group(0)], cwd=ROOT, env=settings, capture_output=True, text=True
    )
    took = time.monotonic() - begun
    shutil.rmtree(copy)
    shutil.rmtree(source)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"the import ended with {done.returncode}: {done.stderr[-500:]}")
    return took


def together(rows: list[Row]) -> Row:
    """The medians of rows of the same name from several rounds."""
    columns = ("per_second", "p50", "p95", "loaded_p95", "cpu")
    return Row(rows[0].what, *(median(getattr(row, column) for row in rows) for column in columns))
