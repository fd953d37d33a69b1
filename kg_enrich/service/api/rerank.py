"""POST /api/rerank: pictures ranked for a text."""

import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from kg_enrich.answers.rerank import Reranked, reranked
from kg_enrich.images.named import Named
from kg_enrich.service.api.declared import JSON, answer, declared
from kg_enrich.service.identity import CSRF_FIELD, Viewer
from kg_enrich.service.refusals import Refused
from kg_enrich.service.scoring import ranked

router = APIRouter(tags=["rerank"])

MULTIPART = "multipart/form-data"
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")

B = TypeVar("B", bound=BaseModel)
Name = Annotated[str, Field(min_length=1, max_length=4096)]


class RerankRequest(BaseModel):
    """A text, and the pictures to rank for it; each picture by its path or by its id."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    query: Annotated[str, Field(min_length=1)]
    """The text that the pictures may be evidence for."""
    image_paths: list[Name] = []
    """Paths within the image roots."""
    image_ids: list[Name | int] = []
    """Ids of images in the graph."""


_EXAMPLE = {
    "query": "Tighten the flange bolts of pump P-204 to 85 Nm",
    "image_paths": ["flange.png"],
}
_FORM = {
    "type": "object",
    "required": ["query"],
    "properties": {
        "query": {"type": "string", "minLength": 1},
        "images": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "image_paths": {"type": "array", "items": {"type": "string"}},
        "image_ids": {"type": "array", "items": {"type": "string"}},
    },
}
_BODY = {
    "required": True,
    "content": {
        JSON: {
            "schema": RerankRequest.model_json_schema(),
            "example": _EXAMPLE,
        },
        MULTIPART: {"schema": _FORM},
    },
}


@router.post(
    "/api/rerank",
    responses=declared(Reranked, 400, 415),
    openapi_extra={"requestBody": _BODY},
)
async def rerank(request: Request, who: Viewer) -> Response:
    """Ranks pictures for a text, best first: by path, by id, or uploaded.

    `score` is the scorer's raw score from 0 to 10; a source's calibration has no part in it. A
    picture that cannot be read, or that the scorer abstains on, is listed as skipped with its
    reason and has no score.
    """
    began = time.monotonic()
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in (JSON, MULTIPART):
        raise Refused(415, "body-kind", known=f"{JSON}, {MULTIPART}")
    with folder() as kept:
        if kind == JSON:
            asked = parse(RerankRequest, await request.body())
            query, pictures = asked.query, _by_name(asked.image_paths, asked.image_ids)
        else:
            query, pictures = await _sent(request, kept)
        require_count(request, len(pictures))
        ranking, model = await ranked(request, query, pictures)
    milliseconds = round((time.monotonic() - began) * 1000)
    return answer(reranked(ranking, model, milliseconds))


def parse(kind: type[B], body: bytes) -> B:
    """A body as its shape. Errors: RequestValidationError."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise RequestValidationError(
            [{**one, "loc": ("body", *one["loc"])} for one in found]
        ) from None


def require_count(request: Request, many: int) -> None:
    """Errors: Refused when no picture is there, or too many are."""
    most = request.app.state.options.max_images
    if many > most:
        raise Refused(413, "too-many", most=most)
    if not many:
        raise Refused(422, "no-pictures")


def _by_name(paths: Sequence[str], ids: Sequence[str | int]) -> list[Named]:
    return [
        *(Named(path, path=path) for path in dict.fromkeys(paths)),
        *(Named(one, id=one) for one in dict.fromkeys(str(one) for one in ids)),
    ]


async def _sent(request: Request, folder: Path) -> tuple[str, list[Named]]:
    """The query of a form, and its pictures, which are kept in the folder."""
    async with request.form(max_files=request.app.state.options.max_images) as form:
        return await run_in_threadpool(_keep, form, folder)


def _keep(form: FormData, folder: Path) -> tuple[str, list[Named]]:
    pictures: list[Named] = []
    named: dict[str, list[str]] = {"query": [], "image_paths": [], "image_ids": []}
    taken: set[str] = set()
    for field, value in form.multi_items():
        if isinstance(value, UploadFile):
            name = _free(value.filename or "picture", taken)
            pictures.append(Named(name, file=keep(value.file, folder, len(pictures), name)))
        elif field in named:
            named[field].append(value)
        elif field != CSRF_FIELD:
            raise Refused(422, "unknown-field", field=field[:100], known=", ".join(named))
    body = {"query": "".join(named["query"]), **{k: v for k, v in named.items() if k != "query"}}
    asked = parse_fields(RerankRequest, body)
    return asked.query, [*pictures, *_by_name(asked.image_paths, asked.image_ids)]


def parse_fields(kind: type[B], fields: dict[str, Any]) -> B:
    """The fields of a form as their shape. Errors: RequestValidationError."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise RequestValidationError(
            [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_input=False)]
        ) from None


def keep(data: Any, folder: Path, number: int, name: str) -> Path:
    """A picture that was sent, as a file. Its suffix alone is the sender's."""
    suffix = Path(name).suffix
    file = folder / f"{number}{suffix if _SUFFIX.fullmatch(suffix) else ''}"
    with file.open("wb") as out:
        shutil.copyfileobj(data, out)
    return file


def _free(name: str, taken: set[str]) -> str:
    """A name that no other upload has."""
    found, number = name, 2
    while found in taken:
        found, number = f"{name} ({number})", number + 1
    taken.add(found)
    return found


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for what is sent, gone after the request. Resolved: no link may lead to it."""
    with tempfile.TemporaryDirectory(prefix="kg-enrich-", ignore_cleanup_errors=True) as made:
        yield Path(made).resolve()
