"""Quality: what answers and references show of the evidence, and what a threshold would publish."""

from math import isnan
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from kg_enrich.service.identity import Reviewer, Viewer
from kg_enrich.service.rendering import page

router = APIRouter()

# Of all that an evaluation measures, what people ask for first.
_MEASURES = ("top1", "mrr", "recall@5", "recall@20", "candidate_recall@20")


@router.get("/quality")
def show_quality(
    request: Request,
    who: Viewer,
    threshold: Annotated[float | None, Query(ge=0, le=10)] = None,
) -> Response:
    """The latest figures. threshold: a score to be told of."""
    worked, working = request.app.state.figures.latest
    rows = (
        sorted(worked.audit.thresholds, key=lambda one: one.min_score)
        if worked and worked.audit
        else []
    )
    # The nearest one that is known of, from above: its evidence is among what it would publish.
    at_least = [one for one in rows if threshold is None or one.min_score >= threshold]
    return page(
        request,
        "quality.html",
        worked=worked,
        working=working,
        thresholds=rows,
        threshold=threshold,
        chosen=at_least[0] if at_least else (rows[-1] if rows else None),
        measures=_MEASURES,
        isnan=isnan,
    )


@router.post("/quality")
def work_out(request: Request, who: Reviewer) -> Response:
    """Works the figures out anew, behind the page."""
    state = request.app.state
    state.figures.begin(state.kg, state.background)
    return RedirectResponse("/quality", 303)
