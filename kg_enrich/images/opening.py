"""Opens files as they were found: a link that was put in a file's place is not followed."""

import os
from pathlib import Path

from kg_enrich.errors import ReadingError

# Windows has no such flags; there a link takes a privilege to make.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def read_resolved(file: Path) -> bytes:
    """A file's bytes. file: a path whose links were resolved, as `decoding.resolve` gives it.

    Errors: ReadingError when a link is in its way by now; OSError.
    """
    descriptor = os.open(file, _FLAGS | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as opened:
        # The folders above may have been swapped as well: what was opened must be what lies there.
        require_resolved(file)
        if not os.path.samestat(os.fstat(descriptor), os.stat(file)):
            raise ReadingError(f"{file}: was exchanged while it was opened")
        return opened.read()


def require_resolved(file: Path) -> None:
    """Errors: ReadingError when the path leads elsewhere by now, over a link."""
    if os.path.realpath(file) != os.fspath(file):
        raise ReadingError(f"{file}: became a link since it was found; look at it again")
