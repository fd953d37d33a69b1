"""Try it: a query and some images in, a ranked grid with scores and reasons out. Keeps nothing."""

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from kg_enrich.api import KnowledgeGraph
from kg_enrich.errors import ImageError, KgEnrichError
from kg_enrich.scorers.turns import Turns
from kg_enrich.service.identity import Reviewer
from kg_enrich.service.refusals import Refused
from kg_enrich.service.rendering import address, page
from kg_enrich.service.trials import Shown, Trial, Trials, to_csv, to_json

router = APIRouter()

_MOST = 200
Id = Annotated[str, Query(max_length=40)]


@router.get("/try")
def show_form(request: Request, who: Reviewer) -> Response:
    """The form."""
    return page(request, "try.html", most=_MOST)


@router.post("/try")
def begin(
    request: Request,
    who: Reviewer,
    query: Annotated[str, Form(max_length=20_000)],
    files: list[UploadFile] | None = None,
    folder: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Begins to rank; the answer is a page that says how far it is."""
    kg: KnowledgeGraph = request.app.state.kg
    turns: Turns | None = request.app.state.turns
    if turns is None:
        raise Refused(503, "no-scorer")
    sent = [one for one in files or () if one.filename]
    if not query.strip() or not (sent or folder.strip()):
        raise Refused(422, "try-nothing")
    if len(sent) > _MOST:
        raise Refused(413, "try-many", most=_MOST)
    place = Path(tempfile.mkdtemp(prefix="kg-enrich-try-"))
    try:
        named = _keep(sent, place) if sent else _within(kg, folder.strip())
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    trial = Trial(who.name, query.strip(), len(named))
    request.app.state.trials.add(trial)
    request.app.state.background.begin(lambda: _rank(kg, turns, trial, named, place))
    return RedirectResponse(address("/try/result", id=trial.id), 303)


@router.get("/try/result")
def show_result(request: Request, who: Reviewer, id: Id) -> Response:
    """The ranked images, or that they are being ranked."""
    return page(request, "try_result.html", trial=_trial(request, id, who.name))


@router.get("/try/picture")
def show_picture(
    request: Request, who: Reviewer, id: Id, number: Annotated[int, Query(ge=0)]
) -> Response:
    """A small picture of a ranked image."""
    rows = _trial(request, id, who.name).rows or ()
    if number >= len(rows) or not rows[number].picture:
        raise Refused(404, "not-found")
    keep = {"Cache-Control": "private, max-age=3600"}
    return Response(rows[number].picture, media_type="image/webp", headers=keep)


@router.get("/try/download")
def download(
    request: Request, who: Reviewer, id: Id, kind: Annotated[str, Query(pattern="^(csv|json)$")]
) -> Response:
    """The ranking as a file."""
    trial = _trial(request, id, who.name)
    text, media = (
        (to_csv(trial), "text/csv") if kind == "csv" else (to_json(trial), "application/json")
    )
    headers = {"Content-Disposition": f'attachment; filename="ranking.{kind}"'}
    return Response(text, media_type=f"{media}; charset=utf-8", headers=headers)


def _trial(request: Request, identifier: str, by: str) -> Trial:
    trials: Trials = request.app.state.trials
    if (trial := trials.get(identifier, by)) is None:
        raise Refused(404, "try-gone")
    return trial


def _keep(sent: list[UploadFile], place: Path) -> dict[Path, str]:
    """Keeps files that were sent under names of our own; gives them with the names they had."""
    named = {}
    for number, one in enumerate(sent):
        file = place / f"{number}.image"
        with file.open("wb") as kept:
            shutil.copyfileobj(one.file, kept)
        named[file] = one.filename or str(number)
    return named


def _within(kg: KnowledgeGraph, folder: str) -> dict[Path, str]:
    """The images of a folder within the roots, with their names. Errors: Refused."""
    try:
        files = kg.images_in(folder, _MOST)
    except ImageError as error:
        raise Refused(404, "try-folder", message=str(error)) from None
    if not files:
        raise Refused(404, "try-empty")
    return {file: file.name for file in files}


def _rank(
    kg: KnowledgeGraph, turns: Turns, trial: Trial, named: dict[Path, str], place: Path
) -> None:
    try:
        ranking = kg.score(trial.query, list(named), through=turns.of_requests, done=trial.judged)
        scored = [(one.path, one.judgement.score, one.judgement.reason) for one in ranking.ranked]
        others = [(one.path, None, one.reason) for one in ranking.skipped]
        trial.rows = [
            # Where our own copy lay is nobody's business.
            Shown(named[path], score, reason.replace(f"{path}: ", ""), _picture(kg, path))
            for path, score, reason in [*scored, *others]
        ]
    except KgEnrichError as error:
        trial.error = str(error)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _picture(kg: KnowledgeGraph, file: Path) -> bytes:
    try:
        return kg.thumbnails.of(file).data
    except KgEnrichError:
        return b""
