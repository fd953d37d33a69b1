"""Fits the OCR scorer and writes kg_enrich/scorers/ocr_model.json.

    python -m scripts.fit_ocr_scorer DATA_FOLDER OCR_CACHE_FOLDER

Prints what benchmarks/ocr_ranking.py measures leave-one-repository-out, then fits on all. What is
read of a picture stays in OCR_CACHE_FOLDER under its contents and the reading's version: a second
run over the same pictures reads none.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import docs_data, ocr_fit, ocr_ranking
from kg_enrich.scorers.lexical import FEATURES

TARGET = Path(__file__).parents[1] / "kg_enrich/scorers/ocr_model.json"


def main(folder: Path, cache: Path) -> None:
    data = docs_data.load(folder)
    texts = ocr_ranking.read_all(data, cache)
    ocr_ranking.report(data, texts)
    statistics = ocr_fit.statistics_of(data, [True] * len(data.documents))
    candidates = ocr_fit.full_text_candidates(data, texts, statistics)
    seen = ocr_fit.feature_array(data, texts, statistics)
    captions = [image.caption for image in data.images]
    usual = ocr_fit.shipped(statistics)
    model = {
        "fitted": f"{datetime.now(UTC):%Y-%m-%d}",
        "data": f"{data.name}: {len(data.documents)} documents, {len(data.images)} images",
        **{
            name: _weights(ocr_fit.fit(*features, data.referenced, candidates))
            for name, features in (
                ("plain", seen),
                ("captioned", ocr_fit.with_captions(data, seen, statistics, captions)),
            )
        },
        "saturation": ocr_fit.SATURATION,
        "documents": usual.documents,
        "document_frequency": dict(sorted(usual.document_frequency.items())),
    }
    TARGET.write_text(json.dumps(model, ensure_ascii=False, indent=0) + "\n", "utf-8")
    print(f"\nplain: {model['plain']}\ncaptioned: {model['captioned']}")
    print(f"{TARGET.name}: {len(usual.document_frequency)} words, {TARGET.stat().st_size} bytes")


def _weights(fitted: ocr_fit.Fit) -> dict[str, object]:
    values = fitted.coefficients.round(6).tolist()
    text, caption = values[: len(FEATURES)], values[len(FEATURES) :]
    return {
        "intercept": round(fitted.intercept, 6),
        "text": dict(zip(FEATURES, text, strict=True)),
        "caption": dict(zip(FEATURES if caption else (), caption, strict=True)),
    }


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
