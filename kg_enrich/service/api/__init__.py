"""The HTTP API for programs, a noun a file. Each route says which role it needs."""

from fastapi import APIRouter, Depends

from kg_enrich.service.api import (
    audit,
    bulk,
    common_rerank,
    evidence,
    flags,
    machine,
    queue,
    rerank,
    reviews,
    runs,
)
from kg_enrich.service.api.rate import within_rate

router = APIRouter(dependencies=[Depends(within_rate)])
for noun in (rerank, common_rerank, evidence, reviews, bulk, queue, flags, audit, runs, machine):
    router.include_router(noun.router)
