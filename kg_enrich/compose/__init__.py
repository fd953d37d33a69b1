"""Puts the parts together as the settings say: graph, scorer, question."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kg_enrich import embedded
from kg_enrich.candidates.checks import open_candidates
from kg_enrich.candidates.finders import CandidateOptions
from kg_enrich.compose.options import (
    decode_limits,
    first_stage,
    ocr_cache,
    plugin_options,
    qwen_vl_options,
    remote_options,
    worker_limits,
)
from kg_enrich.compose.scorers import Scorers
from kg_enrich.documents.required import require_documents
from kg_enrich.enrich.enrichment import Enrichment
from kg_enrich.enrich.extractor import Question
from kg_enrich.evidence.calibrations import require_calibrated_scorer
from kg_enrich.evidence.sources import open_source, store
from kg_enrich.graph import schema
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.credentials import Credentials, choose, fixed
from kg_enrich.graph.options import ConnectionOptions
from kg_enrich.images.captions import captions_left_out
from kg_enrich.images.decoding import decode_conditions, image_roots
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.images.thumbnails import Thumbnails
from kg_enrich.jobs import shards
from kg_enrich.models import Say, Scope, Shard
from kg_enrich.scorers.deferred import Identity
from kg_enrich.settings import Settings

__all__ = [
    "Scorers",
    "candidates",
    "decode_limits",
    "enrichment",
    "image_hashes",
    "ocr_cache",
    "open_graph",
    "plugin_options",
    "policy_settings",
    "prefilter",
    "qwen_vl_options",
    "reading_conditions",
    "remote_options",
    "roots",
    "source_name",
    "thumbnails",
    "worker_limits",
]

# Images a document gets from the full-text index: a scorer that is cheap can look at more. The
# constants of ocr are fitted at its number.
FULLTEXT_LIMITS = {"ocr": 50}
_FULLTEXT_LIMIT = 20


@contextmanager
def open_graph(settings: Settings, say: Say, current: bool = True) -> Iterator[Graph]:
    """The graph of these settings, named to `say`. An embedded Neo4j is left as it was found.

    Errors: GraphError, SettingsError; GraphBehindError unless `current` is False.
    """
    if settings.neo4j_uri:
        with _connect(settings, settings.neo4j_uri, _credentials(settings)) as graph:
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
        _connect(settings, server.uri, fixed(server.username, server.password)) as graph,
    ):
        _introduce(graph, "embedded Neo4j", say, current)
        yield graph


def _credentials(settings: Settings) -> Credentials:
    password, token = settings.neo4j_password, settings.neo4j_bearer_token
    return choose(
        settings.neo4j_username,
        password.get_secret_value() if password else None,
        settings.neo4j_password_file,
        token.get_secret_value() if token else None,
        settings.neo4j_bearer_token_file,
    )


def _connect(settings: Settings, uri: str, credentials: Credentials) -> Graph:
    options = ConnectionOptions(
        settings.patience_seconds,
        settings.neo4j_connection_seconds,
        settings.neo4j_liveness_seconds,
        credentials,
    )
    return Graph(uri, credentials.username, "", settings.neo4j_database, settings.names, options)


def _introduce(graph: Graph, kind: str, say: Say, current: bool) -> None:
    server = graph.server()
    say(f"{kind} {server.version} at {server.address}, database {server.database}")
    if current:
        schema.require_current(graph)


def roots(settings: Settings) -> tuple[Path, ...]:
    return image_roots(settings.image_roots)


def reading_conditions(settings: Settings) -> frozenset[str]:
    """What failures to read an image may depend on, as these settings have it."""
    now = {worker_limits(settings).condition, f"scorer={settings.scorer}"}
    if settings.prefilter is not None:
        now.add(f"scorer={settings.prefilter}")
    return decode_conditions(decode_limits(settings)) | now


def image_hashes(settings: Settings) -> ImageHashes:
    return ImageHashes(settings.cache_dir / "image-hashes.sqlite")


def thumbnails(settings: Settings, hashes: ImageHashes) -> Thumbnails:
    return Thumbnails(
        settings.cache_dir / "thumbnails",
        hashes,
        limits=decode_limits(settings),
        worker_limits=worker_limits(settings),
    )


def source_name(settings: Settings) -> str:
    """The evidence source that these settings write: named, or called after the model."""
    if settings.source:
        return settings.source
    named_by_model = settings.scorer in ("qwen-vl", "http")
    return Path(settings.model).name if named_by_model else settings.scorer


def shard(settings: Settings) -> Shard | None:
    """The part of the documents that these settings ask for. Errors: SettingsError."""
    return shards.asked(settings.shard, settings.group, os.environ)


def policy_settings(settings: Settings) -> dict[str, Any]:
    """The parts of a policy that somebody set."""
    names = (
        "min_score", "top_k", "image_top_k", "max_images", "max_documents", "min_lead",
        "min_image_lead",
    )  # fmt: skip
    given = {name: getattr(settings, name) for name in names}
    return {name: value for name, value in given.items() if value is not None}


def enrichment(
    settings: Settings,
    graph: Graph,
    scorers: Scorers,
    hashes: ImageHashes,
    scope: Scope,
    say: Say,
    dry: bool = False,
    identify: Callable[[], Identity] | None = None,
) -> Enrichment:
    """The parts of a run over a scope. dry: a source that is new is not stored.

    identify: as of `Scorers.named`, where another machine judges.

    Errors: SettingsError, GraphError, ScorerError.
    """
    # Before a new source takes its word statistics for good from texts that nobody can read.
    documents = require_documents(graph)
    name = source_name(settings)
    source = open_source(graph, name, policy_settings(settings), say)
    if source.is_new:
        _say_captions(settings, graph, say)
    here = not dry and identify is None
    statistics = source.statistics
    scorer = scorers.get(statistics) if here else scorers.named(statistics, identify)
    its_own = (scorer.fingerprint, *scorer.former_fingerprints)
    require_calibrated_scorer(graph, name, source.policy, its_own)
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
        former_scorers=scorer.former_fingerprints,
        shard=shard(settings),
    )
    return Enrichment(
        graph, scorer, question, roots(settings), documents, hashes, settings.use_file_name
    )


def _say_captions(settings: Settings, graph: Graph, say: Say) -> None:
    """Says so where there is a choice to know of."""
    unasked = settings.scorer == "ocr" and not settings.use_caption
    if unasked and (unused := captions_left_out(graph)):
        say(unused)


def prefilter(
    settings: Settings, graph: Graph, scorers: Scorers, hashes: ImageHashes, say: Say
) -> Enrichment:
    """The parts that judge by the first stage alone, with the word statistics of these settings'
    source; for measuring, so that nothing is stored.

    Errors: SettingsError, GraphError.
    """
    documents = require_documents(graph)
    source = open_source(graph, source_name(settings), {}, say)
    scorer = scorers.first(source.statistics)
    question = Question(
        first_stage(settings),
        scorer.fingerprint,
        source.policy,
        candidates(settings, graph, say),
        source.statistics,
        candidate_limit=settings.candidate_limit,
        former_scorers=scorer.former_fingerprints,
    )
    return Enrichment(
        graph, scorer, question, roots(settings), documents, hashes, settings.use_file_name
    )


def candidates(settings: Settings, graph: Graph, say: Say) -> CandidateOptions:
    """The candidate sources of these settings, checked. Errors: SettingsError, GraphError."""
    others = [name for name in settings.candidates if name != "fulltext"]
    if settings.scorer == "ocr" and others:
        say(
            f"The ocr scorer's scores are chances among candidates of the full-text index. Among "
            f"those of {', '.join(others)} they rank as well, but 5.0 is not even odds: calibrate "
            "the scores on answers of people before you publish by them."
        )
    return open_candidates(
        graph,
        settings.candidates,
        settings.fulltext_limit or FULLTEXT_LIMITS.get(settings.scorer, _FULLTEXT_LIMIT),
        settings.vector_limit,
        settings.vector_index,
        settings.candidate_limit,
        say,
    )
