"""Everything that judging needs, ready."""

from dataclasses import dataclass
from pathlib import Path

from kg_enrich.enrich.extractor import Question
from kg_enrich.graph.connection import Graph
from kg_enrich.scorers.base import Scorer


@dataclass(frozen=True, slots=True)
class Enrichment:
    """The parts of a run. roots: the only folders that images are read from."""

    graph: Graph
    scorer: Scorer
    question: Question
    roots: tuple[Path, ...]
