"""Gets the locked jars from the cache, the user's Maven repository, or the network."""

import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kg_enrich.errors import EmbeddedServerError

if TYPE_CHECKING:
    import requests

THREADS = 8
SPARE_BYTES = 100_000_000
TIMEOUT_SECONDS = (10, 60)  # to connect, and between two pieces
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of a lock. `path` is the jar's place in any Maven repository; size in bytes."""

    path: str
    sha256: str
    size: int


def read_lock(lock: Path) -> list[Jar]:
    """Reads a lock. A line: coordinate (group:artifact:version[:classifier]), SHA-256, size."""
    return [_jar(*line.split()) for line in lock.read_text(encoding="utf-8").splitlines()]


def _jar(coordinate: str, sha256: str, size: str) -> Jar:
    group, artifact, version, *classifier = coordinate.split(":")
    name = "-".join([artifact, version, *classifier])
    return Jar(f"{group.replace('.', '/')}/{artifact}/{version}/{name}.jar", sha256, int(size))


def fetch(
    jars: Sequence[Jar], folder: Path, repository: str | None, progress: Callable[[str], None]
) -> list[Path]:
    """The files of `jars` in the lock's order, each checked against its SHA-256.

    A jar is downloaded to `folder` from `repository` (None: the central one) when neither `folder`
    nor the user's local Maven repository holds it intact. Errors: EmbeddedServerError.
    """
    places = (folder, Path.home() / ".m2" / "repository")
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(lambda jar: _intact(jar, places), jars))
    missing = [jar for jar, file in zip(jars, found, strict=True) if file is None]
    if missing:
        _download_all(missing, folder, repository or _central(), progress)
    return [file or folder / jar.path for jar, file in zip(jars, found, strict=True)]


def _intact(jar: Jar, places: Sequence[Path]) -> Path | None:
    for place in places:
        file = place / jar.path
        if file.is_file() and file.stat().st_size == jar.size:
            with file.open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() == jar.sha256:
                    return file
    return None


def _central() -> str:
    # Importing jgo takes 0.1 s, so it is imported only for a download.
    from jgo.constants import MAVEN_CENTRAL_URL

    return str(MAVEN_CENTRAL_URL)


def _download_all(
    jars: Sequence[Jar], folder: Path, repository: str, progress: Callable[[str], None]
) -> None:
    import requests

    total = sum(jar.size for jar in jars)
    _check_space(folder, total)
    host = urlsplit(repository).hostname or repository  # an address may hold a password
    progress(f"downloading {len(jars)} jars, {_mb(total)}, from {host} to {folder}")
    stop = threading.Event()
    with requests.Session() as session, ThreadPoolExecutor(THREADS) as pool:
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=THREADS, max_retries=2)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        tasks = {
            pool.submit(_download, jar, folder, repository, session, stop): jar for jar in jars
        }
        done, told = 0, 0
        try:
            for task in as_completed(tasks):
                task.result()
                done += tasks[task].size
                if done - told > total / 5:
                    progress(f"downloaded {_mb(done)} of {_mb(total)}")
                    told = done
        except requests.RequestException as error:
            answer = getattr(error, "response", None)
            why = type(error).__name__ if answer is None else f"HTTP {answer.status_code}"
            raise EmbeddedServerError(
                f"Neo4j's jars could not be downloaded from {host} ({why}); check the network, or "
                f"name a mirror in KG_ENRICH_MAVEN_REPOSITORY, or copy {folder} from a machine "
                "that has them."
            ) from error
        except OSError as error:
            raise EmbeddedServerError(
                f"Neo4j's jars could not be kept in {folder}: {error.strerror}."
            ) from error
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


def _download(
    jar: Jar, folder: Path, repository: str, session: "requests.Session", stop: threading.Event
) -> None:
    target = folder / jar.path
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    address = f"{repository.rstrip('/')}/{jar.path}"
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
    try:
        with (
            os.fdopen(handle, "wb") as stream,
            session.get(address, stream=True, timeout=TIMEOUT_SECONDS) as answer,
        ):
            answer.raise_for_status()
            for piece in answer.iter_content(1 << 18):
                if stop.is_set():
                    return
                digest.update(piece)
                stream.write(piece)
        if digest.hexdigest() != jar.sha256:
            raise EmbeddedServerError(
                f"{jar.path} from {urlsplit(repository).hostname} is not the jar that was locked "
                "(its SHA-256 differs); check the mirror or proxy between here and there."
            )
        os.replace(name, target)
    finally:
        Path(name).unlink(missing_ok=True)


def _check_space(folder: Path, needed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE_BYTES:
        raise EmbeddedServerError(
            f"Neo4j's jars need {_mb(needed + SPARE_BYTES)} in {folder}, where {_mb(free)} are "
            "free; make room, or name another folder in KG_ENRICH_CACHE_DIR."
        )


def _mb(size: int) -> str:
    return f"{size / MB:.0f} MB"
