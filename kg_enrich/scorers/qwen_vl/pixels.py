"""Image files to the vision tower's input, in worker processes ahead of the GPU."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from qwen_vl_utils.vision_process import smart_resize
from torch import Tensor

from kg_enrich import images
from kg_enrich.errors import ScorerError, UnreadableImageError
from kg_enrich.models import Image

ImageKey = tuple[str, str]


def image_key(image: Image) -> ImageKey:
    return image.id, image.version


@dataclass(frozen=True, slots=True)
class Pixels:
    """values: (patches, patch values), scaled and normalised. grid: patches (1, down, across)."""

    values: Tensor
    grid: tuple[int, int, int]


def preprocess(image_processor: Any, picture: NDArray[np.uint8], dtype: torch.dtype) -> Pixels:
    """Scale, normalise and cut an RGB picture (height, width, 3) into patches.

    Errors: UnreadableImageError for a picture over 200 times longer than wide; ScorerError when
        the processor does not keep to its limits.
    """
    height, width = picture.shape[:2]
    if max(height, width) > 200 * min(height, width):
        raise UnreadableImageError(f"{width}x{height} pixels: too narrow for the model; crop it")
    output = image_processor(images=picture, input_data_format="channels_last", return_tensors="pt")
    time, down, across = output["image_grid_thw"][0].tolist()
    side, size = image_processor.patch_size, image_processor.size
    factor, limit = side * image_processor.merge_size, size["longest_edge"]
    made = (down * side, across * side)
    planned = made
    if min(height, width) >= factor:  # below it, the two rules differ by design
        planned = smart_resize(height, width, factor, size["shortest_edge"], limit)
    if made != planned or made[0] * made[1] > limit or len(output["image_grid_thw"]) != 1:
        raise ScorerError(f"the image processor made {made} of {(height, width)}: not {planned}")
    return Pixels(output["pixel_values"].to(dtype), (time, down, across))


# Bytes between processes: torch's own way goes through shared memory, which containers bound.
_Packed = tuple[NDArray[np.uint8], tuple[int, int, int]]
_worker_load: Callable[[Path], Pixels]


def _start_worker(load: Callable[[Path], Pixels]) -> None:
    global _worker_load
    torch.set_num_threads(1)
    _worker_load = load


def _work(file: Path) -> _Packed:
    pixels = _worker_load(file)
    return pixels.values.contiguous().view(torch.uint8).numpy(), pixels.grid


@dataclass(frozen=True, slots=True)
class FileLoader:
    """Reads one image file; picklable, so that workers hold the very same processor."""

    image_processor: Any
    dtype: torch.dtype
    limits: images.DecodeLimits

    def __call__(self, file: Path) -> Pixels:
        picture = np.array(images.decode(file, self.limits))
        return preprocess(self.image_processor, picture, self.dtype)


class PixelQueue:
    """Reads images in the order asked for, at most `ahead` of them waiting at any time.

    workers: processes; 0 reads an image when it is taken, in the caller's thread.
    """

    def __init__(self, load: FileLoader, workers: int, ahead: int = 32) -> None:
        self._load = load
        self._workers = workers
        self._ahead = ahead
        self._lock = threading.Lock()
        self._wanted: OrderedDict[ImageKey, Path] = OrderedDict()
        self._running: OrderedDict[ImageKey, Future[_Packed]] = OrderedDict()
        self._pool = self._new_pool() if workers else None

    def want(self, wanted: Iterable[Image]) -> None:
        """Start reading these ahead; returns at once."""
        if self._pool is None:
            return
        with self._lock:
            for image in wanted:
                if image_key(image) not in self._running:
                    self._wanted[image_key(image)] = image.file
            self._top_up()

    def take(self, image: Image) -> Pixels:
        """The pixels of an image, waited for if need be.

        Errors: UnreadableImageError, also when reading it killed the worker process twice.
        """
        if self._pool is None:
            return self._load(image.file)
        for _ in range(2):
            with self._lock:
                future = self._future(image)
            try:
                values, grid = future.result()
            except BrokenProcessPool:
                with self._lock:
                    # Every image that was being read is lost with its worker, not only the one
                    # that killed it: they are read anew when they are taken.
                    self._running.clear()
                    self._pool = self._new_pool()
            else:
                return Pixels(torch.from_numpy(values).view(self._load.dtype), grid)
        raise UnreadableImageError(f"{image.file}: the process that reads it dies; look at it")

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._workers,
            get_context("spawn"),
            initializer=_start_worker,
            initargs=(self._load,),
        )

    def _future(self, image: Image) -> "Future[_Packed]":
        key = image_key(image)
        self._wanted.pop(key, None)
        future = self._running.pop(key, None)
        if future is None:
            future = self._submit(image.file)
            if len(self._running) >= self._ahead:
                # What was read ahead and never taken must not block the queue for good.
                self._running.popitem(last=False)
        self._top_up()
        return future

    def _top_up(self) -> None:
        while self._wanted and len(self._running) < self._ahead:
            key, file = self._wanted.popitem(last=False)
            self._running[key] = self._submit(file)

    def _submit(self, file: Path) -> "Future[_Packed]":
        assert self._pool is not None
        return self._pool.submit(_work, file)
