"""How fast the GPU scorer is, beside the plain ways of scoring the same pairs.

    python -m benchmarks.gpu_scorer                        # 0.1 billion random weights, on a CPU
    python -m benchmarks.gpu_scorer --shape 7b --device cuda --dtype bfloat16
    python -m benchmarks.gpu_scorer --model FOLDER --device cuda --dtype bfloat16

Random weights do the same arithmetic as trained ones. On a CPU the figure is CPU time (others
may be using the machine), on a GPU it is wall time. --flops runs every way a second time and
counts its matrix products and attention, for its share of the limit that one large matrix product
reaches here.
"""

import argparse
import gc
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import cross_encoder
from benchmarks.gpu_workload import (
    add_arguments,
    checkpoint_of,
    options_of,
    stopwatch,
    workload,
)
from benchmarks.output import markdown
from kg_enrich.models import Pair
from kg_enrich.scorers.qwen_vl import parity
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint, load
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer


@dataclass(frozen=True)
class Result:
    """seconds: for `pairs` pairs. peak: bytes on the GPU, 0 on a CPU. flops: 0 if not counted."""

    name: str
    pairs: int
    seconds: float
    peak: int
    flops: int

    @property
    def per_pair(self) -> float:
        return self.seconds / self.pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser, shape="mid", documents=6, images=6, side=896)
    parser.add_argument("--plain-pairs", type=int, default=3, help="pairs for the plain ways")
    parser.add_argument("--flops", action="store_true", help="count operations, too")
    arguments = parser.parse_args()
    with checkpoint_of(arguments) as folder, tempfile.TemporaryDirectory() as pictures:
        pairs = workload(Path(pictures), arguments)
        results, limit = measure(folder, pairs, arguments)
        print()
        print(table(results, limit, arguments))


def measure(
    folder: Path,
    pairs: list[Pair],
    arguments: argparse.Namespace,
    checkpoint: Checkpoint | None = None,
) -> tuple[list[Result], float]:
    """Every way of scoring, and the FLOPs a second that are possible here (0 if not asked).

    checkpoint: the folder's, where it is loaded already.
    """
    few = pairs[: arguments.plain_pairs]
    results: list[Result] = []

    def note(name: str, some: list[Pair], work: Callable[[list[Pair]], object]) -> None:
        with stopwatch(arguments.device) as taken:
            work(some)
        flops = 0
        if arguments.flops:
            with FlopCounterMode(display=False) as counter:
                work(some)
            flops = counter.get_total_flops()
        results.append(Result(name, len(some), *taken(), flops))
        print(f"{name:44} {results[-1].per_pair * 1000:10.1f} ms a pair", flush=True)

    loaded = checkpoint or load(options_of(folder, arguments), folder)

    @contextmanager
    def ours(**options: Any) -> Iterator[QwenVlScorer]:
        scorer = QwenVlScorer(options_of(folder, arguments, **options), loaded)
        # What is done once is not measured: starting workers, and on a GPU sizing the batches.
        scorer.score(pairs[:1] if loaded.device.type == "cpu" else pairs)
        yield scorer
        scorer.close()
        del scorer
        gc.collect()

    with ours(prefix_cache_bytes=0, vision_cache_bytes=0) as scorer:
        with parity.plainly(scorer) as plain:
            note("generate 12 tokens, a pair at a time", few[:1], each(plain.generate))
            note("one forward a pair, all logits", few, each(plain.all_logits))
            note("one forward a pair, last position", few, each(plain.log_odds))
        note("ours, nothing shared", few, alone(scorer))
    with ours(prefix_cache_bytes=0) as scorer:
        note("+ vision output once an image", pairs, alone(scorer))
    with ours() as scorer:
        note("+ text prefix once a document (default)", pairs, together(scorer))
    with ours(layout="image-first") as scorer:
        note("image-first", pairs, together(scorer))
    for size in (1, 8, 32):
        score = cross_encoder.load(folder, arguments.device, arguments.dtype, size)
        if score is None:
            print("CrossEncoder: not measured (pip install sentence-transformers)")
            break
        note(f"CrossEncoder, batches of {size}", pairs[: max(size, len(few))], score)
    return results, matmul_limit(arguments) if arguments.flops else 0.0


def each(work: Callable[[Pair], object]) -> Callable[[list[Pair]], object]:
    return lambda pairs: [work(pair) for pair in pairs]


def alone(scorer: QwenVlScorer) -> Callable[[list[Pair]], object]:
    """A pair at a time, so that no text prefix is shared."""

    def work(pairs: list[Pair]) -> None:
        scorer.forget()
        for pair in pairs:
            scorer.score([pair])

    return work


def together(scorer: QwenVlScorer) -> Callable[[list[Pair]], object]:
    def work(pairs: list[Pair]) -> None:
        scorer.forget()
        scorer.score(pairs)

    return work


def matmul_limit(arguments: argparse.Namespace) -> float:
    """FLOPs a second of one large matrix product."""
    size = 8192 if arguments.device.startswith("cuda") else 1024
    square = torch.randn(size, size).to(arguments.device, getattr(torch, arguments.dtype))
    square @ square
    with stopwatch(arguments.device) as taken:
        for _ in range(10):
            square @ square
    return float(10 * 2 * size**3 / taken()[0])


def table(results: list[Result], limit: float, arguments: argparse.Namespace) -> str:
    """In Markdown. limit: FLOPs a second, 0 if unknown."""
    tokens = arguments.text_tokens + (arguments.side // 28) ** 2
    base = next(result for result in results if result.name.endswith("last position"))
    return markdown(
        ["way", "ms a pair", "pairs/s", "tokens/s", f"against {base.name}", "peak MB", "of limit"],
        [
            [
                result.name,
                f"{result.per_pair * 1000:.0f}",
                f"{1 / result.per_pair:.2f}",
                f"{tokens / result.per_pair:.0f}",
                f"{base.per_pair / result.per_pair:.2f}x",
                f"{result.peak / 1e6:.0f}",
                f"{result.flops / result.seconds / limit:.0%}" if limit else "",
            ]
            for result in results
        ],
    )


if __name__ == "__main__":
    main()
