"""/api/reviews/bulk: one word on all that a rule means, and taking it back as one."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from kg_enrich.answers.evidence import BulkPlan, BulkReviewed
from kg_enrich.api import KnowledgeGraph
from kg_enrich.evidence.models import Decision
from kg_enrich.service.api.declared import answer, declared
from kg_enrich.service.api.scoping import Documents, Named
from kg_enrich.service.identity import Reviewer
from kg_enrich.upkeep.bulk import Rule

router = APIRouter(tags=["reviews"])

Token = Annotated[str, Field(min_length=1, max_length=200)]


class BulkRequest(Documents):
    """A word on all published evidence that a rule means and nobody has spoken of."""

    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_extra={
            "example": {"decision": "accept", "min_confidence": 0.95, "dry_run": True}
        },
    )

    decision: Literal["accept", "reject"]
    dry_run: bool
    """true: the answer says what the rule means, and nothing is written."""
    source: Named | None = None
    """The one of the settings when it is left out."""
    min_confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    max_confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    reasons: Annotated[tuple[Token, ...], Field(max_length=50)] = ()
    token: Token | None = None
    """A name of the caller's for this; asked twice with it, it is said once, however much later."""


_PLAN = {
    "model": BulkReviewed | BulkPlan,
    "description": "What it came to; with dry_run, what it would come to.",
}


@router.post("/api/reviews/bulk", responses=declared(BulkReviewed, 400, 409) | {200: _PLAN})
def say_of_all(request: Request, who: Reviewer, asked: BulkRequest) -> Response:
    """Says one word of all published evidence that a rule means and nobody has spoken of.

    Killed in its middle, it is finished by asking again with its token.
    """
    kg: KnowledgeGraph = request.app.state.kg
    rule = Rule(
        asked.source or kg.source,
        asked.min_confidence,
        asked.max_confidence,
        asked.scope(kg.settings),
    )
    if asked.dry_run:
        return answer(BulkPlan.model_validate(kg.plan_review_all(rule)))
    done = kg.review_all(
        rule, Decision(asked.decision), token=asked.token, reasons=asked.reasons, by=who.name
    )
    return answer(BulkReviewed.model_validate(done))


@router.delete("/api/reviews/bulk/{token}", responses=declared(BulkReviewed, 400))
def take_back(
    request: Request, who: Reviewer, token: Annotated[str, Path(min_length=1, max_length=200)]
) -> Response:
    """Takes back all that was said under a token; done twice, it is done once."""
    kg: KnowledgeGraph = request.app.state.kg
    return answer(BulkReviewed.model_validate(kg.undo_batch(token)))
