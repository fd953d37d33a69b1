"""Claims: a job lies in a folder of its own while somebody works on it.

    DIR/NAME.txt, NAME.zip          waits
    DIR/working/CLAIM/              is worked on: both files, owner.json, later the answer
    DIR/done/TIME_NAME/             is done: both files and the answer

Each step is one rename, which succeeds for one of several watchers. A claim whose owner is dead is
renamed by who takes it over, so that an owner who only seemed dead finds it gone.
"""

import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from kg_enrich.watch.clock import age
from kg_enrich.watch.inbox import Waiting, state
from kg_enrich.watch.owner import Owner, here, is_alive

OWNER = "owner.json"

# Seconds before a job that met trouble is tried again; each time twice as many.
_PAUSE = 15.0


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in hand. tries: how often it was begun before and not ended. trouble: the last why."""

    folder: Path
    name: str
    tries: int = 0
    trouble: str = ""

    @property
    def text(self) -> Path:
        return _file(self.folder, ".txt")

    @property
    def archive(self) -> Path:
        return _file(self.folder, ".zip")

    @property
    def is_held(self) -> bool:
        """Whether nobody took it over in the meantime."""
        return self.folder.is_dir()

    def release(self, trouble: str = "") -> None:
        """Leaves it to whoever comes next. trouble: it counts as a try, and the next one waits."""
        tries = self.tries + bool(trouble)
        with suppress(OSError):
            _write_owner(replace(self, tries=tries, trouble=trouble or self.trouble), None)


def take(job: Waiting, working: Path) -> Claim | None:
    """Claims a job of the inbox; None when somebody else has it, or its files changed.

    Errors: OSError when its files may not be moved; they stay where they are.
    """
    claim = Claim(working / uuid4().hex[:16], job.name)
    claim.folder.mkdir()
    _write_owner(claim, here())
    moved = []
    try:
        # The archive decides: it is there for one claim only.
        for file, known in zip((job.archive, job.text), job.states[::-1], strict=True):
            place = claim.folder / file.name
            os.rename(file, place)
            moved.append((place, file))
            if state(place) != known:
                raise FileNotFoundError(file)
    except OSError as error:
        for place, file in reversed(moved):
            _put_back(place, file)
        shutil.rmtree(claim.folder, ignore_errors=True)
        if isinstance(error, FileNotFoundError):
            return None
        raise
    return claim


def abandoned(working: Path, lease: float) -> list[Path]:
    """Claims whose owners are dead. lease: seconds of silence after which one elsewhere is."""
    found = []
    for folder in sorted(working.iterdir()):
        with suppress(OSError):  # gone since it was listed
            if folder.is_dir() and not _is_owned(folder, lease):
                found.append(folder)
    return found


def take_over(former: Path, inbox: Path) -> Claim | None:
    """Takes a dead owner's claim; None when somebody else did, or nothing is left of the job.

    inbox: the watched folder, where the text still lies if the owner died while claiming it.
    """
    working = former.parent
    folder = working / uuid4().hex[:16]
    try:
        os.rename(former, folder)
        record = _read_owner(folder)
        archive = _file(folder, ".zip")
        # Who released it has counted already.
        tries = int(record.get("tries", 0)) + (record.get("owner") is not None)
        claim = Claim(folder, archive.stem, tries, str(record.get("trouble", "")))
        _write_owner(claim, here())
        if not os.path.lexists(archive):
            shutil.rmtree(folder, ignore_errors=True)  # it died before it had anything
            return None
        if not os.path.lexists(claim.text) and not _fetch_text(claim, inbox):
            _put_back(archive, inbox / archive.name)
            shutil.rmtree(folder, ignore_errors=True)
            return None
    except FileNotFoundError:
        return None
    return claim


@contextmanager
def alive(claim: Claim, lease: float) -> Iterator[None]:
    """Gives signs of life while the block runs, for watchers on other hosts."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(lease / 4):
            with suppress(OSError):
                os.utime(claim.folder / OWNER)

    thread = threading.Thread(target=beat, name="kg-enrich-claim", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _is_owned(folder: Path, lease: float) -> bool:
    record = _read_owner(folder)
    if not record:  # made a moment ago, or cut short by a crash
        return age(folder, folder.parent) < lease
    silent = age(folder / OWNER, folder.parent)
    if record.get("owner") is None:
        return bool(record["tries"]) and silent < _PAUSE * 2 ** (record["tries"] - 1)
    return is_alive(Owner(**record["owner"]), silent, lease)


def _fetch_text(claim: Claim, inbox: Path) -> bool:
    for suffix in (".txt", ".TXT", ".Txt"):
        with suppress(FileNotFoundError):
            os.rename(inbox / f"{claim.name}{suffix}", claim.folder / f"{claim.name}{suffix}")
            return True
    return False


def _file(folder: Path, suffix: str) -> Path:
    """The one file of the job with this suffix, which may be in capitals."""
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() == suffix:
            return file
    return folder / f"none{suffix}"


def _put_back(place: Path, file: Path) -> None:
    """Unless there is another of that name by now, which is newer."""
    if not os.path.lexists(file):
        with suppress(FileNotFoundError):
            os.rename(place, file)


def _read_owner(folder: Path) -> dict[str, Any]:
    try:
        record = json.loads((folder / OWNER).read_text("utf-8"))
        if record.get("owner") is not None:
            Owner(**record["owner"])
        return dict(record)
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write_owner(claim: Claim, owner: Owner | None) -> None:
    """In one step, so that nobody reads half of it."""
    record = {
        "owner": owner and owner.plain(),
        "tries": claim.tries,
        "trouble": claim.trouble,
    }
    part = claim.folder / f"{OWNER}.part"
    part.write_text(json.dumps(record), "utf-8")
    os.replace(part, claim.folder / OWNER)
