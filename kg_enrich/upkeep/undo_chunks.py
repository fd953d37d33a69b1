"""Puts one undo chunk back, and finds what somebody changed since it was written."""

import base64
from collections.abc import Mapping
from typing import Any

from kg_enrich.evidence.edges import DELETE_EVIDENCE, DELETE_LEDGERS
from kg_enrich.evidence.hubs import DELETE_HOLDS
from kg_enrich.evidence.settle import Settled
from kg_enrich.evidence.sources import READ_SOURCE_POLICY, WRITE_POLICY, WRITE_SOURCE
from kg_enrich.evidence.state import Read
from kg_enrich.evidence.undo import Before
from kg_enrich.graph.connection import Row, Transaction
from kg_enrich.graph.queries import Query, query
from kg_enrich.identity import forms
from kg_enrich.models import Decision, Notice, RunNotice

READ_EDGES_NOW = query("read_edges_now")
READ_LEDGERS_NOW = query("read_ledgers_now")
RESTORE_EVIDENCE = query("restore_evidence")
RESTORE_LEDGERS = query("restore_ledgers")
RESTORE_HOLDS = query("restore_holds")


def edges_now(read: Read, run: str, chunk: Before) -> dict[str, Row]:
    """The chunk's edges as they stand, by key, as rows of `read_edges_now`."""
    rows = [
        {"key": key, "documents": forms(edge["document"]), "images": forms(edge["image"])}
        for key, edge in chunk.edges.items()
    ]
    return {row["key"]: row for row in read(READ_EDGES_NOW, run=run, rows=rows)}


def find_touched(read: Read, run: str, chunk: Before) -> dict[str, str]:
    """What a later run or a person changed of what the run left, by key, each with its name.

    An edge that went away with its document or image was not changed: nothing can be put back.
    """
    touched = {}
    for key, now in edges_now(read, run, chunk).items():
        edge = chunk.edges[key]
        lost = now["runId"] is None and edge["left"] and now["ends"]
        if lost or now["runId"] not in (None, run) or now["reviewed"]:
            touched[key] = f"the evidence {edge['image']} for {edge['document']}"
    rows = read(READ_LEDGERS_NOW, keys=sorted(chunk.ledgers))
    ledgers = {row["key"]: row["runId"] for row in rows}
    for key, ledger in chunk.ledgers.items():
        if ledgers.get(key) not in (None, run) or (ledger["left"] and key not in ledgers):
            touched[key] = f"the ledger of {ledger['document']}"
    if chunk.source:
        name = chunk.source["properties"]["name"]
        policies = [row["policy"] for row in read(READ_SOURCE_POLICY, source=name)]
        if policies != [policy for policy in (chunk.source["left"],) if policy is not None]:
            touched[name] = f"the policy of source {name}"
    return touched


def restore(transaction: Transaction, run: str, chunk: Before) -> Settled:
    """Makes everything in the chunk what it was before. Its documents are locked already."""
    now = edges_now(transaction.run, run, chunk)
    written: list[Row] = []
    withdrawn: list[str] = []
    notices: list[RunNotice] = []
    for key, edge in sorted(chunk.edges.items()):
        ends = now[key]["ends"]
        decision = ends[0]["decision"] if len(ends) == 1 else None
        if edge["properties"] is None:
            if decision != Decision.ACCEPT and now[key]["runId"] is not None:
                withdrawn.append(key)
        elif len(ends) != 1:
            subject = f"{edge['document']} {edge['image']}"
            notices.append(RunNotice(Notice.VANISHED, subject, "deleted or doubled since"))
        elif decision != Decision.REJECT:
            written.append({**ends[0], "key": key, "properties": edge["properties"]})
    if withdrawn:
        transaction.run(DELETE_EVIDENCE, keys=withdrawn)
    if written:
        transaction.run(RESTORE_EVIDENCE, rows=written)
    _put_back(transaction, chunk.holds, RESTORE_HOLDS, DELETE_HOLDS)
    ledgers = {key: ledger["properties"] for key, ledger in chunk.ledgers.items()}
    _put_back(transaction, ledgers, RESTORE_LEDGERS, DELETE_LEDGERS)
    if chunk.source:
        _put_source_back(transaction, chunk.source["properties"])
    return Settled(len(written), len(withdrawn), notices=tuple(notices))


def _put_back(
    transaction: Transaction,
    former: Mapping[str, Mapping[str, Any] | None],
    write: Query,
    delete: Query,
) -> None:
    rows = [{"key": k, "properties": p} for k, p in sorted(former.items()) if p is not None]
    gone = sorted(key for key, properties in former.items() if properties is None)
    if rows:
        transaction.run(write, rows=rows)
    if gone:
        transaction.run(delete, keys=gone)


def _put_source_back(transaction: Transaction, former: Mapping[str, str]) -> None:
    """The policy of a source that is there, or the whole of one that was pruned."""
    if "state" not in former:
        transaction.run(WRITE_POLICY, source=former["name"], policy=former["policy"])
        return
    transaction.run(
        WRITE_SOURCE,
        source=former["name"],
        policy=former["policy"],
        state=base64.b64decode(former["state"]),
        stateVersion=former["stateVersion"],
    )
