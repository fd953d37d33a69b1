"""Writes ledgers and edges, and what they were before. `settle` says what is to be written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kg_enrich.evidence.models import DocumentState, Evidence, LedgerEntry
from kg_enrich.evidence.policy import EdgeChanges
from kg_enrich.evidence.state import ledger_arrays
from kg_enrich.evidence.undo import Before
from kg_enrich.graph.connection import Row, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import evidence_key, ledger_key
from kg_enrich.models import DocumentId, ImageId, Notice, RunNotice

WRITE_LEDGERS = query("write_ledgers")
RENEW_LEDGERS = query("renew_ledgers")
DELETE_LEDGERS = query("delete_ledgers")
WRITE_EVIDENCE = query("write_evidence")
DELETE_EVIDENCE = query("delete_evidence")
REWRITE_EVIDENCE = query("rewrite_evidence")
READ_EVIDENCE_ORIGINS = query("read_evidence_origins")
READ_EVIDENCE_PROPERTIES = query("read_evidence_properties")
RESTORE_EVIDENCE = query("restore_evidence")
RESTORE_LEDGERS = query("restore_ledgers")


@dataclass(frozen=True, slots=True)
class Authority:
    """In whose name evidence is written.

    model: what judged the new entries, '' where nothing is judged. run: a run's id, or what else
    stands in `runId`.
    """

    source: str
    model: str
    run: str


@dataclass(frozen=True, slots=True)
class Settling:
    """One document on its way: what is stored, what shall be, and the edges to change."""

    document: DocumentId
    stored: DocumentState
    entries: Mapping[ImageId, LedgerEntry]
    judged: frozenset[ImageId]
    changes: EdgeChanges
    aside: frozenset[ImageId] = frozenset()

    @property
    def ledger_changed(self) -> bool:
        return self.entries != self.stored.entries

    @property
    def all_judged(self) -> bool:
        return bool(self.judged) and self.entries.keys() <= self.judged | self.aside

    def model(self, authority: Authority) -> str:
        """What judged last: evidence put back from a ledger keeps the model that judged it."""
        if self.judged or self.stored.ledger is None:
            return authority.model
        return str(self.stored.ledger["model"])


def read_before(transaction: Transaction, source: str, settling: Sequence[Settling]) -> Before:
    """What stands in the graph now of all that is about to change."""
    edges: dict[str, Any] = {}
    ledgers: dict[str, Any] = {}
    there: dict[str, Evidence] = {}
    for one in settling:
        for key, stray in one.stored.strays.items():
            edges[key] = _former(one.document, stray.image, None)
            there[key] = stray
        for changed, left in ((one.changes.publish, True), (one.changes.withdraw, False)):
            for edge in changed:
                key = evidence_key(one.document, edge.image, source)
                edges[key] = _former(one.document, edge.image, edge.score if left else None)
                # Edges to be added are known not to be there.
                if edge.image in one.stored.evidence:
                    there[key] = one.stored.evidence[edge.image]
        if one.ledger_changed:
            ledgers[ledger_key(one.document, source)] = {
                "document": one.document,
                "properties": dict(one.stored.ledger) if one.stored.ledger else None,
                "left": bool(one.entries),
            }
    for key, properties in _read_former(transaction, source, there):
        edges[key]["properties"] = properties
    return Before(edges, ledgers)


def _read_former(
    transaction: Transaction, source: str, there: Mapping[str, Evidence]
) -> Iterator[tuple[str, Row]]:
    """The properties of edges, as a rollback puts them back. there: what is known of them."""
    if not there:
        return
    (row,) = transaction.run(READ_EVIDENCE_ORIGINS, keys=sorted(there))
    columns = (row[name] for name in ("keys", "confidences", "models", "createdAt", "updatedAt"))
    for key, confidence, model, created, updated in zip(*columns, strict=True):
        edge = there[key]
        yield (
            key,
            {
                "score": edge.score,
                "confidence": confidence if confidence != "" else None,
                "reason": edge.reason,
                "source": source,
                "model": model or None,
                "fingerprint": edge.fingerprint,
                "runId": edge.run_id,
                "calibration": edge.calibration or None,
                "createdAt": created or None,
                "updatedAt": updated or None,
            },
        )


def _former(document: DocumentId, image: ImageId, score: float | None) -> dict[str, Any]:
    """score: of the edge that is left there, None where none is."""
    named = {"document": document, "image": image, "properties": None}
    return named | ({"left": False} if score is None else {"left": True, "score": score})


def write_ledgers(
    transaction: Transaction, authority: Authority, policy: str, settling: Iterable[Settling]
) -> None:
    """Writes those that changed, and deletes those that hold nothing any more. policy: version.

    Of those that were judged again with the same outcome only the time is written.
    """
    settling = list(settling)
    changed = [one for one in settling if one.ledger_changed]
    rows = [
        {
            "key": ledger_key(one.document, authority.source),
            "document": one.document,
            "source": authority.source,
            "model": one.model(authority),
            "policy": policy,
            "run": authority.run,
            "renew": one.all_judged,
            **ledger_arrays(one.entries.values()),
        }
        for one in changed
        if one.entries
    ]
    empty = [ledger_key(one.document, authority.source) for one in changed if not one.entries]
    renewed = [
        ledger_key(one.document, authority.source)
        for one in settling
        if one.all_judged and not one.ledger_changed
    ]
    if rows:
        transaction.run(WRITE_LEDGERS, rows=rows)
    if renewed:
        transaction.run(RENEW_LEDGERS, keys=renewed)
    delete_ledgers(transaction, empty)


def write_edges(
    transaction: Transaction,
    authority: Authority,
    settling: Iterable[Settling],
    present: Mapping[ImageId, str | int],
) -> list[RunNotice]:
    """Writes and withdraws; names every edge that was sent and not written."""
    added: dict[str, _Row] = {}
    rewritten: dict[str, _Row] = {}
    withdrawn: list[str] = []
    for one in settling:
        model = one.model(authority)
        for edge in one.changes.publish:
            key = evidence_key(one.document, edge.image, authority.source)
            rows = rewritten if edge.image in one.stored.evidence else added
            rows[key] = _Row(one.stored.native, present[edge.image], edge, model)
        withdrawn += one.stored.strays
        withdrawn += [
            evidence_key(one.document, edge.image, authority.source)
            for edge in one.changes.withdraw
        ]
    delete_edges(transaction, withdrawn)
    if rewritten:
        written = transaction.run(REWRITE_EVIDENCE, run=authority.run, **_columns(rewritten))
        # Somebody deleted the others since they were read; they are made anew.
        added |= {key: rewritten[key] for key in rewritten.keys() - {*written[0]["keys"]}}
    if not added:
        return []
    ordered = [added[key] for key in sorted(added)]
    written = transaction.run(
        WRITE_EVIDENCE,
        documents=[row.document for row in ordered],
        images=[row.image for row in ordered],
        source=authority.source,
        run=authority.run,
        **_columns(added),
    )
    return [
        RunNotice(Notice.VANISHED, str(added[key].image), "it went away while it was written")
        for key in added.keys() - {*written[0]["keys"]}
    ]


@dataclass(frozen=True, slots=True)
class _Row:
    """An edge to write. document, image: ids as the graph has them."""

    document: str | int
    image: str | int
    edge: Evidence
    model: str


def _columns(rows: Mapping[str, _Row]) -> dict[str, list[Any]]:
    """What the edges shall say, in the order of their keys, which is everybody's."""
    ordered = sorted(rows)
    edges = [rows[key].edge for key in ordered]
    return {
        "keys": ordered,
        "scores": [edge.score for edge in edges],
        "reasons": [edge.reason for edge in edges],
        "fingerprints": [edge.fingerprint for edge in edges],
        "models": [rows[key].model for key in ordered],
        # No property where there is none.
        "calibrations": [edge.calibration or None for edge in edges],
    }


def read_edge_properties(transaction: Transaction, keys: Iterable[str]) -> dict[str, Row]:
    """The properties of those HAS_EVIDENCE edges that are there, by key."""
    rows = transaction.run(READ_EVIDENCE_PROPERTIES, keys=sorted(keys))
    return {row["key"]: row["properties"] for row in rows}


def delete_edges(transaction: Transaction, keys: Iterable[str]) -> None:
    """Deletes HAS_EVIDENCE edges by key."""
    if ordered := sorted(keys):
        transaction.run(DELETE_EVIDENCE, keys=ordered)


def delete_ledgers(transaction: Transaction, keys: Iterable[str]) -> None:
    """Deletes EvidenceLedger nodes by key."""
    if ordered := sorted(keys):
        transaction.run(DELETE_LEDGERS, keys=ordered)


def restore_edges(transaction: Transaction, rows: Sequence[Row]) -> None:
    """Makes edges what they were. rows: of document, image (ids as the graph has them), key and
    properties."""
    if rows:
        transaction.run(RESTORE_EVIDENCE, rows=rows)


def restore_ledgers(transaction: Transaction, former: Mapping[str, Row | None]) -> None:
    """Makes ledgers what they were. former: properties by key, None where there was none."""
    rows = [{"key": k, "properties": p} for k, p in sorted(former.items()) if p is not None]
    if rows:
        transaction.run(RESTORE_LEDGERS, rows=rows)
    delete_ledgers(transaction, (key for key, properties in former.items() if properties is None))
