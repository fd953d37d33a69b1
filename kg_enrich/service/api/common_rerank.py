"""POST /v1/rerank and /v2/rerank: the shape that clients of vLLM, Jina and Cohere speak."""

import base64
import binascii
import re
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from kg_enrich.answers import plain
from kg_enrich.answers.rerank import CommonReranked, common
from kg_enrich.images.named import Named
from kg_enrich.service.api.declared import JSON, declared
from kg_enrich.service.api.rerank import folder, keep, parse, require_count
from kg_enrich.service.identity import Viewer
from kg_enrich.service.refusals import Refused
from kg_enrich.service.scoring import ranked

router = APIRouter(tags=["rerank"])

_DATA = re.compile(r"data:image/([a-z0-9.+-]{1,20})(?:;[^,;]{1,64})*?(;base64)?,", re.IGNORECASE)
# No path is so long: it is a picture's bytes, as Jina's clients send them.
_BARE = 4096


class CommonRequest(BaseModel):
    """A text, and pictures to rank for it. Fields that other servers know are passed over."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    query: str | list[Any] | dict[str, Any]
    """A text, or its content parts."""
    documents: list[str | list[Any] | dict[str, Any]]
    """Pictures: a data URI or a path within the image roots, alone or as {"text"}, {"image"} or
    an image_url part."""
    model: str | None = None
    """Passed over: there is one model, and the answer names it."""
    top_n: Annotated[int, Field(ge=0)] | None = None
    """Results, at most; 0: all."""
    return_documents: bool = False
    use_activation: bool = True
    """false: relevance_score is the log-odds."""


_BODY = {
    "required": True,
    "content": {
        JSON: {
            "schema": CommonRequest.model_json_schema(),
            "example": {
                "model": "kg-enrich",
                "query": "Tighten the flange bolts of pump P-204 to 85 Nm",
                "documents": ["flange.png", {"image": "login.png"}],
                "top_n": 1,
            },
        }
    },
}


@router.post(
    "/v1/rerank", responses=declared(CommonReranked, 400, 415), openapi_extra={"requestBody": _BODY}
)
@router.post(
    "/v2/rerank", responses=declared(CommonReranked, 400, 415), openapi_extra={"requestBody": _BODY}
)
async def rerank_common(request: Request, who: Viewer) -> Response:
    """Ranks pictures for a text, in the shape that clients of vLLM, Jina and Cohere speak.

    relevance_score is the score divided by ten. A picture without a score is in no result:
    `skipped` lists it with its reason.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != JSON:
        raise Refused(415, "body-kind", known=JSON)
    asked = parse(CommonRequest, await request.body())
    require_count(request, len(asked.documents))
    query = _text(asked.query)
    with folder() as kept:
        pictures = await run_in_threadpool(_pictures, asked.documents, kept)
        ranking, model = await ranked(request, query, pictures)
    found = common(
        ranking,
        request.state.request_id,
        model,
        asked.top_n or None,
        not asked.use_activation,
        asked.documents if asked.return_documents else None,
    )
    # The shape is other people's: without the number of our formats.
    return JSONResponse(plain(found))


def _text(query: str | list[Any] | dict[str, Any]) -> str:
    texts, pictures = _parts(query)
    if pictures or not (text := "\n".join(texts)).strip():
        raise Refused(422, "text-alone")
    return text


def _pictures(documents: list[Any], kept: Path) -> list[Named]:
    return [_picture(one, place, kept) for place, one in enumerate(documents)]


def _picture(document: Any, place: int, kept: Path) -> Named:
    name = f"document {place}"
    texts, pictures = _parts(document)
    if not pictures:
        # Clients that know texts alone send the picture's place as one.
        texts, pictures = [], texts
    if len(pictures) != 1:
        return Named(name, trouble=f"it names {len(pictures)} pictures: give one a document")
    where, caption = pictures[0], "\n".join(texts)
    head = _DATA.match(where)
    if head is None and len(where) <= _BARE:
        return Named(where, path=where, caption=caption)
    data = where[head.end() :] if head else where
    try:
        found = (
            base64.b64decode(data, validate=True) if not head or head[2] else unquote_to_bytes(data)
        )
    except (binascii.Error, ValueError):
        return Named(name, trouble="it is neither a data URI, base64 nor a path")
    suffix = head[1].lower().removeprefix("x-").split("+")[0] if head else "bin"
    file = keep(BytesIO(found), kept, place, f"picture.{suffix}")
    return Named(name, file=file, caption=caption)


def _parts(given: Any) -> tuple[list[str], list[str]]:
    """The texts and the pictures' places in a query or a document."""
    if isinstance(given, str):
        return [given], []
    if isinstance(given, list):
        several = [_parts(one) for one in given]
        return [t for texts, _ in several for t in texts], [
            p for _, found in several for p in found
        ]
    if not isinstance(given, dict):
        return [], []
    if "content" in given:
        return _parts(given["content"])
    texts, pictures = [], []
    for field in ("image", "image_url", "url"):
        place = given.get(field)
        if isinstance(place, dict):
            place = place.get("url")
        if isinstance(place, str):
            pictures.append(place)
    if isinstance(given.get("text"), str):
        texts.append(given["text"])
    return texts, pictures
