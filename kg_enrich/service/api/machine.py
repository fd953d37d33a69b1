"""/metrics for Prometheus, and /openapi.json: what this API is."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response

from kg_enrich.service.api.declared import refused
from kg_enrich.service.api.document import document
from kg_enrich.service.identity import Viewer

router = APIRouter(tags=["machine"])

_METRICS: dict[int | str, Any] = {
    200: {
        "description": "Metrics in Prometheus' text format.",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}


@router.get("/metrics", response_class=PlainTextResponse, responses=refused() | _METRICS)
async def metrics(request: Request, who: Viewer) -> Response:
    """Metrics of the newest runs and of the graph."""
    found = await run_in_threadpool(request.app.state.kg.metrics)
    return Response(found, media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request, who: Viewer) -> Response:
    """This API, as an OpenAPI document."""
    return JSONResponse(document(request.app))
