"""The record of the process that serves a home. A recycled process id does not fool it."""

import json
from dataclasses import dataclass
from pathlib import Path

import psutil

from kg_enrich.embedded.home import Home, write_private
from kg_enrich.errors import EmbeddedServerError

USERNAME = "neo4j"
# A process's start time is counted from the machine's start, and that shifts with the clock.
TOLERANCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running Neo4j. `owner`: the process that the server ends with; None when it goes on."""

    uri: str
    username: str
    password_file: Path
    pid: int
    version: str
    home: Path
    owner: int | None = None

    @property
    def password(self) -> str:
        return self.password_file.read_text(encoding="utf-8")


def write_record(home: Home, server: Server, process: psutil.Process) -> None:
    """Records that `process` serves this home."""
    record = {
        "uri": server.uri,
        "pid": server.pid,
        "version": server.version,
        "owner": server.owner,
        "started": process.create_time(),
    }
    write_private(home.process_file, json.dumps(record))


def read_record(home: Home) -> tuple[Server, psutil.Process] | None:
    """The recorded server and its process, if that same process is still alive."""
    try:
        record = json.loads(home.process_file.read_text(encoding="utf-8"))
        process = psutil.Process(record["pid"])
        started = process.create_time()
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None
    except OSError as error:
        raise EmbeddedServerError(
            f"{home.process_file} cannot be read ({error.strerror}); name a folder of your own in "
            "KG_ENRICH_NEO4J_HOME."
        ) from error
    if abs(started - record.pop("started")) > TOLERANCE_SECONDS or not is_alive(process):
        return None
    server = Server(username=USERNAME, password_file=home.password_file, home=home.folder, **record)
    return server, process


def is_alive(process: psutil.Process) -> bool:
    """Whether it still runs. A child that ended and that nobody waited for counts as ended."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
