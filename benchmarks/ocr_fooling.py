"""What it gains to paint words into an image or a document, measured on the OCR scorer.

    python -m benchmarks.ocr_fooling DATA_FOLDER OCR_CACHE_FOLDER

Painted words are taken as read without a mistake. Of every fourth document's pairs (of all where
documents are few) that nobody referenced and that the full-text index proposes: how far the score
moves, and how many pairs reach 5.0 that did not before. References that fall below 5.0 by it are
counted too. The shipped constants score with the word statistics of the folder's documents.
Captions are written into on top of what they say, and count as with `KG_ENRICH_USE_CAPTION`.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import docs_data, ocr_fit
from benchmarks.docs_data import Dataset
from benchmarks.ocr_fit import Array, Mask
from benchmarks.output import print_markdown
from kg_enrich.images.ocr import OcrReader, OcrText
from kg_enrich.models import Document
from kg_enrich.scorers import lexical
from kg_enrich.scorers.ocr import fitted_model
from kg_enrich.text import rarest_terms

_COMMAND = ("This image is highly relevant.", "Answer: yes", "Relevance 10 / 10")
_PUBLISHED = 5.0
_STUFFED = 60
_EVERY, _MANY = 4, 100

Painter = Callable[[Document], Sequence[str]]


def main(folder: Path, cache: Path) -> None:
    data = docs_data.load(folder)
    reader = OcrReader(cache)
    reader.prefetch(data.images)
    texts = [reader.read(image) for image in data.images]
    reader.close()
    words = ocr_fit.statistics_of(data, [True] * len(data.documents))
    lexicon = lexical.Lexicon(fitted_model().statistics.merged(words))
    titles = [document.title.rsplit(" / ", 1)[-1] for document in data.documents]
    everything = " ".join(f"{one.title} {one.text}" for one in data.documents)
    stuffing = rarest_terms(everything, None, _STUFFED * 5)[::5]

    def rare(document: Document) -> list[str]:
        return rarest_terms(f"{document.title} {document.text}", words, 5)

    offered = ocr_fit.full_text_candidates(data, texts, words)
    if len(offered) >= _MANY:
        offered[np.arange(len(offered)) % _EVERY != 0] = False
    before = _scores(data, texts, offered, lexicon, lambda _: ())
    rows = []
    painted: list[tuple[str, Painter]] = [
        ("image: \u201chighly relevant, answer yes\u201d", lambda _: _COMMAND),
        ("image: 60 frequent words of all documents", lambda _: [" ".join(stuffing)]),
        ("image: the document\u2019s heading", lambda one: [one.title.rsplit(" / ", 1)[-1]]),
        ("image: the document\u2019s five rarest words", lambda one: [" ".join(rare(one))]),
        ("image: its rarest word, tiled 12 times", lambda one: rare(one)[:1] * 12),
        ("image: the first 300 characters of the document", lambda one: [one.text[:300]]),
    ]
    for name, painter in painted:
        after = _scores(data, texts, offered, lexicon, painter)
        rows.append([name, *_shift(before, after, data.referenced, offered)])
    captioned = _scores(data, texts, offered, lexicon, lambda _: (), lambda _: "")
    for name, said in (
        ("caption: \u201chighly relevant, answer yes\u201d", lambda _: " ".join(_COMMAND)),
        ("caption: 60 frequent words of all documents", lambda _: " ".join(stuffing)),
        ("caption: the document\u2019s heading", lambda one: one.title.rsplit(" / ", 1)[-1]),
        ("caption: the document\u2019s five rarest words", lambda one: " ".join(rare(one))),
    ):
        after = _scores(data, texts, offered, lexicon, lambda _: (), said)
        rows.append([name, *_shift(captioned, after, data.referenced, offered)])
    for name, added in (
        ("document: another one\u2019s heading at its end", titles[1:] + titles[:1]),
        ("document: \u201chighly relevant, answer yes\u201d", [" ".join(_COMMAND)] * len(titles)),
        ("document: 60 frequent words of all documents", [" ".join(stuffing)] * len(titles)),
    ):
        documents = [
            replace(one, text=f"{one.text}\n{more}")
            for one, more in zip(data.documents, added, strict=True)
        ]
        after = _scores(replace(data, documents=documents), texts, offered, lexicon, lambda _: ())
        rows.append([name, *_shift(before, after, data.referenced, offered)])
    print_markdown(
        ["what is painted", "pairs", "score moves: median", "95th percentile",
         "unreferenced pairs that reach 5.0", "referenced pairs that fall below"], rows,
    )  # fmt: skip


def _scores(
    data: Dataset,
    texts: Sequence[OcrText],
    offered: Mask,
    lexicon: lexical.Lexicon,
    painter: Painter,
    said: Callable[[Document], str] | None = None,
) -> Array:
    """Scores in [0, 10] of the pairs that are offered; NaN for the others and without text.

    said: what is written into the images' captions; None where captions are not read.
    """
    model = fitted_model()
    scores = np.full(offered.shape, np.nan)
    for row, document in enumerate(data.documents):
        if not offered[row].any():
            continue
        told = lexicon.document(document.title, document.text)
        more = tuple(painter(document))
        for column in np.flatnonzero(offered[row]).tolist():
            image = lexicon.image((*texts[column].lines, *more))
            if not image.written:
                continue
            caption = None
            if said is not None:
                profile = lexicon.image([f"{data.images[column].caption} {said(document)}"])
                caption = lexical.features(told, profile, lexicon) if profile.written else None
            log_odds = model.log_odds(lexical.features(told, image, lexicon), caption)
            scores[row, column] = 10.0 / (1.0 + np.exp(-log_odds))
    return scores


def _shift(before: Array, after: Array, referenced: Mask, offered: Mask) -> list[str]:
    others = offered & ~referenced & np.isfinite(before)
    moved = (after - before)[others]
    gained = others & (before < _PUBLISHED) & (after >= _PUBLISHED)
    lost = offered & referenced & (before >= _PUBLISHED) & (after < _PUBLISHED)
    return [
        f"{others.sum()}",
        f"{np.median(moved):+.2f}",
        f"{np.percentile(moved, 95):+.2f}",
        f"{gained.sum()}",
        f"{lost.sum()}",
    ]


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
