"""Commands that are killed at random moments, and a Neo4j in trouble: the next try makes it good.

`benchmarks/chaos` does the same for as long as one likes.
"""

import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from benchmarks.chaos.kills import catch, disturb, make_good
from benchmarks.chaos.scenario import Scenario
from benchmarks.chaos.scenarios import scenarios
from benchmarks.chaos.world import Program, Size, World, await_gone, world
from tests.support.graphs import empty

# The first of them also makes the graphs: on a machine with other work that takes minutes.
pytestmark = pytest.mark.timeout(900)

KILLS = 5
SMALL = Size(documents=80, pictures=4, loaded=2)
# More than fits on what is left of a full disk.
MANY = Size(documents=2_000, pictures=4, loaded=2)
DISK = 230_000_000
OTHERS = "# More than its own:"


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A disk of its own in the folder, where we may make one."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={DISK}", "kg-enrich-test", str(folder)]
    made = (
        shutil.which("mount") is not None
        and not subprocess.run(["mount", *options], capture_output=True).returncode
    )
    try:
        yield made
    finally:
        if made:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="module")
def here() -> Iterator[World]:
    with world(SMALL) as here:
        yield here


@pytest.fixture(scope="module")
def all_of_them(here: World) -> dict[str, Scenario]:
    empty(here.graph)
    return {one.name: one for one in scenarios(here, ("run", "publish", "prune"))}


def test_five_kills_are_made_good(
    here: World, all_of_them: dict[str, Scenario], capsys: pytest.CaptureFixture[str]
) -> None:
    seed = random.randrange(10**6)
    with capsys.disabled():
        print(f"\nfive kills with the seed {seed}")
    draw = random.Random(seed)
    done = list(all_of_them.values())
    for turn in range(6 * KILLS):
        if sum(one.kills for one in done) >= KILLS:
            break
        disturb(done[turn % len(done)], draw, server=False)
    disturb(all_of_them["run"], draw, server=True)
    assert [line for one in done for line in one.wrong] == []
    assert sum(one.kills for one in done) >= KILLS


def configure(here: World, *lines: str) -> None:
    """Starts the server again with these settings besides its own.

    It is stopped in peace: a read-only database that needs recovery does not start.
    """
    here.server.stop()
    conf = here.server.home / "conf" / "neo4j.conf"
    own = conf.read_text().partition(OTHERS)[0]
    conf.write_text("\n".join([own + OTHERS, *lines, ""]))
    here.server.restart()


def fails(program: Program) -> str:
    """The last line of a command that must fail."""
    code, said = program.end()
    last = said.splitlines()[-1]
    assert (code, last[:7], "Traceback" in said) == (1, "Error: ", False), said
    return last


def go_silent(here: World, run: Scenario, impatient: pytest.MonkeyPatch) -> None:
    """The server keeps its connections and answers nothing, in the middle of a write."""
    impatient.setitem(here.environment, "KG_ENRICH_LEASE_SECONDS", "20")
    run.put_back()
    with impatient.context() as now:
        now.setitem(here.environment, "KG_ENRICH_PATIENCE_SECONDS", "12")
        program = run.begin()
        while not catch(run, program, random.Random(1)):
            program.end()
            run.put_back()
            program = run.begin()
        here.server.freeze()
        try:
            assert "Neo4j" in fails(program)
        finally:
            here.server.thaw()
    await_gone(here, program)
    # Whatever is there is as it was, or as it shall be.
    assert not here.things() - (run.before | run.after)
    # The lease of the one that gave up ends by itself.
    code, said = run.begin().end()
    assert code == 0, said
    make_good(run, again=False)
    assert run.wrong == []


def test_a_read_only_database_and_a_silent_server(
    here: World, all_of_them: dict[str, Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = all_of_them["run"]
    run.put_back()
    configure(here, "server.databases.default_to_read_only=true")
    assert "read-only" in fails(run.begin())
    # It promises a sign of life every three seconds; after two of these it is given up.
    configure(here, "server.bolt.connection_keep_alive=3s")
    with monkeypatch.context() as impatient:
        go_silent(here, run, impatient)
    configure(here)


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # On a server that nobody uses afterwards: whether Neo4j gets over it is its own affair.
    with small_disk(tmp_path / "disk") as made:
        if not made:
            pytest.skip("a full disk needs a tmpfs, which only root may mount")
        with world(MANY, tmp_path / "disk") as here:
            monkeypatch.setitem(here.environment, "KG_ENRICH_PATIENCE_SECONDS", "2")
            fill(tmp_path / "disk")
            assert "Neo4j" in fails(Program(here.begin("load", str(here.folder / "small"))))


def fill(disk: Path) -> None:
    """Leaves room for a beginning."""
    with (disk / "filler").open("wb", buffering=0) as filler:
        with suppress(OSError):
            while True:
                filler.write(bytes(1_000_000))
        filler.truncate(filler.tell() - 100_000)
