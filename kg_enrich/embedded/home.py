"""The folder of an embedded Neo4j: its store, password, settings and logs."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kg_enrich.embedded.releases import Release, release_of
from kg_enrich.errors import EmbeddedServerError

MIN_FREE_BYTES = 100_000_000

# The server answers on this machine only, stops at once, and calls no other machine.
_SETTINGS = {
    "server.default_listen_address": "127.0.0.1",
    "server.http.enabled": "false",
    "server.https.enabled": "false",
    "dbms.usage_report.enabled": "false",
    "server.config.strict_validation.enabled": "true",
    "server.memory.pagecache.size": "256m",
    # Without this an empty store takes 500 MB.
    "db.tx_log.preallocate": "false",
}


@dataclass(frozen=True, slots=True)
class Home:
    """The paths of what a home holds."""

    folder: Path

    @property
    def version_file(self) -> Path:
        return self.folder / "neo4j-version"

    @property
    def password_file(self) -> Path:
        return self.folder / "password"

    @property
    def store(self) -> Path:
        """The server makes it at its first start."""
        return self.folder / "data" / "databases"

    @property
    def process_file(self) -> Path:
        return self.folder / "process.json"

    @property
    def console_log(self) -> Path:
        return self.folder / "logs" / "console.log"

    @property
    def conf(self) -> Path:
        return self.folder / "conf"

    @property
    def start_lock(self) -> Path:
        """A process holds it while it starts or stops the server."""
        return self.folder / "start.lock"

    @property
    def use_lock(self) -> Path:
        """Processes share it while they use a server that one of them will stop."""
        return self.folder / "use.lock"


def open_home(folder: Path) -> Home:
    """Opens the home in `folder`, and makes it if needed. Only its owner may read it."""
    home = Home(folder.expanduser().resolve())
    try:
        home.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not home.version_file.exists() and _strangers(home):
            raise EmbeddedServerError(
                f"{home.folder} is neither empty nor the home of an embedded Neo4j; name another "
                "folder in KG_ENRICH_NEO4J_HOME."
            )
        home.folder.chmod(0o700)
    except OSError as error:
        raise EmbeddedServerError(
            f"{home.folder} cannot be the embedded Neo4j's home ({error.strerror}); name another "
            "folder in KG_ENRICH_NEO4J_HOME."
        ) from error
    return home


def _strangers(home: Home) -> bool:
    locks = (home.start_lock.name, home.use_lock.name)
    return any(not entry.name.startswith(locks) for entry in home.folder.iterdir())


def check_version(home: Home, wanted: Release) -> None:
    """Refuses a store that a newer Neo4j has opened, because Neo4j cannot downgrade a store.

    Neo4j itself upgrades an older store when it opens it.
    """
    if not home.version_file.exists():
        return
    version = home.version_file.read_text(encoding="utf-8").strip()
    if release_of(version) > wanted:
        raise EmbeddedServerError(
            f"The store in {home.folder} was opened by Neo4j {version}, which an older one cannot "
            f"read; set KG_ENRICH_NEO4J_VERSION={version}, or name another KG_ENRICH_NEO4J_HOME."
        )


def check_space(home: Home) -> None:
    """Refuses to start where the disk is nearly full."""
    free = shutil.disk_usage(home.folder).free
    if free < MIN_FREE_BYTES:
        raise EmbeddedServerError(
            f"Only {free / 1e6:.0f} MB are free in {home.folder}, too few to start Neo4j there; "
            "make room, or name another folder in KG_ENRICH_NEO4J_HOME."
        )


def write_conf(home: Home, port: int, settings: Mapping[str, str]) -> None:
    """Writes neo4j.conf for a server on `port`."""
    address = f"127.0.0.1:{port}"
    bolt = {"server.bolt.listen_address": address, "server.bolt.advertised_address": address}
    lines = [f"{name}={value}\n" for name, value in {**_SETTINGS, **settings, **bolt}.items()]
    write_private(home.conf / "neo4j.conf", "".join(lines))


def write_private(file: Path, text: str) -> None:
    """Writes a file, whole or not at all. Only its owner may read it."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.replace(name, file)
