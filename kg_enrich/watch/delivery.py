"""Hands an answer over: it is kept with the job first, then it is there at once and whole."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from kg_enrich.answers import Shape, serialise
from kg_enrich.watch.claim import OWNER, Claim

RESULT = "_result.json"
ERROR = "_error.json"
IMAGES = "images"

# What file systems without hard links answer, such as those of memory cards and some mounts.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EXDEV, errno.EMLINK, errno.EACCES)
# In bytes, of a name of a folder in done/.
_LONGEST = 200


def stage(claim: Claim, answer: Shape, ending: str) -> Path:
    """Keeps the answer in the claim. From here on the job is not done again.

    ending: RESULT or ERROR. Errors: OSError; FileNotFoundError when the claim was taken over.
    """
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    staged = claim.folder / f"{stamp}{ending}"
    _write(claim.folder / "answer.part", (serialise(answer) + "\n").encode("utf-8"))
    os.rename(claim.folder / "answer.part", staged)
    return staged


def staged(claim: Claim) -> Path | None:
    """The answer that the claim holds, if its owner came so far."""
    found = [file for file in claim.folder.iterdir() if file.name.endswith((RESULT, ERROR))]
    return min(found) if found else None


def publish(answer: Path, output: Path) -> Path:
    """Puts a staged answer into the output folder and gives its place there.

    A name that is taken gets a suffix; the same answer is put there once, however often this is
    called. Errors: OSError.
    """
    content = answer.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:16]
    part = output / f".{digest}-{answer.parent.name}.part"
    try:
        return _place(part, content, answer.name, output)
    finally:
        # Also what a watcher left that was killed here, and whose job was taken over.
        for left in output.glob(f".{digest}-*.part"):
            left.unlink(missing_ok=True)


def _place(part: Path, content: bytes, wanted: str, output: Path) -> Path:
    """Puts the content under the first free name. part: where it is first, and may stay."""
    for name in _names(wanted):
        place = output / name
        try:
            if place.read_bytes() == content:
                return place
            continue
        except FileNotFoundError:
            pass
        _write(part, content)
        try:
            _link(part, place)
            _settle(output)
            return place
        except FileExistsError:
            continue
    raise AssertionError("unreachable")


def finish(claim: Claim, answer: Path, done: Path) -> None:
    """Moves the job to the jobs that are done. Errors: OSError."""
    shutil.rmtree(claim.folder / IMAGES, ignore_errors=True)
    title = f"{answer.name.partition('_')[0]}_{claim.name}"
    title = os.fsdecode(os.fsencode(title)[:_LONGEST]).rstrip()
    for number in count(1):
        place = done / (title if number == 1 else f"{title}-{number}")
        try:
            os.rename(claim.folder, place)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            continue
        with suppress(OSError):
            (place / OWNER).unlink()
        return


def _names(name: str) -> Iterator[str]:
    stamp, _, ending = name.partition("_")
    yield name
    for number in count(2):
        yield f"{stamp}-{number}_{ending}"


def _link(part: Path, place: Path) -> None:
    """Gives a file another name that must be free. Errors: FileExistsError, OSError."""
    try:
        os.link(part, place)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(place):
            raise FileExistsError(place) from None
        os.rename(part, place)


def _settle(folder: Path) -> None:
    """Names in a folder to the disk: a job must not be done there, and its answer lost."""
    with suppress(OSError):  # Windows opens no folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write(file: Path, content: bytes) -> None:
    """To the disk, and not only to its cache: a name must never come before its content."""
    with file.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
