"""Writes batches in a thread of their own; those that wait go into one transaction together."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from queue import Queue

from kg_enrich.enrich.writer import Batch

# A slow model's batches are written one by one, each at once. A quick one's pile up, and a large
# transaction is several times faster than many small ones: its statements cost 50 ms however few
# the pairs. What waits is lost in a crash; a quick model makes it again quickly.
_WAITING = 32
# Pairs of one transaction, about: more are no faster, and Neo4j has a limit on its memory.
_TOGETHER = 4000


@contextmanager
def behind(
    write: Callable[[Batch], object],
) -> Generator[Callable[[Batch], None], None, None]:
    """A function that hands a batch over to a writing thread and returns.

    It raises the writer's error, if there was one, and so does the end of the `with`, which waits
    until all is written.
    """
    queue: Queue[Batch | None] = Queue(_WAITING)
    errors: list[BaseException] = []
    abandoned = threading.Event()

    def work() -> None:
        ended = False
        while not ended and (batch := queue.get()) is not None:
            while batch.size < _TOGETHER and not queue.empty():
                more = queue.get()
                if ended := more is None:
                    break
                batch += more
            # After an error what comes is taken and dropped, so that nobody waits for room.
            if not errors and not abandoned.is_set():
                try:
                    write(batch)
                except BaseException as error:
                    errors.append(error)

    def put(batch: Batch) -> None:
        if errors:
            raise errors[0]
        queue.put(batch)

    thread = threading.Thread(target=work, name="writer", daemon=True)
    thread.start()
    try:
        yield put
    except KeyboardInterrupt:
        # Asked a second time, nobody waits for what is queued: it is judged again.
        abandoned.set()
        raise
    finally:
        queue.put(None)
        thread.join()
    if errors:
        raise errors[0]
