"""Lends a server for the length of a `with` block."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from filelock import ReadWriteLock, Timeout

from kg_enrich.embedded.home import Home, open_home
from kg_enrich.embedded.record import Server, read_record
from kg_enrich.embedded.releases import DEFAULT_VERSION, Language
from kg_enrich.embedded.server import Progress, start, stop


@contextmanager
def lent(
    home: Path,
    *,
    cache: Path,
    version: str = DEFAULT_VERSION,
    maven_repository: str | None = None,
    heap: str = "1g",
    language: Language | None = None,
    progress: Progress,
) -> Iterator[Server]:
    """Gives the server on `home` for the length of a `with` block.

    If a server runs already, it uses that one and leaves it running. Otherwise it starts one, and
    stops it at the end, once the other processes that borrowed it have finished. The server does
    not depend on the calling thread. Parameters and errors: as of `start`.
    """
    answer: Future[Server] = Future()
    done = threading.Event()
    late: list[BaseException] = []

    def keep() -> None:
        try:
            with _borrowed(
                home, cache, version, maven_repository, heap, language, progress
            ) as server:
                answer.set_result(server)
                done.wait()
        except BaseException as error:
            if answer.done():
                late.append(error)
            else:
                answer.set_exception(error)

    # The kernel ends the server with the thread that started it, and the caller's thread may end
    # long before the loan does. The keeper is a daemon thread: it ends with the process, and the
    # server with it.
    keeper = threading.Thread(target=keep, name="neo4j-keeper", daemon=True)
    keeper.start()
    try:
        yield answer.result()
    finally:
        done.set()
        # A caller that gave up while the server was starting does not wait for the start.
        if answer.done():
            keeper.join()
    if late:
        raise late[0]


@contextmanager
def _borrowed(
    home: Path,
    cache: Path,
    version: str,
    maven_repository: str | None,
    heap: str,
    language: Language | None,
    progress: Progress,
) -> Iterator[Server]:
    place = open_home(home)
    use = ReadWriteLock(place.use_lock, is_singleton=False)
    ours = False
    try:
        with use.read_lock():
            before = read_record(place)
            server = start(
                home,
                cache=cache,
                version=version,
                maven_repository=maven_repository,
                owned=True,
                heap=heap,
                language=language,
                progress=progress,
            )
            ours = before is None and server.owner == os.getpid()
            yield server
    finally:
        if ours:
            _stop_when_unused(place, use, progress)


def _stop_when_unused(place: Home, use: ReadWriteLock, progress: Progress) -> None:
    try:
        use.acquire_write(blocking=False)
    except Timeout:
        progress(f"waiting for the other commands that use the Neo4j in {place.folder}")
        use.acquire_write()
    try:
        stop(place.folder)
    finally:
        use.release()
