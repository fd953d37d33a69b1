"""Writes ledgers and edges. `settle` says what is to be written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kg_enrich.evidence.models import DocumentState, Evidence, LedgerEntry
from kg_enrich.evidence.policy import EdgeChanges
from kg_enrich.evidence.state import ledger_arrays
from kg_enrich.graph.connection import Row, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import evidence_key, ledger_key
from kg_enrich.models import DocumentId, ImageId, Notice, RunNotice

WRITE_LEDGERS = query("write_ledgers")
RENEW_LEDGERS = query("renew_ledgers")
DELETE_LEDGERS = query("delete_ledgers")
CREATE_EVIDENCE = query("create_evidence")
WRITE_EVIDENCE = query("write_evidence")
DELETE_EVIDENCE = query("delete_evidence")
REWRITE_EVIDENCE = query("rewrite_evidence")
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
            "model": one.model(authority),
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
        transaction.run(
            WRITE_LEDGERS, rows=rows, source=authority.source, policy=policy, run=authority.run
        )
    if renewed:
        transaction.run(RENEW_LEDGERS, keys=renewed)
    delete_ledgers(transaction, empty)


@dataclass(frozen=True, slots=True)
class Written:
    """lost: every edge that was sent and not written. origins: of the edges that were rewritten or
    deleted, by key, what their documents' states leave out."""

    lost: list[RunNotice]
    origins: dict[str, Row]


def write_edges(
    transaction: Transaction,
    authority: Authority,
    settling: Iterable[Settling],
    present: Mapping[ImageId, str | int],
) -> Written:
    """Writes and withdraws. The documents' states were read in this transaction."""
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
    origins = delete_edges(transaction, withdrawn)
    if rewritten:
        columns = _columns(rewritten)
        answer = transaction.run(REWRITE_EVIDENCE, run=authority.run, **columns)
        found = _origins(answer, columns["keys"])
        origins |= found
        # Somebody deleted the others since they were read; they are made anew.
        added |= {key: rewritten[key] for key in rewritten.keys() - found.keys()}
    if not added:
        return Written([], origins)
    columns = _columns(added)
    ordered = [added[key] for key in columns["keys"]]
    (written,) = transaction.run(
        # What was read says that none of them is there. Somebody else may have put one there
        # that does not say whose it is, and by the next try that is known.
        WRITE_EVIDENCE if transaction.contradicted else CREATE_EVIDENCE,
        documents=[row.document for row in ordered],
        images=[row.image for row in ordered],
        source=authority.source,
        run=authority.run,
        **columns,
    )
    there = {columns["keys"][place] for place in written["places"]}
    lost = [
        RunNotice(Notice.VANISHED, str(added[key].image), "it went away while it was written")
        for key in added.keys() - there
    ]
    return Written(lost, origins)


def _origins(rows: Sequence[Row], keys: Sequence[str]) -> dict[str, Row]:
    """What rewrite_evidence and delete_evidence return of these keys; None where there was
    nothing."""
    return {
        keys[place]: {
            "confidence": confidence if confidence != "" else None,
            "model": model,
            "runId": run,
            "createdAt": created,
            "updatedAt": updated,
        }
        for model, run, created, updated, places, confidences in rows[0]["origins"]
        for place, confidence in zip(places, confidences, strict=True)
    }


@dataclass(frozen=True, slots=True)
class _Row:
    """An edge to write. document, image: ids as the graph has them."""

    document: str | int
    image: str | int
    edge: Evidence
    model: str


def _columns(rows: Mapping[str, _Row]) -> dict[str, Any]:
    """What the edges shall say, in the order of their keys, which is everybody's."""
    ordered = sorted(rows)
    edges = [rows[key].edge for key in ordered]
    models = [rows[key].model for key in ordered]
    return {
        "keys": ordered,
        "scores": [edge.score for edge in edges],
        "reasons": [edge.reason for edge in edges],
        "fingerprints": [edge.fingerprint for edge in edges],
        # What all have in common is sent once, and nothing where nobody has any.
        "model": models[0],
        "models": models if len({*models}) > 1 else None,
        # No property where there is none.
        "calibrations": [edge.calibration or None for edge in edges]
        if any(edge.calibration for edge in edges)
        else None,
    }


def read_edge_properties(transaction: Transaction, keys: Iterable[str]) -> dict[str, Row]:
    """The properties of those HAS_EVIDENCE edges that are there, by key."""
    rows = transaction.run(READ_EVIDENCE_PROPERTIES, keys=sorted(keys))
    return {row["key"]: row["properties"] for row in rows}


def delete_edges(transaction: Transaction, keys: Iterable[str]) -> dict[str, Row]:
    """Deletes HAS_EVIDENCE edges by key. Returns their `Written.origins`."""
    ordered = sorted(keys)
    return _origins(transaction.run(DELETE_EVIDENCE, keys=ordered), ordered) if ordered else {}


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
