"""How often is an image encoded, when its documents are spread over scorers?

    python -m benchmarks.locality --scorers 2 8

Pages of 200 documents are cut into clumps as the Ray engine does, and dealt to whichever scorer has
the least to do; beside it the same documents at random, in batches of as many pairs. Each scorer
keeps the images of so many that it saw last. No graph, no model: it counts.
"""

import argparse
import random
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.output import print_markdown
from kg_enrich.enrich.extractor import Page, Work
from kg_enrich.enrich.readings import clumps
from kg_enrich.evidence.models import DocumentState
from kg_enrich.evidence.policy import EdgeChanges
from kg_enrich.models import Counters, Document, DocumentId, Image, ImageId, Unit

PAGE = 200
IMAGES = 20  # of a document
POOL = 40  # images that the documents of a family have in common


def documents(many: int, family: int, scattered: bool) -> list[Unit]:
    """Units in the order of ids. family: documents whose candidates come from one pool."""
    chance = random.Random(1)
    units = []
    for number in range(many):
        own = number % (many // family) if scattered else number // family
        pool = [f"{own}-{place}" for place in range(POOL)]
        images = tuple(
            Image(ImageId(name), Path(name), "1") for name in chance.sample(pool, IMAGES)
        )
        units.append(Unit(Document(DocumentId(f"d{number:06}"), "", "", "1"), images))
    return units


def encoded(batches: Iterable[Sequence[Unit]], scorers: int, kept: int) -> int:
    """Images that are encoded by all scorers together."""
    caches: list[OrderedDict[str, None]] = [OrderedDict() for _ in range(scorers)]
    loads = [0] * scorers
    count = 0
    for batch in batches:
        number = loads.index(min(loads))
        cache = caches[number]
        for unit in batch:
            loads[number] += len(unit.images)
            for image in unit.images:
                count += image.id not in cache
                cache[image.id] = None
                cache.move_to_end(image.id)
                if len(cache) > kept:
                    cache.popitem(last=False)
    return count


def clumped(units: Sequence[Unit], batch_pairs: int) -> list[list[Unit]]:
    found = []
    for start in range(0, len(units), PAGE):
        work = [
            Work(one, EdgeChanges(), DocumentState({}, {}, {}))
            for one in units[start : start + PAGE]
        ]
        for clump in clumps(Page(tuple(work), Counters()), batch_pairs):
            found.append([unit for reading in clump for unit in reading.units])
    return found


def at_random(units: Sequence[Unit], batch_pairs: int) -> list[list[Unit]]:
    mixed = list(units)
    random.Random(2).shuffle(mixed)
    size = max(1, batch_pairs // IMAGES)
    return [mixed[i : i + size] for i in range(0, len(mixed), size)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=4000)
    parser.add_argument("--scorers", type=int, nargs="+", default=[2, 8])
    parser.add_argument("--batch-pairs", type=int, default=128)
    parser.add_argument("--kept", type=int, default=500, help="images that a scorer keeps")
    given = parser.parse_args()
    rows = []
    for family, scattered in ((10, False), (25, False), (25, True)):
        units = documents(given.documents, family, scattered)
        pairs = sum(len(unit.images) for unit in units)
        least = len({image.id for unit in units for image in unit.images})
        for scorers in given.scorers:
            together = encoded(clumped(units, given.batch_pairs), scorers, given.kept)
            mixed = encoded(at_random(units, given.batch_pairs), scorers, given.kept)
            rows.append(
                [
                    f"{family}{', ids scattered' if scattered else ''}", scorers, pairs, least,
                    mixed, together, f"{1 - together / mixed:.0%}",
                ]
            )  # fmt: skip
    columns = ["documents that share images", "scorers", "pairs", "images",
               "encoded at random", "encoded in clumps", "vision work saved"]  # fmt: skip
    print_markdown(columns, rows)


if __name__ == "__main__":
    main()
