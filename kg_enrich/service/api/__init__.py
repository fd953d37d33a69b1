"""The HTTP API for programs, a noun a file. Each route says which role it needs."""

from fastapi import APIRouter

from kg_enrich.service.api import common_rerank, rerank

router = APIRouter()
for noun in (rerank, common_rerank):
    router.include_router(noun.router)
