"""Finds which images are evidence for which documents in a Neo4j knowledge graph.

What the commands do is a function call each, for an orchestrator's task or a script:

    import kg_enrich

    record = kg_enrich.run()
    print(record.status, record.counters.published)

A program that does several things opens the graph once:

    with kg_enrich.open() as kg:
        kg.run()
        kg.review("fault-2031", "plc-err-led", kg_enrich.Decision.ACCEPT)

Settings come from the environment and `.env`, as for the commands, unless `load_settings` or
`Settings` gives others. What goes wrong is a `KgEnrichError` whose message is one line for a
person. `kg_enrich.api` holds the rest: plans, rollback, prune, runs, doctor.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg_enrich.api import (
        KnowledgeGraph,
        backfill,
        estimate,
        load,
        open,
        publish,
        read_images,
        review,
        run,
        score,
        unreferenced,
    )
    from kg_enrich.errors import BrakeError, KgEnrichError, LeaseHeldError, SettingsError
    from kg_enrich.evidence.models import Decision
    from kg_enrich.models import RunRecord, RunStatus, Scope
    from kg_enrich.settings import Settings, load_settings

__version__ = "0.1.0"

__all__ = [
    "BrakeError",
    "Decision",
    "KgEnrichError",
    "KnowledgeGraph",
    "LeaseHeldError",
    "RunRecord",
    "RunStatus",
    "Scope",
    "Settings",
    "SettingsError",
    "backfill",
    "estimate",
    "load",
    "load_settings",
    "open",
    "publish",
    "read_images",
    "review",
    "run",
    "score",
    "unreferenced",
]

_MODULES = {
    "errors": ("BrakeError", "KgEnrichError", "LeaseHeldError", "SettingsError"),
    "evidence.models": ("Decision",),
    "models": ("RunRecord", "RunStatus", "Scope"),
    "settings": ("Settings", "load_settings"),
}

# Hidden from type checkers, which would otherwise take any name for one of ours.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Imports a public name when it is first used: the drivers behind it take a second."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = next((module for module, names in _MODULES.items() if name in names), "api")
        value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
