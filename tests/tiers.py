"""Runs tiers of tests, two at a time, and says how long each took: `python -m tests.tiers quick`.

Each tier is a pytest of its own, with a Neo4j of its own where it needs one; `static` is `make
check`. What failed is named once more at the end, where the end of a log shows it. Exits with 1
when a tier fails.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from kg_enrich.embedded import LTS_VERSION

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Tier:
    """What pytest is called with. environment: added to this process's. program: not pytest."""

    arguments: Sequence[str]
    about: str
    environment: dict[str, str] = field(default_factory=dict)
    program: Sequence[str] = (sys.executable, "-m", "pytest", "-q", "--durations=12")


# What speaks to Neo4j takes longest, and one pytest keeps one core at work.
_GRAPH = sorted(str(file.relative_to(ROOT)) for file in ROOT.glob("tests/graph/test_*.py"))
_LTS = {"TEST_NEO4J_VERSION": LTS_VERSION}
# Servers that live for minutes: compiling what they do once costs more than it brings.
_JAVA = {"JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}

TIERS = {
    "graph-1": Tier(_GRAPH[::2], "what speaks to Neo4j, every other file"),
    "graph-2": Tier(_GRAPH[1::2], "what speaks to Neo4j, the other files"),
    "qwen_vl": Tier(["tests/qwen_vl"], "the GPU scorer on tiny models"),
    "programs": Tier(["tests/programs"], "whole programs"),
    "lts-1": Tier(_GRAPH[::2], "the same on the 5.26 LTS", _LTS),
    "lts-2": Tier(_GRAPH[1::2], "the same on the 5.26 LTS", _LTS),
    "cypher25": Tier(
        ["tests/graph/test_migrations.py", "tests/graph/test_renamed.py"],
        "migrations and whole runs, with Cypher 25 as the default language",
        {"TEST_NEO4J_LANGUAGE": "CYPHER_25"},
    ),
    "ray": Tier(["tests/ray"], "the Ray engine on a cluster, and what is killed there"),
    "service": Tier(["tests/service"], "the web service, and its pages in a browser"),
    "hostile": Tier(["tests/hostile"], "files that nobody should open"),
    "quick": Tier(["tests/quick"], "what needs no server"),
    "static": Tier(["check"], "style, types, and who imports whom", program=("make",)),
}


@dataclass(frozen=True)
class Ended:
    """How a tier ended. cpu: seconds of all its processes, servers included."""

    name: str
    code: int
    seconds: float
    cpu: float
    lines: list[str]

    def failures(self) -> list[str]:
        """The lines of pytest's summary that name them; of a pytest that died, its last lines."""
        if not self.code:
            return []
        return [line for line in self.lines if _FAILURE.match(line)] or self.lines[-10:]


_FAILURE = re.compile(r"(FAILED|ERROR) \S")


def run(name: str) -> Ended:
    """Runs one tier to its end; each line that it prints begins with its name."""
    tier = TIERS[name]
    began = time.monotonic()
    print(f"{name:8} | {tier.about}", flush=True)
    process = subprocess.Popen(
        [*tier.program, *tier.arguments],
        cwd=ROOT,
        env=_JAVA | os.environ | tier.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout
    lines = []
    with process.stdout as output:
        for line in output:
            lines.append(line.rstrip())
            print(f"{name:8} | {lines[-1]}", flush=True)
    # Unlike `wait`, it says how much CPU the process and its children took.
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = used.ru_utime + used.ru_stime
    return Ended(name, process.returncode, time.monotonic() - began, cpu, lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tiers", nargs="+", choices=TIERS)
    parser.add_argument("--beside", type=int, default=2, help="tiers at a time")
    given = parser.parse_args()
    if os.environ.get("TEST_NEO4J_URI"):
        given.beside = 1  # there is one database for all of them
    began = time.monotonic()
    # Begun in the order of TIERS, the longest first: the short ones fill the gap at the end.
    chosen = [name for name in TIERS if name in given.tiers]
    with ThreadPoolExecutor(given.beside) as beside:
        ended = list(beside.map(run, chosen))
    for one in ended:
        verdict = "passed" if one.code == 0 else f"failed ({one.code})"
        print(f"{one.name:8} {one.seconds:6.0f} s, {one.cpu:5.0f} s of CPU, {verdict}")
    print(f"{'together':8} {time.monotonic() - began:6.0f} s")
    for one in ended:
        for line in one.failures():
            print(f"{one.name:8} | {line}")
    return int(any(one.code for one in ended))


if __name__ == "__main__":
    sys.exit(main())
