"""Pictures ranked for a request, while its client waits."""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from kg_enrich.api import KnowledgeGraph
from kg_enrich.images.named import Named
from kg_enrich.models import Pair
from kg_enrich.scorers.base import RemembersImages, Scorer
from kg_enrich.scorers.ranking import PictureRanking, pairs_of, rank
from kg_enrich.scorers.turns import Turns
from kg_enrich.service.options import ServiceOptions
from kg_enrich.service.refusals import Refused

T = TypeVar("T")

# Requests whose pictures are read at once; reading itself is done by a few processes.
_READERS = 32


def open_turns(kg: KnowledgeGraph, options: ServiceOptions) -> Turns | None:
    """Who is scored next by the handle's scorer; None where the service is to have none."""
    if not options.scorer:
        return None
    return Turns(lambda: kg.scorers.get(), kg.settings.batch_pairs, options.max_waiting)


def open_readers() -> Executor:
    """Threads that wait for pictures to be read, so that nobody else's requests wait for them."""
    return ThreadPoolExecutor(_READERS, "pictures")


async def ranked(
    request: Request, text: str, pictures: Sequence[Named]
) -> tuple[PictureRanking, str]:
    """The pictures ranked for the text, and what the model is called.

    Errors: Refused (503: there is no scorer, or it took too long; 499: the client went away),
    BusyError, ScorerError, GraphError.
    """
    turns: Turns | None = request.app.state.turns
    options: ServiceOptions = request.app.state.options
    if turns is None:
        raise Refused(503, "no-scorer")
    with turns.admitted(len(pictures)):
        stop = threading.Event()
        state = request.app.state
        work = _rank(state.kg, turns, state.reading, text, pictures, stop)
        try:
            return await _while_wanted(request, work, options.seconds)
        finally:
            stop.set()


async def _rank(
    kg: KnowledgeGraph,
    turns: Turns,
    reading: Executor,
    text: str,
    named: Sequence[Named],
    stop: threading.Event,
) -> tuple[PictureRanking, str]:
    # Shielded: whoever goes away must not take it from those who wait on.
    scorer = await asyncio.shield(asyncio.wrap_future(turns.loaded()))
    pictures = await run_in_threadpool(kg.look_up, named)
    pairs = pairs_of(text, pictures)
    if not pairs:
        return rank(pictures, []), scorer.model
    # Before they queue: whoever waits for a disk must not keep the scorer.
    await asyncio.get_running_loop().run_in_executor(reading, _read, scorer, pairs, stop)
    judgements = await asyncio.wrap_future(turns.ask(pairs))
    return rank(pictures, judgements), scorer.model


def _read(scorer: Scorer, pairs: Sequence[Pair], stop: threading.Event) -> None:
    scorer.prefetch([pair.image for pair in pairs])
    if isinstance(scorer, RemembersImages):
        for pair in pairs:
            scorer.read(pair.image, stop.is_set)


async def _while_wanted(request: Request, work: Coroutine[Any, Any, T], seconds: float) -> T:
    """What the work comes to, unless its client goes away or it takes too long."""
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({working, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        if gone.done():
            raise Refused(499, "gone")
        raise Refused(503, "slow", headers={"Retry-After": "10"}, seconds=seconds)
    finally:
        for task in (working, gone):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
