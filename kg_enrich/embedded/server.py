"""Starts, finds, lends and stops a real Neo4j on a home."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from kg_enrich.embedded import jars, launch
from kg_enrich.embedded.home import (
    Home,
    check_space,
    check_version,
    open_home,
    write_conf,
    write_private,
)
from kg_enrich.embedded.java import find_java
from kg_enrich.embedded.record import USERNAME, Server, read_record, write_record
from kg_enrich.embedded.releases import DEFAULT_VERSION, Language, lock_of, release_of
from kg_enrich.errors import EmbeddedServerError

MIN_FREE_MEMORY = 600_000_000  # a small graph's server takes 465 MB
STOP_SECONDS = 60

Progress = Callable[[str], None]


def start(
    home: Path,
    *,
    cache: Path,
    version: str = DEFAULT_VERSION,
    maven_repository: str | None = None,
    owned: bool = False,
    heap: str = "1g",
    language: Language | None = None,
    progress: Progress,
) -> Server:
    """Gives a server on `home` that answers: the running one, or else a new one.

    cache: folder for what is downloaded. heap: Java's largest heap, as in "1g". language: the
    default Cypher of calendar versions. owned: the server ends with the calling thread, even
    when that thread is killed (on Linux, the kernel sees to it); otherwise it goes on.
    Errors: EmbeddedServerError.
    """
    place = open_home(home)
    with _locked(place, progress):
        if found := read_record(place):
            server, process = found
            if server.owner and not owned:
                raise EmbeddedServerError(
                    f"The Neo4j in {place.folder} ends with the command that started it (process "
                    f"{server.owner}); wait for that, or stop it: kg-enrich neo4j stop."
                )
            launch.wait_until_ready(process, server.uri, place.console_log)
            return server

        release, lock = release_of(version), jars.read_lock(lock_of(version))
        check_version(place, release)
        check_space(place)
        _check_memory()
        java = find_java(release.java)
        class_path = jars.fetch(lock, cache / "jars", maven_repository, progress)
        command = launch.Command(java, class_path, place)

        progress(f"starting Neo4j {version} in {place.folder}")
        began = time.monotonic()
        port = launch.free_port()
        write_private(place.version_file, version)
        write_conf(place, port, release.settings(language))
        if not place.password_file.exists():
            launch.set_password(command)
        process = launch.run(command, release.main_class, heap, bound=owned)
        try:
            server = Server(
                uri=f"bolt://127.0.0.1:{port}",
                username=USERNAME,
                password_file=place.password_file,
                pid=process.pid,
                version=version,
                home=place.folder,
                owner=os.getpid() if owned else None,
            )
            write_record(place, server, process)
            launch.wait_until_ready(process, server.uri, place.console_log)
        except BaseException:
            _end(process)
            raise
        progress(f"Neo4j {version} answers at {server.uri} ({time.monotonic() - began:.1f} s)")
        return server


def running(home: Path) -> Server | None:
    """The server on `home`, if one answers."""
    found = read_record(Home(home.expanduser().resolve()))
    return found[0] if found and launch.answers(found[0].uri) else None


def stop(home: Path) -> bool:
    """Stops the server on `home` cleanly. Gives False when none ran."""
    place = Home(home.expanduser().resolve())
    if not place.process_file.exists():
        return False
    with FileLock(place.start_lock):
        found = read_record(place)
        if found:
            _end(found[1])
        place.process_file.unlink(missing_ok=True)
    return found is not None


def _end(process: psutil.Process) -> None:
    try:
        process.terminate()
        process.wait(STOP_SECONDS)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired:
        process.kill()  # the store survives: Neo4j repairs it at the next start
        process.wait()


@contextmanager
def _locked(place: Home, progress: Progress) -> Iterator[None]:
    """Makes every other start and stop on this home wait."""
    lock = FileLock(place.start_lock)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        progress(f"waiting for another command that starts the Neo4j in {place.folder}")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _check_memory() -> None:
    free = psutil.virtual_memory().available
    if free < MIN_FREE_MEMORY:
        raise EmbeddedServerError(
            f"Neo4j needs about {MIN_FREE_MEMORY / 1e6:.0f} MB of memory and {free / 1e6:.0f} MB "
            "are free; end other programs, or name a Neo4j elsewhere in NEO4J_URI."
        )
