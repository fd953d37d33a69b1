"""Worker processes that read image files: the worst that a file does costs that file alone.

A crash, a hang or a runaway of memory ends one worker, and with it one task; it is tried once
more, because the process may have been killed for another's sake. Workers end with their parent,
however it ends, and never import its main script.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Pipe
from typing import Any, ParamSpec, TypeVar

import psutil

from kg_enrich.errors import ReadingError, UnreadableImageError
from kg_enrich.models import Image

T = TypeVar("T")
P = ParamSpec("P")

# Libraries that decode and compute start a thread a core, each with memory of its own.
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1"
)
# Less computing than this within the time that an image may take is none: on a mount that hangs.
# On a machine that is overrun a worker goes on, however slowly, and is waited for.
_NOTHING = 0.02
_START_SECONDS = 120.0
# What ended its worker is not tried again for so long: a run meets an image many times.
_REMEMBERED = 3600.0
_KILLED = 10.0


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What reading one image may take. seconds: of computing. memory: bytes of its process."""

    seconds: float = 120.0
    memory: int = 4 << 30

    @property
    def condition(self) -> str:
        """What it depends on that an image takes too long."""
        return f"image_seconds={self.seconds:g}"


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ImageWorkers:
    """A few worker processes, each started when it is first needed. Safe to share."""

    def __init__(self, workers: int, limits: WorkerLimits | None = None) -> None:
        self._limits = limits or WorkerLimits()
        self._closed = False
        self._lock = threading.Lock()
        self._culprits: dict[tuple[str, str], tuple[float, Exception]] = {}
        self._processes: set[_Process] = set()
        # A thread waits for each process, and the process cannot outlive its thread.
        self._threads = ThreadPoolExecutor(workers, "image-worker")
        self._own = threading.local()

    def submit(
        self, image: Image, function: Callable[P, T], *args: P.args, **none: P.kwargs
    ) -> "Future[T]":
        """What `function`, importable by its name, gives for an image in a worker process.

        The future's errors: those of the function; ReadingError when its worker ended twice, or
        came to a halt; UnreadableImageError when it computed for too long.
        """
        assert not none
        key = str(image.file), image.version
        with self._lock:
            since, trouble = self._culprits.get(key, (0.0, None))
        if trouble is not None and time.monotonic() - since < _REMEMBERED:
            known: Future[T] = Future()
            known.set_exception(trouble)
            return known
        request = pickle.dumps((self._limits.seconds, function, args))
        return self._threads.submit(self._do, key, request)

    def close(self) -> None:
        """Ends the workers at once, whatever they do; what has not begun is cancelled."""
        with self._lock:
            self._closed = True
            processes = list(self._processes)
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()
        self._threads.shutdown()
        for process in processes:
            process.end()

    def _do(self, key: tuple[str, str], request: bytes) -> Any:
        try:
            try:
                return self._try(request)
            except _Lost:
                return self._try(request)
        except (_Lost, _TooLong) as error:
            trouble = error.of(key[0], self._limits)
            if not isinstance(error, _NotStarted):
                with self._lock:
                    self._culprits[key] = time.monotonic(), trouble
            raise trouble from None
        except MemoryError:
            raise ReadingError(f"{key[0]}: no memory left to read it") from None

    def _try(self, request: bytes) -> Any:
        process = self._process()
        try:
            answer = process.ask(request, self._limits.seconds)
        except (_Lost, _TooLong):
            self._own.process = None
            with self._lock:
                self._processes.discard(process)
            raise
        succeeded, value = pickle.loads(answer)
        if succeeded:
            return value
        raise value

    def _process(self) -> "_Process":
        """The process of this thread."""
        process: _Process | None = getattr(self._own, "process", None)
        if process is None:
            with self._lock:
                if self._closed:
                    raise _NotStarted("closed")
                try:
                    process = _Process(self._limits.memory)
                except OSError as error:
                    raise _NotStarted(f"it cannot be started: {error.strerror}") from None
                self._processes.add(process)
            process.greet()
            self._own.process = process
        return process


class _Lost(Exception):
    """The worker ended; how."""

    def of(self, file: str, limits: WorkerLimits) -> Exception:
        return ReadingError(f"{file}: reading it ended the process ({self})")


class _NotStarted(_Lost):
    """No worker could be started, which is no image's fault."""


class _TooLong(Exception):
    """The worker took too long. computed: it did so computing, and not waiting."""

    def __init__(self, computed: bool) -> None:
        super().__init__()
        self.computed = computed

    def of(self, file: str, limits: WorkerLimits) -> Exception:
        if not self.computed:
            return ReadingError(
                f"{file}: reading it came to a halt for {limits.seconds:g} s (a mount that hangs?)"
            )
        return UnreadableImageError(
            f"{file}: reading it takes more than {limits.seconds:g} s of computing; raise"
            " KG_ENRICH_IMAGE_SECONDS or scale it down",
            depends=limits.condition,
        )


class _Process:
    """One worker process and the connection to it; used by one thread, killed from any."""

    def __init__(self, memory: int) -> None:
        self._connection, theirs = Pipe()
        arguments = [str(theirs.fileno()), str(os.getpid()), str(memory)]
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "kg_enrich.images.worker", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # results alone go to the parent's
                pass_fds=[theirs.fileno()],
                env={**os.environ, **_ONE_THREAD, "PYTHONPATH": path},
            )

    def greet(self) -> None:
        """Waits until it is ready. Errors: _NotStarted."""
        try:
            self._receive(_START_SECONDS)
        except (_Lost, _TooLong) as error:
            raise _NotStarted(f"it does not start; {error}") from None

    def ask(self, request: bytes, seconds: float) -> bytes:
        """Errors: _Lost, _TooLong; the process is gone then."""
        with suppress(OSError):  # it is gone: receiving says how
            self._connection.send_bytes(request)
        return self._receive(seconds)

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> int | None:
        """Ends it; its exit status, None for one that the kernel cannot end yet."""
        self._connection.close()
        self.kill()
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(_KILLED)
        return None

    def _receive(self, seconds: float) -> bytes:
        """What it sends. seconds: how long it may compute nothing."""
        computed = self._computed()
        try:
            while not self._connection.poll(seconds):
                before, computed = computed, self._computed()
                if computed - before < _NOTHING:
                    self.end()
                    raise _TooLong(computed=False)
            return self._connection.recv_bytes()
        except (EOFError, OSError):
            raise self._ended() from None

    def _computed(self) -> float:
        """Seconds of computing so far."""
        try:
            times = psutil.Process(self._process.pid).cpu_times()
        except psutil.Error:  # it ended, as the connection is about to say
            return 0.0
        return float(times.user + times.system)

    def _ended(self) -> Exception:
        with suppress(subprocess.TimeoutExpired):
            # Its connection closes a moment before it can be asked how it ended.
            self._process.wait(_KILLED)
        status = self.end()
        if status == -signal.SIGPROF:
            return _TooLong(computed=True)
        if status is None or status >= 0:
            return _Lost(f"exit status {status}")
        name = signal.Signals(-status).name
        return _Lost(f"{name}: out of memory?" if status == -signal.SIGKILL else name)
