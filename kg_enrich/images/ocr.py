"""Reads each image's text once: worker processes read ahead, a folder on disk remembers.

The models run one thread each in worker processes, so that reading scales with the cores and a
picture that ends its process is an error for that picture alone.
"""

import json
import logging
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from kg_enrich.errors import SettingsError
from kg_enrich.images.decoding import DecodeLimits, decode_conditions
from kg_enrich.images.looks import read_look
from kg_enrich.images.ocr_engine import OcrText, ocr_version, read_text
from kg_enrich.images.workers import ImageWorkers, WorkerLimits, cores
from kg_enrich.models import Image

_log = logging.getLogger(__name__)

__all__ = ["OcrReader", "OcrText", "ocr_version"]


class OcrReader:
    """Text in images, kept under `cache` by their contents and `ocr_version`.

    Safe to use from several threads. workers: processes; the machine's cores when None.
    """

    def __init__(
        self,
        cache: Path,
        workers: int | None = None,
        limits: DecodeLimits | None = None,
        worker_limits: WorkerLimits | None = None,
    ) -> None:
        """Errors: SettingsError when the cache folder cannot be made."""
        try:
            cache.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"{cache}: {error.strerror}; name another cache folder") from error
        self._cache = cache
        self._workers = workers or cores()
        self._limits = limits or DecodeLimits()
        self._version = ocr_version()
        # What a text depends on beside the image. The limits decide whether it is read at all.
        self.fingerprint = self._version
        self._worker_limits = worker_limits or WorkerLimits()
        # What a failure to read may depend on, as it is now.
        self.conditions = decode_conditions(self._limits) | {
            self._worker_limits.condition,
            "scorer=ocr",
        }
        self._lock = threading.Lock()
        self._pool: ImageWorkers | None = None
        self._reading: dict[Path, Future[OcrText]] = {}
        self._told = False

    def prefetch(self, images: Iterable[Image]) -> None:
        """Start reading the images that are not in the cache; returns at once."""
        for image in images:
            entry = self._entry(image)
            if not entry.exists():
                self._submit(image, entry)

    def remembers(self, image: Image) -> bool:
        """Whether the image's text is in the cache."""
        return self._entry(image).exists()

    def wait(self, image: Image, stopped: Callable[[], bool]) -> None:
        """Waits until a picture that is being read is, or `stopped`; others are not begun."""
        with self._lock:
            reading = self._reading.get(self._entry(image))
        while reading is not None and not reading.done() and not stopped():
            wait([reading], timeout=0.2)

    def read(self, image: Image) -> OcrText:
        """The text in the image; waits for a worker unless it is in the cache.

        Errors: UnreadableImageError when the file cannot be decoded, or takes too long;
        ReadingError when reading it fails or ends the worker process.
        """
        entry = self._entry(image)
        with self._lock:
            reading = self._reading.get(entry)
        if reading is None:
            text = _load(entry)
            if text is not None:
                return text
        return (reading or self._submit(image, entry)).result()

    def look(self, image: Image) -> "Future[str | None]":
        """What the image looks like, as `looks.read_look` gives it; read by a worker process.

        The future's errors: as of `read`.
        """
        with self._lock:
            return self._workers_locked().submit(image, read_look, image.file, self._limits)

    def close(self) -> None:
        """End the worker processes; what they have not finished is dropped."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _entry(self, image: Image) -> Path:
        # Copies of one picture are read once.
        what = [image.content] if image.content else [str(image.file), image.version]
        parts = json.dumps([*what, self._version])
        name = sha256(parts.encode()).hexdigest()
        return self._cache / name[:2] / f"{name[2:40]}.json"

    def _submit(self, image: Image, entry: Path) -> Future[OcrText]:
        with self._lock:
            reading = self._reading.get(entry)
            if reading is not None:
                return reading
            reading = self._workers_locked().submit(
                image, _read_and_keep, image.file, self._limits, entry
            )
            self._reading[entry] = reading
        reading.add_done_callback(lambda done: self._finish(entry, done))
        return reading

    def _workers_locked(self) -> ImageWorkers:
        if self._pool is None:
            self._pool = ImageWorkers(self._workers, self._worker_limits)
        return self._pool

    def _finish(self, entry: Path, done: "Future[OcrText]") -> None:
        trouble = done.result().trouble if not done.cancelled() and not done.exception() else ""
        # A finished text is on disk; holding it here as well would grow with the run.
        with self._lock:
            self._reading.pop(entry, None)
            if trouble and not self._told:
                self._told = True
                _log.warning(
                    "%s cannot keep what is read (%s): every run reads again. Make space, or set "
                    "KG_ENRICH_CACHE_DIR.",
                    self._cache,
                    trouble,
                )


def _read_and_keep(file: Path, limits: DecodeLimits, entry: Path) -> OcrText:
    text = read_text(file, limits)
    unfinished = ""
    try:
        entry.parent.mkdir(exist_ok=True)
        with NamedTemporaryFile("w", dir=entry.parent, delete=False, encoding="utf-8") as part:
            unfinished = part.name
            json.dump([text.lines, text.confidences], part, ensure_ascii=False)
        os.replace(part.name, entry)
    except OSError as error:  # a full disk costs reading again, not the text in hand
        with suppress(OSError):
            os.unlink(unfinished)
        return replace(text, trouble=error.strerror or "unknown trouble")
    return text


def _load(entry: Path) -> OcrText | None:
    try:
        lines, confidences = json.loads(entry.read_text("utf-8"))
        return OcrText(
            tuple(str(line) for line in lines), tuple(float(value) for value in confidences)
        )
    except (OSError, ValueError, TypeError):  # absent, or cut short by a crash: read it again
        return None
