"""The clock of the file system, which is not this host's where the folder is a network mount."""

import os
import tempfile
from pathlib import Path


def age(file: Path, folder: Path) -> float:
    """Seconds since the file was changed, all of them by the clock of the file system.

    folder: one of the same file system, that may be written. Errors: OSError.
    """
    status = file.lstat()
    descriptor, name = tempfile.mkstemp(prefix=".clock-", dir=folder)
    try:
        os.write(descriptor, b".")
        now = os.fstat(descriptor).st_mtime
    finally:
        os.close(descriptor)
        os.unlink(name)
    return now - max(status.st_mtime, status.st_ctime)
