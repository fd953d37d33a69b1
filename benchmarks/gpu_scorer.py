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
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image as Picture
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import cross_encoder
from benchmarks.output import machine, markdown
from kg_enrich.models import Document, DocumentId, Image, ImageId, Pair
from kg_enrich.scorers.qwen_vl import QwenVlOptions, parity, require_packages
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint, load
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer
from tests.qwen_vl import checkpoints

SHAPES = {"tiny": checkpoints.TINY, "mid": checkpoints.MID, "7b": checkpoints.SEVEN_B}


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
    parser.add_argument("--model", help="folder of a checkpoint; random weights without it")
    parser.add_argument("--shape", choices=SHAPES, default="mid")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--documents", type=int, default=6)
    parser.add_argument("--images", type=int, default=6)
    parser.add_argument("--plain-pairs", type=int, default=3, help="pairs for the plain ways")
    parser.add_argument("--text-tokens", type=int, default=300)
    parser.add_argument("--side", type=int, default=896, help="pixels; 896 is 1024 visual tokens")
    parser.add_argument("--workers", type=int, help="unset: none on a CPU, by itself on a GPU")
    parser.add_argument("--flops", action="store_true", help="count operations, too")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    require_packages()
    torch.set_num_threads(arguments.threads)
    print(described(arguments))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments.model) if arguments.model else Path(temporary) / "model"
        if not arguments.model:
            print(f"writing random weights ({arguments.shape})", flush=True)
            dtype = getattr(torch, arguments.dtype)
            shape = SHAPES[arguments.shape]
            checkpoints.build(folder, shape=shape, dtype=dtype, device=arguments.device)
        pairs = workload(Path(temporary), arguments)
        results, limit = measure(folder, pairs, arguments)
        print()
        print(table(results, limit, arguments))


def described(arguments: argparse.Namespace) -> str:
    """What runs on what, and how large it is."""
    line = machine("torch", "transformers")
    if arguments.device.startswith("cuda"):
        line += f", {torch.cuda.get_device_name(arguments.device)}"
    return (
        f"{line}\n{arguments.model or arguments.shape} in {arguments.dtype} on {arguments.device}, "
        f"{arguments.threads} threads: {arguments.documents} documents of {arguments.text_tokens} "
        f"tokens with {arguments.images} images of {arguments.side} x {arguments.side} pixels each"
    )


def workload(folder: Path, arguments: argparse.Namespace) -> list[Pair]:
    """Every document with every image: noise, at random words."""
    random = np.random.default_rng(0)
    images = []
    for index in range(arguments.images):
        file = folder / f"{index}.png"
        side = arguments.side
        noise = random.integers(0, 255, (side // 16, side // 16, 3), dtype=np.uint8)
        Picture.fromarray(noise).resize((side, side)).save(file)
        images.append(Image(ImageId(str(index)), file, "1"))
    documents = []
    for index in range(arguments.documents):
        # The random checkpoint's tokenizer knows bytes only: a letter is a token.
        words = "".join(random.choice(list("abcdefgh "), arguments.text_tokens - 20))
        documents.append(Document(DocumentId(str(index)), "", words, "1"))
    return [Pair(document, image) for document in documents for image in images]


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


def options_of(folder: Path, arguments: argparse.Namespace, **options: Any) -> QwenVlOptions:
    workers = arguments.workers
    if workers is None and arguments.device == "cpu":
        workers = 0
    return QwenVlOptions(
        model=str(folder),
        device=arguments.device,
        dtype=arguments.dtype,
        self_test=False,
        workers=workers,
        **options,
    )


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


@contextmanager
def stopwatch(device: str) -> Iterator[Callable[[], tuple[float, int]]]:
    """Seconds (CPU time of this process on a CPU, wall time on a GPU) and peak bytes."""
    on_gpu = device.startswith("cuda")
    if on_gpu:
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
    begin, taken = clock(on_gpu), [0.0, 0.0]
    yield lambda: (taken[0], int(taken[1]))
    if on_gpu:
        torch.cuda.synchronize(device)
        taken[1] = torch.cuda.max_memory_allocated(device)
    taken[0] = clock(on_gpu) - begin


def clock(on_gpu: bool) -> float:
    if on_gpu:
        return time.perf_counter()
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


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
