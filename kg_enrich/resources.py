"""Where the Cypher files lie: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def folder(in_wheel: str, in_checkout: str) -> Path:
    """The packaged folder, else the one of the checkout."""
    packaged = _PACKAGE / in_wheel
    return packaged if packaged.is_dir() else _PACKAGE.parent / in_checkout


CYPHER = folder("cypher", "cypher")
MIGRATIONS = folder("migrations_cypher", "migrations")
