"""The closing look: what writers beside each other could not see of one another."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from itertools import islice

from kg_enrich.evidence.edges import Authority
from kg_enrich.evidence.hubs import count_published, hold, hold_key
from kg_enrich.evidence.settle import Settled, hub_notice
from kg_enrich.evidence.sources import read_policy
from kg_enrich.evidence.state import read_held, with_copies
from kg_enrich.evidence.undo import Before
from kg_enrich.graph.connection import Graph, Read, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.jobs.fenced import FencedWriter
from kg_enrich.models import DocumentId, ImageId

READ_HELD_DOCUMENTS = query("read_held_documents")
LOCK_SOURCE = query("lock_source")

# Images that are counted in one query, and documents that are settled in one transaction.
_IMAGES = 2000
_DOCUMENTS = 50


def withdraw_hubs(
    graph: Graph,
    writer: FencedWriter,
    authority: Authority,
    published: Collection[ImageId],
    settle: Callable[[Sequence[DocumentId]], object],
) -> None:
    """Holds back what became a hub, and withdraws what was published of it before; likewise of
    images that more documents have by now than the policy has places for.

    Two writers may each stay within the limit and pass it together: whoever ends last counts
    both. published: images that this run published; it may grow while `settle` is at work.
    settle: makes these documents right.
    """
    done: set[ImageId] = set()
    while True:
        _hold_hubs(graph, writer, authority, published)
        # The next best takes the place of a hub, and may be one too.
        held = read_held(graph.read, authority.source) - done
        if not held:
            break
        _settle_documents(graph, authority.source, held, settle)
        done |= held
    _withdraw_crowded(graph, authority.source, published, settle)


def _withdraw_crowded(
    graph: Graph,
    source: str,
    published: Collection[ImageId],
    settle: Callable[[Sequence[DocumentId]], object],
) -> None:
    places = read_policy(graph.read, source).image_top_k
    if places is None:
        return
    for images in _portions(frozenset(published)):
        if crowded := count_published(graph.read, source, images, places):
            _settle_documents(graph, source, with_copies(graph.read, crowded), settle)


def _settle_documents(
    graph: Graph,
    source: str,
    images: Collection[ImageId],
    settle: Callable[[Sequence[DocumentId]], object],
) -> None:
    """Makes the documents right that have these images as evidence."""
    ids = [value for image in sorted(images) for value in forms(image)]
    rows = graph.read(READ_HELD_DOCUMENTS, images=ids, source=source)
    documents = iter(sorted({DocumentId(str(row["document"])) for row in rows}))
    while batch := list(islice(documents, _DOCUMENTS)):
        settle(batch)


def _hold_hubs(
    graph: Graph, writer: FencedWriter, authority: Authority, published: Collection[ImageId]
) -> None:
    if any(_hubs(graph.read, authority.source, images) for images in _portions(published)):
        writer.write(partial(_hold, authority=authority, published=published))


def _hold(
    transaction: Transaction, authority: Authority, published: Collection[ImageId]
) -> Settled:
    source = authority.source
    # Of runs that end together, the second sees what the first has held back.
    transaction.run(LOCK_SOURCE, source=source)
    hubs: dict[ImageId, int] = {}
    for images in _portions(published):
        hubs |= _hubs(transaction.run, source, images)
    hold(transaction, source, authority.run, hubs)
    policy = read_policy(transaction.run, source)
    return Settled(
        before=Before(holds={hold_key(source, image): None for image in hubs}),
        notices=tuple(hub_notice(image, many, policy) for image, many in sorted(hubs.items())),
    )


def _hubs(read: Read, source: str, images: Sequence[ImageId]) -> dict[ImageId, int]:
    """Those that have more documents than the policy allows and are not held back yet."""
    limit = read_policy(read, source).max_documents
    counted = count_published(read, source, images, limit)
    return {i: counted[i] for i in counted.keys() - read_held(read, source)}


def _portions(images: Collection[ImageId]) -> Iterator[list[ImageId]]:
    rest = iter(sorted(images))
    while portion := list(islice(rest, _IMAGES)):
        yield portion
