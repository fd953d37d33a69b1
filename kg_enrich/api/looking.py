"""Looking at what there is: evidence, runs, and whether all that a run needs is there."""

from kg_enrich import compose
from kg_enrich.api.common import Say, log
from kg_enrich.doctor import Check, examine
from kg_enrich.evidence.shown import (
    ImageWithoutEvidence,
    ShownPair,
    read_evidence,
    read_images_without_evidence,
    read_pairs_of,
)
from kg_enrich.jobs.history import History, RunDetail, read_detail, read_history
from kg_enrich.settings import Settings, load_settings


def show(
    settings: Settings | None = None,
    *,
    identifier: str | None = None,
    limit: int = 200,
    say: Say = log.info,
) -> list[ShownPair]:
    """Published evidence; with an identifier all that this document or image has to do with."""
    with compose.open_graph(settings or load_settings(), say) as graph:
        if identifier is None:
            return read_evidence(graph, limit)
        return read_pairs_of(graph, identifier)


def images_without_evidence(
    settings: Settings | None = None, *, limit: int = 200, say: Say = log.info
) -> list[ImageWithoutEvidence]:
    """Images that are evidence for nothing, with the best that is known of each."""
    with compose.open_graph(settings or load_settings(), say) as graph:
        return read_images_without_evidence(graph, limit)


def runs(settings: Settings | None = None, *, limit: int = 20, say: Say = log.info) -> History:
    """The runs there have been, the newest first; a running one with its counters so far."""
    with compose.open_graph(settings or load_settings(), say) as graph:
        return read_history(graph, limit)


def run_detail(
    identifier: str, settings: Settings | None = None, *, limit: int = 20, say: Say = log.info
) -> RunDetail:
    """One run with what it met by name. identifier: its id or the beginning of it.

    Errors: GraphError when the id means no run, or several.
    """
    with compose.open_graph(settings or load_settings(), say) as graph:
        return read_detail(graph, identifier, limit)


def doctor(settings: Settings | None = None, *, say: Say = log.info) -> list[Check]:
    """Looks at everything that a run needs; what is wrong is in the list, never an error."""
    return examine(
        lambda given: compose.open_graph(given, say, current=False),
        compose.qwen_vl_options,
        settings,
    )
