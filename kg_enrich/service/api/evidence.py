"""/api/evidence, its export, /api/pairs, /api/ledgers: what is published, what was judged."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from kg_enrich.answers import programs
from kg_enrich.answers.evidence import Shown, shown
from kg_enrich.answers.exporting import Form, exported
from kg_enrich.answers.programs import Ledgers, PublishedPairs
from kg_enrich.api import KnowledgeGraph
from kg_enrich.service.api.declared import answer, declared, refused
from kg_enrich.service.api.paging import After, Filtered, Limit, Word
from kg_enrich.service.identity import Viewer

router = APIRouter(tags=["evidence"])

_EXPORT: dict[int | str, Any] = {
    200: {
        "description": "All pairs: a line each, as `show --export` writes it.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/jsonl": {"schema": {"type": "string"}},
        },
    }
}


@router.get("/api/evidence", responses=declared(PublishedPairs, 400))
def list_evidence(
    request: Request, who: Viewer, filters: Filtered, limit: Limit = 100, after: After = ""
) -> Response:
    """Published evidence, a page at a time, in order of keys."""
    kg: KnowledgeGraph = request.app.state.kg
    found = kg.page_evidence(limit=limit, after=after, wanted=filters.wanted)
    return answer(programs.published(found, limit))


@router.get(
    "/api/evidence/export", response_class=StreamingResponse, responses=refused(400) | _EXPORT
)
def export_evidence(
    request: Request,
    who: Viewer,
    filters: Filtered,
    format: Annotated[Form, Query(description="Of the file.")] = "jsonl",
) -> Response:
    """All published evidence as one file, streamed in constant memory, as `show --export`.

    A file that breaks off, because the graph was lost in its middle, ends without its last chunk.
    """
    kg: KnowledgeGraph = request.app.state.kg
    lines = exported(kg.export(wanted=filters.wanted), format)
    media = "text/csv" if format == "csv" else "application/jsonl"
    headers = {"Content-Disposition": f'attachment; filename="evidence.{format}"'}
    return StreamingResponse(lines, media_type=f"{media}; charset=utf-8", headers=headers)


@router.get("/api/pairs", responses=declared(Shown, 400, 404))
def show_pairs(
    request: Request,
    who: Viewer,
    filters: Filtered,
    id: Annotated[Word, Query(description="A document's or an image's id.")],
) -> Response:
    """All that one document, else one image, has to do with: evidence, references, reviews."""
    kg: KnowledgeGraph = request.app.state.kg
    return answer(shown(kg.show(identifier=id, wanted=filters.wanted)))


@router.get("/api/ledgers", responses=declared(Ledgers, 400))
def list_ledgers(
    request: Request,
    who: Viewer,
    source: Annotated[str | None, Query(max_length=1000)] = None,
    document: Annotated[str | None, Query(max_length=4096)] = None,
    limit: Limit = 100,
    after: After = "",
) -> Response:
    """All that was judged, published or not, a document and source at a time, in order of keys."""
    kg: KnowledgeGraph = request.app.state.kg
    found = kg.page_ledgers(source=source, document=document, limit=limit, after=after)
    return answer(programs.ledgers(found, limit))
