"""What Neo4j says of a statement before it runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explained:
    """What a statement is. kind: 'r' reads, 'rw' and 'w' write, 's' schema or administration."""

    kind: str
    columns: tuple[str, ...]
