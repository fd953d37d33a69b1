"""Fits the OCR scorer and writes kg_enrich/scorers/ocr_model.json.

    python -m scripts.fit_ocr_scorer DATA_FOLDER OCR_CACHE_FOLDER

Prints what benchmarks/ocr_ranking.py measures leave-one-repository-out, then fits on all.
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
    features, readable = ocr_fit.feature_array(data, texts, statistics)
    candidates = ocr_fit.full_text_candidates(data, texts, statistics)
    fitted = ocr_fit.fit(features, readable, data.referenced, candidates)
    usual = ocr_fit.shipped(statistics)
    model = {
        "fitted": f"{datetime.now(UTC):%Y-%m-%d}",
        "data": f"{data.name}: {len(data.documents)} documents, {len(data.images)} images",
        "intercept": round(fitted.intercept, 6),
        "coefficients": dict(zip(FEATURES, fitted.coefficients.round(6).tolist(), strict=True)),
        "saturation": ocr_fit.SATURATION,
        "documents": usual.documents,
        "document_frequency": dict(sorted(usual.document_frequency.items())),
    }
    TARGET.write_text(json.dumps(model, ensure_ascii=False, indent=0) + "\n", "utf-8")
    print(f"\nintercept {model['intercept']}, coefficients {model['coefficients']}")
    print(f"{TARGET.name}: {len(usual.document_frequency)} words, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
