"""The CPU scorer: the words in the picture against the words of the document.

It reads text and nothing else. A picture without text is abstained on; a photograph with a few
letters on it gets the low score that such pictures earned when the constants were fitted.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from kg_enrich.errors import ReadingError, UnreadableImageError
from kg_enrich.images.ocr import OcrReader
from kg_enrich.models import Document, Image, Judgement, Outcome, Pair
from kg_enrich.plain_text import folding_version
from kg_enrich.scorers import lexical
from kg_enrich.text import CorpusStatistics

_MOST_WORDS = 5
_DOCUMENTS_AT_HAND, _IMAGES_AT_HAND = 64, 1024


@dataclass(frozen=True)
class OcrModel:
    """The fitted constants. coefficients: of `lexical.FEATURES`, by name.

    saturation: how soon a sum above even odds stops counting in full. Evidence that agrees is not
    independent, so that its plain sum promises too much. statistics: words of the documents it was
    fitted on, for scoring without a graph.
    """

    intercept: float
    coefficients: Mapping[str, float]
    saturation: float
    statistics: CorpusStatistics

    def log_odds(self, features: Sequence[float]) -> float:
        """Log-odds at the base rate of the best 50 of a full-text search.

        Fitted on references: what nobody referenced counted as none, so that what they promise
        is a lower bound."""
        plain = self.intercept + sum(
            self.coefficients[name] * value
            for name, value in zip(lexical.FEATURES, features, strict=True)
        )
        return plain if plain <= 0 else self.saturation * math.log1p(plain / self.saturation)


def fitted_model() -> OcrModel:
    """The constants that scripts/fit_ocr_scorer.py wrote."""
    stored: dict[str, Any] = json.loads(
        files("kg_enrich.scorers").joinpath("ocr_model.json").read_text("utf-8")
    )
    return OcrModel(
        stored["intercept"],
        stored["coefficients"],
        stored["saturation"],
        CorpusStatistics.of(stored["documents"], stored["document_frequency"]),
    )


class OcrScorer:
    """Scores a pair by the text in its image. Safe to use from several threads."""

    model = "ocr"
    reads_captions = False
    former_fingerprints: tuple[str, ...] = ()

    def __init__(self, reader: OcrReader, statistics: CorpusStatistics | None = None) -> None:
        """statistics: of the corpus that the documents come from, frozen. The words of the fitted
        model's documents are added, so that a corpus of a few documents has usual words too."""
        self._reader = reader
        self.conditions = reader.conditions
        self._model = fitted_model()
        shipped = self._model.statistics
        merged = shipped.merged(statistics) if statistics else shipped
        self._lexicon = lexical.Lexicon(merged)
        self._document = lru_cache(_DOCUMENTS_AT_HAND)(self._profile_document)
        self._image = lru_cache(_IMAGES_AT_HAND)(self._profile_image)
        self.fingerprint = _hash(
            self._model.intercept,
            [self._model.coefficients[name] for name in lexical.FEATURES],
            self._model.saturation,
            lexical.REVISION,
            folding_version(),
            merged.version,
            reader.fingerprint,
        )

    def prefetch(self, images: Sequence[Image]) -> None:
        """Start reading these images' text; returns at once."""
        self._reader.prefetch(images)

    def remembers(self, image: Image) -> bool:
        """Whether the image's text is in the cache."""
        return self._reader.remembers(image)

    def read(self, image: Image, stopped: Callable[[], bool]) -> None:
        """Wait until the image's text is in the cache, or `stopped`."""
        self._reader.wait(image, stopped)

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        """One judgement a pair, in order; see `Scorer.score`."""
        self.prefetch([pair.image for pair in pairs])
        return [self._judge(pair.document, pair.image) for pair in pairs]

    def close(self) -> None:
        """End the reader's worker processes."""
        self._reader.close()

    def _judge(self, document: Document, image: Image) -> Judgement:
        def judgement(outcome: Outcome, reason: str, depends: str = "") -> Judgement:
            return Judgement(document.id, image.id, outcome, reason=reason, depends=depends)

        try:
            seen = self._image(image)
        except UnreadableImageError as error:
            return judgement(Outcome.UNREADABLE, str(error), error.depends)
        except ReadingError as error:
            return judgement(Outcome.FAILED, str(error))
        if not seen.written:
            return judgement(Outcome.ABSTAINED, "no text in the image")
        told = self._document(document)
        log_odds = self._model.log_odds(lexical.features(told, seen, self._lexicon))
        words = lexical.matching_words(told, seen, self._lexicon, _MOST_WORDS)
        return Judgement(
            document.id,
            image.id,
            Outcome.SCORED,
            score=10.0 / (1.0 + math.exp(-log_odds)),
            log_odds=log_odds,
            reason=f"matches: {', '.join(words)}" if words else "no words in common",
        )

    def _profile_document(self, document: Document) -> lexical.DocumentProfile:
        return self._lexicon.document(document.title, document.text)

    def _profile_image(self, image: Image) -> lexical.ImageProfile:
        return self._lexicon.image(self._reader.read(image).lines)


def _hash(*parts: object) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()[:32]
