"""Jars are fetched from a real Maven repository on this machine: a folder behind HTTP."""

import hashlib
import re
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from kg_enrich.embedded.jars import fetch, read_lock
from kg_enrich.embedded.releases import LOCKS
from kg_enrich.errors import EmbeddedServerError

NAMES = [f"org.example:part-{number}:1.{number}" for number in range(20)]
CLOSED = "http://127.0.0.1:9"


class Handler(SimpleHTTPRequestHandler):
    """A file server that keeps its log to itself."""

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user whose own Maven repository is empty."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    return tmp_path / "user"


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """The repository's folder, with every jar of the lock."""
    for number, name in enumerate([*NAMES, "org.example:native:2:linux"]):
        group, artifact, version, *classifier = name.split(":")
        folder = tmp_path / "remote" / group.replace(".", "/") / artifact / version
        folder.mkdir(parents=True)
        (folder / f"{'-'.join([artifact, version, *classifier])}.jar").write_bytes(
            bytes([number]) * 1000
        )
    return tmp_path / "remote"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    lines = [
        f"{name} {hashlib.sha256(bytes([number]) * 1000).hexdigest()} 1000"
        for number, name in enumerate([*NAMES, "org.example:native:2:linux"])
    ]
    (tmp_path / "neo4j.lock").write_text("\n".join(lines) + "\n")
    return tmp_path / "neo4j.lock"


@pytest.fixture
def address(remote: Path) -> Iterator[str]:
    handler = partial(Handler, directory=str(remote))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_jars_are_brought_once_and_announced(
    lock: Path, tmp_path: Path, address: str, remote: Path
) -> None:
    said: list[str] = []
    cache = tmp_path / "cache"
    files = fetch(read_lock(lock), cache, address, said.append)
    assert [file.relative_to(cache) for file in files] == [
        Path(jar.path) for jar in read_lock(lock)
    ]
    assert {file.read_bytes() for file in files} == {
        file.read_bytes() for file in remote.rglob("*.jar")
    }
    assert said[0].startswith("downloading 21 jars, 0 MB, from 127.0.0.1")

    said.clear()
    assert fetch(read_lock(lock), cache, CLOSED, said.append) == files
    assert said == []


def test_a_broken_jar_in_the_cache_is_replaced(lock: Path, tmp_path: Path, address: str) -> None:
    cache = tmp_path / "cache"
    first, second, *_ = fetch(read_lock(lock), cache, address, lambda _: None)
    first.write_bytes(b"x" * 1000)
    second.write_bytes(second.read_bytes()[:500])
    said: list[str] = []
    fetch(read_lock(lock), cache, address, said.append)
    assert said[0].startswith("downloading 2 jars")
    assert first.read_bytes() == bytes([0]) * 1000
    assert second.read_bytes() == bytes([1]) * 1000


def test_the_users_own_maven_repository_counts(
    lock: Path, tmp_path: Path, remote: Path, user: Path
) -> None:
    (user / ".m2").mkdir(parents=True)
    (user / ".m2" / "repository").symlink_to(remote)
    files = fetch(read_lock(lock), tmp_path / "cache", CLOSED, lambda _: None)
    assert all(file.is_relative_to(user) for file in files)


def test_a_jar_other_than_the_locked_one_is_refused(
    lock: Path, tmp_path: Path, address: str, remote: Path
) -> None:
    jar = read_lock(lock)[7]
    (remote / jar.path).write_bytes(b"y" * 1000)
    with pytest.raises(EmbeddedServerError, match=f"{jar.path}.*SHA-256"):
        fetch(read_lock(lock), tmp_path / "cache", address, lambda _: None)
    assert not (tmp_path / "cache" / jar.path).exists()
    assert not list((tmp_path / "cache").rglob("*.part"))


def test_without_the_network_the_ways_out_are_named(lock: Path, tmp_path: Path) -> None:
    with pytest.raises(EmbeddedServerError, match="KG_ENRICH_MAVEN_REPOSITORY") as raised:
        fetch(read_lock(lock), tmp_path / "cache", CLOSED, lambda _: None)
    assert str(tmp_path / "cache") in str(raised.value)


def test_a_jar_that_the_repository_lacks_is_an_error(
    lock: Path, tmp_path: Path, address: str, remote: Path
) -> None:
    (remote / read_lock(lock)[3].path).unlink()
    with pytest.raises(EmbeddedServerError, match="HTTP 404"):
        fetch(read_lock(lock), tmp_path / "cache", address, lambda _: None)


@pytest.mark.parametrize("lock", sorted(LOCKS.glob("*.lock")), ids=lambda lock: lock.stem)
def test_the_shipped_locks_are_whole(lock: Path) -> None:
    version = lock.stem.removeprefix("neo4j-")
    jars = read_lock(lock)
    assert len({jar.path for jar in jars}) == len(jars)
    assert all(re.fullmatch("[0-9a-f]{64}", jar.sha256) and jar.size > 0 for jar in jars)
    assert f"org/neo4j/app/neo4j-server/{version}/neo4j-server-{version}.jar" in {
        jar.path for jar in jars
    }
