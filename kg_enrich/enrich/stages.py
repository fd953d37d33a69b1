"""What an engine does on other machines: reading a part, and scoring a clump of its work.

Nothing here writes to the graph, and nothing knows which engine it is.
"""

import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

from kg_enrich.enrich.extractor import Question, read_page
from kg_enrich.enrich.once import judge_once, without_copies
from kg_enrich.enrich.parts import Part, ids_of
from kg_enrich.enrich.readings import Reading, clumps
from kg_enrich.enrich.writer import Batch, collect
from kg_enrich.errors import KgEnrichError, ScorerError
from kg_enrich.evidence.state import read_held
from kg_enrich.graph.connection import Graph
from kg_enrich.images.catalogue import Catalogue
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.jobs.observed import SCORE_BUCKETS, Observed
from kg_enrich.models import Counters, Image, ImageId, Judgement, Outcome, Pair, Stage
from kg_enrich.scorers.base import Scorer

# A scorer that raises so many times in a row is broken, and no bad luck of a few pairs.
_RAISED = 3


@dataclass(frozen=True, slots=True)
class Stages:
    """Everything that reading and scoring need elsewhere, as it can be sent there.

    run: the run's id. open_graph, open_scorer, open_hashes: make what cannot be sent.
    conditions, captions: of the scorer that the run is by. roots: folders of images, there.
    file_names: a file's name stands in for a caption.
    """

    run: str
    question: Question
    batch_pairs: int
    open_graph: Callable[[], AbstractContextManager[Graph]]
    open_scorer: Callable[[], Scorer]
    open_hashes: Callable[[], ImageHashes]
    roots: tuple[Path, ...]
    captions: bool
    conditions: frozenset[str]
    file_names: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where something belongs: part, which reading of it, and which of how many clumps."""

    part: int
    reading: str
    number: int
    of: int


@dataclass(frozen=True, slots=True)
class Clump:
    """Batches for one scorer. seconds: that reading took, with the first of its part."""

    place: Place
    readings: tuple[Reading, ...]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Scored:
    """What became of a clump. seconds, scores: as `Observed` counts them."""

    place: Place
    batch: Batch
    seconds: Mapping[Stage, float]
    scores: Sequence[int]


class Reader:
    """Reads parts over one connection, which is open as long as the reader lives."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        # What is entered must be kept: a generator's context ends when nobody holds it.
        self._open = ExitStack()
        self._graph = self._open.enter_context(stages.open_graph())
        self._hashes = stages.open_hashes()

    def read(self, number: int, part: Part, counted: bool = False) -> list[Clump]:
        """A part's work. counted: its documents were counted by an earlier reading already."""
        began = time.monotonic()
        stages, graph = self._stages, self._graph
        question = stages.question
        catalogue = Catalogue(
            graph,
            stages.roots,
            self._hashes,
            stages.captions,
            stages.conditions,
            file_names=stages.file_names,
        )
        held = read_held(graph.read, question.source)
        page = read_page(graph, question, catalogue, ids_of(graph, question, part), held)
        if counted:
            page = replace(page, counters=Counters())
        found, token = clumps(page, stages.batch_pairs), uuid4().hex
        seconds = time.monotonic() - began
        return [
            Clump(Place(number, token, place, len(found)), tuple(readings), seconds * (not place))
            for place, readings in enumerate(found)
        ]


@dataclass
class Scoring:
    """A scorer at work on clumps, one at a time; the next one's images are read meanwhile.

    fetch: gives images whose files lie here.
    """

    stages: Stages
    fetch: Callable[[Sequence[Image]], dict[ImageId, Image]] | None = None
    _scorer: Scorer = field(init=False)
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _raised: int = 0

    def __post_init__(self) -> None:
        """Errors: ScorerError when the scorer here is not the run's."""
        self._scorer = self.stages.open_scorer()
        if self._scorer.fingerprint != self.stages.question.scorer:
            raise ScorerError(
                "The scorer on another node is not the one that this run is by: give all nodes the "
                "same kg-enrich, plugins and model."
            )

    def score(self, clump: Clump) -> Scored:
        """Judges a clump. Pairs whose scoring raises have failed, each by name.

        Errors: whatever the scorer raised, once it does so every time.
        """
        images = {i.id: i for one in clump.readings for unit in one.units for i in unit.images}
        here = self.fetch(list(images.values())) if self.fetch else images
        firsts = {
            i.id for one in clump.readings for u in one.units for i in without_copies(u.images)
        }
        self._scorer.prefetch([here[image] for image in images if image in firsts])
        done, observed = Batch({}), Observed()
        with self._turn:
            for one in clump.readings:
                pairs = [Pair(unit.document, here[i.id]) for unit in one.units for i in unit.images]
                with observed.timed(Stage.SCORE):
                    judgements = self._judge(pairs)
                observed.count(one.score for one in judgements if one.score is not None)
                done += collect(one.units, judgements, self._scorer.fingerprint) + one.read
        observed.add({Stage.EXTRACT: clump.seconds}, [0] * SCORE_BUCKETS)
        return Scored(clump.place, done, observed.seconds, observed.scores)

    def _judge(self, pairs: list[Pair]) -> list[Judgement]:
        try:
            judgements = judge_once(self._scorer, pairs)
        except Exception as error:
            self._raised += 1
            if self._raised >= _RAISED:
                raise
            reason = _line(error)
            return [
                Judgement(pair.document.id, pair.image.id, Outcome.FAILED, reason=reason)
                for pair in pairs
            ]
        self._raised = 0
        return judgements


def _line(error: Exception) -> str:
    """An error in a line, with where it was raised unless it is one of ours."""
    if isinstance(error, KgEnrichError):
        return str(error)
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"the scorer raised {type(error).__name__}: {error} ({where.name}, line {where.lineno})"
