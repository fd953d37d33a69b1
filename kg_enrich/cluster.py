"""Settings to the engine of a cluster; what is sent there opens its own parts from the settings."""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

from kg_enrich import compose
from kg_enrich.enrich.enrichment import Enrichment
from kg_enrich.enrich.pipeline import Engine
from kg_enrich.enrich.ray_options import RayOptions
from kg_enrich.enrich.stages import Stages
from kg_enrich.errors import SettingsError
from kg_enrich.models import Scope
from kg_enrich.scorers.base import Scorer
from kg_enrich.scorers.deferred import Identity
from kg_enrich.settings import Settings
from kg_enrich.text import CorpusStatistics


def engine(settings: Settings, scope: Scope) -> Engine | None:
    """What scores: None for this process alone. Errors: SettingsError."""
    if settings.engine == "local":
        return None
    if scope.limit is not None:
        raise SettingsError("--limit is for the local engine: readers elsewhere cannot share it.")
    options = _options(settings)
    from kg_enrich.enrich import ray_engine

    found: Engine = ray_engine.engine(options, partial(_stages, settings))
    return found


def identify(settings: Settings) -> Callable[[], Identity] | None:
    """Asks a node of the cluster what the settings' model is; None where it is opened here.

    Errors: SettingsError; later EngineError.
    """
    if settings.engine == "local":
        return None
    options = _options(settings)

    def ask() -> Identity:
        from kg_enrich.enrich import ray_engine

        return ray_engine.identity(options, partial(_open_scorer, settings, None))

    return ask


def _options(settings: Settings) -> RayOptions:
    if find_spec("ray") is None:
        raise SettingsError("The ray engine needs the extra: pip install 'kg-enrich[ray]'.")
    if not settings.neo4j_uri:
        raise SettingsError("The ray engine needs a Neo4j that all nodes can reach: set NEO4J_URI.")
    gpus = settings.ray_gpus_per_scorer
    if gpus is None:
        gpus = 1.0 if settings.scorer == "qwen-vl" and settings.device != "cpu" else 0.0
    return RayOptions(
        settings.ray_address,
        settings.ray_scorers,
        gpus,
        settings.ray_send_images,
        settings.ray_stall_seconds,
    )


def _stages(settings: Settings, run: str, parts: Enrichment, batch_pairs: int) -> Stages:
    return Stages(
        run,
        parts.question,
        batch_pairs,
        partial(compose.open_graph, settings, _silent, False),
        partial(_open_scorer, settings, parts.question.statistics),
        partial(compose.image_hashes, settings),
        parts.roots,
        parts.scorer.reads_captions,
        parts.scorer.conditions,
        parts.file_names,
    )


def _open_scorer(settings: Settings, statistics: CorpusStatistics | None) -> Scorer:
    return compose.Scorers(settings).get(statistics)


def _silent(_: str) -> None:
    """Nodes tell nobody."""
