"""Pictures: made small by the safe decoder, from within the roots alone, and kept by browsers."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import PlainTextResponse, Response

from kg_enrich.api import KnowledgeGraph
from kg_enrich.errors import ImageError
from kg_enrich.images.thumbnails import MEDIA_TYPE, SIZES, SMALL
from kg_enrich.service.identity import Viewer
from kg_enrich.service.refusals import Refused

router = APIRouter()


@router.get("/image")
def show_image(
    request: Request,
    who: Viewer,
    id: Annotated[str, Query(max_length=2000)],
    size: int = SMALL,
    v: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """An image of the graph. v: changes with its contents, so that it may be kept."""
    if size not in SIZES:
        raise Refused(422, "invalid", where="size", what=", ".join(map(str, SIZES)))
    kg: KnowledgeGraph = request.app.state.kg
    keep = "private, max-age=86400" if v else "private, no-cache"
    try:
        tag = f'"{kg.picture_tag(id, size)}"'
        headers = {"ETag": tag, "Cache-Control": keep}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(kg.picture(id, size).data, media_type=MEDIA_TYPE, headers=headers)
    except ImageError as error:
        return PlainTextResponse(str(error), 404)
