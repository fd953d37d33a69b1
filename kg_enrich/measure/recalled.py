"""Which of people's references a source's scores reach: recall by references, not precision."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from kg_enrich.graph.connection import Graph
from kg_enrich.measure.judged import read_judged
from kg_enrich.measure.sampling import CELLS, cells_of
from kg_enrich.measure.truth import Truth, documents_with, read_truth
from kg_enrich.models import DocumentId

# Documents whose references and ledgers are read at once.
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Recalled:
    """References that people made themselves. cells: those with a score, by cell of log-odds."""

    references: int
    cells: tuple[int, ...]

    def share(self, cell: int) -> float:
        """The share of all references whose pairs reach a cell; NaN where there are none."""
        return sum(self.cells[cell:]) / self.references if self.references else float("nan")


def read_recalled(graph: Graph, source: str) -> Recalled:
    """All references, and how a source scored them; in pages."""
    references = 0
    cells = np.zeros(CELLS, np.int64)
    for documents in _pages(graph):
        truth = read_truth(graph, Truth.REFERENCES, documents)
        judged = read_judged(graph, source, documents)
        pairs = [(document, image) for document, images in truth.items() for image in images]
        references += len(pairs)
        odds = [judged[pair].log_odds for pair in pairs if pair in judged]
        cells += np.bincount(cells_of(np.array(odds, np.float64)), minlength=CELLS)
    return Recalled(references, tuple(int(many) for many in cells))


def _pages(graph: Graph) -> Iterator[Sequence[DocumentId]]:
    documents = documents_with(graph, Truth.REFERENCES)
    while page := list(islice(documents, _PAGE)):
        yield page
