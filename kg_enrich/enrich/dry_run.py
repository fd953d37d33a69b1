"""What a run would change, before anything is scored."""

import sys
from dataclasses import replace

from kg_enrich.enrich.enrichment import Enrichment
from kg_enrich.enrich.extractor import pages
from kg_enrich.evidence.sources import count_evidence
from kg_enrich.graph.queries import query
from kg_enrich.jobs.plan import Plan
from kg_enrich.jobs.runs import Job
from kg_enrich.models import ImageId

READ_JOB_START = query("read_job_start")


def plan_run(parts: Enrichment, job: Job) -> Plan:
    """What a run of this job would change before anything is scored. Writes nothing.

    Memory grows with the number of images to read.
    """
    graph, question = parts.graph, parts.question
    plan = Plan(standing=count_evidence(graph, question.source))
    if question.scope.rescore:
        rows = graph.read(READ_JOB_START, job=job.id)
        # Whatever was judged until now, where the job never started.
        started = rows[0]["started"] if rows else sys.maxsize
        question = replace(question, judged_before=started)
    left = question.scope.limit
    images: set[ImageId] = set()
    for page in pages(graph, question, parts.catalogue()):
        work = page.work if left is None else page.work[:left]
        for one in work:
            plan.count(one.unit.document.id, one.changes, one.stored)
            plan.pairs += len(one.unit.images)
            images.update(image.id for image in one.unit.images)
        if left is not None:
            left -= len(work)
            if left <= 0:
                break
    plan.images = len(images)
    return plan
