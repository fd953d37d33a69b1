"""Changing evidence without a scorer: policy, prune, rollback, and what they would do."""

import threading

from kg_enrich import compose
from kg_enrich.api.common import Progress, Say, log, step_options
from kg_enrich.evidence.sources import PolicySettings
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs.plan import Plan
from kg_enrich.jobs.steps import count_documents
from kg_enrich.models import RunRecord
from kg_enrich.settings import Settings, load_settings
from kg_enrich.upkeep import prune as pruning
from kg_enrich.upkeep import publish as publishing
from kg_enrich.upkeep import rollback as rollbacks


def publish(
    policy: PolicySettings | None = None,
    settings: Settings | None = None,
    *,
    wait: bool = False,
    stop: threading.Event | None = None,
    say: Say = log.info,
    progress: Progress = lambda _, __: None,
) -> RunRecord:
    """Stores a source's policy and applies it everywhere from the ledgers, scoring nothing.

    policy: the parts to change, by the names of `Policy`; they win over those in the settings.
    Errors: LeaseHeldError, GraphError, SettingsError (no such source).
    """
    settings = settings or load_settings()
    given = compose.policy_settings(settings) | dict(policy or {})
    with compose.open_graph(settings, say) as graph:
        documents = count_documents(graph)
        options = step_options(settings, documents, wait, stop, progress)
        return publishing.publish(graph, compose.source_name(settings), given, options)


def plan_publish(
    policy: PolicySettings | None = None,
    settings: Settings | None = None,
    *,
    say: Say = log.info,
) -> Plan:
    """What `publish` would change. Writes nothing."""
    settings = settings or load_settings()
    given = compose.policy_settings(settings) | dict(policy or {})
    with compose.open_graph(settings, say) as graph:
        return publishing.plan_publish(graph, compose.source_name(settings), given)


def prune(
    source: str | None = None,
    settings: Settings | None = None,
    *,
    accepted: bool = False,
    wait: bool = False,
    stop: threading.Event | None = None,
    say: Say = log.info,
    progress: Progress = lambda _, __: None,
) -> RunRecord:
    """Removes a retired source; without one, what is about documents and images that are gone.

    accepted: also the evidence that a person accepted. Errors: LeaseHeldError, GraphError.
    """
    settings = settings or load_settings()
    with compose.open_graph(settings, say) as graph:
        _say_if_unknown(graph, source, say)
        documents = count_documents(graph)
        options = step_options(settings, documents, wait, stop, progress)
        if source is None:
            return pruning.prune_orphans(graph, options)
        return pruning.prune_source(graph, source, accepted, options)


def plan_prune(
    source: str | None = None,
    settings: Settings | None = None,
    *,
    accepted: bool = False,
    say: Say = log.info,
) -> Plan:
    """What `prune` would remove. Writes nothing."""
    with compose.open_graph(settings or load_settings(), say) as graph:
        _say_if_unknown(graph, source, say)
        if source is None:
            return pruning.plan_prune_orphans(graph)
        return pruning.plan_prune_source(graph, source, accepted)


def _say_if_unknown(graph: Graph, source: str | None, say: Say) -> None:
    """Not an error: a prune that was killed is finished by asking again."""
    sources = publishing.source_policies(graph)
    if source is not None and source not in sources:
        say(publishing.unknown_source(source, sources))


def rollback(
    run: str,
    settings: Settings | None = None,
    *,
    force: bool = False,
    wait: bool = False,
    stop: threading.Event | None = None,
    say: Say = log.info,
    progress: Progress = lambda _, __: None,
) -> RunRecord:
    """Undoes a run: edges and ledgers become what they were before it.

    force: also what a later run or a person changed since, which is an error otherwise.
    progress: called with the number of edges to put back, then with the counts of every step.
    Errors: GraphError, LeaseHeldError.
    """
    settings = settings or load_settings()
    with compose.open_graph(settings, say) as graph:
        edges = rollbacks.count_edges(graph, run)
        options = step_options(settings, edges, wait, stop, progress)
        return rollbacks.rollback(graph, run, force, options)


def plan_rollback(run: str, settings: Settings | None = None, *, say: Say = log.info) -> Plan:
    """What `rollback` would change. Writes nothing."""
    with compose.open_graph(settings or load_settings(), say) as graph:
        return rollbacks.plan_rollback(graph, run)
