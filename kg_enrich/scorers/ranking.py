"""Pictures that a caller named, ranked for a text."""

from collections.abc import Sequence
from dataclasses import dataclass

from kg_enrich.identity import text_version
from kg_enrich.images.named import Looked, Named
from kg_enrich.models import Document, DocumentId, Judgement, Outcome, Pair


@dataclass(frozen=True, slots=True)
class RankedPicture:
    """A picture that was scored. place: among those that were given, from 0. rank: from 1."""

    place: int
    named: Named
    rank: int
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class SkippedPicture:
    """A picture without a score, and why."""

    place: int
    named: Named
    reason: str


@dataclass(frozen=True, slots=True)
class PictureRanking:
    """Pictures, best first, and those that were skipped, in the order they were given."""

    ranked: tuple[RankedPicture, ...]
    skipped: tuple[SkippedPicture, ...]


def pairs_of(text: str, pictures: Sequence[Looked]) -> list[Pair]:
    """What the scorer is asked: the text and every picture that was found, each once."""
    version = text_version("", text)
    document = Document(DocumentId(version), "", text, version)
    images = {one.image.id: one.image for one in pictures if one.image is not None}
    return [Pair(document, image) for image in images.values()]


def rank(pictures: Sequence[Looked], judgements: Sequence[Judgement]) -> PictureRanking:
    """The pictures by their judgements, which are those of `pairs_of`; equal ones as given."""
    judged = {one.image: one for one in judgements}
    scored: list[tuple[int, Looked, Judgement]] = []
    skipped: list[SkippedPicture] = []
    for place, one in enumerate(pictures):
        judgement = None if one.image is None else judged[one.image.id]
        if judgement is not None and judgement.outcome is Outcome.SCORED:
            scored.append((place, one, judgement))
        else:
            reason = one.reason if judgement is None else one.told(judgement.reason)
            skipped.append(SkippedPicture(place, one.named, reason))
    scored.sort(key=lambda one: -(one[2].log_odds or 0.0))
    return PictureRanking(
        tuple(
            RankedPicture(place, one.named, number, judgement)
            for number, (place, one, judgement) in enumerate(scored, 1)
        ),
        tuple(skipped),
    )
