"""What worker processes are asked in tests: what files of images may do to whoever reads them."""

import ctypes
import os
import time
from pathlib import Path


def process(_: object = None) -> int:
    return os.getpid()


def process_beside(folder: Path, others: int) -> int:
    """Waits until so many processes are at work on this, so that each takes one task."""
    (folder / str(os.getpid())).touch()
    while len(list(folder.iterdir())) < others:
        time.sleep(0.01)
    return os.getpid()


def process_after(file: Path) -> int:
    """Waits until the file is there."""
    while not file.exists():
        time.sleep(0.01)
    return os.getpid()


def crash() -> None:
    ctypes.string_at(0)


def hang() -> None:
    time.sleep(1000)


def hang_in_a_decoder() -> None:
    """Computes for ever and never gives Python's lock back."""
    sum(range(10**15))


def eat_memory() -> int:
    return sum(len(bytearray(1 << 28)) for _ in [bytearray(1 << 28) for _ in range(40)])


def eat_memory_for_good() -> None:
    """As a library in C does that gives up when there is no memory left."""
    try:
        eat_memory()
    except MemoryError:
        os.abort()


def kill_a_parent() -> None:
    os.kill(os.getppid(), 9)


class Stubborn(Exception):
    """Cannot be made again from what it says."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__(f"{one} and {other}")


def fail(stubborn: bool) -> None:
    if stubborn:
        raise Stubborn(1, 2)
    raise ValueError("one and two")


def give(size: int) -> bytes:
    return bytes(size)
