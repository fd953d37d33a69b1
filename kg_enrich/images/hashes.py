"""Hashes of image files' contents, each file read once while its size and time stay the same."""

import hashlib
import logging
import sqlite3
import stat
import threading
import time
from contextlib import suppress
from pathlib import Path

from kg_enrich.errors import ReadingError, UnreadableImageError

log = logging.getLogger("kg_enrich")

_CREATE = (
    "CREATE TABLE IF NOT EXISTS hashes "
    "(file TEXT PRIMARY KEY, size INTEGER, changed INTEGER, hash TEXT) WITHOUT ROWID"
)
# A file that is written again within the clock tick of its file system keeps size and time.
_SETTLED_NS = 2_000_000_000


class ImageHashes:
    """Content hashes of files on this host, remembered on disk. Safe to share between threads.

    memory: an SQLite file, None to remember nothing. A memory that cannot be used (a full disk, a
    folder that is read-only) is done without: files are read again.
    """

    def __init__(self, memory: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        if memory is not None:
            try:
                memory.parent.mkdir(parents=True, exist_ok=True)
                self._database = sqlite3.connect(
                    memory, timeout=30, isolation_level=None, check_same_thread=False
                )
                self._database.execute("PRAGMA journal_mode=WAL")
                self._database.execute("PRAGMA synchronous=OFF")
                self._database.execute(_CREATE)
            except (OSError, sqlite3.Error) as error:
                self._give_up(error)

    def of(self, file: Path) -> str:
        """SHA-256 of the file's bytes, its first 32 hexadecimal digits.

        Errors: UnreadableImageError for what is no file; ReadingError when it cannot be read now.
        """
        try:
            status = file.stat()
            if not stat.S_ISREG(status.st_mode):  # reading a pipe may never end
                raise UnreadableImageError(f"{file}: not a regular file")
            known = self._recall(file, status.st_size, status.st_mtime_ns)
            if known is not None:
                return known
            with file.open("rb") as data:
                found = hashlib.file_digest(data, "sha256").hexdigest()[:32]
        except OSError as error:
            raise ReadingError(f"{file}: {error.strerror or error}") from error
        if time.time_ns() - status.st_mtime_ns > _SETTLED_NS:
            self._remember(file, status.st_size, status.st_mtime_ns, found)
        return found

    def close(self) -> None:
        """Closes the memory; files are hashed without it afterwards."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def _recall(self, file: Path, size: int, changed: int) -> str | None:
        with self._lock:
            if self._database is None:
                return None
            try:
                row = self._database.execute(
                    "SELECT hash FROM hashes WHERE file = ? AND size = ? AND changed = ?",
                    (str(file), size, changed),
                ).fetchone()
            except (sqlite3.Error, UnicodeError) as error:
                self._give_up(error)
                return None
        return str(row[0]) if row else None

    def _remember(self, file: Path, size: int, changed: int, found: str) -> None:
        with self._lock:
            if self._database is None:
                return
            try:
                self._database.execute(
                    "INSERT OR REPLACE INTO hashes VALUES (?, ?, ?, ?)",
                    (str(file), size, changed, found),
                )
            except (sqlite3.Error, UnicodeError) as error:
                self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        log.info("Image hashes are not remembered (%s): files are read again next time.", error)
        with suppress(sqlite3.Error):
            if self._database is not None:
                self._database.close()
        self._database = None
