"""Puts one undo chunk back, and finds what somebody changed since it was written."""

from collections.abc import Collection, Mapping
from enum import Enum

from kg_enrich.evidence.edges import delete_edges, restore_edges, restore_ledgers
from kg_enrich.evidence.hubs import held_by_others, restore_holds
from kg_enrich.evidence.models import Decision
from kg_enrich.evidence.settle import Settled, read_reviews
from kg_enrich.evidence.sources import read_policy_text, restore_source
from kg_enrich.evidence.undo import Before
from kg_enrich.graph.connection import Read, Row, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.models import DocumentId, ImageId, Notice, RunNotice

READ_EDGES_NOW = query("read_edges_now")
READ_LEDGERS_NOW = query("read_ledgers_now")

# What people's words come to, by pair.
Reviews = Mapping[tuple[DocumentId, ImageId], Decision]


class Block(Enum):
    """Why a rollback does not publish an edge again that was there before."""

    REJECTED = "a person rejected it"
    HELD = "another run holds its image back"


def edges_now(read: Read, runs: Collection[str], chunk: Before) -> dict[str, Row]:
    """The chunk's edges as they stand, by key, as rows of `read_edges_now`.

    runs: those that are rolled back together, here and below.
    """
    rows = [
        {
            "key": key,
            "document": edge["document"],
            "image": edge["image"],
            "documents": forms(edge["document"]),
            "images": forms(edge["image"]),
        }
        for key, edge in chunk.edges.items()
    ]
    return {row["key"]: row for row in read(READ_EDGES_NOW, runs=sorted(runs), rows=rows)}


def find_touched(read: Read, runs: Collection[str], chunk: Before) -> dict[str, str]:
    """What a later run or a person changed of what the run left, by key, each with its name.

    An edge that went away with its document or image was not changed: nothing can be put back.
    """
    touched = {}
    for key, now in edges_now(read, runs, chunk).items():
        edge = chunk.edges[key]
        lost = now["runId"] is None and edge["left"] and now["ends"]
        if lost or now["runId"] not in (None, *runs) or now["reviewed"]:
            touched[key] = f"the evidence {edge['image']} for {edge['document']}"
    rows = read(READ_LEDGERS_NOW, keys=sorted(chunk.ledgers))
    ledgers = {row["key"]: row["runId"] for row in rows}
    for key, ledger in chunk.ledgers.items():
        if ledgers.get(key) not in (None, *runs) or (ledger["left"] and key not in ledgers):
            touched[key] = f"the ledger of {ledger['document']}"
    if chunk.source:
        name = chunk.source["properties"]["name"]
        if read_policy_text(read, name) != chunk.source["left"]:
            touched[name] = f"the policy of source {name}"
    return touched


def blocked(read: Read, runs: Collection[str], chunk: Before, reviews: Reviews) -> dict[str, Block]:
    """Those of the chunk's former edges that must not be published again, by key.

    reviews: what people's words come to, by pair.
    """
    held = held_by_others(read, runs)
    found = {}
    for key, edge in chunk.edges.items():
        former = edge["properties"]
        decision = reviews.get((DocumentId(edge["document"]), ImageId(edge["image"])))
        if former is None or decision is Decision.ACCEPT:
            continue
        if decision is Decision.REJECT:
            found[key] = Block.REJECTED
        elif (former["source"], ImageId(edge["image"])) in held:
            found[key] = Block.HELD
    return found


def restore(transaction: Transaction, runs: Collection[str], chunk: Before) -> Settled:
    """Makes everything in the chunk what it was before. Its documents are locked already.

    Not published again is what a person rejected, and what is held back by another run.
    """
    now = edges_now(transaction.run, runs, chunk)
    reviews = read_reviews(transaction, {DocumentId(e["document"]) for e in chunk.edges.values()})
    blocks = blocked(transaction.run, runs, chunk, reviews)
    written: list[Row] = []
    withdrawn: list[str] = []
    notices: list[RunNotice] = []
    for key, edge in sorted(chunk.edges.items()):
        ends = now[key]["ends"]
        pair = DocumentId(edge["document"]), ImageId(edge["image"])
        is_there = now[key]["runId"] is not None
        if edge["properties"] is None:
            if reviews.get(pair) is not Decision.ACCEPT and is_there:
                withdrawn.append(key)
        elif key in blocks:
            if blocks[key] is Block.HELD:
                detail = "held back by another run: not published again"
                notices.append(RunNotice(Notice.HELD_IMAGE, pair[1], detail))
            if is_there:
                withdrawn.append(key)
        elif len(ends) != 1:
            subject = f"{edge['document']} {edge['image']}"
            notices.append(RunNotice(Notice.VANISHED, subject, "deleted or doubled since"))
        else:
            written.append({**ends[0], "key": key, "properties": edge["properties"]})
    delete_edges(transaction, withdrawn)
    restore_edges(transaction, written)
    restore_holds(transaction, runs, chunk.holds)
    restore_ledgers(
        transaction, {key: ledger["properties"] for key, ledger in chunk.ledgers.items()}
    )
    if chunk.source:
        restore_source(transaction, chunk.source["properties"])
    return Settled(len(written), len(withdrawn), notices=tuple(dict.fromkeys(notices)))
