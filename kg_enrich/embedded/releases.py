"""The Neo4j versions that can be embedded, and what differs between them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kg_enrich.errors import EmbeddedServerError

LOCKS = Path(__file__).parent / "locks"
DEFAULT_VERSION = "2026.08.1"
LTS_VERSION = "5.26.30"

Language = Literal["CYPHER_5", "CYPHER_25"]


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """A Neo4j version as numbers, in the order in which stores can be upgraded."""

    numbers: tuple[int, ...]

    @property
    def calendar(self) -> bool:
        """Whether it is 2025.01 or later. Before that came 5.26, the long-term support version."""
        return self.numbers[0] >= 2025

    @property
    def java(self) -> int:
        """The oldest Java version that runs it."""
        return 21 if self.calendar else 17

    @property
    def main_class(self) -> str:
        name = "Neo4jCommunity" if self.calendar else "CommunityEntryPoint"
        return f"org.neo4j.server.{name}"

    def settings(self, language: Language | None) -> dict[str, str]:
        """Lines of neo4j.conf that the other versions refuse or call deprecated."""
        if not self.calendar:
            return {"internal.dbms.bolt.netty_server_shutdown_quiet_period": "0"}
        return {
            "internal.dbms.bolt.netty_server_shutdown_quiet_period_duration": "0s",
            # Both would talk to other machines.
            "server.fleet_discovery.enabled": "false",
            "dbms.fleet_manager.enabled": "false",
            **({"db.query.default_language": language} if language else {}),
        }


def release_of(version: str) -> Release:
    """`version` as numbers. Errors: EmbeddedServerError when it has another form than 2026.08.1."""
    try:
        return Release(tuple(int(part) for part in version.split(".")))
    except ValueError:
        raise EmbeddedServerError(f"{version!r} is not a version of Neo4j.") from None


def lock_of(version: str) -> Path:
    """The file that names a version's jars. Errors: EmbeddedServerError for an unknown version."""
    lock = LOCKS / f"neo4j-{version}.lock"
    if not lock.is_file():
        known = sorted(path.stem.removeprefix("neo4j-") for path in LOCKS.glob("*.lock"))
        raise EmbeddedServerError(
            f"Neo4j {version} cannot be embedded; the versions known here are {', '.join(known)}."
        )
    return lock
