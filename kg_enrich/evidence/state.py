"""Reads what decides about documents' evidence: ledgers, edges, holds."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import starmap
from math import isnan, nan
from typing import Any

from kg_enrich.evidence.models import (
    Decision,
    DocumentState,
    Evidence,
    LedgerEntry,
    ReviewedEdge,
    Word,
)
from kg_enrich.evidence.said import read_words
from kg_enrich.graph.connection import Read, Row
from kg_enrich.graph.queries import query
from kg_enrich.identity import evidence_key, forms, ledger_key
from kg_enrich.models import DocumentId, ImageId

READ_STATES = query("read_states")
READ_IMAGE_IDS = query("read_image_ids")
READ_HOLDS = query("read_holds")
READ_COPIES = query("read_copies")
READ_IMAGE_PICTURES = query("read_image_pictures")

# What a ledger has, in the order of read_states.
_LEDGER = (
    "document", "source", "images", "scores", "logOdds", "fingerprints", "reasons", "policy",
    "model", "runId", "reasonVersions", "judgedAt",
)  # fmt: skip


def read_states(
    read: Read, documents: Iterable[DocumentId], source: str
) -> dict[DocumentId, DocumentState]:
    """The states of those documents that are there exactly once, in the order of `documents`.

    What people's words come to is not in them yet: see `said.listen` and `said.settle_words`.
    """
    documents = list(documents)
    rows = [
        {"document": document, "ids": forms(document), "key": ledger_key(document, source)}
        for document in documents
    ]
    (answer,) = read(READ_STATES, documents=rows, source=source)
    copies = Counter(document for document, *_ in answer["documents"])
    found = {row[0]: row for row in answer["documents"]}
    words = read_words(read, documents)
    return {
        document: _stored(found[document], source, tuple(words.get(document, ())))
        for document in documents
        if copies[document] == 1
    }


def read_present(read: Read, images: Iterable[ImageId]) -> dict[ImageId, str | int]:
    """Those of the images that the graph holds exactly once, with their ids as it has them."""
    found = read_image_ids(read, images)
    copies = Counter(str(value) for value in found)
    return {ImageId(str(value)): value for value in found if copies[str(value)] == 1}


def read_pictures(
    read: Read, images: Iterable[ImageId]
) -> tuple[dict[ImageId, str | int], dict[ImageId, str]]:
    """As `read_present`, and hashes of these images' contents, as far as they are known."""
    ids = [value for image in sorted(set(images)) for value in forms(image)]
    (row,) = read(READ_IMAGE_PICTURES, ids=ids)
    copies = Counter(str(value) for value in row["ids"])
    present: dict[ImageId, str | int] = {}
    contents: dict[ImageId, str] = {}
    for value, content in zip(row["ids"], row["hashes"], strict=True):
        if copies[str(value)] == 1:
            present[ImageId(str(value))] = value
            if content:
                contents[ImageId(str(value))] = content
    return present, contents


def read_image_ids(read: Read, images: Iterable[ImageId]) -> list[str | int]:
    """The images' ids as the graph has them, one for each node that carries one."""
    values = [value for image in sorted(set(images)) for value in forms(image)]
    found: list[str | int] = read(READ_IMAGE_IDS, ids=values)[0]["ids"]
    return found


def read_held(read: Read, source: str) -> set[ImageId]:
    """Images that the source holds back as hubs, and their copies. They are few: a person must
    look at each."""
    return with_copies(read, {ImageId(row["image"]) for row in read(READ_HOLDS, source=source)})


def with_copies(read: Read, images: Collection[ImageId]) -> set[ImageId]:
    """The images and those of the very same bytes."""
    if not images:
        return set()
    ids = [value for image in sorted(images) for value in forms(image)]
    return {*images, *(ImageId(str(row["image"])) for row in read(READ_COPIES, ids=ids))}


def ledger_arrays(entries: Iterable[LedgerEntry]) -> dict[str, list[Any] | None]:
    """The parallel arrays of a ledger node; NaN stands for an abstention."""
    ordered = sorted(entries, key=lambda entry: entry.image)
    versions = [entry.reason_version for entry in ordered]
    return {
        "images": [entry.image for entry in ordered],
        "scores": [nan if entry.score is None else entry.score for entry in ordered],
        "logOdds": [nan if entry.log_odds is None else entry.log_odds for entry in ordered],
        "fingerprints": [entry.fingerprint for entry in ordered],
        "reasons": [entry.reason for entry in ordered],
        # No property where nobody was asked for any.
        "reasonVersions": versions if any(versions) else None,
    }


def ledger_entries(ledger: Mapping[str, Any] | None) -> dict[ImageId, LedgerEntry]:
    """What the parallel arrays of a ledger node say, by image."""
    if ledger is None:
        return {}
    images = ledger["images"]
    columns = (
        images,
        _numbers(ledger["scores"]),
        _numbers(ledger["logOdds"]),
        ledger["fingerprints"],
        ledger["reasons"],
        ledger.get("reasonVersions") or [0] * len(images),
    )
    return dict(zip(images, starmap(LedgerEntry, zip(*columns, strict=True)), strict=True))


def _numbers(values: Iterable[float]) -> list[float | None]:
    """An abstention is NaN there."""
    return [None if isnan(value) else value for value in values]


def _stored(row: Sequence[Any], source: str, words: tuple[Word, ...]) -> DocumentState:
    """row: of read_states."""
    document, native, kept, edges_there, reviewed = row
    ledger = None if kept is None else dict(zip(_LEDGER, kept, strict=True))
    entries = ledger_entries(ledger)
    edges = tuple(_reviewed(edge) for edge in reviewed if edge["decision"] is not None)
    accepted_by_edge = {edge.image for edge in edges if edge.decision == Decision.ACCEPT}
    evidence: dict[ImageId, Evidence] = {}
    strays: dict[str, Evidence] = {}
    for key, identifier, *rest in edges_there:
        # Outside a lock an edge may be deleted while it is read; its properties are null then.
        if key is None or None in rest[:2]:
            continue
        image = ImageId(str(identifier))
        edge = Evidence(image, *rest)
        # What a person accepted stays until it is judged under its new id.
        accepted = image in accepted_by_edge and image not in entries
        if key == evidence_key(document, image, source) or accepted:
            evidence[image] = edge
        else:
            strays[key] = edge
    return DocumentState(entries, evidence, {}, native, ledger, strays, words, edges)


def _reviewed(edge: Row) -> ReviewedEdge:
    """An edge that somebody else made may lack all but its decision."""
    reasons = edge["reasons"]
    if not isinstance(reasons, list):
        reasons = [] if reasons is None else [reasons]
    return ReviewedEdge(
        edge["key"],
        ImageId(str(edge["image"])),
        str(edge["decision"]),
        str(edge["by"] or ""),
        edge["at"] or "",
        tuple(map(str, reasons)),
        str(edge["note"] or ""),
        bool(edge["stale"]),
    )
