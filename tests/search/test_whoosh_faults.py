"""The faults of Whoosh and of disks, each made to happen."""

import ast
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import search
from search.engine import EngineBroken, EngineBusy
from search.query import parse
from search.whoosh_engine import MOST_SEGMENTS, WhooshEngine
from search.whoosh_store import Store
from tests.search.makers import EVERYONE, ids, make_segment

SPAWN = multiprocessing.get_context("spawn")
FORBIDDEN = {"TimeLimitCollector", "BufferedWriter", "AsyncWriter", "refresh", "correct_query", "QueryParser", "procs"}

WRITER = """
import sys
from pathlib import Path
from search.whoosh_engine import WhooshEngine
from tests.search.makers import make_segment
engine = WhooshEngine(Path(sys.argv[1]))
for revision in range(1, 100_000):
    engine.index([make_segment(n, f"visa word{revision}", revision=revision) for n in (1, 2, 3)], upto=revision)
    print(revision, flush=True)
"""


def test_none_of_the_dangerous_parts_of_whoosh_are_used() -> None:
    for path in Path(search.__path__[0]).glob("whoosh_*.py"):
        used = {getattr(node, "id", getattr(node, "attr", getattr(node, "arg", ""))) for node in _nodes(path)}
        assert not used & FORBIDDEN, path.name


def _nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


def test_only_the_owner_may_enter_the_index(whoosh: WhooshEngine, tmp_path: Path) -> None:
    assert (tmp_path / "index").stat().st_mode & 0o777 == 0o700


def test_descriptors_do_not_pile_up_with_commits(whoosh: WhooshEngine) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    whoosh.index([make_segment(0, "visa")])
    before = descriptors()
    for number in range(1, 31):
        whoosh.index([make_segment(number, "visa")])
        assert whoosh.search(parse("visa"), EVERYONE, limit=5).total == number + 1
    assert descriptors() <= before + 2


def test_tidying_joins_files_and_loses_nothing(whoosh: WhooshEngine, tmp_path: Path) -> None:
    for number in range(MOST_SEGMENTS + 5):
        whoosh.index(
            [make_segment(number, "visa"), make_segment(1000, f"edit {number}", labels={"group:a"})], upto=number
        )
    before = len(list((tmp_path / "index").rglob("*.seg")))
    whoosh.tidy()
    assert len(list((tmp_path / "index").rglob("*.seg"))) < before / 3
    assert whoosh.search(parse("visa"), EVERYONE, limit=50).total == MOST_SEGMENTS + 5
    assert whoosh.search(parse("edit"), frozenset({"group:a"}), limit=50).total == 1
    assert whoosh.applied() == MOST_SEGMENTS + 4


def test_a_big_file_is_left_alone_when_small_ones_are_joined(whoosh: WhooshEngine, tmp_path: Path) -> None:
    whoosh.rebuild([make_segment(number, "visa") for number in range(200)], upto=1)
    big = max((tmp_path / "index").rglob("*.seg"), key=lambda path: path.stat().st_size)
    for number in range(MOST_SEGMENTS + 1):
        whoosh.index([make_segment(number, "passport")])
    whoosh.tidy()
    assert big.exists()
    assert whoosh.search(parse("visa"), EVERYONE, limit=1).total == 200 - MOST_SEGMENTS - 1


def test_a_failing_commit_changes_nothing_and_leaves_the_turn_free(whoosh: WhooshEngine) -> None:
    whoosh.index([make_segment(1, "visa")], upto=1)
    broken = make_segment(1, "permit", revision="not a number but fine")
    object.__setattr__(broken, "document", "one")
    with pytest.raises(EngineBroken):
        whoosh.index([make_segment(1, "permit"), broken], upto=2)
    assert ids(whoosh.search(parse("visa"), EVERYONE, limit=5)) == [1]
    assert whoosh.applied() == 1
    whoosh.index([make_segment(1, "permit")], upto=2)
    assert whoosh.applied() == 2


def test_whoever_waits_too_long_for_the_turn_is_told(whoosh: WhooshEngine, tmp_path: Path) -> None:
    impatient = WhooshEngine(tmp_path / "index", write_timeout=0.05)
    with Store(tmp_path / "index").turn(1), pytest.raises(EngineBusy):
        impatient.index([make_segment(1, "visa")])
    impatient.index([make_segment(1, "visa")])


def _write_some(root: str, first: int) -> None:
    engine = WhooshEngine(Path(root))
    for number in range(first, first + 12):
        engine.index([make_segment(number, "visa")])


@pytest.mark.slow
def test_two_processes_write_and_a_third_reads_without_an_error(whoosh: WhooshEngine, tmp_path: Path) -> None:
    writers = [SPAWN.Process(target=_write_some, args=(str(tmp_path / "index"), first)) for first in (0, 100)]
    for writer in writers:
        writer.start()
    counts = [0]
    while any(writer.is_alive() for writer in writers):
        counts.append(whoosh.search(parse("visa"), EVERYONE, limit=5).total)
        time.sleep(0.02)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert counts == sorted(counts)
    assert whoosh.search(parse("visa"), EVERYONE, limit=5).total == 24


def test_threads_search_while_another_writes(whoosh: WhooshEngine) -> None:
    whoosh.index([make_segment(0, "visa", title="Visa")])
    stop, wrong = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            try:
                assert whoosh.search(parse("visa"), EVERYONE, limit=5).total >= 1
                assert whoosh.suggest("vi", EVERYONE)
            except Exception as error:
                wrong.append(error)
                return

    readers = [threading.Thread(target=read) for _reader in range(3)]
    for reader in readers:
        reader.start()
    for number in range(1, 25):
        whoosh.index([make_segment(number, "visa")])
        if number == 15:
            whoosh.tidy()
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []


def test_readers_keep_answering_through_a_rebuild(whoosh: WhooshEngine, tmp_path: Path) -> None:
    whoosh.rebuild([make_segment(1, "visa")], upto=1)
    stop, wrong = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            try:
                wrong.extend([1] if whoosh.search(parse("visa"), EVERYONE, limit=5).total != 1 else [])
            except Exception as error:
                wrong.append(error)
                return

    reader = threading.Thread(target=read)
    reader.start()
    for upto in range(2, 12):
        whoosh.rebuild([make_segment(1, "visa")], upto=upto)
    stop.set()
    reader.join()
    assert wrong == []
    assert len(list((tmp_path / "index").glob("g*"))) == 1


def test_a_rebuild_that_fails_leaves_the_old_index_in_use(whoosh: WhooshEngine) -> None:
    whoosh.rebuild([make_segment(1, "visa")], upto=1)

    def failing():
        yield make_segment(2, "visa")
        raise OSError("no space left on device")

    with pytest.raises(EngineBroken, match="no space left"):
        whoosh.rebuild(failing(), upto=2)
    assert (ids(whoosh.search(parse("visa"), EVERYONE, limit=5)), whoosh.applied()) == ([1], 1)


def _kill_while_writing(root: Path, chance: random.Random) -> None:
    command = [sys.executable, "-c", WRITER, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as writer:
        assert writer.stdout
        writer.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.06))
        writer.send_signal(signal.SIGKILL)
        lines = writer.stdout.read().split()
    acknowledged = int(lines[-1]) if lines else 1
    engine = WhooshEngine(root, write_timeout=1)
    revisions, applied = engine.revisions(), engine.applied()
    assert set(revisions) == {1, 2, 3}
    assert acknowledged <= min(revisions.values()) <= max(revisions.values()) <= acknowledged + 1
    assert acknowledged <= applied <= acknowledged + 1
    assert engine.search(parse("visa"), EVERYONE, limit=9).total == 3
    assert engine.search(parse(f"word{revisions[1]}"), EVERYONE, limit=9).total == 3


@pytest.mark.parametrize("kills", [4, pytest.param(20, marks=pytest.mark.slow)])
def test_killing_a_writer_loses_nothing_it_had_acknowledged(tmp_path: Path, kills: int) -> None:
    chance = random.Random(kills)
    for kill in range(kills):
        _kill_while_writing(tmp_path / str(kill), chance)


def _damages(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*")) if path.is_file() and path.name != "write.lock"]


# Whoosh leaves the files of an index it cannot open to the garbage collector, which Python warns about.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("damage", ["delete", "truncate", "zero", "flip"])
def test_a_damaged_index_says_so_and_heals_by_a_rebuild(whoosh: WhooshEngine, tmp_path: Path, damage: str) -> None:
    root, copy = tmp_path / "index", tmp_path / "copy"
    whoosh.rebuild([make_segment(n, f"visa word{n}", title=f"Visa {n}") for n in range(30)], upto=1)
    shutil.copytree(root, copy)
    noticed = 0
    for path in _damages(copy):
        _damage(root / path.relative_to(copy), damage)
        noticed += _fails_cleanly(root)
        shutil.rmtree(root)
        shutil.copytree(copy, root)
    assert noticed >= 2
    _damage(root / (root / "current").read_text() / "open", damage)
    healed = WhooshEngine(root)
    healed.rebuild([make_segment(1, "visa")], upto=2)
    assert healed.healthy()
    assert ids(healed.search(parse("visa"), EVERYONE, limit=5)) == [1]


def _damage(path: Path, damage: str) -> None:
    for each in [path] if path.is_file() else [p for p in path.iterdir() if p.is_file()]:
        whole = each.read_bytes()
        half = len(whole) // 2
        if damage == "delete":
            each.unlink()
        elif damage == "truncate":
            each.write_bytes(whole[:half])
        elif damage == "zero":
            each.write_bytes(whole[:half] + bytes(len(whole) - half))
        else:
            each.write_bytes(bytes(255 - byte for byte in whole[:64]) + whole[64:])


def _fails_cleanly(root: Path) -> bool:
    """Whether the damage was noticed; whatever happens, nothing but EngineBroken may come out."""
    try:
        engine = WhooshEngine(root, write_timeout=1)
        engine.search(parse("visa word7"), EVERYONE, limit=50)
        engine.suggest("vis", EVERYONE)
    except EngineBroken:
        return True
    return not engine.healthy()
