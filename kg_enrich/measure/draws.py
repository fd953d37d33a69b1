"""Images drawn at random, by a seed: the same question gets the same images."""

from collections.abc import Collection, Iterator
from heapq import nsmallest

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
    pool: Collection[ImageId],
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
    wrong = (image for image in pool if image not in right)
    ordered = nsmallest(2 * images, wrong, key=lambda image: lot(seed, *question, image))
    listed = catalogue.look_up(ordered)
    readable = [i for i in ordered if i in listed and listed[i].image is not None]
    return readable[:images]
