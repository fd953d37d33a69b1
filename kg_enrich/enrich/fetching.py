"""Image files for nodes that do not see the folders they lie in."""

import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from kg_enrich.errors import KgEnrichError
from kg_enrich.images.decoding import resolve
from kg_enrich.models import Image, ImageId

# Bytes of files that are kept here, but for those in use.
_KEPT = 1 << 30


def read_bytes(file: Path, roots: Sequence[Path]) -> bytes:
    """An image file's bytes. Errors: ReadingError, UnreadableImageError (not below the roots)."""
    return resolve(str(file), roots).read_bytes()


@dataclass
class Fetcher:
    """Files that were fetched, each once, one at a time; the oldest are removed.

    ask: gives a file's bytes; what it cannot give is left to the scorer to find missing.
    """

    ask: Callable[[Path], bytes]
    _folder: Path = field(
        default_factory=lambda: Path(tempfile.mkdtemp(prefix="kg-enrich-images-"))
    )
    _here: OrderedDict[tuple[ImageId, str], tuple[Path, int]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _numbered: int = 0
    _before: set[tuple[ImageId, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        # With the fetcher, or when the process exits.
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def fetch(self, images: Sequence[Image]) -> dict[ImageId, Image]:
        """The images by id, with files that lie here."""
        with self._lock:
            found = {image.id: self._one(image) for image in images}
            used = {(image.id, image.version) for image in images}
            # The clump before may be at work still.
            self._forget(used | self._before)
            self._before = used
        return found

    def _one(self, image: Image) -> Image:
        key = (image.id, image.version)
        if key not in self._here:
            self._numbered += 1
            file = self._folder / f"{self._numbered}{image.file.suffix}"
            size = 0
            with suppress(KgEnrichError, OSError):
                size = file.write_bytes(self.ask(image.file))
            self._here[key] = (file, size)
        self._here.move_to_end(key)
        return replace(image, file=self._here[key][0])

    def _forget(self, used: set[tuple[ImageId, str]]) -> None:
        size = sum(size for _, size in self._here.values())
        for key in list(self._here):
            if size <= _KEPT:
                return
            if key not in used:
                file, freed = self._here.pop(key)
                size -= freed
                file.unlink(missing_ok=True)
