"""How far each of the GPU scorer's speed-ups moves scores from plain transformers' own.

    python -m benchmarks.gpu_parity                  # small random weights, on a CPU
    python -m benchmarks.gpu_parity --device cuda    # dtypes that a GPU has a fast kernel for, too

Four documents with five images of different shapes, both families. The random weights are made so
sensitive that a position off by one moves a score by whole points. What is compared with is one
plain forward a pair on the same weights in the same dtype and on the same device: in bfloat16 the
difference is the noise of two bfloat16 computations, and `plain` says how far the plain one itself
is from float64. For your own checkpoint and pictures there is `kg-enrich parity`.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import torch

from benchmarks.output import machine, print_markdown
from kg_enrich.models import Pair
from kg_enrich.scorers.qwen_vl import QwenVlOptions, build, parity
from kg_enrich.scorers.qwen_vl.parity import Difference
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer, score_of
from tests.qwen_vl import checkpoints, workload

DTYPES = ("float64", "float32", "bfloat16")


@dataclass(frozen=True)
class Way:
    """together: all pairs in one call, so that they share batches; else one by one."""

    name: str
    together: bool
    options: dict[str, Any]


NOTHING = {"vision_cache_bytes": 0, "prefix_cache_bytes": 0}
WAYS = [
    Way("packed attention, linear patch embedding; a pair at a time", False, NOTHING),
    Way("+ vision output once an image", False, {"prefix_cache_bytes": 0}),
    Way("+ text prefix once a document", False, {}),
    Way("+ batches: text-first, the default", True, {}),
    Way("image-first, a pair at a time", False, {"layout": "image-first"}),
    Way("image-first, batches", True, {"layout": "image-first"}),
]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    torch.set_num_threads(1)
    print(machine("torch", "transformers"), given.device)
    with tempfile.TemporaryDirectory() as folder:
        images = workload.images(Path(folder))
        pairs = [Pair(document, image) for document in workload.documents() for image in images]
        rows = []
        for family in get_args(checkpoints.Family):
            model = checkpoints.build(Path(folder) / family, family)
            rows += measure(family, model, given.device, pairs)
    print_markdown(
        ["", "float64, log-odds", "float32, score", "bfloat16, score", "documents reordered"], rows
    )


def measure(
    family: str,
    model: Path,
    device: str,
    pairs: list[Pair],
    dtypes: Sequence[str] = DTYPES,
    ways: Sequence[Way] = tuple(WAYS),
) -> list[list[str]]:
    """A row a way: the largest difference in each dtype, and reordered documents in all."""
    plain: dict[tuple[str, str], list[float]] = {}
    rows = []
    for way in ways:
        cells, reordered = [], []
        for dtype in dtypes:
            options = {"model": str(model), "device": device, "dtype": dtype, **way.options}
            scorer = build(QwenVlOptions(workers=0, self_test=False, **options))
            found = log_odds(scorer, pairs, way.together)
            key = (dtype, scorer.options.layout)
            if key not in plain:
                with parity.plainly(scorer) as alone:
                    plain[key] = [alone.log_odds(pair) for pair in pairs]
            scorer.close()
            cells.append(f"{largest(found, plain[key], dtype == 'float64'):.1e}")
            reordered.append(len(parity.reordered(differences(pairs, found, plain[key]))))
        rows.append([f"{family}: {way.name}", *cells, ", ".join(map(str, reordered))])
    for layout in ("text-first", "image-first") if "float64" in dtypes else ():
        exact = plain["float64", layout]
        noise = [f"{largest(plain[dtype, layout], exact, False):.1e}" for dtype in dtypes]
        rows.append([f"{family}: plain, {layout}, against float64", *noise, ""])
    return rows


def log_odds(scorer: QwenVlScorer, pairs: Sequence[Pair], together: bool) -> list[float]:
    calls = [pairs] if together else [[pair] for pair in pairs]
    values = [judgement.log_odds for call in calls for judgement in scorer.score(call)]
    found = [value for value in values if value is not None]
    if len(found) != len(pairs):
        raise SystemExit(f"{len(pairs) - len(found)} of {len(pairs)} pairs were not scored")
    return found


def largest(found: Sequence[float], wanted: Sequence[float], as_log_odds: bool) -> float:
    if as_log_odds:
        return max(abs(one - other) for one, other in zip(found, wanted, strict=True))
    return max(
        abs(score_of(one) - score_of(other)) for one, other in zip(found, wanted, strict=True)
    )


def differences(
    pairs: Sequence[Pair], found: Sequence[float], wanted: Sequence[float]
) -> list[Difference]:
    return [
        Difference(pair.document.id, pair.image.id, score_of(ours), score_of(plain))
        for pair, ours, plain in zip(pairs, found, wanted, strict=True)
    ]


if __name__ == "__main__":
    main()
