"""Whether the service lives, and whether it can serve. Open to everybody, and silent on details."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from kg_enrich.api import KnowledgeGraph
from kg_enrich.errors import KgEnrichError

router = APIRouter()


@router.get("/healthz")
async def healthz() -> JSONResponse:
    """It lives: it answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
def readyz(request: Request) -> JSONResponse:
    """It can serve: its graph answers."""
    kg: KnowledgeGraph = request.app.state.kg
    try:
        kg.graph.server()
    except KgEnrichError:
        return JSONResponse({"status": "the graph does not answer"}, 503)
    return JSONResponse({"status": "ok"})
