"""A person's word on a pair: recorded, and followed at once by what every source publishes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kg_enrich.errors import GraphError
from kg_enrich.evidence.edges import Authority
from kg_enrich.evidence.settle import Settled, lock, settle
from kg_enrich.evidence.state import read_image_ids
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import ledger_key
from kg_enrich.models import Decision, DocumentId, ImageId, RunNotice
from kg_enrich.names import Names

READ_SOURCE_NAMES = query("read_source_names")
READ_DOCUMENT_SOURCES = query("read_document_sources")
READ_REVIEW = query("read_review")
WRITE_REVIEW = query("write_review")
DELETE_REVIEW = query("delete_review")

# What stands where a run's id stands, on evidence that follows from a person's word.
RUN = "review"


@dataclass(frozen=True, slots=True)
class Review:
    """What a person said of a pair. at: ISO time; saying the same again later is no change."""

    decision: Decision
    reasons: tuple[str, ...]
    note: str
    by: str
    at: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review came to.

    former: the word that stood there before. changed: whether anything was said anew.
    scored: whether any source has a score for the pair; without one nothing can be published.
    published, withdrawn: edges of the document, over all sources.
    """

    document: DocumentId
    image: ImageId
    decision: Decision | None
    former: Review | None
    changed: bool
    scored: bool
    published: int
    withdrawn: int
    notices: tuple[RunNotice, ...]


def review(
    graph: Graph,
    document: DocumentId,
    image: ImageId,
    decision: Decision | None,
    reasons: Sequence[str] = (),
    note: str = "",
    by: str = "",
) -> Reviewed:
    """Records a person's word on a pair and makes the document's evidence follow, in one step.

    decision: None takes back whatever was said. reasons: short labels ("logo", "other site").
    note: a sentence. by: who says so.
    Errors: GraphError when the document or the image is not there exactly once.
    """
    word = Review(decision, tuple(dict.fromkeys(reasons)), note, by) if decision else None
    return graph.write(lambda tx: _review(tx, graph.names, document, image, word))


def _review(
    transaction: Transaction,
    names: Names,
    document: DocumentId,
    image: ImageId,
    word: Review | None,
) -> Reviewed:
    d = _only(names.document_label, document, lock(transaction, [document]))
    i = _only(names.image_label, image, read_image_ids(transaction.run, [image]))
    former = [_word(**row) for row in transaction.run(READ_REVIEW, document=d, image=i)]
    changed = former != ([word] if word else [])
    if changed and (word is None or len(former) > 1):
        transaction.run(DELETE_REVIEW, document=d, image=i)
    if changed and word is not None:
        transaction.run(
            WRITE_REVIEW,
            document=d,
            image=i,
            decision=word.decision.value,
            reasons=list(word.reasons),
            note=word.note,
            by=word.by,
        )
    settled, scored = _settle(transaction, document, d, image)
    return Reviewed(
        document,
        image,
        decision=word.decision if word else None,
        former=former[0] if former else None,
        changed=changed,
        scored=scored,
        published=sum(one.published for one in settled),
        withdrawn=sum(one.withdrawn for one in settled),
        notices=tuple(notice for one in settled for notice in one.notices),
    )


def _settle(
    transaction: Transaction, document: DocumentId, native: str | int, image: ImageId
) -> tuple[list[Settled], bool]:
    """Makes the document right for every source, and says whether any has a score for the image."""
    sources = [row["source"] for row in transaction.run(READ_SOURCE_NAMES)]
    rows = transaction.run(
        READ_DOCUMENT_SOURCES,
        document=native,
        image=image,
        rows=[{"source": name, "key": ledger_key(document, name)} for name in sources],
    )
    settled = [
        settle(transaction, Authority(row["source"], "", RUN), {document: ()}) for row in rows
    ]
    return settled, any(row["scored"] for row in rows)


def _only(label: str, asked: str, found: Sequence[object]) -> str | int:
    ids = [value for value in found if isinstance(value, str | int)]
    if not ids:
        raise GraphError(f"There is no {label} {asked}: check the id.")
    if len(ids) > 1:
        raise GraphError(f"{len(ids)} {label} nodes carry the id {asked}: give each its own.")
    return ids[0]


def _word(decision: str, reasons: list[str], note: str, by: str, at: str | None) -> Review:
    return Review(Decision(decision), tuple(reasons), note, by, at)
