"""/api/reviews: what people say of a pair, read and said."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from kg_enrich.answers import programs
from kg_enrich.answers.evidence import Reviewed
from kg_enrich.answers.programs import Heard
from kg_enrich.api import KnowledgeGraph
from kg_enrich.evidence.models import Decision
from kg_enrich.service.api.declared import answer, declared
from kg_enrich.service.api.idempotency import IdempotencyKey, once
from kg_enrich.service.api.paging import Word
from kg_enrich.service.identity import Reviewer, Viewer

router = APIRouter(tags=["reviews"])

Named = Annotated[str, Field(min_length=1, max_length=4096)]
Label = Annotated[str, Field(min_length=1, max_length=200)]


class ReviewRequest(BaseModel):
    """What the caller says of a pair."""

    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_extra={
            "example": {
                "document": "fault-2031",
                "image": "photo-17.jpg",
                "decision": "reject",
                "reasons": ["other site"],
            }
        },
    )

    document: Named | int
    image: Named | int
    decision: Decision | None
    """null takes back what the caller said before."""
    reasons: Annotated[list[Label], Field(max_length=50)] = []
    note: Annotated[str, Field(max_length=10_000)] = ""
    settles: Annotated[list[Label], Field(max_length=100)] = []
    """Names of all whose other word this one overrules."""


@router.get("/api/reviews", responses=declared(Heard, 404))
def read_reviews(request: Request, who: Viewer, document: Word, image: Word) -> Response:
    """What people said of a pair. The ETag names all of it, for If-Match."""
    kg: KnowledgeGraph = request.app.state.kg
    found = kg.heard(document, image)
    return answer(programs.heard(found), headers={"ETag": f'"{found.seen}"'})


@router.post("/api/reviews", responses=declared(Reviewed, 400, 404, 409, 412))
async def say(
    request: Request,
    who: Reviewer,
    asked: ReviewRequest,
    idempotency_key: IdempotencyKey = None,
    if_match: Annotated[
        str | None,
        Header(description="An ETag of GET /api/reviews: 412 when that is no longer so."),
    ] = None,
) -> Response:
    """Records the caller's word on a pair, or takes it back; its evidence follows at once."""
    kg: KnowledgeGraph = request.app.state.kg
    seen = None if if_match in (None, "*") else (if_match or "").strip().strip('"')

    def work() -> Response:
        done = kg.review(
            str(asked.document),
            str(asked.image),
            asked.decision,
            reasons=asked.reasons,
            note=asked.note,
            by=who.name,
            settles=asked.settles,
            way="http",
            seen=seen,
        )
        tag = kg.heard(str(asked.document), str(asked.image)).seen
        return answer(Reviewed.model_validate(done), headers={"ETag": f'"{tag}"'})

    return await once(request, who, idempotency_key, lambda: run_in_threadpool(work))
