"""Puts the parts together as the settings say: graph, scorer, question."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from kg_enrich import embedded
from kg_enrich.candidates.checks import open_candidates
from kg_enrich.candidates.finders import CandidateOptions
from kg_enrich.enrich.extractor import Question
from kg_enrich.evidence.sources import Source, open_source, store
from kg_enrich.graph import schema
from kg_enrich.graph.connection import Graph
from kg_enrich.images.decoding import DecodeLimits, image_roots
from kg_enrich.models import Scope
from kg_enrich.scorers.base import Scorer
from kg_enrich.scorers.qwen_vl.options import QwenVlOptions
from kg_enrich.settings import Settings
from kg_enrich.text import CorpusStatistics

# Where a person is told what is going on, a line at a time.
Say = Callable[[str], None]


@contextmanager
def open_graph(settings: Settings, say: Say, current: bool = True) -> Iterator[Graph]:
    """The graph of these settings, named to `say`. An embedded Neo4j is left as it was found.

    Errors: GraphError, SettingsError; GraphBehindError unless `current` is False.
    """
    if settings.neo4j_uri:
        secret = settings.neo4j_password
        password = secret.get_secret_value() if secret else ""
        with _connect(settings, settings.neo4j_uri, settings.neo4j_username, password) as graph:
            _introduce(graph, "Neo4j", say, current)
            yield graph
        return
    with (
        embedded.lent(
            settings.neo4j_home,
            cache=settings.cache_dir,
            version=settings.neo4j_version or embedded.DEFAULT_VERSION,
            maven_repository=settings.maven_repository,
            heap=settings.neo4j_heap,
            progress=say,
        ) as server,
        _connect(settings, server.uri, server.username, server.password) as graph,
    ):
        _introduce(graph, "embedded Neo4j", say, current)
        yield graph


def _connect(settings: Settings, uri: str, username: str, password: str) -> Graph:
    return Graph(uri, username, password, settings.neo4j_database, settings.names)


def _introduce(graph: Graph, kind: str, say: Say, current: bool) -> None:
    server = graph.server()
    say(f"{kind} {server.version} at {server.address}, database {server.database}")
    if current:
        schema.require_current(graph)


def roots(settings: Settings) -> tuple[Path, ...]:
    return image_roots(settings.image_roots)


def decode_limits(settings: Settings) -> DecodeLimits:
    return DecodeLimits(settings.image_max_bytes, settings.image_max_pixels)


def ocr_cache(settings: Settings) -> Path:
    return settings.cache_dir / "ocr"


def source_name(settings: Settings) -> str:
    """The evidence source that these settings write: named, or called after the model."""
    if settings.source:
        return settings.source
    return settings.scorer if settings.scorer == "ocr" else Path(settings.model).name


def policy_settings(settings: Settings) -> dict[str, Any]:
    """The parts of a policy that somebody set."""
    names = ("min_score", "top_k", "max_images", "max_documents")
    given = {name: getattr(settings, name) for name in names}
    return {name: value for name, value in given.items() if value is not None}


@contextmanager
def open_scorer(settings: Settings, statistics: CorpusStatistics | None) -> Iterator[Scorer]:
    """The scorer that the settings ask for; never another one.

    statistics: of the source's corpus; None for those shipped with the OCR scorer.
    Errors: SettingsError when its extra is not installed, ScorerError when it cannot work.
    """
    scorer = _scorer(settings, statistics)
    try:
        yield scorer
    finally:
        scorer.close()


def _scorer(settings: Settings, statistics: CorpusStatistics | None) -> Scorer:
    if settings.scorer == "qwen-vl":
        from kg_enrich.scorers import qwen_vl

        return qwen_vl.build(qwen_vl_options(settings))
    from kg_enrich.images.ocr import OcrReader
    from kg_enrich.scorers.ocr import OcrScorer

    reader = OcrReader(ocr_cache(settings), settings.workers, decode_limits(settings))
    return OcrScorer(reader, statistics)


def qwen_vl_options(settings: Settings) -> QwenVlOptions:
    """The GPU scorer's options; the settings of the same names, all but a few."""
    same = {field.name for field in fields(QwenVlOptions)} & set(Settings.model_fields)
    values = {name: getattr(settings, name) for name in same - {"workers"}}
    if settings.workers is not None:
        values["workers"] = settings.workers
    return QwenVlOptions(
        **values, revision=settings.model_revision, decode_limits=decode_limits(settings)
    )


@dataclass(frozen=True, slots=True)
class Enrichment:
    """Everything that a run needs, ready."""

    graph: Graph
    source: Source
    scorer: Scorer
    question: Question
    roots: tuple[Path, ...]


@contextmanager
def open_enrichment(
    settings: Settings, scope: Scope, say: Say, dry: bool = False
) -> Iterator[Enrichment]:
    """Graph, source, scorer and question. dry: a source that is new is not stored."""
    with open_graph(settings, say) as graph:
        name = source_name(settings)
        source = open_source(graph, name, policy_settings(settings), say)
        with open_scorer(settings, source.statistics) as scorer:
            # A scorer that cannot work, such as a model that is not there, begins no source.
            if not dry:
                store(graph, source)
            question = Question(
                name,
                scorer.fingerprint,
                source.policy,
                candidates(settings, graph, say),
                source.statistics,
                scope,
                settings.candidate_limit,
            )
            yield Enrichment(graph, source, scorer, question, roots(settings))


def candidates(settings: Settings, graph: Graph, say: Say) -> CandidateOptions:
    """The candidate sources of these settings, checked. Errors: SettingsError, GraphError."""
    return open_candidates(
        graph,
        settings.candidates,
        settings.fulltext_limit,
        settings.vector_limit,
        settings.vector_index,
        settings.candidate_limit,
        say,
    )
