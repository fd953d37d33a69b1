"""What a benchmark prints: the machine and versions it ran on, and a table."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version

import psutil


def machine(*packages: str) -> str:
    """Date, machine and versions, in one line."""
    memory = psutil.virtual_memory().total / 2**30
    versions = "".join(f", {package} {version(package)}" for package in packages)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores ({platform.machine()}), "
        f"{memory:.0f} GiB, Python {platform.python_version()}{versions}"
    )


def markdown(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def print_markdown(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table for the README of the benchmarks."""
    print(markdown(columns, rows), flush=True)
