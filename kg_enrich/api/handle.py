"""An open handle: everything that the commands do, on one connection."""

from kg_enrich.api.admitting import Admitting
from kg_enrich.api.auditing import Auditing
from kg_enrich.api.desk import Desk
from kg_enrich.api.enriching import Enriching
from kg_enrich.api.loading import Loading
from kg_enrich.api.measuring import Measuring
from kg_enrich.api.programs import Programs
from kg_enrich.api.publishing import Publishing
from kg_enrich.api.reporting import Reporting
from kg_enrich.api.reviewing import Reviewing
from kg_enrich.jobs.control import log
from kg_enrich.models import Say
from kg_enrich.settings import Settings, load_settings


class KnowledgeGraph(
    Enriching,
    Publishing,
    Reviewing,
    Programs,
    Reporting,
    Loading,
    Admitting,
    Measuring,
    Auditing,
    Desk,
):
    """A graph with everything that the commands do, a method each. Close it, or use `with`.

    Safe to share between threads: one driver, one schema check, one scorer.
    """


def open(settings: Settings | None = None, *, say: Say = log.info) -> KnowledgeGraph:
    """Opens the graph that the settings name; without NEO4J_URI an embedded one.

    settings: from the environment and `.env` when None. say: called with what goes on.
    Errors: SettingsError, GraphError, GraphBehindError (run `kg-enrich migrate`).
    """
    return KnowledgeGraph(settings or load_settings(), say)
