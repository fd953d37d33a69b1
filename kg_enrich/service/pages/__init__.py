"""The pages, a file each. Each route says which role it needs."""

from fastapi import APIRouter

from kg_enrich.service.pages import (
    audit,
    bulk,
    documents,
    images,
    login,
    quality,
    review,
    runs,
    trying,
    unreferenced,
)

router = APIRouter(include_in_schema=False)
for page in (
    login,
    review,
    bulk,
    audit,
    unreferenced,
    documents,
    runs,
    quality,
    trying,
    images,
):
    router.include_router(page.router)
