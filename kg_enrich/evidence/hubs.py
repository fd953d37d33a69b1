"""Hub alarms: an image that would be evidence for too many documents is held back.

Such an image (a logo, a blank form) says nothing about any of them. It stays held until
`publish` counts again, so that what is published does not depend on the order of documents.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from kg_enrich.graph.connection import Read, Row, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms, named_key
from kg_enrich.models import DocumentId, ImageId

READ_EVIDENCE_DEGREES = query("read_evidence_degrees")
READ_HOLD_PROPERTIES = query("read_hold_properties")
WRITE_HOLDS = query("write_holds")
DELETE_HOLDS = query("delete_holds")
READ_ALL_HOLDS = query("read_all_holds")
RESTORE_HOLDS = query("restore_holds")


def find_hubs(
    transaction: Transaction,
    source: str,
    run: str,
    adding: Iterable[ImageId],
    having: Mapping[str, set[DocumentId]],
    documents: Iterable[str | int],
    native: Mapping[ImageId, str | int],
    contents: Mapping[ImageId, str],
    limit: int,
) -> dict[ImageId, int]:
    """Images that these additions would carry past the limit, with the documents they would
    have; they are held from now on. A picture and its copies count as one.

    adding: images that are about to get edges. having: by picture (`DocumentState.picture`), which
    of the documents at hand will have it as evidence. documents, native: their ids and the images'
    as the graph has them.
    """
    pictures: dict[str, list[ImageId]] = {}
    for image in sorted(set(adding)):
        pictures.setdefault(contents.get(image, image), []).append(image)
    if not pictures:
        return {}
    degrees = transaction.run(
        READ_EVIDENCE_DEGREES,
        images=[native[images[0]] for images in pictures.values()],
        source=source,
        limit=limit,
        adding=max(len(having[picture]) for picture in pictures),
        documents=list(documents),
    )
    others = {ImageId(str(row["image"])): row["documents"] for row in degrees}
    hubs = {
        image: many
        for picture, images in pictures.items()
        if (many := others.get(images[0], 0) + len(having[picture])) > limit
        for image in images
    }
    if hubs:
        hold(transaction, source, run, hubs)
    return hubs


def count_published(
    read: Read, source: str, images: Iterable[ImageId], limit: int
) -> dict[ImageId, int]:
    """Those of the images that are evidence for more documents than `limit`, with how many; a
    picture and its copies count as one."""
    ids = [value for image in sorted(set(images)) for value in forms(image)]
    rows = read(
        READ_EVIDENCE_DEGREES, images=ids, source=source, limit=limit, adding=0, documents=[]
    )
    return {ImageId(str(r["image"])): r["documents"] for r in rows if r["documents"] > limit}


class Why(StrEnum):
    """Why an image is held back."""

    HUB = "hub"  # too many documents would get it
    RIVALS = "rivals"  # its best document does not lead its next one clearly


def hold(
    transaction: Transaction,
    source: str,
    run: str,
    hubs: Mapping[ImageId, int],
    why: Why = Why.HUB,
) -> None:
    """Holds images back. hubs: documents by image."""
    rows = [
        {"key": hold_key(source, image), "image": image, "documents": documents}
        for image, documents in sorted(hubs.items())
    ]
    transaction.run(WRITE_HOLDS, source=source, run=run, why=why.value, rows=rows)


def read_hold_properties(read: Read, source: str) -> dict[str, Row]:
    """The properties of a source's EvidenceHold nodes, by key."""
    return {row["key"]: row["properties"] for row in read(READ_HOLD_PROPERTIES, source=source)}


def read_all_holds(read: Read) -> dict[str, Row]:
    """The properties of every source's EvidenceHold nodes, by key."""
    return {row["key"]: row["properties"] for row in read(READ_ALL_HOLDS)}


def held_by_others(read: Read, runs: Collection[str]) -> set[tuple[str, ImageId]]:
    """Sources with the images that they hold back, but for what these runs hold themselves."""
    holds = read_all_holds(read).values()
    return {(hold["source"], ImageId(hold["image"])) for hold in holds if hold["runId"] not in runs}


def delete_holds(transaction: Transaction, keys: Iterable[str]) -> None:
    """Deletes EvidenceHold nodes by key."""
    if ordered := sorted(keys):
        transaction.run(DELETE_HOLDS, keys=ordered)


def restore_holds(
    transaction: Transaction, runs: Collection[str], former: Mapping[str, Row | None]
) -> None:
    """Makes holds what they were before these runs. former: properties by key, None where there
    was none; what another run holds back by now stays held."""
    rows = [{"key": k, "properties": p} for k, p in sorted(former.items()) if p is not None]
    if rows:
        transaction.run(RESTORE_HOLDS, rows=rows)
    if new := {key for key, properties in former.items() if properties is None}:
        there = read_all_holds(transaction.run)
        delete_holds(transaction, (k for k in new & there.keys() if there[k]["runId"] in runs))


def hold_key(source: str, image: ImageId) -> str:
    """Key of an EvidenceHold node."""
    return named_key("hold", source, image)
