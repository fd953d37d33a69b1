"""The application: a handle and options in, an ASGI application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from kg_enrich.api import KnowledgeGraph
from kg_enrich.errors import SettingsError
from kg_enrich.scorers.turns import Turns
from kg_enrich.service import api, health, pages
from kg_enrich.service.answering import Answering, answer_of
from kg_enrich.service.api.idempotency import Remembered
from kg_enrich.service.api.rate import Rate
from kg_enrich.service.at_work import AtWork
from kg_enrich.service.background import Background
from kg_enrich.service.figures import Figures
from kg_enrich.service.gate import Gate
from kg_enrich.service.identity import Doorkeeper
from kg_enrich.service.options import ServiceOptions
from kg_enrich.service.plans import Plans
from kg_enrich.service.refusals import Refused
from kg_enrich.service.rendering import STATIC
from kg_enrich.service.scoring import open_readers, open_turns
from kg_enrich.service.trials import Trials

# Bytes of a body, by the beginning of the path, where more than the usual is allowed.
LARGER = {"/try": 200 << 20}
# What programs send pictures to; a setting bounds it.
SCORED = ("/api/rerank", "/v1/rerank", "/v2/rerank")


def create_app(kg: KnowledgeGraph, options: ServiceOptions) -> FastAPI:
    """The service over an open handle, which stays the caller's to close."""
    app = FastAPI(
        title="kg-enrich",
        # Its pages would ask other servers for their scripts.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        middleware=[
            Middleware(Answering),
            Middleware(
                Gate, options=options, larger=LARGER | dict.fromkeys(SCORED, options.max_bytes)
            ),
        ],
    )
    app.state.kg = kg
    app.state.options = options
    app.state.trials = Trials()
    app.state.figures = Figures()
    app.state.plans = Plans()
    app.state.background = Background()
    app.state.doorkeeper = Doorkeeper(kg, options)
    app.state.turns = open_turns(kg, options)
    app.state.reading = open_readers()
    app.state.at_work = AtWork()
    app.state.remembered = Remembered()
    app.state.rate = None if options.rate is None else Rate(options.rate)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.include_router(health.router)
    app.include_router(api.router)
    app.include_router(pages.router)
    app.mount("/static", _Static(directory=STATIC))
    return app


def require_admission(kg: KnowledgeGraph, options: ServiceOptions) -> None:
    """Errors: SettingsError where the service could be reached and nobody would be let in."""
    if options.on_loopback or options.proxy_header is not None:
        return
    if all(token.revoked is not None for token in kg.tokens()):
        raise SettingsError(
            f"{options.host} can be reached from elsewhere and nobody could sign in: make a token "
            "(`kg-enrich token create --role reviewer`), or set KG_ENRICH_SERVICE_PROXY_HEADER."
        )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The scorer is loaded while the service lives, beside what it answers already."""
    turns: Turns | None = app.state.turns
    if turns is not None:
        turns.start()
    yield
    app.state.reading.shutdown(wait=False, cancel_futures=True)
    await run_in_threadpool(app.state.at_work.close)
    await run_in_threadpool(app.state.background.close)
    if turns is not None:
        # Behind what is under way, which may ask it.
        await run_in_threadpool(turns.close)


class _Static(StaticFiles):
    """Our files, to keep for as long as their address is the same."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200 and b"v=" in scope.get("query_string", b""):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            response.headers["Cache-Control"] = "no-cache"
        return response


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return answer_of(request, Refused(422, "invalid", where=where, what=first["msg"]))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not-found", 405: "method"}.get(error.status_code, "refused")
    return answer_of(request, Refused(error.status_code, code))
