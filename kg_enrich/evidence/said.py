"""What people said of documents: read, kept, and copied to REVIEWED edges."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from kg_enrich.documents.reading import read_text_hashes
from kg_enrich.evidence.models import Decision, DocumentState, ReviewedEdge, Word
from kg_enrich.evidence.words import edges_differ, edges_wanted, reviews_of, standings, unstored
from kg_enrich.graph.connection import Read, Row, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.models import DocumentId, ImageId
from kg_enrich.names import Names

READ_WORDS = query("read_words")
WRITE_WORDS = query("write_words")
WRITE_WORD_HASHES = query("write_word_hashes")
WRITE_REVIEWED = query("write_reviewed")
DELETE_REVIEWED = query("delete_reviewed")
READ_IMAGE_HASHES = query("read_image_hashes")

States = Mapping[DocumentId, DocumentState]
# Stands for no decision in the graph.
_TAKEN_BACK = "none"


def read_words(
    read: Read, documents: Iterable[DocumentId], images: Iterable[ImageId] | None = None
) -> dict[DocumentId, list[Word]]:
    """All that people ever said, by document. images: only what they said of these."""
    found: dict[DocumentId, list[Word]] = {}
    wanted = None if images is None else list(images)
    for row in read(READ_WORDS, documents=list(documents), images=wanted):
        found.setdefault(DocumentId(row["document"]), []).append(_word(row))
    return found


def read_image_hashes(read: Read, images: Iterable[ImageId]) -> dict[ImageId, str]:
    """Hashes of images' contents, as far as the graph knows them."""
    ids = [value for image in sorted(set(images)) for value in forms(image)]
    rows = read(READ_IMAGE_HASHES, ids=ids)
    return {ImageId(str(row["id"])): row["hash"] for row in rows if row["hash"] is not None}


def listen(
    states: States,
    text_hashes: Mapping[DocumentId, str],
    image_hashes: Mapping[ImageId, str],
) -> dict[DocumentId, DocumentState]:
    """The states with what people said, as the next write will find it. Writes nothing.

    text_hashes, image_hashes: of today's contents, as far as they are known.
    """
    return {
        document: _with_words(
            state,
            [*state.words, *unstored(document, state.words, state.edges)],
            text_hashes.get(document),
            image_hashes,
        )
        for document, state in states.items()
    }


def hear(
    read: Read, names: Names, states: States, present: Collection[ImageId]
) -> dict[DocumentId, DocumentState]:
    """The states with what people said, by what the graph knows now. Writes nothing."""
    speaking = [state for state in states.values() if state.words or state.edges]
    if not speaking:
        return dict(states)
    images = {word.image for state in speaking for word in state.words}
    images |= {edge.image for state in speaking for edge in state.edges}
    return listen(
        states,
        read_text_hashes(read, names, (state.native for state in speaking)),
        read_image_hashes(read, images.intersection(present)),
    )


def keep(transaction: Transaction, words: Sequence[Word]) -> dict[str, str]:
    """Stores words. Returns their times (ISO), by key; an empty `at` is now."""
    rows = [
        {
            "key": word.key,
            "at": word.at or None,
            "properties": {
                "document": word.document,
                "image": word.image,
                "decision": word.decision.value if word.decision else _TAKEN_BACK,
                "by": word.by,
                "reasons": list(word.reasons),
                "note": word.note,
                "textHash": word.text_hash,
                "imageHash": word.image_hash,
                "settles": list(word.settles),
                "way": word.way,
                "blind": word.blind,
                "batch": word.batch,
            },
        }
        for word in words
    ]
    return {row["key"]: row["at"] for row in transaction.run(WRITE_WORDS, rows=rows)}


def settle_words(
    transaction: Transaction, states: States, present: Mapping[ImageId, str | int]
) -> dict[DocumentId, DocumentState]:
    """The states with what people said, once that is stored whole. The documents are locked.

    Adopts REVIEWED edges that no word stands behind, completes words by hashes that are known by
    now, and makes the REVIEWED edges follow. present: images with their ids as the graph has them.
    """
    speaking = {d: state for d, state in states.items() if state.words or state.edges}
    if not speaking:
        return dict(states)
    text_hashes = read_text_hashes(
        transaction.run, transaction.names, (state.native for state in speaking.values())
    )
    said_of = {word.image for state in speaking.values() for word in state.words}
    said_of |= {edge.image for state in speaking.values() for edge in state.edges}
    image_hashes = read_image_hashes(transaction.run, said_of & present.keys())
    adopted = [
        _adopted(word, text_hashes.get(document), image_hashes.get(word.image))
        for document, state in speaking.items()
        for word in unstored(document, state.words, state.edges)
    ]
    if adopted:
        keep(transaction, adopted)
    _complete(transaction, speaking, text_hashes, image_hashes)
    # With the times that the server gave them.
    words = read_words(transaction.run, speaking) if adopted else {}
    heard = {
        document: _with_words(
            state,
            words.get(document, state.words),
            text_hashes.get(document),
            image_hashes,
        )
        for document, state in speaking.items()
    }
    _write_edges(transaction, heard, present, text_hashes, image_hashes)
    return {**states, **heard}


def edges_are_right(
    state: DocumentState,
    text_hash: str | None,
    image_hashes: Mapping[ImageId, str],
    present: Iterable[ImageId],
) -> bool:
    """Whether a document's REVIEWED edges say what its words say."""
    if not state.words and not state.edges:
        return True
    said = standings(state.words, text_hash, image_hashes)
    return not edges_differ(edges_wanted(said, set(present)), state.edges)


def _with_words(
    state: DocumentState,
    words: Sequence[Word],
    text_hash: str | None,
    image_hashes: Mapping[ImageId, str],
) -> DocumentState:
    if not words:
        return state
    reviews = reviews_of(standings(words, text_hash, image_hashes))
    return replace(state, words=tuple(words), reviews=reviews)


def _adopted(word: Word, text_hash: str | None, image_hash: str | None) -> Word:
    try:
        at = word.at if datetime.fromisoformat(word.at).tzinfo else ""
    except ValueError:
        at = ""
    return replace(word, key=uuid4().hex, at=at, text_hash=text_hash, image_hash=image_hash)


def _complete(
    transaction: Transaction,
    states: States,
    text_hashes: Mapping[DocumentId, str],
    image_hashes: Mapping[ImageId, str],
) -> None:
    rows = [
        {
            "key": word.key,
            "textHash": text_hashes.get(document),
            "imageHash": image_hashes.get(word.image),
        }
        for document, state in states.items()
        for word in state.words
        if (word.text_hash is None and document in text_hashes)
        or (word.image_hash is None and word.image in image_hashes)
    ]
    if rows:
        transaction.run(WRITE_WORD_HASHES, rows=rows)


def _write_edges(
    transaction: Transaction,
    heard: States,
    present: Mapping[ImageId, str | int],
    text_hashes: Mapping[DocumentId, str],
    image_hashes: Mapping[ImageId, str],
) -> None:
    written: list[Row] = []
    kept: list[Row] = []
    for document, state in heard.items():
        said = standings(state.words, text_hashes.get(document), image_hashes)
        wanted = edges_wanted(said, present)
        if not edges_differ(wanted, state.edges):
            continue
        there = {edge.key: edge for edge in state.edges}
        kept.append({"document": state.native, "keys": sorted(wanted)})
        written += [
            {
                "document": state.native,
                "image": present[edge.image],
                "key": key,
                "at": edge.at,
                "properties": _properties(edge),
            }
            for key, edge in sorted(wanted.items())
            if there.get(key) != edge
        ]
    if kept:
        transaction.run(DELETE_REVIEWED, rows=kept)
    if written:
        transaction.run(WRITE_REVIEWED, rows=written)


def _properties(edge: ReviewedEdge) -> Row:
    return {
        "decision": edge.decision,
        "by": edge.by,
        "reasons": list(edge.reasons),
        "note": edge.note,
        "stale": edge.stale,
    }


def _word(row: Row) -> Word:
    decision = None if row["decision"] == _TAKEN_BACK else Decision(row["decision"])
    return Word(
        row["key"],
        DocumentId(row["document"]),
        ImageId(row["image"]),
        decision,
        row["by"],
        row["order"],
        row["at"],
        tuple(row["reasons"]),
        row["note"],
        row["textHash"],
        row["imageHash"],
        tuple(row["settles"]),
        row["way"],
        row["blind"],
        row["batch"],
    )
