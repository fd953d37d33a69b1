"""What the commands do, a function call each, for orchestrators and other programs.

Every function takes the settings from the environment and `.env` unless it is given some, and
raises a `KgEnrichError` whose message is one line for a person. Worker processes are started
anew, so that a script must call these below `if __name__ == "__main__":`.
"""

from kg_enrich.api.enriching import (
    backfill,
    candidates,
    estimate,
    plan,
    refresh_corpus,
    run,
    score,
)
from kg_enrich.api.loading import load, neo4j, read_images
from kg_enrich.api.looking import doctor, images_without_evidence, run_detail, runs, show
from kg_enrich.api.publishing import (
    plan_prune,
    plan_publish,
    plan_rollback,
    prune,
    publish,
    rollback,
)
from kg_enrich.api.reviewing import dismiss, review, unreferenced

__all__ = [
    "backfill",
    "candidates",
    "dismiss",
    "doctor",
    "estimate",
    "images_without_evidence",
    "load",
    "neo4j",
    "plan",
    "plan_prune",
    "plan_publish",
    "plan_rollback",
    "prune",
    "publish",
    "read_images",
    "refresh_corpus",
    "review",
    "rollback",
    "run",
    "run_detail",
    "runs",
    "score",
    "show",
    "unreferenced",
]
