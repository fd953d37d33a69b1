"""Looks a folder over for jobs that are complete: NAME.txt and NAME.zip, both at rest."""

import os
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

from kg_enrich.models import Say
from kg_enrich.watch.clock import age

# A file's size and time of change, which stay while nobody writes it. Its number would say more,
# but some network mounts give a file another one now and then.
State = tuple[int, int]

# Seconds without a change after which an archive that has no end is broken, not growing: a copy
# over a network may halt for a while.
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job in the folder. text, archive: its files. states: theirs, when they were looked at."""

    name: str
    text: Path
    archive: Path
    states: tuple[State, State]


def state(file: Path) -> State:
    """Of the file or link itself. Errors: OSError."""
    status = file.lstat()
    return status.st_size, status.st_mtime_ns


class Inbox:
    """What lies in a folder, and how it was at the look before.

    interval: seconds between two looks, in which files at rest do not change.
    """

    def __init__(self, folder: Path, working: Path, interval: float, say: Say) -> None:
        self._folder = folder
        self._working = working
        self._interval = interval
        self._say = say
        self._before: dict[str, Waiting] = {}
        self._alone: set[str] = set()

    def look(self) -> list[Waiting]:
        """Jobs whose files did not change since the last look, the oldest first.

        Errors: OSError when the folder cannot be listed.
        """
        now = self._list()
        ready = [
            job
            for name, job in now.items()
            if (before := self._before.get(name)) is not None
            and before.states == job.states
            and self._closes(job.archive)
        ]
        self._before = now
        return sorted(ready, key=lambda job: (job.states[1][1], job.name))

    def _list(self) -> dict[str, Waiting]:
        found: dict[str, dict[str, Path]] = {}
        entries = sorted(entry.name for entry in os.scandir(self._folder))
        for entry in entries:
            name, suffix = os.path.splitext(entry)
            if suffix.lower() in (".txt", ".zip") and not entry.startswith("."):
                found.setdefault(name, {}).setdefault(suffix.lower(), self._folder / entry)
        self._tell_alone({name for name, files in found.items() if len(files) == 1})
        jobs = {}
        for name, files in found.items():
            if len(files) == 2 and (job := _waiting(name, files[".txt"], files[".zip"])):
                jobs[name] = job
        return jobs

    def _closes(self, archive: Path) -> bool:
        """Whether the archive has its end. One that never comes to it is taken all the same."""
        try:
            if not stat.S_ISREG(archive.lstat().st_mode) or zipfile.is_zipfile(archive):
                return True
            return age(archive, self._working) > max(_PATIENCE, 2 * self._interval)
        except OSError:
            return False  # somebody else took it

    def _tell_alone(self, names: set[str]) -> None:
        """Says of a file that waits for its other half, once."""
        for name in sorted(names - self._alone):
            self._say(f"{name!r} waits for its other half: a job is NAME.txt and NAME.zip.")
        self._alone = names


def _waiting(name: str, text: Path, archive: Path) -> Waiting | None:
    try:
        if text.is_dir() or archive.is_dir():
            return None
        return Waiting(name, text, archive, (state(text), state(archive)))
    except OSError:
        return None  # somebody else took it
