"""How much a run would do, and how long it would take; nothing is written."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from kg_enrich.enrich.enrichment import Enrichment
from kg_enrich.enrich.extractor import pages
from kg_enrich.graph.queries import query
from kg_enrich.models import Pair
from kg_enrich.scorers.base import RemembersImages, Scorer
from kg_enrich.scorers.judging import judge

READ_SPEEDS = query("read_speeds")

_PROBE = 20
_SLICE = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is pending. seconds: the shortest and longest time, from the speeds that were seen.

    images: distinct ones. unread: those among them whose files have yet to be read; all of them,
    where the scorer remembers nothing from one run to the next.
    measured: 'earlier runs', 'a probe', or 'nothing' when there is nothing to judge.
    """

    documents: int
    pairs: int
    images: int
    seconds: tuple[float, float]
    measured: str
    unread: int = 0


@dataclass(slots=True)
class _Sample:
    """Pairs of distinct images, `_PROBE` at most, each image as likely as any other."""

    pairs: list[Pair]
    seen: int = 0

    def offer(self, pair: Pair, chance: random.Random) -> None:
        self.seen += 1
        if len(self.pairs) < _PROBE:
            self.pairs.append(pair)
        elif (place := chance.randrange(self.seen)) < _PROBE:
            self.pairs[place] = pair


def estimate(parts: Enrichment) -> Estimate:
    """Counts what is pending, and how long that takes by the speed of this very scorer.

    What is read once and remembered costs by the image, what is judged by the pair: a probe of
    twenty images tells one from the other. A scorer that remembers nothing is known by its earlier
    runs, if there are some. Images are counted by hash, 100 bytes or so each.
    """
    graph, question, scorer = parts.graph, parts.question, parts.scorer
    documents = pairs = unread = 0
    images: set[int] = set()
    # The same answer to the same question.
    chance = random.Random(0)
    fresh, known = _Sample([]), _Sample([])
    began = time.perf_counter()
    for page in pages(graph, question, parts.catalogue()):
        for work in page.work:
            unit = work.unit
            documents += bool(unit.images)
            pairs += len(unit.images)
            for image in unit.images:
                if hash(image.id) not in images:
                    images.add(hash(image.id))
                    is_read = isinstance(scorer, RemembersImages) and scorer.remembers(image)
                    unread += not is_read
                    sample = known if is_read else fresh
                    sample.offer(Pair(unit.document, image), chance)
    extracting = time.perf_counter() - began
    if not pairs:
        return Estimate(0, 0, 0, (0.0, 0.0), "nothing")
    speeds = [row["speed"] for row in graph.read(READ_SPEEDS, scorer=question.scorer)]
    if speeds and not isinstance(scorer, RemembersImages):
        seconds = (pairs / max(speeds), pairs / min(speeds))
        return Estimate(documents, pairs, len(images), seconds, "earlier runs", unread)
    reading, judging = _probe(scorer, fresh.pairs or known.pairs)
    reads, judges = sorted(reading), sorted(judging)
    # A run extracts as this did, and writes about as long; both beside the judging.
    least = max(extracting, unread * reads[0] + pairs * judges[0])
    most = 2 * extracting + unread * reads[-1] + pairs * judges[-1]
    return Estimate(documents, pairs, len(images), (least, most), "a probe", unread)


def _probe(scorer: Scorer, pairs: Sequence[Pair]) -> tuple[list[float], list[float]]:
    """Seconds to read an image, and to judge a pair of images that are read: by slices.

    The first pair pays for loading models and starting workers, where there are others.
    """
    first, rest = pairs[:1], pairs[1:] or pairs
    if len(pairs) > 1:
        _seconds(scorer, first)
    reading, judging = [], []
    for i in range(0, len(rest), _SLICE):
        part = rest[i : i + _SLICE]
        cold, warm = _seconds(scorer, part), _seconds(scorer, part)
        reading.append(max(cold - warm, 0.0) / len(part))
        judging.append(max(warm, 1e-6) / len(part))
    return reading, judging


def _seconds(scorer: Scorer, pairs: Sequence[Pair]) -> float:
    began = time.perf_counter()
    scorer.prefetch([pair.image for pair in pairs])
    judge(scorer, pairs)
    return time.perf_counter() - began
