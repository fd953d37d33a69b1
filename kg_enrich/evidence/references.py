"""References that people made on our pages: kept by key, so that they outlive the nodes.

Their edges are like those that people made elsewhere, but for `madeBy`: whoever measures by
references leaves them out, because they follow from what was proposed.
"""

from kg_enrich.errors import NotThereError
from kg_enrich.evidence import flags
from kg_enrich.evidence.settle import lock
from kg_enrich.evidence.state import read_image_ids
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import named_key
from kg_enrich.models import DocumentId, ImageId

WRITE_MADE_REFERENCE = query("write_made_reference")
UNDO_MADE_REFERENCE = query("undo_made_reference")
RESTORE_MADE_REFERENCES = query("restore_made_references")

# What stands where a run's id stands, on flags that follow from a person's reference.
RUN = "reference"


def reference_key(document: DocumentId, image: ImageId) -> str:
    """Key of a MadeReference node, and of its edge."""
    return named_key("reference", document, image)


def make_reference(
    graph: Graph, document: DocumentId, image: ImageId, by: str, min_confidence: float
) -> int:
    """Makes a document reference an image, as a person wants it. Done twice, it is done once.

    Gives how many edges were made: none where there was one. min_confidence: as of `flags.update`;
    the image's flag follows at once. Errors: NotThereError: one is not there exactly once.
    """

    def work(transaction: Transaction) -> int:
        d, i = _only(lock(transaction, [document])), _only(read_image_ids(transaction.run, [image]))
        rows = transaction.run(
            WRITE_MADE_REFERENCE,
            key=reference_key(document, image),
            document=document,
            image=image,
            documentId=d,
            imageId=i,
            by=by,
        )
        flags.mend(transaction, [image], min_confidence, RUN)
        return int(rows[0]["edges"])

    return graph.write(work)


def undo_reference(
    graph: Graph, document: DocumentId, image: ImageId, min_confidence: float
) -> int:
    """Takes such a reference back; gives how many edges were removed. The flag follows."""

    def work(transaction: Transaction) -> int:
        d, i = _only(lock(transaction, [document])), _only(read_image_ids(transaction.run, [image]))
        rows = transaction.run(
            UNDO_MADE_REFERENCE, document=document, image=image, documentId=d, imageId=i
        )
        flags.mend(transaction, [image], min_confidence, RUN)
        return int(rows[0]["edges"]) if rows else 0

    return graph.write(work)


def restore_references(graph: Graph) -> int:
    """Makes the edges again that a reload of the nodes lost; gives how many."""
    return int(graph.execute(RESTORE_MADE_REFERENCES)[0]["edges"])


def _only(found: list[str | int]) -> str | int:
    if len(found) != 1:
        raise NotThereError(f"{len(found)} nodes carry this id: a reference needs exactly one.")
    return found[0]
