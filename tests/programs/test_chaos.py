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

from benchmarks.chaos.kills import disturb, make_good
from benchmarks.chaos.scenario import Scenario
from benchmarks.chaos.scenarios import scenarios
from benchmarks.chaos.world import Program, Size, World, world
from tests.support.graphs import empty

# The first of them also makes the graphs: on a machine with other work that takes minutes.
pytestmark = pytest.mark.timeout(900)

KILLS = 5
SMALL = Size(documents=80, pictures=4, loaded=2)
DISK = 230_000_000
OTHERS = "# More than its own:"
# A full disk can tear the last entry of Neo4j's log; its own log then names this setting.
TORN = "internal.dbms.tx_log.fail_on_corrupted_log_files=false"


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
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    """A folder that can be filled, or None; the server's store lies in it."""
    folder = tmp_path_factory.mktemp("chaos") / "disk"
    with small_disk(folder) as made:
        yield folder if made else None


@pytest.fixture(scope="module")
def here(disk: Path | None) -> Iterator[World]:
    with world(SMALL, disk) as here:
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


def test_a_read_only_database_and_a_full_disk(
    here: World,
    all_of_them: dict[str, Scenario],
    disk: Path | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = all_of_them["run"]
    run.put_back()
    configure(here, "server.databases.default_to_read_only=true")
    assert "read-only" in fails(run.begin())
    configure(here)
    if disk is None:
        make_good(run)
        pytest.skip("a full disk needs a tmpfs, which only root may mount")
    with monkeypatch.context() as impatient:
        impatient.setitem(here.environment, "KG_ENRICH_PATIENCE_SECONDS", "2")
        fill(disk)
        assert "Neo4j" in fails(run.begin())
    (disk / "filler").unlink()
    configure(here, TORN)
    make_good(run)
    assert run.wrong == []


def fill(disk: Path) -> None:
    """Leaves room for the beginning of a run."""
    with (disk / "filler").open("wb", buffering=0) as filler:
        with suppress(OSError):
            while True:
                filler.write(bytes(1_000_000))
        filler.truncate(filler.tell() - 100_000)
