"""The folder that an embedded Neo4j lives in: its store, password, settings and logs."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kg_enrich.embedded.releases import Release, release_of
from kg_enrich.errors import EmbeddedServerError

MIN_FREE_BYTES = 100_000_000

# Of a server that answers on this machine only, stops at once and calls nobody.
_SETTINGS = {
    "server.default_listen_address": "127.0.0.1",
    "server.http.enabled": "false",
    "server.https.enabled": "false",
    "dbms.usage_report.enabled": "false",
    "server.config.strict_validation.enabled": "true",
    "server.memory.pagecache.size": "256m",
    # Without it an empty store takes 500 MB.
    "db.tx_log.preallocate": "false",
}


@dataclass(frozen=True, slots=True)
class Home:
    """Where the things in a home lie."""

    folder: Path

    @property
    def version_file(self) -> Path:
        return self.folder / "neo4j-version"

    @property
    def password_file(self) -> Path:
        return self.folder / "password"

    @property
    def store(self) -> Path:
        """Made by the server when it starts for the first time."""
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
        """Held by whoever starts or stops the server."""
        return self.folder / "start.lock"

    @property
    def use_lock(self) -> Path:
        """Shared by those who use a server that ends with one of them."""
        return self.folder / "use.lock"


def open_home(folder: Path) -> Home:
    """The home in `folder`, made when it is not there; nobody else may look inside."""
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
    """Refuses a store that a newer Neo4j has opened: no Neo4j can go back.

    Older stores are upgraded by Neo4j itself when it opens them.
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
    """Writes a file that only its owner may read, whole or not at all."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.replace(name, file)
