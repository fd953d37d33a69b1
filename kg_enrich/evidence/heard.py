"""What people said of one pair, for somebody who is about to speak of it."""

from dataclasses import dataclass

from kg_enrich.documents.reading import read_text_hashes
from kg_enrich.errors import NotThereError
from kg_enrich.evidence.models import Decision, Word
from kg_enrich.evidence.said import read_image_hashes
from kg_enrich.evidence.state import read_present, read_states
from kg_enrich.evidence.words import seen_tag, standing, unstored
from kg_enrich.graph.connection import Graph
from kg_enrich.models import DocumentId, ImageId


@dataclass(frozen=True, slots=True)
class Heard:
    """What is in force of a pair, ids as the graph has them. decision: None where people differ,
    or nobody decided. words: what each person said last. stale: keys of those about contents that
    changed since. seen: names all of that; see `reviews.Saying.seen`."""

    document: str | int
    image: str | int
    decision: Decision | None
    conflict: bool
    words: tuple[Word, ...]
    stale: frozenset[str]
    seen: str


def read_heard(graph: Graph, document: DocumentId, image: ImageId) -> Heard:
    """Errors: NotThereError when the document or the image is not there exactly once."""
    names = graph.names
    state = read_states(graph.read, [document], "").get(document)
    if state is None:
        raise NotThereError(f"There is no single {names.document_label} {document}: check the id.")
    present = read_present(graph.read, [image])
    if image not in present:
        raise NotThereError(f"There is no single {names.image_label} {image}: check the id.")
    text_hash = read_text_hashes(graph.read, names, [state.native]).get(document)
    image_hash = read_image_hashes(graph.read, [image]).get(image)
    spoken = [*state.words, *unstored(document, state.words, state.edges)]
    said = standing((word for word in spoken if word.image == image), text_hash, image_hash)
    return Heard(
        state.native,
        present[image],
        said.decision,
        said.conflict,
        said.words,
        said.stale,
        seen_tag(said, text_hash, image_hash),
    )
