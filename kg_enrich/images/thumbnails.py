"""Pictures for people: small ones, made once by contents and size and kept on disk; and whole."""

import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from kg_enrich.images.decoding import DecodeLimits, decode
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.images.workers import ImageWorkers, WorkerLimits
from kg_enrich.models import Image, ImageId

# Pixels of the longer side. A list, so that nobody fills the disk by asking for every size.
SMALL, MEDIUM, LARGE = 320, 960, 2048
# In its own pixels, made each time that somebody asks for it: too much to be kept of each.
WHOLE = 0
SIZES = (SMALL, MEDIUM, LARGE, WHOLE)
MEDIA_TYPE, WHOLE_TYPE = "image/webp", "image/jpeg"
# Of a picture that is given whole: what a browser shows without trouble, and what JPEG holds.
_WHOLE_PIXELS = 64_000_000
_WHOLE_SIDE = 65_500

# A change of how they are made takes another name, and old ones are made anew.
_VERSION = "1"
# Bytes by pixels of the longer side from which a picture is compressed more.
_BYTES = 40
_QUALITIES = (75, 50, 30)


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture: WebP, or JPEG where it is whole. tag: names contents and size; another picture
    has another. reduced: it was to be whole and is too large for that, so that it is of LARGE."""

    tag: str
    data: bytes
    reduced: bool = False

    @property
    def media_type(self) -> str:
        return MEDIA_TYPE if self.data.startswith(b"RIFF") else WHOLE_TYPE


class Thumbnails:
    """Thumbnails of image files, kept under `cache`. Safe to share between threads.

    Files are decoded in worker processes, so that the worst of them costs itself alone. A folder
    that cannot be written is done without: pictures are made each time.
    """

    def __init__(
        self,
        cache: Path,
        hashes: ImageHashes,
        workers: int = 1,
        limits: DecodeLimits | None = None,
        worker_limits: WorkerLimits | None = None,
    ) -> None:
        self._cache = cache
        self._hashes = hashes
        self._workers = workers
        self._limits = limits or DecodeLimits()
        self._worker_limits = worker_limits or WorkerLimits()
        self._lock = threading.Lock()
        self._pool: ImageWorkers | None = None

    def tag(self, file: Path, size: int = SMALL) -> str:
        """The tag that `of` would give, without making anything. Errors: as of `of`."""
        if size not in SIZES:
            raise ValueError(f"{size} is no size of thumbnails: {SIZES}")
        return f"{self._hashes.of(file)}-{size}-{_VERSION}"

    def of(self, file: Path, size: int = SMALL) -> Thumbnail:
        """The thumbnail of a file that lies within a root, as `decoding.resolve` gives it.

        size: one of SIZES; a smaller picture is not enlarged. WHOLE keeps all pixels, or gives what
            LARGE gives when there are more than a browser bears.
        Errors: UnreadableImageError, ReadingError, of one line each; ValueError for another size.
        """
        tag = self.tag(file, size)
        entry = self._cache / tag[:2] / f"{tag[2:]}.webp"
        if size != WHOLE:
            with suppress(OSError):
                return Thumbnail(tag, entry.read_bytes())
        image = Image(ImageId(str(file)), file, tag)
        with self._lock:
            if self._pool is None:
                self._pool = ImageWorkers(self._workers, self._worker_limits)
            make = _make if size != WHOLE else _make_whole
            making = self._pool.submit(image, make, file, size, self._limits)
        data = making.result()
        if size == WHOLE:
            return Thumbnail(tag, data or self.of(file, LARGE).data, reduced=not data)
        _keep(entry, data)
        return Thumbnail(tag, data)

    def close(self) -> None:
        """Ends the worker processes; done twice, it is done once."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()


def _make(file: Path, size: int, limits: DecodeLimits) -> bytes:
    # Twice the size, so that scaling down still smooths.
    picture = decode(file, limits, enough=4 * size * size)
    picture.thumbnail((size, size))
    data = b""
    for quality in _QUALITIES:
        encoded = BytesIO()
        picture.save(encoded, "WEBP", quality=quality)
        data = encoded.getvalue()
        if len(data) <= _BYTES * size:
            break
    return data


def _make_whole(file: Path, size: int, limits: DecodeLimits) -> bytes:
    """Nothing where it is too large."""
    picture = decode(file, limits)
    if picture.width * picture.height > _WHOLE_PIXELS or max(picture.size) > _WHOLE_SIDE:
        return b""
    encoded = BytesIO()
    # Letters in screenshots stay sharp: colours in full, too.
    picture.save(encoded, "JPEG", quality=90, subsampling=0)
    return encoded.getvalue()


def _keep(entry: Path, data: bytes) -> None:
    unfinished = ""
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=entry.parent, delete=False) as part:
            unfinished = part.name
            part.write(data)
        os.replace(unfinished, entry)
    except OSError:
        with suppress(OSError):
            os.unlink(unfinished)
