"""Run as a module: a worker process of `workers`, which does one task after another.

Arguments: the file descriptor of the connection, the parent's process id, bytes of memory. A
program of its own, because multiprocessing would import the caller's main script again.
"""

import ctypes
import os
import pickle
import signal
import sys
import threading
import time
import warnings
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def _work(connection: "Connection[bytes, bytes]") -> None:
    connection.send_bytes(b"ready")
    while True:
        try:
            request = connection.recv_bytes()
        except (EOFError, OSError):
            return
        connection.send_bytes(_answer(request))


def _answer(request: bytes) -> bytes:
    """The pickled answer to a request: (True, what came back) or (False, what was raised)."""
    try:
        seconds, function, arguments = pickle.loads(request)
        # Computing time, because a busy machine is no image's fault. Nothing of Python's could
        # end a decoder that never returns, so the signal keeps its default: it ends the process.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            done = function(*arguments)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        return pickle.dumps((True, done), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        return pickle.dumps((False, _picklable(error)))


def _picklable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # whatever a class of exceptions does with its arguments
        return RuntimeError(" ".join(f"{type(error).__name__}: {error}".split()))
    return error


def _bound(memory: int) -> None:
    """No more memory than this for data, no core dumps; the first to go when the host has none."""
    with suppress(ImportError, ValueError, OSError):  # not known, or the host allows less still
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # Not the address space: that counts files that are mapped, which cost nothing.
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("500")


def _end_with(parent: int) -> None:
    """However the parent ends, this process ends too, in the middle of a task or not."""
    if sys.platform == "linux":
        # The signal follows the thread that started this process: it keeps us for its lifetime.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(2.0)
    os._exit(1)


def main(descriptor: int, parent: int, memory: int) -> None:
    # Ctrl-C and a service manager's stop reach the whole group; the parent finishes what is in
    # hand and then ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    warnings.simplefilter("ignore")  # what is wrong with a file is said once, as its error
    _end_with(parent)
    _bound(memory)
    connection: Connection[Any, Any] = Connection(descriptor)
    _work(connection)
    os._exit(0)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
