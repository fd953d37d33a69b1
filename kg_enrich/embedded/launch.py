"""Runs Neo4j's Java programs and waits for the server to answer."""

import os
import re
import secrets
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from kg_enrich.embedded import die_with_parent
from kg_enrich.embedded.home import Home, write_private
from kg_enrich.embedded.java import FLAGS
from kg_enrich.embedded.record import is_alive
from kg_enrich.errors import EmbeddedServerError

START_SECONDS = 300  # Neo4j first repairs a store that crashed
ANSWER_SECONDS = 5

# Bolt's handshake: the magic bytes, then room for four versions; we offer 5.0 and 4.4.
# https://neo4j.com/docs/bolt/current/bolt/handshake/
_HANDSHAKE = struct.pack(">5I", 0x6060B017, 0x0005, 0x0404, 0, 0)

# Java adds these lines after the one that says what is wrong.
_EMPTY_WORDS = (
    "Error: Could not create the Java Virtual Machine.",
    "Error: A fatal exception has occurred. Program will exit.",
)


@dataclass(frozen=True, slots=True)
class Command:
    """How to run one of Neo4j's programs on a home."""

    java: Path
    class_path: Sequence[Path]
    home: Home

    def line(self, main_class: str, *arguments: str, heap: str = "256m") -> list[str]:
        return [str(self.java), *FLAGS, f"-Xmx{heap}", main_class, *arguments]

    @property
    def environment(self) -> dict[str, str]:
        # The class path is 25 kB long. In the environment it does not fill the output of `ps`.
        return {
            **os.environ,
            "CLASSPATH": os.pathsep.join(str(file) for file in self.class_path),
            "NEO4J_HOME": str(self.home.folder),
            "NEO4J_CONF": str(self.home.conf),
        }


def set_password(command: Command) -> None:
    """Gives a new store a password, before its first start, and keeps it in the password file."""
    home, password = command.home, secrets.token_hex(16)
    if home.store.exists():
        raise EmbeddedServerError(
            f"{home.password_file} is gone, and without it nobody can use the store beside it; put "
            f"it back, or delete {home.folder} and load your graph again."
        )
    arguments = home.folder / "admin-arguments"
    # It is read from a file, so that no other user sees it in the list of processes.
    write_private(arguments, password)
    tool = ("org.neo4j.cli.AdminTool", "dbms", "set-initial-password", f"@{arguments}")
    try:
        answer = subprocess.run(
            command.line(*tool),
            env=command.environment,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        arguments.unlink()
    if answer.returncode:
        words = _last_words(answer.stderr)
        raise EmbeddedServerError(f"Neo4j's password could not be set in {home.folder}: {words}.")
    write_private(home.password_file, password)


def run(command: Command, main_class: str, heap: str, *, bound: bool) -> psutil.Process:
    """Starts the server. bound: the kernel ends it when the calling thread ends (Linux only)."""
    folder, conf = command.home.folder, command.home.conf
    line = command.line(
        main_class, f"--home-dir={folder}", f"--config-dir={conf}", "--console-mode", heap=heap
    )
    if bound and sys.platform == "linux":
        line = [sys.executable, "-IS", die_with_parent.__file__, str(os.getpid()), *line]
    command.home.console_log.parent.mkdir(exist_ok=True)
    with command.home.console_log.open("wb") as log:
        child = subprocess.Popen(
            line,
            env=command.environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for the command that the user runs, and that command still needs its server.
            start_new_session=True,
        )
    # From here on psutil waits for the process. Popen would warn that it is still running.
    child.returncode = 0
    return psutil.Process(child.pid)


def free_port() -> int:
    """A port of 127.0.0.1 that is free at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def answers(uri: str) -> bool:
    """Whether a Bolt server answers at `uri`. Neo4j opens Bolt last, so it is then ready."""
    address = urlsplit(uri)
    try:
        with socket.create_connection(
            (address.hostname, address.port), timeout=ANSWER_SECONDS
        ) as connection:
            connection.sendall(_HANDSHAKE)
            return len(connection.recv(4)) == 4
    except OSError:
        return False


def wait_until_ready(process: psutil.Process, uri: str, log: Path) -> None:
    """Waits until the server answers. Errors: EmbeddedServerError when it ends or hangs."""
    deadline = time.monotonic() + START_SECONDS
    while not answers(uri):
        if not is_alive(process):
            words = _last_words(log.read_text(encoding="utf-8", errors="replace"))
            raise EmbeddedServerError(f"Neo4j ended while it started: {words} (see {log}).")
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"Neo4j does not answer at {uri} after {START_SECONDS} s; see {log}."
            )
        time.sleep(0.05)


def _last_words(log: str) -> str:
    """The line of a log that best says what went wrong."""
    lines = [line.strip() for line in log.splitlines() if line.strip() and line not in _EMPTY_WORDS]
    telling = [line for line in lines if re.search(r"Caused by:|ERROR|[Ee]rror:|Exception:", line)]
    last = (telling or lines or ["it said nothing"])[-1]
    return re.sub(r"^.* ERROR +|^Caused by: ", "", last).rstrip(".")
