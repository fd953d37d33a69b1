"""Our scoring against plain transformers, one pair at a time, on the same weights."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kg_enrich.errors import ScorerError
from kg_enrich.images.decoding import file_version
from kg_enrich.models import Document, DocumentId, Image, ImageId, Pair
from kg_enrich.scorers.qwen_vl import speedups
from kg_enrich.scorers.qwen_vl.pixels import Pixels
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer, score_of
from kg_enrich.scorers.qwen_vl.vision import patch_values


class PlainScorer:
    """One forward a pair through the model as transformers runs it; nothing is shared or kept."""

    def __init__(self, scorer: QwenVlScorer) -> None:
        self._scorer = scorer
        self._checkpoint = scorer.checkpoint
        self._model = scorer.checkpoint.model

    def log_odds(self, pair: Pair) -> float:
        """From the last position only, with the same float32 head as ours."""
        with torch.inference_mode():
            last = self._model.model(**self._inputs(pair)).last_hidden_state[0, -1]
            head = self._checkpoint.head
            yes, no = (head @ last.to(head.dtype)).tolist()
        return float(yes - no)

    def all_logits(self, pair: Pair) -> Tensor:
        """The vocabulary's logits at every position: what a careless forward computes."""
        with torch.inference_mode():
            logits: Tensor = self._model(**self._inputs(pair)).logits
        return logits

    def generate(self, pair: Pair, tokens: int = 12) -> Tensor:
        """Let the model write its answer."""
        with torch.inference_mode():
            ids: Tensor = self._model.generate(
                **self._inputs(pair), max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False
            )
        return ids

    def _inputs(self, pair: Pair) -> dict[str, Any]:
        prompt, pixels = self._scorer.prompt_of(pair), self._scorer.pixels_of(pair.image)
        if prompt is None:
            raise ValueError(f"document {pair.document.id} has no text")
        length = _visual_tokens(pixels, self._checkpoint.merge)
        image_id = self._model.config.image_token_id
        ids = torch.tensor([[*prompt.before, *[image_id] * length, *prompt.after]])
        device = self._checkpoint.device
        return {
            "input_ids": ids.to(device),
            "attention_mask": torch.ones_like(ids).to(device),
            # Without them transformers gives the image plain positions, and says nothing.
            "mm_token_type_ids": (ids == image_id).int().to(device),
            "pixel_values": patch_values(self._checkpoint, [pixels]),
            "image_grid_thw": torch.tensor([pixels.grid], device=device),
        }


@contextmanager
def plainly(scorer: QwenVlScorer) -> Iterator[PlainScorer]:
    """A plain scorer over a scorer's weights, which must not be used meanwhile."""
    with speedups.undone(scorer.checkpoint.model):
        yield PlainScorer(scorer)


@dataclass(frozen=True, slots=True)
class Difference:
    """One pair's scores in [0, 10]: ours, and one plain forward's."""

    document: DocumentId
    image: ImageId
    ours: float
    plain: float

    @property
    def size(self) -> float:
        return abs(self.ours - self.plain)


@dataclass(frozen=True, slots=True)
class Parity:
    """pairs: those that both could score; the others are left out.

    reordered: documents whose images change places.
    """

    pairs: tuple[Difference, ...]
    reordered: tuple[DocumentId, ...]
    left_out: int

    @property
    def largest(self) -> Difference:
        return max(self.pairs, key=lambda pair: pair.size)

    @property
    def mean(self) -> float:
        return sum(pair.size for pair in self.pairs) / len(self.pairs)


def compare(scorer: QwenVlScorer, pairs: Sequence[Pair]) -> Parity:
    """Score pairs batched and cached, then each alone with plain transformers.

    Errors: ScorerError when none of them can be scored.
    """
    ours = [
        (pair, judgement.score)
        for pair, judgement in zip(pairs, scorer.score(pairs), strict=True)
        if judgement.score is not None
    ]
    if not ours:
        raise ScorerError("none of the pairs can be scored: look at the images and the texts")
    with plainly(scorer) as plain:
        differences = tuple(
            Difference(pair.document.id, pair.image.id, score, score_of(plain.log_odds(pair)))
            for pair, score in ours
        )
    return Parity(differences, reordered(differences), len(pairs) - len(ours))


def file_pairs(texts: Sequence[Path], images: Sequence[Path]) -> list[Pair]:
    """Every text file with every image file, named by their paths.

    Errors: UnreadableImageError for an image that is not there.
    """
    documents = [
        Document(DocumentId(str(file)), "", file.read_text(encoding="utf-8"), "") for file in texts
    ]
    files = [
        Image(ImageId(str(file)), file.resolve(), file_version(file.resolve())) for file in images
    ]
    return [Pair(document, image) for document in documents for image in files]


def reordered(pairs: Sequence[Difference]) -> tuple[DocumentId, ...]:
    """The documents whose images stand in another order by our scores than by the plain ones."""
    by_document: dict[DocumentId, list[Difference]] = {}
    for pair in pairs:
        by_document.setdefault(pair.document, []).append(pair)
    return tuple(
        document
        for document, group in by_document.items()
        if [pair.image for pair in sorted(group, key=lambda pair: -pair.ours)]
        != [pair.image for pair in sorted(group, key=lambda pair: -pair.plain)]
    )


def _visual_tokens(pixels: Pixels, merge: int) -> int:
    _, down, across = pixels.grid
    return down * across // merge**2
