"""What documents' ledgers and edges were before they were settled, for the undo."""

from collections.abc import Iterable, Mapping
from typing import Any

from kg_enrich.evidence.edges import Settling
from kg_enrich.evidence.models import Evidence
from kg_enrich.evidence.undo import Before
from kg_enrich.graph.connection import Row
from kg_enrich.identity import evidence_key, ledger_key
from kg_enrich.models import DocumentId, ImageId


def former(source: str, settling: Iterable[Settling], origins: Mapping[str, Row]) -> Before:
    """All that stood in the graph of what was changed. origins: of `edges.write_edges`."""
    edges: dict[str, Any] = {}
    ledgers: dict[str, Any] = {}
    for one in settling:
        for key, stray in one.stored.strays.items():
            properties = _properties(source, stray, origins.get(key))
            edges[key] = _edge(one.document, stray.image, properties)
        for changed, left in ((one.changes.publish, True), (one.changes.withdraw, False)):
            for edge in changed:
                key = evidence_key(one.document, edge.image, source)
                stood = one.stored.evidence.get(edge.image)
                # An edge that somebody deleted since it was read has no origin.
                origin = None if stood is None else origins.get(key)
                properties = _properties(source, stood or edge, origin)
                score = edge.score if left else None
                edges[key] = _edge(one.document, edge.image, properties, score)
        if one.ledger_changed:
            ledgers[ledger_key(one.document, source)] = {
                "document": one.document,
                "properties": dict(one.stored.ledger) if one.stored.ledger else None,
                "left": bool(one.entries),
            }
    return Before(edges, ledgers)


def _properties(source: str, edge: Evidence, origin: Row | None) -> Row | None:
    """The properties of an edge, as a rollback puts them back; None where it was gone."""
    if origin is None:
        return None
    return {
        "score": edge.score,
        "reason": edge.reason,
        "source": source,
        "fingerprint": edge.fingerprint,
        "calibration": edge.calibration or None,
        **origin,
    }


def _edge(
    document: DocumentId, image: ImageId, properties: Row | None, score: float | None = None
) -> Row:
    """score: of the edge that is left there, None where none is."""
    return {
        "document": document,
        "image": image,
        "properties": properties,
        "left": score is not None,
        "score": score,
    }
