"""Pictures: made by the safe decoder, from within the roots alone, and kept by browsers."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import PlainTextResponse, Response

from kg_enrich.api import KnowledgeGraph
from kg_enrich.errors import ImageError
from kg_enrich.images.thumbnails import SIZES, SMALL
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
    """An image of the graph. size: pixels of the longer side, 0 for all of its own.

    v: changes with its contents, so that it may be kept. Whole pictures that are too large come
    smaller, and X-Reduced says so.
    """
    if size not in SIZES:
        raise Refused(422, "invalid", where="size", what=", ".join(map(str, SIZES)))
    kg: KnowledgeGraph = request.app.state.kg
    keep = "private, max-age=86400" if v else "private, no-cache"
    try:
        tag = f'"{kg.picture_tag(id, size)}"'
        headers = {"ETag": tag, "Cache-Control": keep}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        picture = kg.picture(id, size)
        if picture.reduced:
            headers["X-Reduced"] = "1"
        return Response(picture.data, media_type=picture.media_type, headers=headers)
    except ImageError as error:
        return PlainTextResponse(str(error), 404)
