"""GET /api/queue: what people should be asked next."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from kg_enrich.answers.evidence import Queue
from kg_enrich.api import KnowledgeGraph
from kg_enrich.evidence.queue import Kind
from kg_enrich.service.api.declared import answer, declared
from kg_enrich.service.api.paging import After, Limit
from kg_enrich.service.identity import Viewer

router = APIRouter(tags=["reviews"])


@router.get("/api/queue", responses=declared(Queue, 400))
def list_queue(
    request: Request,
    who: Viewer,
    source: Annotated[str | None, Query(max_length=1000)] = None,
    kind: Kind | None = None,
    limit: Limit = 100,
    after: After = "",
) -> Response:
    """What people should be asked of a source's evidence, the most urgent first.

    source: the one of the settings when it is left out.
    """
    kg: KnowledgeGraph = request.app.state.kg
    found = kg.queue(source, kind=kind, limit=limit, after=after or None)
    return answer(Queue.model_validate(found))
