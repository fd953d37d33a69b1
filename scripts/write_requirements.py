"""Writes `requirements/*.txt`: what is installed, by version and by hash.

    python scripts/write_requirements.py

Versions are those of `constraints.txt`; which of them a set needs is read from what is installed
here, for each Python by its own conditions. The hashes are those that pip reports of the wheels
that it would take on Linux, with glibc 2.28 or later. A pip of this year reads their descriptions
alone; 23.2 downloads them all. On other systems `constraints.txt` alone holds.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import requires
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "requirements"
PYTHONS = ("3.11", "3.12", "3.13")
BOTH = ("x86_64", "aarch64")
# By name: extras, further packages, machines. `build` is what the wheel is built with.
SETS: Mapping[str, tuple[Sequence[str], Sequence[str], Sequence[str]]] = {
    "service": (("service",), (), BOTH),
    "gpu": (("gpu", "service"), (), BOTH),
    "test": (("gpu", "rag", "ray", "service", "dev"), (), ("x86_64",)),
    "build": ((), ("hatchling",), BOTH),
}
_GLIBC = (*(f"manylinux_2_{minor}" for minor in range(28, 4, -1)), "manylinux2014",
          "manylinux2010", "manylinux1")  # fmt: skip


def pins() -> dict[str, str]:
    """Version by name, as `constraints.txt` has them."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    found = (line.split("==") for line in lines if "==" in line)
    return {canonicalize_name(name): version for name, version in found}


def needed(extras: Sequence[str], more: Iterable[str], python: str, machine: str) -> set[str]:
    """The names of all that is installed with these extras, on this Python on Linux."""
    environment = {name: str(value) for name, value in default_environment().items()} | {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "platform_machine": machine,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = [project["optional-dependencies"][extra] for extra in extras]
    own = [*project["dependencies"], *(one for group in groups for one in group)] if extras else []
    todo = [(Requirement(text), "") for text in [*own, *more]]
    seen: set[tuple[str, str]] = set()
    while todo:
        requirement, extra = todo.pop()
        marker = requirement.marker
        if marker is not None and not marker.evaluate(environment | {"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                todo += [(Requirement(text), wanted) for text in requires(name) or ()]
    return {name for name, _ in seen}


def hashes(lines: Sequence[str], python: str, machine: str) -> dict[str, str]:
    """SHA-256 by name of the wheels that pip takes there. Errors: CalledProcessError."""
    with tempfile.TemporaryDirectory() as place:
        wanted, report = Path(place) / "pins.txt", Path(place) / "report.json"
        wanted.write_text("\n".join(lines), "utf-8")
        command = [
            sys.executable, "-m", "pip", "install", "--quiet", "--no-cache-dir", "--dry-run",
            "--ignore-installed", "--no-deps", "--only-binary", ":all:", "--python-version",
            python, *(f"--platform={glibc}_{machine}" for glibc in _GLIBC), "--target", place,
            "--report", str(report), "--requirement", str(wanted),
        ]  # fmt: skip
        subprocess.run(command, check=True)
        found = json.loads(report.read_text("utf-8"))["install"]
    return {
        canonicalize_name(one["metadata"]["name"]): one["download_info"]["archive_info"]["hashes"][
            "sha256"
        ]
        for one in found
    }


def write(name: str) -> None:
    """Writes the file of a set. Errors: KeyError for what has no pin."""
    extras, more, machines = SETS[name]
    versions = pins()
    found: dict[str, set[str]] = defaultdict(set)
    on: dict[str, set[str]] = defaultdict(set)
    for machine in machines:
        for python in PYTHONS:
            names = sorted(needed(extras, more, python, machine))
            lines = [f"{one}=={versions[one]}" for one in names]
            for one, digest in hashes(lines, python, machine).items():
                found[one].add(digest)
                on[one].add(f'python_version == "{python}" and platform_machine == "{machine}"')
    everywhere = len(machines) * len(PYTHONS)
    with (FOLDER / f"{name}.txt").open("w", encoding="utf-8") as file:
        file.write(
            "# By version and hash, for Linux and Python 3.11 to 3.13; "
            "scripts/write_requirements.py writes it.\n"
        )
        for one in sorted(found):
            where = "" if len(on[one]) == everywhere else f" ; {' or '.join(sorted(on[one]))}"
            digests = [f"    --hash=sha256:{digest}" for digest in sorted(found[one])]
            file.write(" \\\n".join([f"{one}=={versions[one]}{where}", *digests]) + "\n")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in sys.argv[1:] or SETS:
        write(each)
