"""One picture under several ids is judged once a document: its copies get the same judgement."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kg_enrich.models import DocumentId, Image, Judgement, Outcome, Pair
from kg_enrich.scorers.base import Scorer
from kg_enrich.scorers.judging import judge

_Question = tuple[DocumentId, str, str]


def without_copies(images: Iterable[Image]) -> list[Image]:
    """The images of one document, in their order, of which `judge_once` asks the scorer first.

    Of copies, images of the very same bytes, it is the one whose id comes first, so that other
    documents ask of the same one.
    """
    images = list(images)
    firsts: dict[tuple[str, str], Image] = {}
    for image in images:
        if image.content:
            seen = firsts.setdefault(_picture(image), image)
            firsts[_picture(image)] = min(seen, image, key=lambda one: one.id)
    return [image for image in images if firsts.get(_picture(image), image).id == image.id]


def judge_once(scorer: Scorer, pairs: Sequence[Pair]) -> list[Judgement]:
    """As `judge`, but that copies are judged once. Of one that failed, each copy is tried itself.

    Errors: those of `Scorer.score`.
    """
    documents: dict[DocumentId, list[Image]] = {}
    for pair in pairs:
        documents.setdefault(pair.document.id, []).append(pair.image)
    asked = {
        (document, image.id)
        for document, images in documents.items()
        for image in without_copies(images)
    }
    firsts = [pair for pair in pairs if (pair.document.id, pair.image.id) in asked]
    known: dict[_Question, Judgement] = {}
    answers: dict[tuple[DocumentId, str], Judgement] = {}
    for pair, answer in zip(firsts, judge(scorer, firsts), strict=True):
        answers[pair.document.id, pair.image.id] = answer
        if answer.outcome in (Outcome.SCORED, Outcome.ABSTAINED):
            known[_question(pair)] = answer
    rest = [
        pair
        for pair in pairs
        if (pair.document.id, pair.image.id) not in asked and _question(pair) not in known
    ]
    for pair, answer in zip(rest, judge(scorer, rest), strict=True):
        answers[pair.document.id, pair.image.id] = answer
    return [
        answers.get((pair.document.id, pair.image.id))
        # A note is about the document, and was taken once.
        or replace(known[_question(pair)], image=pair.image.id, note="")
        for pair in pairs
    ]


def _question(pair: Pair) -> _Question:
    return pair.document.id, *_picture(pair.image)


def _picture(image: Image) -> tuple[str, str]:
    """What a scorer can see of an image."""
    return image.content, image.caption
