"""The CPU scorer: the words in the picture against the words of the document.

It reads text and nothing else, and captions where it is asked to. A picture without text is
abstained on; a photograph with a few letters on it gets the low score that such pictures earned
when the constants were fitted.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
class Weights:
    """A plain sum. text, caption: coefficients of `lexical.FEATURES` by name, the latter empty
    where captions are not read."""

    intercept: float
    text: Mapping[str, float]
    caption: Mapping[str, float] = field(default_factory=dict)

    def sum(self, text: Sequence[float], caption: Sequence[float] = ()) -> float:
        """text, caption: what `lexical.features` gives for either."""
        return self.intercept + math.fsum(
            weights[name] * value
            for weights, values in ((self.text, text), (self.caption, caption))
            for name, value in zip(lexical.FEATURES if values else (), values, strict=True)
        )

    def parts(self) -> list[object]:
        """All constants, in a fixed order."""
        return [
            self.intercept,
            *(
                [side[name] for name in lexical.FEATURES if side]
                for side in (self.text, self.caption)
            ),
        ]


@dataclass(frozen=True)
class OcrModel:
    """The fitted constants. plain: by the text in the image alone. captioned: by its caption too.

    saturation: how soon a sum above even odds stops counting in full. Evidence that agrees is not
    independent, so that its plain sum promises too much. statistics: words of the documents it was
    fitted on, for scoring without a graph.
    """

    plain: Weights
    captioned: Weights
    saturation: float
    statistics: CorpusStatistics

    def log_odds(self, text: Sequence[float], caption: Sequence[float] | None = None) -> float:
        """Log-odds at the base rate of the best 50 of a full-text search.

        caption: features of the image's caption; None where there is none to be read. Fitted on
        references: what nobody referenced counted as none, so that they promise a lower bound."""
        summed = self.plain.sum(text) if caption is None else self.captioned.sum(text, caption)
        return summed if summed <= 0 else self.saturation * math.log1p(summed / self.saturation)


def fitted_model() -> OcrModel:
    """The constants that scripts/fit_ocr_scorer.py wrote."""
    stored: dict[str, Any] = json.loads(
        files("kg_enrich.scorers").joinpath("ocr_model.json").read_text("utf-8")
    )
    return OcrModel(
        Weights(**stored["plain"]),
        Weights(**stored["captioned"]),
        stored["saturation"],
        CorpusStatistics.of(stored["documents"], stored["document_frequency"]),
    )


class OcrScorer:
    """Scores a pair by the text in its image. Safe to use from several threads."""

    model = "ocr"
    former_fingerprints: tuple[str, ...] = ()

    def __init__(
        self,
        reader: OcrReader,
        statistics: CorpusStatistics | None = None,
        captions: bool = False,
    ) -> None:
        """statistics: of the corpus that the documents come from, frozen. The words of the fitted
        model's documents are added, so that a corpus of a few documents has usual words too.
        captions: weigh an image's caption beside the text in it."""
        self._reader = reader
        self.reads_captions = captions
        self.conditions = reader.conditions
        self._model = fitted_model()
        shipped = self._model.statistics
        merged = shipped.merged(statistics) if statistics else shipped
        self._lexicon = lexical.Lexicon(merged)
        self._document = lru_cache(_DOCUMENTS_AT_HAND)(self._profile_document)
        self._image = lru_cache(_IMAGES_AT_HAND)(self._profile_image)
        self._caption = lru_cache(_IMAGES_AT_HAND)(self._profile_caption)
        self.fingerprint = _hash(
            self._model.plain.parts(),
            self._model.captioned.parts() if captions else [],
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
        captioned = self._caption(image.caption) if self.reads_captions else None
        if not seen.written and captioned is None:
            return judgement(Outcome.ABSTAINED, "no text in the image")
        told = self._document(document)
        log_odds = self._model.log_odds(
            lexical.features(told, seen, self._lexicon),
            lexical.features(told, captioned, self._lexicon) if captioned else None,
        )
        return Judgement(
            document.id,
            image.id,
            Outcome.SCORED,
            score=10.0 / (1.0 + math.exp(-log_odds)),
            log_odds=log_odds,
            reason=self._reason(told, seen, captioned, "name" if image.is_named else "caption"),
        )

    def _reason(
        self,
        told: lexical.DocumentProfile,
        seen: lexical.ImageProfile,
        captioned: lexical.ImageProfile | None,
        what: str,
    ) -> str:
        found = [
            f"{where}: {', '.join(words)}"
            for where, side in (("matches", seen), (f"in its {what}", captioned))
            if side and (words := lexical.matching_words(told, side, self._lexicon, _MOST_WORDS))
        ]
        return "; ".join(found) or "no words in common"

    def _profile_document(self, document: Document) -> lexical.DocumentProfile:
        return self._lexicon.document(document.title, document.text)

    def _profile_image(self, image: Image) -> lexical.ImageProfile:
        return self._lexicon.image(self._reader.read(image).lines)

    def _profile_caption(self, caption: str) -> lexical.ImageProfile | None:
        """None for a caption without a word: its image is judged as if captions were not read."""
        profile = self._lexicon.image([caption])
        return profile if profile.written else None


def _hash(*parts: object) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()[:32]
