"""What the commands do, for orchestrators and other programs.

`open` gives a handle with a method each, on one connection; the functions here do one thing and
close. Settings come from the environment and `.env` unless others are given. What goes wrong is a
`KgEnrichError` whose message is one line for a person.
"""

from kg_enrich.api.audits_once import (
    audit_answer,
    audit_draw,
    audit_extend,
    audit_next,
    audit_status,
    calibrate,
)
from kg_enrich.api.handle import KnowledgeGraph, open
from kg_enrich.api.once import (
    backfill,
    candidates,
    dismiss,
    doctor,
    estimate,
    images_without_evidence,
    load,
    neo4j,
    plan,
    plan_prune,
    plan_publish,
    plan_rollback,
    prune,
    publish,
    read_images,
    refresh_corpus,
    review,
    rollback,
    run,
    run_detail,
    runs,
    score,
    show,
    unreadable,
    unreferenced,
)
from kg_enrich.api.once_measuring import compare, evaluate

__all__ = [
    "KnowledgeGraph",
    "audit_answer",
    "audit_draw",
    "audit_extend",
    "audit_next",
    "audit_status",
    "backfill",
    "calibrate",
    "candidates",
    "compare",
    "dismiss",
    "doctor",
    "estimate",
    "evaluate",
    "images_without_evidence",
    "load",
    "neo4j",
    "open",
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
    "unreadable",
    "unreferenced",
]
