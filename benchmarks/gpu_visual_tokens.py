"""What fewer visual tokens cost in order, and what they save, on the drawn pictures of the demo.

    python -m benchmarks.gpu_visual_tokens                       # a reader on the CPU judges
    python -m benchmarks.gpu_visual_tokens --model FOLDER --device cuda

A picture is scaled to so many tokens (28 x 28 pixels each) as the GPU scorer scales it. Every
document is asked about all pictures; the order is judged by the demo's own answers. Without a
model, the CPU scorer reads the scaled pictures: what it cannot read any more, a model that sees
has to guess. The cost is that of a 7B for one pair, by its matrix products, text-first.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image as Picture
from qwen_vl_utils.vision_process import smart_resize

from benchmarks.output import machine, print_markdown
from kg_enrich.models import Document, DocumentId, Image, ImageId, Pair
from kg_enrich.scorers.base import Scorer
from tests.qwen_vl.checkpoints import SEVEN_B

DEMO = Path(__file__).parents[1] / "demo"
SIDE = 28
# The least that the GPU scorer allows is 200.
TOKENS = (1280, 640, 400, 256, 200)

Scores = dict[tuple[str, str], float]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", help="a reranker's folder or hub id; unset: the CPU scorer")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tokens", type=int, nargs="+", default=TOKENS)
    given = parser.parse_args()
    documents = [
        Document(DocumentId(row["id"]), row["title"], row["text"], "1")
        for row in _rows("documents")
    ]
    wanted = {
        (row["document_id"], row["image_id"])
        for row in _rows("expected")
        if row["expected"] == "evidence"
    }
    print(f"{machine('torch', 'rapidocr')}; {given.model or 'the CPU scorer'} judges")
    rows: list[list[object]] = []
    first: Scores | None = None
    for most in given.tokens:
        with tempfile.TemporaryDirectory() as temporary:
            images, used = scaled(Path(temporary), most)
            scorer = _scorer(given, most, Path(temporary))
            try:
                pairs = [Pair(document, image) for document in documents for image in images]
                judged = scorer.score(pairs)
            finally:
                scorer.close()
        scores = {(str(one.document), str(one.image)): one.log_odds or -1e9 for one in judged}
        first = first or scores
        top, reciprocal = order(scores, wanted)
        rows.append(
            [
                most,
                f"{used:.0f}",
                f"{top:.2f}",
                f"{reciprocal:.3f}",
                f"{agreement(scores, first):.3f}",
                f"{cost(used):.1f}",
                f"{cost(used) / cost(rows_used(rows) or used):.0%}",
            ]
        )
        print(*rows[-1], flush=True)
    print()
    print_markdown(
        ["tokens at most", "used on average", "Top-1", "MRR", "pairs of images in the order of the"
         " first line", "TFLOP a pair", "of the first line"],
        rows,
    )  # fmt: skip


def rows_used(rows: list[list[object]]) -> float:
    return float(str(rows[0][1])) if rows else 0.0


def scaled(folder: Path, most: int) -> tuple[list[Image], float]:
    """The demo's pictures within so many tokens, and how many they have on average."""
    images, used = [], 0
    for row in _rows("images"):
        picture = Picture.open(DEMO / row["path"]).convert("RGB")
        height, width = smart_resize(
            picture.height, picture.width, SIDE, 4 * SIDE**2, most * SIDE**2
        )
        used += height * width // SIDE**2
        file = folder / f"{row['id']}.png"
        picture.resize((width, height), Picture.Resampling.BICUBIC).save(file)
        images.append(Image(ImageId(row["id"]), file, f"{most}"))
    return images, used / len(images)


def order(scores: Scores, wanted: set[tuple[str, str]]) -> tuple[float, float]:
    """Share of documents whose first image is evidence; mean reciprocal rank of the first one."""
    documents = sorted({document for document, _ in wanted})
    ranks = []
    for document in documents:
        images = sorted(
            (image for one, image in scores if one == document),
            key=lambda image: -scores[document, image],
        )
        ranks.append(
            next(rank for rank, image in enumerate(images, 1) if (document, image) in wanted)
        )
    return (
        sum(rank == 1 for rank in ranks) / len(ranks),
        sum(1 / rank for rank in ranks) / len(ranks),
    )


def agreement(scores: Scores, first: Scores) -> float:
    """Of all pairs of a document's images that `first` tells apart, how many stand alike."""
    same = total = 0
    for document in {document for document, _ in scores}:
        images = [image for one, image in scores if one == document]
        for place, image in enumerate(images):
            for other in images[:place]:
                before = first[document, image] - first[document, other]
                after = scores[document, image] - scores[document, other]
                if before:
                    total += 1
                    same += before * after > 0
    return same / max(1, total)


def cost(tokens: float) -> float:
    """10^12 operations of a pair: the vision tower once for five documents, the suffix always."""
    each = 2 * SEVEN_B.hidden * (SEVEN_B.heads + SEVEN_B.key_heads) * SEVEN_B.hidden
    each = each // SEVEN_B.heads + 3 * SEVEN_B.hidden * SEVEN_B.intermediate
    seen = 4 * SEVEN_B.vision_hidden**2 + 3 * SEVEN_B.vision_hidden * SEVEN_B.vision_intermediate
    model = 2 * each * SEVEN_B.layers * (tokens + 20)
    tower = 2 * seen * SEVEN_B.vision_depth * 4 * tokens
    return (model + tower / 5) / 1e12


def _scorer(given: argparse.Namespace, most: int, folder: Path) -> Scorer:
    if given.model:
        from kg_enrich.scorers.qwen_vl import QwenVlOptions, build

        return build(QwenVlOptions(model=given.model, device=given.device, max_visual_tokens=most))
    from kg_enrich.images.ocr import OcrReader
    from kg_enrich.scorers.ocr import OcrScorer

    return OcrScorer(OcrReader(folder / "ocr", 1))


def _rows(name: str) -> list[dict[str, Any]]:
    lines = (DEMO / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


if __name__ == "__main__":
    main()
