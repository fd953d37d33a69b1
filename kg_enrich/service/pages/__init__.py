"""The pages, a file each. Each route says which role it needs."""

from fastapi import APIRouter

from kg_enrich.service.pages import bulk, images, login, review, runs

router = APIRouter(include_in_schema=False)
for page in (login, review, bulk, images, runs):
    router.include_router(page.router)
