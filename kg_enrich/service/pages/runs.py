"""Runs: what there has been, how far the running ones are, and how to undo one."""

from concurrent.futures import TimeoutError as NotYet
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from kg_enrich.api import KnowledgeGraph
from kg_enrich.models import RunStatus
from kg_enrich.service.identity import Operator, Viewer
from kg_enrich.service.rendering import address, page

router = APIRouter()

# Seconds for which a page waits: for a plan, before it says that one is worked out; for a rollback
# that somebody began.
_TO_PLAN, _TO_DO = 0.02, 5.0
_PAGE = 50
RunId = Annotated[str, Query(min_length=1, max_length=200)]
Place = Annotated[str, Query(max_length=200)]


@router.get("/runs")
def show_runs(
    request: Request, who: Viewer, after: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """The next runs, the newest first."""
    runs = request.app.state.kg.page_runs(limit=_PAGE, after=after or None)
    running = any(run.record.status is RunStatus.RUNNING for run in runs)
    behind = runs[-1].record.id if len(runs) == _PAGE else ""
    return page(request, "runs.html", runs=runs, after=after, behind=behind, running=running)


@router.get("/run")
def show_run(request: Request, who: Viewer, id: RunId, after: Place = "") -> Response:
    """One run: what it did, what it was asked, what it met by name. after: of its changes."""
    kg: KnowledgeGraph = request.app.state.kg
    detail = kg.run_detail(id, limit=200)
    running = detail.run.record.status is RunStatus.RUNNING
    changes, behind = kg.run_changes(detail.run.record.id, limit=_PAGE, after=after or None)
    return page(
        request,
        "run.html",
        detail=detail,
        run=detail.run,
        running=running,
        changes=changes,
        behind=behind,
        after=after,
    )


@router.get("/run/rollback")
def plan_rollback(request: Request, who: Operator, id: RunId) -> Response:
    """What undoing a run would change; nothing is changed yet. It takes longer than a page may
    where the run changed much: the page asks again until the plan is there."""
    state = request.app.state
    kg: KnowledgeGraph = state.kg
    run = kg.run_detail(id, limit=1).run
    plan = state.plans.of(kg, state.background, run.record.id, _TO_PLAN)
    changes, behind = kg.run_changes(run.record.id, limit=_PAGE)
    return page(request, "rollback.html", run=run, plan=plan, changes=changes, behind=behind)


@router.post("/run/rollback")
def rollback(
    request: Request,
    who: Operator,
    id: Annotated[str, Form(max_length=200)],
    force: Annotated[bool, Form()] = False,
) -> Response:
    """Undoes a run. What takes longer goes on behind the page, and is seen among the runs."""
    kg: KnowledgeGraph = request.app.state.kg
    background = request.app.state.background
    done = background.begin(lambda: kg.rollback(id, force=force, stop=background.stop))
    try:
        record = done.result(timeout=_TO_DO)
    except NotYet:
        return RedirectResponse("/runs", 303)
    return RedirectResponse(address("/run", id=record.id), 303)
