"""Makes documents' ledgers and edges right, inside a write transaction.

Lock the documents in order, read, decide in the pure function, write only the differences.
Everything that changes a document's evidence comes through here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kg_enrich.graph import Transaction
from kg_enrich.hubs import find_hubs
from kg_enrich.identity import evidence_key, forms, ledger_key
from kg_enrich.models import (
    DocumentId,
    Evidence,
    ImageId,
    LedgerEntry,
    Notice,
    Policy,
    RunNotice,
)
from kg_enrich.policy import EdgeChanges, decide, policy_version
from kg_enrich.queries import query
from kg_enrich.states import (
    StoredState,
    ledger_arrays,
    read_held,
    read_present,
    read_states,
)
from kg_enrich.undo import Before

LOCK_DOCUMENTS = query("lock_documents")
WRITE_LEDGERS = query("write_ledgers")
DELETE_LEDGERS = query("delete_ledgers")
WRITE_EVIDENCE = query("write_evidence")
DELETE_EVIDENCE = query("delete_evidence")
READ_EVIDENCE_PROPERTIES = query("read_evidence_properties")

# New ledger entries by document; no entries means: just make the document's edges right.
NewEntries = Mapping[DocumentId, tuple[LedgerEntry, ...]]


@dataclass(frozen=True, slots=True)
class Authority:
    """In whose name evidence is written. run: a run's id, or what else stands in `runId`."""

    source: str
    model: str
    policy: Policy
    run: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What was written, in edges; what was there before; what a person should know."""

    published: int
    withdrawn: int
    before: Before
    notices: tuple[RunNotice, ...]


@dataclass(frozen=True, slots=True)
class _Settling:
    """One document on its way: what is stored, what shall be, and the edges to change."""

    document: DocumentId
    stored: StoredState
    entries: Mapping[ImageId, LedgerEntry]
    judged: frozenset[ImageId]
    changes: EdgeChanges

    @property
    def ledger_changed(self) -> bool:
        return bool(self.judged) or self.entries.keys() != self.stored.entries.keys()


def settle(transaction: Transaction, authority: Authority, new: NewEntries) -> Settled:
    """Merges new entries into the documents' ledgers and makes their edges follow.

    A document or image that vanished meanwhile is named and left out. Entries of images that
    are gone are dropped.
    """
    documents = sorted(new)
    transaction.run(LOCK_DOCUMENTS, documents=[{"ids": forms(d)} for d in documents])
    stored = read_states(transaction.run, documents, authority.source)
    named = {entry.image for entries in new.values() for entry in entries}
    present = read_present(
        transaction.run, named.union(*(state.images for state in stored.values()))
    )
    held = read_held(transaction.run, authority.source)
    settling = [
        _decide(document, stored[document], new[document], present, held, authority.policy)
        for document in documents
        if document in stored
    ]
    hubs = find_hubs(
        transaction,
        authority.source,
        authority.run,
        Counter(edge.image for one in settling for edge in one.changes.add),
        present,
        authority.policy.max_documents,
    )
    if hubs:
        settling = [
            _decide(
                one.document,
                one.stored,
                new[one.document],
                present,
                held | hubs.keys(),
                authority.policy,
            )
            for one in settling
        ]
    before = _before(transaction, authority.source, settling)
    _write_ledgers(transaction, authority, settling)
    lost = _write_edges(transaction, authority, settling, present)
    return Settled(
        published=sum(len(one.changes.publish) for one in settling) - len(lost),
        withdrawn=sum(len(one.changes.withdraw) for one in settling),
        before=before,
        notices=(
            *_vanished(documents, stored.keys(), named, present.keys()),
            *lost,
            *_held(settling, authority.policy, hubs),
        ),
    )


def _decide(
    document: DocumentId,
    stored: StoredState,
    new: Iterable[LedgerEntry],
    present: Mapping[ImageId, str | int],
    held: Iterable[ImageId],
    policy: Policy,
) -> _Settling:
    judged = {entry.image: entry for entry in new if entry.image in present}
    entries = {i: entry for i, entry in stored.entries.items() if i in present} | judged
    state = replace(stored, entries=entries).complete(present, held)
    return _Settling(document, stored, entries, frozenset(judged), decide(state, policy))


def _before(transaction: Transaction, source: str, settling: Iterable[_Settling]) -> Before:
    edges: dict[str, Any] = {}
    ledgers: dict[str, Any] = {}
    for one in settling:
        changed = (*one.changes.publish, *one.changes.withdraw)
        for edge in changed:
            key = evidence_key(one.document, edge.image, source)
            edges[key] = {"document": one.document, "image": edge.image, "properties": None}
        if one.ledger_changed:
            ledger = dict(one.stored.ledger) if one.stored.ledger else None
            key = ledger_key(one.document, source)
            ledgers[key] = {"document": one.document, "properties": ledger}
    if edges:
        for row in transaction.run(READ_EVIDENCE_PROPERTIES, keys=sorted(edges)):
            edges[row["key"]]["properties"] = row["properties"]
    return Before(edges, ledgers)


def _write_ledgers(
    transaction: Transaction, authority: Authority, settling: Iterable[_Settling]
) -> None:
    changed = [one for one in settling if one.ledger_changed]
    rows = [
        {
            "key": ledger_key(one.document, authority.source),
            "document": one.document,
            "source": authority.source,
            "model": authority.model,
            "policy": policy_version(authority.policy),
            "run": authority.run,
            "renew": one.entries.keys() <= one.judged,
            **ledger_arrays(one.entries.values()),
        }
        for one in changed
        if one.entries
    ]
    empty = [ledger_key(one.document, authority.source) for one in changed if not one.entries]
    if rows:
        transaction.run(WRITE_LEDGERS, rows=rows)
    if empty:
        transaction.run(DELETE_LEDGERS, keys=empty)


def _write_edges(
    transaction: Transaction,
    authority: Authority,
    settling: Iterable[_Settling],
    present: Mapping[ImageId, str | int],
) -> list[RunNotice]:
    """Writes and withdraws; names every edge that was sent and not written."""
    rows: dict[str, dict[str, Any]] = {}
    withdrawn: list[str] = []
    for one in settling:
        for edge in one.changes.publish:
            key = evidence_key(one.document, edge.image, authority.source)
            rows[key] = _edge_row(key, one.stored.native, present[edge.image], edge)
        withdrawn += [
            evidence_key(one.document, edge.image, authority.source)
            for edge in one.changes.withdraw
        ]
    if withdrawn:
        transaction.run(DELETE_EVIDENCE, keys=sorted(withdrawn))
    if not rows:
        return []
    written = transaction.run(
        WRITE_EVIDENCE,
        rows=[rows[key] for key in sorted(rows)],
        source=authority.source,
        model=authority.model,
        run=authority.run,
    )
    return [
        RunNotice(Notice.VANISHED, str(rows[key]["image"]), "it went away while it was written")
        for key in rows.keys() - {row["key"] for row in written}
    ]


def _edge_row(key: str, document: str | int, image: str | int, edge: Evidence) -> dict[str, Any]:
    return {
        "key": key,
        "document": document,
        "image": image,
        "score": edge.score,
        "confidence": edge.score / 10,
        "reason": edge.reason,
        "fingerprint": edge.fingerprint,
    }


def _vanished(
    documents: Iterable[DocumentId],
    found: Iterable[DocumentId],
    images: Iterable[ImageId],
    present: Iterable[ImageId],
) -> list[RunNotice]:
    gone = sorted({*documents} - {*found}) + sorted({*images} - {*present})
    return [
        RunNotice(Notice.VANISHED, subject, "deleted or doubled while it was judged")
        for subject in gone
    ]


def _held(
    settling: Iterable[_Settling], policy: Policy, hubs: Mapping[ImageId, int]
) -> list[RunNotice]:
    notices = [
        RunNotice(
            Notice.HELD_IMAGE,
            image,
            f"it would be evidence for {documents} documents, {policy.max_documents} allowed",
        )
        for image, documents in hubs.items()
    ]
    for one in settling:
        if len(one.changes.held) > policy.max_images:
            detail = f"{len(one.changes.held)} images qualify, {policy.max_images} allowed"
            notices.append(RunNotice(Notice.HELD_DOCUMENT, one.document, detail))
    return notices
