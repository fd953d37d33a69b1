"""Who holds a claim, and whether they are alive."""

import os
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import psutil

# A process's start time is counted from the machine's start, and that shifts with the clock.
_TOLERANCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Owner:
    """A process. host: for people. place: where its number means it; started: since the epoch."""

    host: str
    place: str
    pid: int
    started: float

    def plain(self) -> dict[str, Any]:
        return asdict(self)


@cache
def here() -> Owner:
    """This process."""
    return Owner(socket.gethostname(), place(), os.getpid(), psutil.Process().create_time())


def place() -> str:
    """What numbers of processes are counted by: a host since it started, or a container in it."""
    parts = [socket.gethostname()]
    with suppress(OSError):  # Linux alone has these
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            parts.append(file.read().strip())
        parts.append(os.readlink("/proc/self/ns/pid"))
    return " ".join(parts)


def is_alive(owner: Owner, silent: float, lease: float) -> bool:
    """Whether the owner still works. silent: seconds since its last sign of life.

    A process of this place is looked for; of one elsewhere nothing but its signs is known.
    """
    if owner.place != place():
        return silent < lease
    try:
        process = psutil.Process(owner.pid)
        same = abs(process.create_time() - owner.started) < _TOLERANCE_SECONDS
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return silent < lease
