"""Checks everything that kg-enrich needs, and says for each failure what to do."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from kg_enrich.doctor.checks import Check, Finding, Health, check, well
from kg_enrich.doctor.graph import examine_graph, unreachable
from kg_enrich.doctor.machine import (
    look_at_cache,
    look_at_disk,
    look_at_memory,
    look_at_roots,
    usable_roots,
)
from kg_enrich.doctor.scorer import look_at_ocr, look_at_plugin, look_at_qwen_vl, look_at_remote
from kg_enrich.doctor.settings_in_force import whence
from kg_enrich.errors import KgEnrichError, SettingsError
from kg_enrich.graph.connection import Graph
from kg_enrich.images.captions import captions_left_out
from kg_enrich.scorers.plugins import ScorerOptions
from kg_enrich.scorers.qwen_vl.options import QwenVlOptions
from kg_enrich.scorers.remote.options import RemoteOptions
from kg_enrich.settings import Settings, load_settings

__all__ = ["Check", "Health", "examine"]

OpenGraph = Callable[[Settings], AbstractContextManager[Graph]]
GpuOptions = Callable[[Settings], QwenVlOptions]
HttpOptions = Callable[[Settings], RemoteOptions]
PluginOptions = Callable[[Settings], ScorerOptions]


def examine(
    open_graph: OpenGraph,
    gpu_options: GpuOptions,
    http_options: HttpOptions,
    plugin_options: PluginOptions,
    settings: Settings | None = None,
) -> list[Check]:
    """Makes every check. A check that fails does not stop the others.

    open_graph: opens the graph of some settings. The other options: of the scorers.
    settings: read here when None, so that a mistake in them is a finding too.
    """
    try:
        settings = settings or load_settings()
    except SettingsError as error:
        advice = "Mend it in the environment or in .env, then look again."
        return [
            Check("settings", Health.FAILED, str(error), advice),
            check("memory", look_at_memory, ""),
        ]
    return [
        check("settings", lambda: _settings(settings), ""),
        *_graph(open_graph, settings),
        check(
            "image roots",
            lambda: look_at_roots(settings.image_roots),
            "Set KG_ENRICH_IMAGE_ROOTS.",
        ),
        check(
            "scorer",
            lambda: _scorer(settings, gpu_options, http_options, plugin_options),
            "Follow the message.",
        ),
        check("cache", lambda: look_at_cache(settings.cache_dir), ""),
        check("disk", lambda: _disk(settings), ""),
        check("memory", look_at_memory, ""),
    ]


def _settings(settings: Settings) -> Finding:
    candidates = ", ".join(settings.candidates)
    return well(f"scorer {settings.scorer}, candidates {candidates}; {whence(settings)}")


def _graph(open_graph: OpenGraph, settings: Settings) -> list[Check]:
    try:
        with open_graph(settings) as graph:
            checks = examine_graph(graph, usable_roots(settings.image_roots), settings.candidates)
            return [*checks, *_captions(graph, settings)]
    except KgEnrichError as error:
        return unreachable(str(error))


def _captions(graph: Graph, settings: Settings) -> list[Check]:
    """A check where there is a choice to know of, none where there is not."""
    unasked = settings.scorer == "ocr" and not settings.use_caption
    seen = captions_left_out(graph) if unasked else ""
    return [Check("captions", Health.OK, seen)] if seen else []


def _scorer(
    settings: Settings,
    gpu_options: GpuOptions,
    http_options: HttpOptions,
    plugin_options: PluginOptions,
) -> Finding:
    if settings.scorer == "qwen-vl":
        return look_at_qwen_vl(gpu_options(settings))
    if settings.scorer == "http":
        return look_at_remote(http_options(settings))
    if settings.scorer != "ocr":
        return look_at_plugin(settings.scorer, plugin_options(settings))
    return look_at_ocr()


def _disk(settings: Settings) -> Finding:
    embedded = () if settings.neo4j_uri else (settings.neo4j_home,)
    return look_at_disk((settings.cache_dir, *embedded))
