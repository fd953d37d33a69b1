"""Keeps the text that OCR finds on the Image nodes, and what images look like."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kg_enrich.errors import ReadingError, UnreadableImageError
from kg_enrich.graph.connection import Graph, Row, Transaction
from kg_enrich.graph.paging import id_pages
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.images.catalogue import Catalogue, Listed
from kg_enrich.images.contents import write_contents, write_looks
from kg_enrich.images.failures import Conditions, forget_failures, write_failures
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.images.ocr import OcrReader
from kg_enrich.images.ocr_engine import text_version_of
from kg_enrich.models import ImageId, Unreadable

PAGE_IMAGES = query("page_images")
COUNT_IMAGES = query("count_images")
READ_KEPT_READINGS = query("read_kept_readings")
WRITE_OCR_TEXTS = query("write_ocr_texts")

# Small, so that what was read is kept soon: an image takes a second or so.
_PAGE = 50


@dataclass(frozen=True, slots=True)
class ReadImages:
    """Images by what became of them. problems: one line each, for those that could not be read
    now; nothing of what an earlier run recorded and still stands, which `known` counts."""

    read: int
    without_text: int
    unchanged: int
    problems: tuple[str, ...]
    known: int = 0


def count_images(graph: Graph) -> int:
    """How many images there are, for a progress bar."""
    images: int = graph.read(COUNT_IMAGES)[0]["images"]
    return images


def read_images(
    graph: Graph,
    reader: OcrReader,
    roots: Sequence[Path],
    done: Callable[[int], None] = lambda _: None,
    retry_failed: bool = False,
    hashes: ImageHashes | None = None,
) -> ReadImages:
    """Reads every image whose text is not on its node yet; asked twice, nothing is read.

    done: called with the number of images that are done, or at hand, since it was called last.
    retry_failed: those that could not be read before are tried again, whatever that depends on.
    """
    catalogue = Catalogue(
        graph, roots, hashes, conditions=reader.conditions, retry_failed=retry_failed
    )
    read = without_text = unchanged = known = 0
    problems: list[str] = []
    for ids in id_pages(graph, PAGE_IMAGES, _PAGE):
        listed = catalogue.look_up(ImageId(str(value)) for value in ids)
        rows_kept = graph.read(READ_KEPT_READINGS, ids=ids)
        kept = {str(row["id"]): row["ocrVersion"] for row in rows_kept}
        looked = {ImageId(str(row["id"])) for row in rows_kept if row["look"] is not None}
        images = [one.image for one in listed.values() if one.image is not None]
        todo = [image for image in images if kept.get(image.id) != text_version_of(image.version)]
        reader.prefetch(todo)
        # Of what is read now, its look is taken once its text is read: a file that ends its worker
        # is not opened again.
        unread = {image.id for image in todo}
        looking = {
            image.id: reader.look(image)
            for image in images
            if image.id not in unread and _is_to_look_at(image.id, looked, listed)
        }
        rows: list[Row] = []
        readable: list[ImageId] = [*catalogue.take_recovered()]
        unreadable = [
            Unreadable(image, one.version, one.problem, one.depends)
            for image, one in listed.items()
            if one.is_to_record
        ]
        problems += [
            f"{i}: {one.problem}" for i, one in listed.items() if one.is_news and one.passing
        ]
        try:
            for image in todo:
                # A caller that wants to stop says so here, by an error.
                done(1)
                try:
                    text = "\n".join(reader.read(image).lines)
                except UnreadableImageError as error:
                    unreadable.append(
                        Unreadable(image.id, image.version, str(error), error.depends)
                    )
                    continue
                except ReadingError as error:
                    problems.append(f"{image.id}: {error}")
                    continue
                if _is_to_look_at(image.id, looked, listed):
                    looking[image.id] = reader.look(image)
                version = text_version_of(image.version)
                rows.append({"ids": forms(image.id), "text": text, "version": version})
                without_text += not text
        finally:
            if rows:
                graph.execute(WRITE_OCR_TEXTS, rows=rows)
        contents = {
            image: one.content
            for image, one in listed.items()
            if one.is_new_content and one.content is not None
        }
        looks = _looks(looking)
        _record(graph, readable, unreadable, reader.conditions, contents, looks)
        read += len(rows)
        unchanged += len(images) - len(todo)
        known += sum(one.image is None and one.known for one in listed.values())
        problems += [f"{one.image}: {one.reason}" for one in unreadable]
        done(len(ids) - len(todo))
    return ReadImages(read, without_text, unchanged, tuple(problems), known)


def _is_to_look_at(
    image: ImageId, looked: Collection[ImageId], listed: Mapping[ImageId, Listed]
) -> bool:
    return image not in looked or listed[image].is_new_content


def _looks(looking: Mapping[ImageId, "Future[str | None]"]) -> dict[ImageId, str | None]:
    """What the images look like. Of one that cannot be read, reading its text says why."""
    found = {}
    for image, look in looking.items():
        with suppress(UnreadableImageError, ReadingError):
            found[image] = look.result()
    return found


def _record(
    graph: Graph,
    readable: Sequence[ImageId],
    unreadable: Sequence[Unreadable],
    conditions: Conditions,
    contents: Mapping[ImageId, str],
    looks: Mapping[ImageId, str | None],
) -> None:
    def work(transaction: Transaction) -> None:
        write_contents(transaction, contents)
        write_looks(transaction, looks)
        forget_failures(transaction, readable, conditions)
        write_failures(transaction, "read-images", unreadable)

    if readable or unreadable or contents or looks:
        graph.write(work)
