"""Looks images up by id: their files, versions and what earlier runs found wrong with them."""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg_enrich.errors import ReadingError, UnreadableImageError
from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms, named_key
from kg_enrich.images.decoding import file_version, resolve
from kg_enrich.images.failures import Conditions, concerning, standing
from kg_enrich.images.file_names import name_words
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.images.ocr_engine import text_version_of
from kg_enrich.models import Image, ImageId, Notice

READ_IMAGES = query("read_images")
READ_IMAGE_PLACE = query("read_image_place")

# Enough that an image is looked at once a run in most graphs, few enough to stay small (30 MB).
_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Listed:
    """An image of the graph. Exactly one of `image` and `problem` is set.

    version: of the image, or of the trouble with its file. former_versions: what older releases
    would have called the same version.
    content: hash of the file's bytes; the one that the graph knows where the file cannot be read,
    None where nobody knows. is_new_content: the graph does not know it yet.
    known: an earlier run recorded this very trouble. passing: it may be over by the next run, and
    is never recorded. depends: of trouble to record, as `UnreadableImageError.depends`.
    is_stale_text: the text on its node is of an earlier picture.
    """

    version: str
    image: Image | None = None
    problem: str = ""
    notice: Notice = Notice.UNREADABLE_IMAGE
    known: bool = False
    passing: bool = False
    depends: str = ""
    content: str | None = None
    is_new_content: bool = False
    former_versions: tuple[str, ...] = ()
    is_stale_text: bool = False

    @property
    def doubled(self) -> bool:
        """Several nodes carry this id, so that none of them is meant."""
        return self.notice is Notice.DUPLICATE_IMAGE

    @property
    def is_news(self) -> bool:
        return self.image is None and not self.known

    @property
    def is_to_record(self) -> bool:
        return self.is_news and not self.doubled and not self.passing


class Catalogue:
    """The images of a graph, each read and its file looked at once while it is remembered."""

    def __init__(
        self,
        graph: Graph,
        roots: Sequence[Path],
        hashes: ImageHashes | None = None,
        captions: bool = False,
        conditions: Conditions = frozenset(),
        retry_failed: bool = False,
        file_names: bool = False,
    ) -> None:
        """hashes: of files' contents. captions: the scorer reads them, so that another caption is
        another version. conditions: what a failure on record may depend on, as it is now.
        retry_failed: no failure on record stands. file_names: a file's name stands in for a
        caption that is not there."""
        self._graph = graph
        self._roots = roots
        self._hashes = hashes or ImageHashes()
        self._captions = captions
        self._file_names = file_names
        self._conditions = conditions
        self._retry_failed = retry_failed
        self._recovered: list[ImageId] = []
        self._listed: OrderedDict[ImageId, Listed | None] = OrderedDict()

    def look_up(self, images: Iterable[ImageId]) -> dict[ImageId, Listed]:
        """Those of the images that are there, usable or not."""
        wanted = set(images)
        unknown = sorted(wanted - self._listed.keys())
        if unknown:
            self._read(unknown)
        found = {image: self._listed[image] for image in wanted}
        for image in wanted:
            self._listed.move_to_end(image)
        while len(self._listed) > _KEPT:
            self._listed.popitem(last=False)
        return {image: listed for image, listed in found.items() if listed is not None}

    def take_recovered(self) -> tuple[ImageId, ...]:
        """Images met since the last call whose failures on record ended: to be forgotten."""
        recovered, self._recovered = tuple(self._recovered), []
        return recovered

    def _read(self, images: list[ImageId]) -> None:
        ids = [value for image in images for value in forms(image)]
        rows = self._graph.read(READ_IMAGES, ids=ids)
        copies = Counter(str(row["id"]) for row in rows)
        self._listed.update(dict.fromkeys(images))
        for row in rows:
            image = ImageId(str(row["id"]))
            self._listed[image] = (
                self._list(image, row)
                if copies[image] == 1
                else Listed(
                    "",
                    problem=f"{copies[image]} nodes carry this id; give each its own",
                    notice=Notice.DUPLICATE_IMAGE,
                )
            )

    def _list(self, image: ImageId, row: Row) -> Listed:
        path = row["path"]
        try:
            if not isinstance(path, str) or not path:
                raise UnreadableImageError("its node has no path")
            file = resolve(path, self._roots)
            content = self._hashes.of(file)
            former = file_version(file) if row["version"] is None else str(row["version"])
        except ReadingError as error:
            return Listed("", problem=str(error), passing=True, content=row["hash"])
        except UnreadableImageError as error:
            # The trouble has a version too: the same path failing again is nothing new.
            version = f"unresolved:{path}"
            known = self._failure(row, version) is not None
            return Listed(
                version,
                problem=str(error),
                known=known,
                depends=error.depends,
                content=row["hash"],
            )
        caption = str(row["caption"] or "")
        is_named = self._file_names and not caption.strip()
        if is_named:
            caption = name_words(path)
        version = content if row["version"] is None else former
        former_versions = {former, version}
        if self._captions:
            version = named_key("captioned", version, caption)
        former_versions.discard(version)
        seen = {
            "content": content,
            "is_new_content": content != row["hash"],
            "former_versions": tuple(sorted(former_versions)),
            "is_stale_text": _is_stale(row["textVersion"], content, former, version),
        }
        failure = self._failure(row, version, *former_versions)
        if failure is not None:
            return Listed(version, problem=failure, known=True, **seen)
        if concerning(row["failures"], self._conditions):
            self._recovered.append(image)
        return Listed(version, Image(image, file, version, caption, content, is_named), **seen)

    def _failure(self, row: Row, *versions: str) -> str | None:
        """Why the image cannot be read, as an earlier run found."""
        if self._retry_failed:
            return None
        return standing(row["failures"], versions, self._conditions)


def find_file(graph: Graph, image: ImageId, roots: Sequence[Path]) -> Path:
    """The file of an image of the graph, within a root.

    Errors: UnreadableImageError (also: there is no such image, or it names no file), ReadingError.
    """
    rows = graph.read(READ_IMAGE_PLACE, ids=forms(image))
    if not rows or not isinstance(rows[0]["path"], str):
        raise UnreadableImageError(f"{image}: is no image with a file")
    return resolve(rows[0]["path"], roots)


def _is_stale(text: str | None, *versions: str) -> bool:
    """Whether a text on a node is of none of these versions of its image."""
    return text is not None and text not in {text_version_of(version) for version in versions}
