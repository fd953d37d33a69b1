"""Ranks image files for a text, without any graph."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg_enrich.errors import ImageError
from kg_enrich.identity import text_version
from kg_enrich.images.decoding import file_version
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.models import Document, DocumentId, Image, ImageId, Judgement, Outcome, Pair
from kg_enrich.scorers.base import Scorer
from kg_enrich.scorers.judging import judge

# Pairs that are scored at once: between them whoever waits hears how far it is.
_STEP = 16


@dataclass(frozen=True, slots=True)
class Ranked:
    """An image that was scored. path: as it was given. rank: from 1."""

    path: Path
    rank: int
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Skipped:
    """An image without a score. unreadable: the file is at fault, not what it shows."""

    path: Path
    reason: str
    unreadable: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    """Images, best first, and those that were skipped, in the order they were given."""

    ranked: tuple[Ranked, ...]
    skipped: tuple[Skipped, ...]


def rank_files(
    scorer: Scorer,
    text: str,
    paths: Sequence[Path],
    hashes: ImageHashes | None = None,
    done: Callable[[int], None] = lambda _: None,
) -> Ranking:
    """Scores every file against the text. A path given twice is scored once.

    hashes: what was read of an image is remembered by its contents, wherever it lies. done: called
    with how many images are done since it was called last.
    """
    document = Document(DocumentId("text"), "", text, text_version("", text))
    skipped: dict[Path, Skipped] = {}
    images: dict[ImageId, Image] = {}
    for path in dict.fromkeys(paths):
        try:
            file = path.resolve()
            content = "" if hashes is None else hashes.of(file)
            image = Image(ImageId(str(path)), file, file_version(file), content=content)
            images[image.id] = image
        except ImageError as error:
            skipped[path] = Skipped(path, str(error), True)
    scorer.prefetch(list(images.values()))
    done(len(skipped))
    pairs = [Pair(document, image) for image in images.values()]
    judgements: list[Judgement] = []
    for first in range(0, len(pairs), _STEP):
        judgements += judge(scorer, pairs[first : first + _STEP])
        done(len(pairs[first : first + _STEP]))
    scored = [one for one in judgements if one.outcome is Outcome.SCORED]
    for one in judgements:
        if one.outcome is not Outcome.SCORED:
            unreadable = one.outcome is not Outcome.ABSTAINED
            skipped[Path(one.image)] = Skipped(Path(one.image), one.reason, unreadable)
    scored.sort(key=lambda one: (-(one.log_odds or 0.0), one.image))
    return Ranking(
        tuple(Ranked(Path(one.image), rank, one) for rank, one in enumerate(scored, 1)),
        tuple(skipped[path] for path in dict.fromkeys(paths) if path in skipped),
    )
