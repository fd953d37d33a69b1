"""Reading images ahead of the GPU, in worker processes."""

import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from kg_enrich.images.workers import ImageWorkers, WorkerLimits
from kg_enrich.models import Image
from kg_enrich.scorers.qwen_vl.pixels import Pixels

ImageKey = tuple[str, str]


def image_key(image: Image) -> ImageKey:
    """What an image's pixels are kept under: they change with its version."""
    return image.id, image.version


class Loader(Protocol):
    """Reads one image file."""

    def __call__(self, file: Path) -> Pixels: ...


# Bytes between processes: torch's own way goes through shared memory, which containers bound.
_Packed = tuple[NDArray[np.uint8], tuple[int, int, int]]


@lru_cache(1)
def _loader(pickled: bytes) -> Loader:
    torch.set_num_threads(1)
    load: Loader = pickle.loads(pickled)
    return load


def _work(pickled: bytes, file: Path) -> _Packed:
    pixels = _loader(pickled)(file)
    return pixels.values.numpy(), pixels.grid


class PixelQueue:
    """Reads images in the order asked for, at most `ahead` of them waiting at any time.

    An image is read once: from when it is taken until it is released, it is not read again.

    workers: processes; 0 reads an image when it is taken, in the caller's thread. limits: of a
        worker process.
    reads: images that were read so far, or are being read.
    """

    def __init__(
        self, load: Loader, workers: int, ahead: int = 32, limits: WorkerLimits | None = None
    ) -> None:
        self._load = load
        self._ahead = max(ahead, 2 * workers)
        self._lock = threading.Lock()
        self._wanted: OrderedDict[ImageKey, Image] = OrderedDict()
        self._running: OrderedDict[ImageKey, Future[_Packed]] = OrderedDict()
        self._taken: set[ImageKey] = set()
        self._pool = ImageWorkers(workers, limits) if workers else None
        self._pickled = pickle.dumps(load) if workers else b""
        self.reads = 0

    @property
    def waiting(self) -> int:
        """Images that were asked for, and neither taken nor dropped."""
        return len(self._wanted) + len(self._running)

    def want(self, wanted: Iterable[Image], kept: Callable[[ImageKey], bool]) -> None:
        """Start reading these ahead, but for those that are kept; returns at once.

        kept: whether somebody has no need of an image's pixels. Who takes pixels must keep what
            comes of them before releasing them.
        """
        if self._pool is None:
            return
        with self._lock:
            for image in wanted:
                key = image_key(image)
                if key not in self._running and key not in self._taken and not kept(key):
                    self._wanted[key] = image
            self._top_up()

    def take(self, image: Image) -> Pixels:
        """The pixels of an image, waited for if need be; release it when they are used.

        Errors: UnreadableImageError, also when it takes too long; ReadingError when memory runs
            out, or when reading it ended the worker process twice.
        """
        if self._pool is None:
            self.reads += 1
            return self._load(image.file)
        try:
            return self._taken_from_workers(image)
        except BaseException:
            self.release([image_key(image)])
            raise

    def release(self, keys: Iterable[ImageKey]) -> None:
        """These may be read again: what came of their pixels is kept, or nothing will."""
        with self._lock:
            self._taken.difference_update(keys)

    def release_all(self) -> None:
        with self._lock:
            self._taken.clear()

    def drop(self, image: Image) -> None:
        """Nobody will take this image."""
        with self._lock:
            self._wanted.pop(image_key(image), None)
            future = self._running.pop(image_key(image), None)
            if future is not None:
                future.cancel()
                self._top_up()

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()

    def _taken_from_workers(self, image: Image) -> Pixels:
        with self._lock:
            future = self._future(image)
        values, grid = future.result()
        return Pixels(torch.from_numpy(values), grid)

    def _future(self, image: Image) -> "Future[_Packed]":
        key = image_key(image)
        self._taken.add(key)
        self._wanted.pop(key, None)
        future = self._running.pop(key, None)
        if future is None:
            future = self._submit(image)
            if len(self._running) >= self._ahead:
                # What was read ahead and never taken must not block the queue for good.
                self._running.popitem(last=False)
        self._top_up()
        return future

    def _top_up(self) -> None:
        while self._wanted and len(self._running) < self._ahead:
            key, image = self._wanted.popitem(last=False)
            self._running[key] = self._submit(image)

    def _submit(self, image: Image) -> "Future[_Packed]":
        assert self._pool is not None
        self.reads += 1
        return self._pool.submit(image, _work, self._pickled, image.file)
