"""What a batch is about to change, packed into one node, so that a rollback can put it back.

A chunk a batch: previous values on one growing node cost 0.6 s an append at 300,000. Ledgers are
kept with the edges, and a source's policy and holds too, or the next publish would undo the undo.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kg_enrich.graph.connection import Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import named_key

WRITE_UNDO = query("write_undo")


@dataclass(frozen=True, slots=True)
class Before:
    """Previous values by key, as JSON holds them; properties are None where there was nothing.

    edges: key to {document, image, properties, left, score: of what was left, which chunks of
    older releases lack}. ledgers: key to {document, properties, left}.
    holds: key to properties. source: {properties, left} of the EvidenceSource, or None where it
    was not touched. left: whether the change left something there (for a source, its policy), by
    which a rollback sees that somebody changed it later.
    """

    edges: Mapping[str, Any] = field(default_factory=dict)
    ledgers: Mapping[str, Any] = field(default_factory=dict)
    holds: Mapping[str, Any] = field(default_factory=dict)
    source: Mapping[str, Any] | None = None

    def __bool__(self) -> bool:
        return bool(self.edges or self.ledgers or self.holds or self.source)


# Of what `pack` writes. Older releases gave no version, and wrote a `Before` as it is.
_VERSION = 2


def pack(before: Before) -> bytes:
    parts = {
        "version": _VERSION,
        "edges": _packed(before.edges),
        "ledgers": _packed(before.ledgers),
        "holds": before.holds,
        "source": before.source,
    }
    return zlib.compress(json.dumps(parts, ensure_ascii=False).encode(), level=1)


def unpack(data: bytes) -> Before:
    parts = json.loads(zlib.decompress(data))
    if parts.pop("version", 1) == 1:
        return Before(**parts)
    edges, ledgers = _unpacked(parts.pop("edges")), _unpacked(parts.pop("ledgers"))
    return Before(edges, ledgers, **parts)


def _packed(rows: Mapping[str, Any]) -> dict[str, Any]:
    """Rows as columns, their properties too: quicker to write, and half as long."""
    columns = _columns(list(rows.values()))
    packed = {"keys": list(rows), "columns": columns}
    if isinstance(columns, dict) and "properties" in columns:
        properties = columns["properties"]
        columns["properties"] = [one is not None for one in properties]
        packed["properties"] = _columns([one for one in properties if one is not None])
    return packed


def _unpacked(packed: Mapping[str, Any]) -> dict[str, Any]:
    rows = _rows(packed["columns"])
    if "properties" in packed:
        properties = iter(_rows(packed["properties"]))
        for row in rows:
            row["properties"] = next(properties) if row["properties"] else None
    return dict(zip(packed["keys"], rows, strict=True))


def _columns(rows: list[Any]) -> Any:
    """Rows of the same names as a column a name; others as they are."""
    names = rows[0].keys() if rows else ()
    if not names or any(row.keys() != names for row in rows):
        return rows
    return {name: [row[name] for row in rows] for name in names}


def _rows(columns: Any) -> list[Any]:
    if isinstance(columns, list):
        return columns
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def keep(transaction: Transaction, run: str, number: int, before: Before) -> None:
    """Stores a chunk. number: of the batch within its run, from 0."""
    if before:
        transaction.run(
            WRITE_UNDO,
            run=run,
            key=named_key("undo", run, str(number)),
            number=number,
            before=pack(before),
            edges=len(before.edges),
        )
