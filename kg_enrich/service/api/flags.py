"""/api/flags: images with strong evidence that no document references."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from kg_enrich.answers import programs
from kg_enrich.answers.evidence import Dismissed
from kg_enrich.answers.programs import Flags
from kg_enrich.api import KnowledgeGraph
from kg_enrich.service.api.declared import answer, declared
from kg_enrich.service.api.idempotency import IdempotencyKey, once
from kg_enrich.service.api.paging import After, Limit
from kg_enrich.service.identity import Reviewer, Viewer

router = APIRouter(tags=["flags"])


class DismissRequest(BaseModel):
    """Why an image needs no reference."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"reason": "a logo, on every page"}}
    )

    reason: Annotated[str, Field(min_length=1, max_length=10_000)]


@router.get("/api/flags", responses=declared(Flags))
def list_flags(request: Request, who: Viewer, limit: Limit = 100, after: After = "") -> Response:
    """Open flags, the most confident first."""
    kg: KnowledgeGraph = request.app.state.kg
    return answer(programs.flags(*kg.flags(limit=limit, after=after or None)))


@router.post("/api/flags/{flag}/dismiss", responses=declared(Dismissed, 404, 409))
async def dismiss(
    request: Request,
    who: Reviewer,
    flag: Annotated[str, Path(min_length=4, max_length=64, description="Its id, or a beginning.")],
    asked: DismissRequest,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Dismisses a flag for good, and those of copies of its image; done twice, it is done once."""
    kg: KnowledgeGraph = request.app.state.kg

    def work() -> Response:
        return answer(Dismissed(image=kg.dismiss(flag, asked.reason, by=who.name)))

    return await once(request, who, idempotency_key, lambda: run_in_threadpool(work))
