"""What the benchmarks of the GPU scorer share: a checkpoint, pairs to score, a stopwatch.

Random weights do the same arithmetic as trained ones.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image as Picture

from benchmarks.output import machine
from kg_enrich.models import Document, DocumentId, Image, ImageId, Pair
from kg_enrich.scorers.qwen_vl import QwenVlOptions, require_packages
from tests.qwen_vl import checkpoints

SHAPES = {"tiny": checkpoints.TINY, "mid": checkpoints.MID, "7b": checkpoints.SEVEN_B}


def add_arguments(
    parser: argparse.ArgumentParser, *, shape: str, documents: int, images: int, side: int
) -> None:
    """The options that say what is scored by what; the defaults differ."""
    parser.add_argument("--model", help="folder of a checkpoint; random weights without it")
    parser.add_argument("--shape", choices=SHAPES, default=shape)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--documents", type=int, default=documents)
    parser.add_argument("--images", type=int, default=images, help="a document")
    parser.add_argument("--text-tokens", type=int, default=300)
    parser.add_argument(
        "--side", type=int, default=side, help="pixels; 448 is 256 visual tokens, 896 is 1024"
    )
    parser.add_argument("--workers", type=int, help="unset: none on a CPU, by itself on a GPU")
    parser.add_argument("--threads", type=int, default=1)


@contextmanager
def checkpoint_of(arguments: argparse.Namespace) -> Iterator[Path]:
    """The folder of the model that is asked for; random weights are written and removed."""
    require_packages()
    torch.set_num_threads(arguments.threads)
    print(described(arguments))
    if arguments.model:
        yield Path(arguments.model)
        return
    with tempfile.TemporaryDirectory() as temporary:
        print(f"writing random weights ({arguments.shape})", flush=True)
        dtype, shape = getattr(torch, arguments.dtype), SHAPES[arguments.shape]
        folder = Path(temporary) / "model"
        yield checkpoints.build(folder, shape=shape, dtype=dtype, device=arguments.device)


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
