"""A connection to a Ray cluster, or a Ray of this machine, and what it says went wrong."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
# Its own complaints go to its log files.
os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")

import ray
from ray._private import worker
from ray.data import DataContext
from ray.data._internal.execution.streaming_executor import StreamingExecutor
from ray.exceptions import RayError, RayTaskError

from kg_enrich.enrich.ray_options import RayOptions
from kg_enrich.errors import EngineError, KgEnrichError
from kg_enrich.jobs.control import Control

# Seconds that an execution may take to end.
_ENDING = 30.0


def translated(error: BaseException) -> BaseException:
    """Our own error where a task raised one, else one line."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, KgEnrichError):
            return cause
        inner = cause.cause if isinstance(cause, RayTaskError) else None
        cause = inner if isinstance(inner, BaseException) else cause.__cause__
    text = str(error).strip().splitlines()
    return EngineError(f"Ray: {text[-1] if text else type(error).__name__}")


@contextmanager
def connected(options: RayOptions, control: Control) -> Iterator[None]:
    """A connection to the cluster, or a Ray of this machine; one that is open is used as it is."""
    former = DataContext.get_current()
    context = former.copy()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    # A row is a block is a task: each clump goes to a scorer as soon as it is read.
    context.target_max_block_size = 1
    context.max_errored_blocks = 0
    # What goes wrong comes back as an error of ours.
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    own = not ray.is_initialized()
    if own:
        _begin(options)
    control.say(f"Ray: {_told(resources())}")
    DataContext._set_current(context)
    try:
        with _off_stdout(control):
            yield
    finally:
        DataContext._set_current(former)
        if own:
            ray.shutdown()


def ending_executions() -> Callable[[], None]:
    """What ends all executions of Ray Data that begin from now on in this process.

    Ray ends an execution when its dataset is forgotten, and waits two seconds at most for the
    thread that leads it. A connection that is closed below that thread aborts the process.
    """
    former = set(_executions())

    def end() -> None:
        several = [one for one in _executions() if one not in former]
        for one in several:
            # Its actors are killed: what it waits for ends, even where a scorer hangs.
            one.shutdown(force=True)
        for one in several:
            one.join(_ENDING)

    return end


def _executions() -> list[Any]:
    """The threads that lead executions. They are no public part of Ray."""
    return [one for one in threading.enumerate() if isinstance(one, StreamingExecutor)]


@contextmanager
def _off_stdout(control: Control) -> Iterator[None]:
    """Ray prints what it says of dead workers on stdout, where results alone belong."""
    former = getattr(worker, "print_to_stdstream", None)

    def told(data: Any, ignore_prefix: bool) -> None:
        for text in data.get("lines", []):
            control.say(f"Ray: {' '.join(str(text).split())[:200]}")

    if former is not None:
        worker.print_to_stdstream = told
    try:
        yield
    finally:
        if former is not None:
            worker.print_to_stdstream = former


def _begin(options: RayOptions) -> None:
    more: dict[str, Any] = {}
    if options.address is None:
        more = {"object_store_memory": options.memory, "include_dashboard": False}
    main = threading.current_thread() is threading.main_thread()
    kept = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)} if main else {}
    try:
        ray.init(
            address=options.address or "local",
            logging_level=logging.ERROR,
            log_to_driver=False,
            configure_logging=False,
            **more,
        )
    except (RayError, OSError, ConnectionError, RuntimeError, ValueError) as error:
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise EngineError(f"Ray at {options.address or 'this machine'}: {line}") from error
    finally:
        # Ray takes the signals that stop a run for its own.
        for number, handler in kept.items():
            signal.signal(number, handler)


def resources() -> dict[str, float]:
    found: dict[str, float] = ray.cluster_resources()
    return found


def _told(resources: Mapping[str, float]) -> str:
    nodes = sum(node["Alive"] for node in ray.nodes())
    return f"{nodes} nodes, {resources.get('CPU', 0):g} CPUs, {resources.get('GPU', 0):g} GPUs"
