"""/api/audit: how much of the evidence is right, by people's answers to a random sample."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from kg_enrich.answers.auditing import (
    AuditAnswer,
    AuditQuestion,
    AuditStatus,
    Drawn,
    audit_question,
    audit_status,
    drawn,
)
from kg_enrich.api import KnowledgeGraph
from kg_enrich.evidence.models import Decision
from kg_enrich.measure.audit import DEFAULT_SIZE
from kg_enrich.measure.status import DEFAULT_PRECISION
from kg_enrich.service.api.declared import answer, declared
from kg_enrich.service.api.scoping import Named
from kg_enrich.service.identity import Operator, Reviewer, Viewer

router = APIRouter(tags=["audit"])

Source = Annotated[
    str | None,
    Query(min_length=1, max_length=1000, description="The one of the settings when left out."),
]


class DrawRequest(BaseModel):
    """How a sample is drawn."""

    model_config = ConfigDict(
        extra="forbid", use_attribute_docstrings=True, json_schema_extra={"example": {"size": 100}}
    )

    size: Annotated[int, Field(ge=1, le=100_000)] = DEFAULT_SIZE
    """Pairs, about."""
    source: Named | None = None
    seed: Named | None = None
    """The same one draws the same pairs."""
    again: bool = False
    """Although there is an audit; answers that were given count as well."""


class AnswerRequest(BaseModel):
    """What the caller says of a pair that was drawn."""

    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_extra={"example": {"key": "0f3c", "decision": "accept"}},
    )

    key: Named
    """Of the question."""
    decision: Decision | None
    """null takes the caller's answer back."""
    reasons: Annotated[list[Named], Field(max_length=50)] = []
    note: Annotated[str, Field(max_length=10_000)] = ""
    source: Named | None = None


@router.get("/api/audit", responses=declared(AuditStatus, 400))
def show_audit(
    request: Request,
    who: Viewer,
    source: Source = None,
    precision: Annotated[
        float, Query(gt=0, lt=1, description="The share that is wanted.")
    ] = DEFAULT_PRECISION,
) -> Response:
    """What the audit covers, what its answers show, and how many more are needed."""
    kg: KnowledgeGraph = request.app.state.kg
    return answer(audit_status(kg.audit_status(precision=precision, source=source)))


@router.post("/api/audit", responses=declared(Drawn, 400))
def draw(request: Request, who: Operator, asked: DrawRequest) -> Response:
    """Draws a random sample of a source's judged pairs for people to answer."""
    kg: KnowledgeGraph = request.app.state.kg
    found = kg.audit_draw(
        asked.size, source=asked.source, seed=asked.seed, again=asked.again, by=who.name
    )
    return answer(drawn(found))


@router.get("/api/audit/next", responses=declared(AuditQuestion, 400))
def next_question(
    request: Request,
    who: Reviewer,
    source: Source = None,
    second: Annotated[
        bool, Query(description="Only what others answered and the caller did not.")
    ] = False,
    passed_over: Annotated[
        list[str], Query(max_length=1000, description="Keys of questions to leave out.")
    ] = [],  # noqa: B006
) -> Response:
    """The next pair to answer, without its score; key is null when there is none."""
    kg: KnowledgeGraph = request.app.state.kg
    found = kg.audit_next(by=who.name, passed_over=passed_over, second=second, source=source)
    return answer(audit_question(found))


@router.post("/api/audit/answers", responses=declared(AuditAnswer, 400, 404, 409))
def give_answer(request: Request, who: Reviewer, asked: AnswerRequest) -> Response:
    """Records the caller's answer, or takes it back; the answer gives what was hidden."""
    kg: KnowledgeGraph = request.app.state.kg
    done = kg.audit_answer(
        asked.key,
        asked.decision,
        by=who.name,
        reasons=asked.reasons,
        note=asked.note,
        source=asked.source,
    )
    return answer(AuditAnswer.model_validate(done))
