"""Runs: what there has been, how far the running ones are."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from kg_enrich.service.identity import Viewer
from kg_enrich.service.rendering import page

router = APIRouter()


@router.get("/")
def home(who: Viewer) -> Response:
    """Where somebody begins."""
    return RedirectResponse("/runs", 303)


@router.get("/runs")
def show_runs(request: Request, who: Viewer) -> Response:
    """The newest runs."""
    return page(request, "runs.html", history=request.app.state.kg.runs(limit=50))
