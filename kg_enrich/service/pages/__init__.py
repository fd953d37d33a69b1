"""The pages, a file each. Each route says which role it needs."""

from fastapi import APIRouter

from kg_enrich.service.pages import login, runs

router = APIRouter(include_in_schema=False)
for page in (login, runs):
    router.include_router(page.router)
