"""What Neo4j says of itself, and of a statement before it runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explained:
    """What a statement is. kind: 'r' reads, 'rw' and 'w' write, 's' schema or administration."""

    kind: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Server:
    """What the server says about itself. version: as it prints it. edition: in lower case."""

    version: str
    edition: str
    database: str
    address: str
