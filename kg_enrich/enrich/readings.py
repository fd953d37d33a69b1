"""Pages of work cut into what is scored together, and into what one scorer gets of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg_enrich.enrich.extractor import Page, Work
from kg_enrich.enrich.ordering import together
from kg_enrich.enrich.writer import Batch
from kg_enrich.models import ImageId, Unit

# Batches that a clump may hold. More keep more of what an image costs at one scorer; all of them
# are lost with it, and are judged again.
_CLUMP = 4


@dataclass(frozen=True, slots=True)
class Reading:
    """Units to score together, and what reading them came to."""

    units: tuple[Unit, ...]
    read: Batch


def read_of(page: Page) -> Batch:
    """What reading a page came to; written once, with its first batch."""
    return Batch(
        {},
        page.counters,
        page.notices,
        page.unreadable,
        page.recovered,
        contents=page.contents,
    )


def batches(work: Sequence[Work], batch_pairs: int) -> Iterator[list[Work]]:
    """Work in an order by which images are shared, in batches of about so many pairs."""
    batch: list[Work] = []
    pairs = 0
    for one in together(work):
        batch.append(one)
        pairs += len(one.unit.images)
        if pairs >= batch_pairs:
            yield batch
            batch, pairs = [], 0
    if batch:
        yield batch


def reading(work: Sequence[Work], read: Batch) -> Reading:
    """A batch of work as it is scored. read: what is written with it besides."""
    units = tuple(one.unit for one in work)
    renamed = {one.unit.document.id: one.renamed for one in work if one.renamed}
    aside = {one.unit.document.id: one.aside for one in work if one.aside}
    return Reading(units, read + Batch(renamed, aside=aside))


def clumps(page: Page, batch_pairs: int) -> list[list[Reading]]:
    """A page's work in clumps of a few batches, each for one scorer; at least one.

    Documents that share images stay in one clump: it ends where the next document shares none,
    once it has a batch, and at four batches in any case.
    """
    read = read_of(page)
    found: list[list[Reading]] = []
    for clump in _clumped(page.work, batch_pairs):
        found.append([])
        for batch in batches(clump, batch_pairs):
            found[-1].append(reading(batch, read))
            read = Batch({})
    return found or [[reading([], read)]]


def _clumped(work: Sequence[Work], batch_pairs: int) -> Iterator[list[Work]]:
    clump: list[Work] = []
    images: set[ImageId] = set()
    pairs = 0
    for one in together(work):
        own = {image.id for image in one.unit.images}
        if pairs >= batch_pairs * _CLUMP or (pairs >= batch_pairs and not own & images):
            yield clump
            clump, images, pairs = [], set(), 0
        clump.append(one)
        images |= own
        pairs += len(one.unit.images)
    if clump:
        yield clump
