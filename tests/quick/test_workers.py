"""The pool of worker processes: whatever a task does, it costs that task alone."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from kg_enrich.errors import ImageError, ReadingError, UnreadableImageError
from kg_enrich.images.workers import ImageWorkers, WorkerLimits
from kg_enrich.models import Image, ImageId
from tests.support import tasks


def image(name: str) -> Image:
    return Image(ImageId(name), Path(f"/images/{name}.png"), "1")


def workers_of(pid: int | None = None) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(pid).children():
        with suppress(psutil.Error):  # it has ended
            if "kg_enrich.images.worker" in child.cmdline():
                found.append(child)
    return found


@pytest.fixture(scope="module")
def pool() -> Iterator[ImageWorkers]:
    pool = ImageWorkers(2, WorkerLimits(seconds=1.0, memory=1 << 29))
    yield pool
    pool.close()


def test_tasks_share_the_workers(tmp_path: Path) -> None:
    pool = ImageWorkers(2)
    meeting = [pool.submit(image(f"met {n}"), tasks.process_beside, tmp_path, 2) for n in range(2)]
    pids = {future.result() for future in meeting}
    assert len(pids) == 2
    assert os.getpid() not in pids
    found = [pool.submit(image(str(n)), tasks.process, n) for n in range(4)]
    assert {future.result() for future in found} <= pids
    pool.close()


def test_large_answers_come_whole(pool: ImageWorkers) -> None:
    assert pool.submit(image("large"), tasks.give, 30_000_000).result() == bytes(30_000_000)


@pytest.mark.parametrize(
    ("task", "kind", "says"),
    [
        (tasks.crash, ReadingError, r"crash\.png: reading it ended the process \(SIGSEGV\)"),
        (tasks.eat_memory_for_good, ReadingError, r"good\.png: .* \(SIGABRT\)"),
        (tasks.eat_memory, ReadingError, r"memory\.png: no memory left to read it"),
        (tasks.hang, ReadingError, r"hang\.png: reading it came to a halt for 1 s"),
        (
            tasks.hang_in_a_decoder,
            UnreadableImageError,
            r"decoder\.png: reading it takes more than 1 s of computing; raise KG_ENRICH_IMAGE_S",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_worst_costs_one_task_and_is_remembered(
    pool: ImageWorkers, task: Callable[[], object], kind: type[ImageError], says: str
) -> None:
    before = [pool.submit(image(f"before {n}"), tasks.give, 3) for n in range(3)]
    culprit = pool.submit(image(task.__name__), task)
    after = [pool.submit(image(f"after {n}"), tasks.give, 3) for n in range(3)]
    assert [future.result() for future in (*before, *after)] == [bytes(3)] * 6
    with pytest.raises(kind, match=says) as first:
        culprit.result()
    assert isinstance(first.value, UnreadableImageError) is (task is tasks.hang_in_a_decoder)
    if task is not tasks.eat_memory:
        # Asked for anything at all, it is not given to a worker again.
        with pytest.raises(kind, match=says):
            pool.submit(image(task.__name__), tasks.give, 3).result()


def test_what_computes_too_long_depends_on_the_limit(pool: ImageWorkers) -> None:
    with pytest.raises(UnreadableImageError) as caught:
        pool.submit(image("long"), tasks.hang_in_a_decoder).result()
    assert caught.value.depends == "image_seconds=1"


def test_errors_of_a_task_are_its_own(pool: ImageWorkers) -> None:
    with pytest.raises(ValueError, match="one and two"):
        pool.submit(image("a"), tasks.fail, False).result()
    with pytest.raises(RuntimeError, match="Stubborn: 1 and 2"):
        pool.submit(image("a"), tasks.fail, True).result()


def test_a_worker_that_is_killed_for_anothers_sake_is_replaced(tmp_path: Path) -> None:
    pool = ImageWorkers(1)
    pid = pool.submit(image("a"), tasks.process).result()
    found = pool.submit(image("b"), tasks.process_after, tmp_path / "killed")
    os.kill(pid, 9)
    (tmp_path / "killed").touch()
    assert found.result() != pid
    pool.close()


def test_closing_ends_workers_and_cancels_what_waits() -> None:
    others = set(workers_of())
    pool = ImageWorkers(1)
    running, waiting = (pool.submit(image(name), tasks.hang) for name in "ab")
    while not (pids := set(workers_of()) - others):
        time.sleep(0.01)
    pool.close()
    assert psutil.wait_procs(pids, timeout=60)[1] == []
    assert waiting.cancelled()
    assert isinstance(running.exception(), ReadingError)


@pytest.mark.parametrize("task", [tasks.hang, tasks.hang_in_a_decoder], ids=lambda t: t.__name__)
def test_workers_end_with_a_parent_that_is_killed(task: Callable[[], object]) -> None:
    program = (
        "import os, time\n"
        "from tests.support import tasks; from tests.quick.test_workers import *\n"
        "pool = ImageWorkers(2)\n"
        "pids = {pool.submit(image(str(n)), tasks.process, n).result() for n in range(4)}\n"
        f"[pool.submit(image(str(n)), tasks.{task.__name__}) for n in range(2)]\n"
        "time.sleep(0.3)\n"
        "print(*(one.pid for one in workers_of()), flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root)
    pids = [int(pid) for pid in run.stdout.split()]
    assert pids, run.stderr
    left = []
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            left.append(psutil.Process(pid))
    assert psutil.wait_procs(left, timeout=60)[1] == []
