"""An image's places: it is evidence for its best few documents, where the policy says how many.

Which documents are its best is known from all of them: `publish` counts them up, and a run looks
at the evidence that stands.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from heapq import nlargest

from kg_enrich.evidence.models import DocumentState, LedgerEntry, Policy
from kg_enrich.evidence.policy import EdgeChanges, decide, published_score
from kg_enrich.graph.connection import Read
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.models import ImageId

READ_BEST_SCORES = query("read_best_scores")

# The score in [0, 10] that a pair needs for its picture's last place, by `DocumentState.picture`.
Bars = Mapping[str, float]


class Places:
    """Counts up each picture's best scores, document by document. Memory grows with images."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._best: dict[str, list[float]] = {}

    def see(self, state: DocumentState, qualifying: Iterable[LedgerEntry]) -> None:
        """Takes a document in. qualifying: those of its entries that the policy would publish."""
        if self._policy.image_top_k is None:
            return
        for picture, score in _best_scores(
            (state.picture(entry.image), published_score(entry, self._policy))
            for entry in qualifying
        ).items():
            best = self._best.get(picture, [])
            # One more than there are places: whether somebody goes without.
            self._best[picture] = nlargest(self._policy.image_top_k + 1, [*best, score])

    def bars(self) -> dict[str, float]:
        """Of the pictures that more documents would get than have a place."""
        return _bars(self._best, self._policy)


def decide_all(
    read: Read,
    source: str,
    policy: Policy,
    asked: Sequence[tuple[DocumentState, Collection[ImageId]]],
    held: Collection[ImageId],
) -> list[EdgeChanges]:
    """As `decide` of each document, by the places that images have left. asked: documents, each
    with its images that are there; they may take an image from each other."""
    bars: dict[str, float] = {}
    while True:
        changes = [decide(state, policy, present, held, bars) for state, present in asked]
        decided = [(state, change) for (state, _), change in zip(asked, changes, strict=True)]
        if not (higher := find_higher_bars(read, source, policy, decided, bars)):
            return changes
        bars |= higher


def find_higher_bars(
    read: Read,
    source: str,
    policy: Policy,
    decided: Collection[tuple[DocumentState, EdgeChanges]],
    bars: Bars,
) -> dict[str, float]:
    """Bars of the pictures that these documents would have as evidence, by what other documents
    have by now; those that are higher than the ones that are known."""
    if policy.image_top_k is None or not decided:
        return {}
    best: dict[str, list[float]] = {}
    images: dict[str, ImageId] = {}
    for state, changes in decided:
        gone = {edge.image for edge in changes.withdraw}
        scores = {i: edge.score for i, edge in state.evidence.items() if i not in gone}
        scores |= {edge.image: edge.score for edge in changes.publish}
        images |= {state.picture(image): image for image in scores}
        pictures = ((state.picture(image), score) for image, score in scores.items())
        for picture, score in _best_scores(pictures).items():
            best.setdefault(picture, []).append(score)
    rows = read(
        READ_BEST_SCORES,
        images=[value for image in images.values() for value in forms(image)],
        source=source,
        documents=[state.native for state, _ in decided],
        limit=policy.image_top_k + 1,
    )
    others = {str(row["image"]): row["scores"] for row in rows}
    for picture, image in images.items():
        best[picture] += others.get(image, [])
    found = _bars(best, policy)
    return {picture: bar for picture, bar in found.items() if bar > bars.get(picture, 0.0)}


def _best_scores(scores: Iterable[tuple[str, float | None]]) -> dict[str, float]:
    """The best score of each picture: copies in one document are one."""
    best: dict[str, float] = {}
    for picture, score in scores:
        if score is not None:
            best[picture] = max(score, best.get(picture, score))
    return best


def _bars(best: Mapping[str, list[float]], policy: Policy) -> dict[str, float]:
    places = policy.image_top_k
    if places is None:
        return {}
    return {
        picture: nlargest(places, scores)[-1]
        for picture, scores in best.items()
        if len(scores) > places
    }
