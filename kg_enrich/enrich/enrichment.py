"""Everything that judging needs, ready."""

from dataclasses import dataclass, field
from pathlib import Path

from kg_enrich.enrich.extractor import Question
from kg_enrich.graph.connection import Graph
from kg_enrich.images.catalogue import Catalogue
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.scorers.base import Scorer


@dataclass(frozen=True, slots=True)
class Enrichment:
    """The parts of a run.

    roots: the only folders that images are read from. documents: how many the graph holds, at
    least one. hashes: of image files' contents. file_names: a file's name stands in for a caption.
    """

    graph: Graph
    scorer: Scorer
    question: Question
    roots: tuple[Path, ...]
    documents: int
    hashes: ImageHashes = field(default_factory=ImageHashes)
    file_names: bool = False

    def catalogue(self) -> Catalogue:
        """The images, each looked at once; a new one for every run."""
        return Catalogue(
            self.graph,
            self.roots,
            self.hashes,
            self.scorer.reads_captions,
            self.scorer.conditions,
            file_names=self.file_names,
        )
