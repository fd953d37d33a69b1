"""Quality: what answers and references show of the evidence, and what a threshold would publish."""

from collections.abc import Sequence
from math import isnan
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from kg_enrich.measure.status import AuditStatus
from kg_enrich.measure.thresholds import Threshold
from kg_enrich.report.quality import draw_precision, draw_reliability
from kg_enrich.service.identity import Reviewer, Viewer
from kg_enrich.service.rendering import page, text

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
    audit = worked.audit if worked else None
    asked = threshold if threshold is not None else audit.min_score if audit else 0.0
    chosen = _chosen(audit.finer, asked) if audit else None
    return page(
        request,
        "quality.html",
        worked=worked,
        working=working,
        finer=sorted(audit.finer, key=_score) if audit else [],
        thresholds=sorted(audit.thresholds, key=_score) if audit else [],
        chosen=chosen,
        **(_pictures(request, audit, chosen) if audit else {}),
        measures=_MEASURES,
        isnan=isnan,
    )


def _pictures(request: Request, audit: AuditStatus, chosen: Threshold | None) -> dict[str, Any]:
    return {
        "precision": draw_precision(
            audit.finer,
            text(request, "precision-picture"),
            text(request, "threshold"),
            kept=True,
            chosen=chosen.min_score if chosen else None,
        ),
        "reliability": draw_reliability(
            audit.reliability, text(request, "reliability-picture"), text(request, "confidence")
        ),
    }


def _chosen(rows: Sequence[Threshold], threshold: float) -> Threshold | None:
    """The nearest one that is known of, from above: its evidence is among what it would publish."""
    above = [one for one in rows if one.min_score >= threshold]
    return min(above, key=_score, default=max(rows, key=_score, default=None))


def _score(one: Threshold) -> float:
    return one.min_score


@router.post("/quality")
def work_out(request: Request, who: Reviewer) -> Response:
    """Works the figures out anew, behind the page."""
    state = request.app.state
    state.figures.begin(state.kg, state.background)
    return RedirectResponse("/quality", 303)
