"""Images drawn at random, by a seed: the same question gets the same images."""

from collections.abc import Collection, Iterator, Sequence
from heapq import nsmallest
from random import Random

from kg_enrich.graph.connection import Graph
from kg_enrich.graph.paging import id_pages
from kg_enrich.graph.queries import query
from kg_enrich.images.catalogue import Catalogue
from kg_enrich.measure.truth import lot
from kg_enrich.models import DocumentId, ImageId

PAGE_IMAGES = query("page_images")

_PAGE = 1000
# Images that are drawn from, at least, and how many times those that a question needs.
_POOL, _TIMES = 2000, 4


def draw_pool(graph: Graph, images: int, seed: int) -> list[ImageId]:
    """The images that questions draw from: all, or so many of them that draws differ enough."""

    def ids() -> Iterator[ImageId]:
        for page in id_pages(graph, PAGE_IMAGES, _PAGE):
            yield from (ImageId(str(value)) for value in page)

    return nsmallest(max(_POOL, _TIMES * images), ids(), key=lambda image: lot(seed, image))


def draw(
    pool: Sequence[ImageId],
    catalogue: Catalogue,
    question: tuple[DocumentId, ImageId],
    right: Collection[ImageId],
    images: int,
    seed: int,
) -> list[ImageId]:
    """So many images beside the right one, all that can be read; fewer where there are no more.

    question: the document and its right image. right: all that is right for the document; none of
    them is drawn.
    """
    # Twice as many, because some cannot be read.
    many = min(len(pool), 2 * images + len(right))
    drawn = [i for i in Random(lot(seed, *question)).sample(pool, many) if i not in right]
    listed = catalogue.look_up(drawn)
    readable = [i for i in drawn if i in listed and listed[i].image is not None]
    return readable[:images]
