"""/api/runs: what there has been; beginning one, following it, stopping it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from kg_enrich.answers import runs as answers
from kg_enrich.answers import serialise
from kg_enrich.answers.programs import BegunRun, RunsPage, StoppedRun
from kg_enrich.api import KnowledgeGraph
from kg_enrich.errors import KgEnrichError, NotThereError
from kg_enrich.models import RunStatus, Scope
from kg_enrich.scorers.turns import Turns
from kg_enrich.service.api.declared import answer, declared, refused
from kg_enrich.service.api.idempotency import IdempotencyKey, once
from kg_enrich.service.api.paging import After, Limit
from kg_enrich.service.api.scoping import Documents
from kg_enrich.service.at_work import AtWork
from kg_enrich.service.identity import Operator, Viewer
from kg_enrich.service.refusals import Refused
from kg_enrich.settings import Settings

router = APIRouter(tags=["runs"])

RunId = Annotated[str, Path(min_length=4, max_length=64, description="Its id, or a beginning.")]
# Seconds between two looks at a run that somebody follows, and looks without news between two
# signs of life, for proxies that end what is silent.
_LOOK = 1.0
_SILENT = 15

_STREAM: dict[int | str, Any] = {
    200: {
        "description": "Events `run`, with the run as GET /api/runs/{run} gives it, whenever its "
        "counters change; after the last one `end`, or `silent` when its process died.",
        "content": {
            "text/event-stream": {
                "schema": {
                    "type": "object",
                    "required": ["event", "data"],
                    "properties": {
                        "event": {"enum": ["run", "end", "silent"]},
                        "data": {"type": "string"},
                    },
                }
            }
        },
    }
}


class RunRequest(Documents):
    """What a run is to do."""

    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_extra={"example": {"kind": "backfill", "documents": ["fault-2031"]}},
    )

    kind: Literal["run", "backfill"] = "run"
    """run: all that is pending; backfill: of the documents that the other fields name."""
    limit: Annotated[int, Field(ge=1)] | None = None
    """Documents with something to do, at most."""
    rescore: bool = False
    allow_withdrawals: bool = False
    """A person allows it to withdraw more than the brake would let it."""
    max_minutes: Annotated[float, Field(gt=0)] | None = None


@router.get("/api/runs", responses=declared(RunsPage))
def list_runs(request: Request, who: Viewer, limit: Limit = 20, after: After = "") -> Response:
    """The runs there have been, the newest first; a running one with its counters so far."""
    kg: KnowledgeGraph = request.app.state.kg
    found = [answers.past_run(run) for run in kg.page_runs(limit=limit, after=after or None)]
    return answer(RunsPage(runs=found, after=found[-1].run if len(found) == limit else None))


@router.get("/api/runs/{run}", responses=declared(answers.RunDetail, 404))
def show_run(request: Request, who: Viewer, run: RunId, limit: Limit = 100) -> Response:
    """One run, with what it met by name."""
    kg: KnowledgeGraph = request.app.state.kg
    return answer(answers.run_detail(kg.run_detail(run, limit=limit)))


@router.post("/api/runs", status_code=202, responses=declared(BegunRun, 400, 409, status=202))
async def begin_run(
    request: Request, who: Operator, asked: RunRequest, idempotency_key: IdempotencyKey = None
) -> Response:
    """Begins a run or a backfill, and answers once it has begun."""
    return await once(request, who, idempotency_key, lambda: _begin(request, asked))


@router.post(
    "/api/runs/{run}/stop", status_code=202, responses=declared(StoppedRun, 404, 409, status=202)
)
def stop_run(request: Request, who: Operator, run: RunId) -> Response:
    """Asks a run of this service to end after the batch in hand; the next one goes on."""
    kg: KnowledgeGraph = request.app.state.kg
    at_work: AtWork = request.app.state.at_work
    found = kg.run_detail(run, limit=1).run.record.id
    if not at_work.stop(found):
        raise Refused(409, "not-here", run=found)
    return answer(StoppedRun(run=found), 202)


@router.get(
    "/api/runs/{run}/events", response_class=StreamingResponse, responses=refused(404) | _STREAM
)
async def follow_run(request: Request, who: Viewer, run: RunId) -> Response:
    """Follows a run by server-sent events until it ends, wherever it is at work."""
    kg: KnowledgeGraph = request.app.state.kg
    found = await run_in_threadpool(kg.run_detail, run, limit=1)
    events = _events(kg, found.run.record.id)
    return StreamingResponse(events, media_type="text/event-stream; charset=utf-8")


async def _begin(request: Request, asked: RunRequest) -> Response:
    kg: KnowledgeGraph = request.app.state.kg
    turns: Turns | None = request.app.state.turns
    if turns is None:
        raise Refused(503, "no-scorer")
    at_work: AtWork = request.app.state.at_work
    scope = _scope(kg.settings, asked)
    begun = at_work.begin(
        lambda stop, tell: (
            kg.run(
                limit=asked.limit,
                allow_withdrawals=asked.allow_withdrawals,
                max_minutes=asked.max_minutes,
                stop=stop,
                begun=tell,
                through=turns.of_run,
            )
            if asked.kind == "run"
            else kg.backfill(
                scope,
                allow_withdrawals=asked.allow_withdrawals,
                max_minutes=asked.max_minutes,
                stop=stop,
                begun=tell,
                through=turns.of_run,
            )
        )
    )
    try:
        run = await asyncio.wrap_future(begun)
    except NotThereError as error:
        # The address is right; what a run needs is not there.
        raise Refused(409, "failed", message=str(error)) from None
    told = BegunRun(run=run, events=f"/api/runs/{run}/events")
    return answer(told, 202, {"Location": f"/api/runs/{run}"})


def _scope(settings: Settings, asked: RunRequest) -> Scope:
    """Errors: SettingsError for conditions that cannot be, Refused for a run that names any."""
    scope = replace(asked.scope(settings), limit=asked.limit, rescore=asked.rescore)
    if asked.kind == "run" and scope != Scope(limit=asked.limit):
        raise Refused(422, "run-is-all")
    return scope


async def _events(kg: KnowledgeGraph, run: str) -> AsyncIterator[str]:
    told, silent = "", 0
    while True:
        try:
            detail = await run_in_threadpool(kg.run_detail, run, limit=1)
        except KgEnrichError:
            # Its record went, or the graph did: the client asks anew, and is told why.
            return
        news = serialise(answers.past_run(detail.run))
        # What a running one took so far grows by itself, and is no news.
        state = repr((detail.run.record.status, detail.run.record.counters))
        if state != told:
            told, silent = state, 0
            yield f"event: run\ndata: {news}\n\n"
        if detail.run.record.status is not RunStatus.RUNNING:
            yield "event: end\ndata: {}\n\n"
            return
        if detail.run.lease is None or not detail.run.lease.alive:
            # Its process died: nothing more comes before another run takes over.
            yield "event: silent\ndata: {}\n\n"
            return
        silent += 1
        if silent % _SILENT == 0:
            yield ": still at work\n\n"
        await asyncio.sleep(_LOOK)
