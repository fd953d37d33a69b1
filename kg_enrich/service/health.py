"""Whether the service lives, and whether it can serve. Open to everybody, and silent on details."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from kg_enrich.api import KnowledgeGraph
from kg_enrich.errors import KgEnrichError
from kg_enrich.scorers.turns import Turns, TurnsState

router = APIRouter()


@router.get("/healthz")
async def healthz() -> JSONResponse:
    """It lives: it answers."""
    return JSONResponse({"status": "ok"})


@router.get(
    "/readyz", responses={503: {"description": "It cannot serve now.", "model": dict[str, str]}}
)
def readyz(request: Request) -> JSONResponse:
    """It can serve: its graph answers, and its scorer, where it has one, is loaded."""
    kg: KnowledgeGraph = request.app.state.kg
    try:
        kg.graph.server()
    except KgEnrichError:
        return JSONResponse({"status": "the graph does not answer"}, 503)
    turns: Turns | None = request.app.state.turns
    if turns is not None and turns.state is TurnsState.LOADING:
        return JSONResponse({"status": "the scorer is being loaded"}, 503)
    if turns is not None and turns.state is TurnsState.FAILED:
        return JSONResponse({"status": "the scorer cannot work"}, 503)
    return JSONResponse({"status": "ok"})
