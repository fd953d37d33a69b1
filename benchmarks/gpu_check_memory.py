"""The GPU's memory: running out of it loses nothing, and a thousand pictures leave none behind."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import torch
from PIL import Image as Picture

from benchmarks.gpu_workload import options_of
from benchmarks.output import markdown
from kg_enrich.models import Document, DocumentId, Image, ImageId, Judgement, Pair
from kg_enrich.scorers.qwen_vl.budget import bytes_per_token
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer

# What a batch may take under the lowered limit, of what its budget says it takes.
_SHARE = 0.3
_NOISE = 0.5
# Bytes that caches and allocators may grow by; kept pictures would be gigabytes.
_GROWN = 500_000_000


def drill(checkpoint: Checkpoint, model: Path, given: argparse.Namespace, folder: Path) -> str:
    """Score, lower the limit, score the same again, lift it and go on."""
    pairs = _pairs(folder, 16, 3, given)
    scorer = QwenVlScorer(
        options_of(model, given, vision_cache_bytes=0, prefix_cache_bytes=0), checkpoint
    )
    try:
        free, before = scorer.score(pairs), scorer.budget
        with lowered(scorer, before):
            tight, under = scorer.score(pairs), scorer.budget
        for _ in range(40):
            scorer.score(pairs)
            if scorer.budget == before:
                break
        after = scorer.budget
    finally:
        scorer.close()
    off = max(abs(a - b) for a, b in zip(_scores(free), _scores(tight), strict=True))
    rows = [
        ["tokens of a batch: before, under the limit, after", f"{before}, {under}, {after}"],
        ["pairs, scored under the limit", f"{len(pairs)}, {len(_scores(tight))}"],
        ["largest difference of a score", f"{off:.2g}"],
    ]
    table = markdown(["", ""], rows)
    if checkpoint.device.type != "cuda":
        table += "\n\nNo limit was lowered: a CPU has none of its own, and nothing ran out."
    if len(_scores(tight)) != len(pairs) or off > _NOISE:
        raise AssertionError(f"running out of memory changed what came out\n\n{table}")
    return table


@contextmanager
def lowered(scorer: QwenVlScorer, budget: int) -> Iterator[None]:
    """A limit under which a whole batch does not fit."""
    checkpoint = scorer.checkpoint
    device = checkpoint.device
    if device.type != "cuda":
        # A CPU has no limit of its own; tests/qwen_vl/limited.py sets one for a whole process.
        yield
        return
    torch.cuda.empty_cache()
    each = bytes_per_token(checkpoint.model.config, checkpoint.dtype)
    _, total = torch.cuda.mem_get_info(device)
    allowed = torch.cuda.memory_reserved(device) + _SHARE * budget * each
    torch.cuda.set_per_process_memory_fraction(min(1.0, allowed / total), device)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)


def flat(checkpoint: Checkpoint, model: Path, given: argparse.Namespace, folder: Path) -> str:
    """Many pictures, with caches that fill within the first tenth."""
    tenth = max(1, given.pictures // 10)
    first = _pairs(folder, 1, 1, given)[0]
    each = given.side**2 // 28**2 * checkpoint.head.shape[1] * checkpoint.dtype.itemsize
    scorer = QwenVlScorer(
        options_of(
            model,
            given,
            vision_cache_bytes=each * max(1, tenth // 2),
            prefix_cache_bytes=1 << 28,
        ),
        checkpoint,
    )
    process, rows, seen = psutil.Process(), [], []
    try:
        for start in range(0, 10 * tenth, tenth):
            names = [ImageId(f"flat {number}") for number in range(start, start + tenth)]
            images = [Image(name, first.image.file, "1") for name in names]
            judged = scorer.score([Pair(first.document, image) for image in images])
            if len(_scores(judged)) != tenth:
                raise AssertionError(f"{tenth - len(_scores(judged))} pictures were not scored")
            seen.append((_on_device(checkpoint.device), process.memory_info().rss))
            rows.append([start + tenth, *(f"{value / 1e6:.0f}" for value in seen[-1])])
    finally:
        scorer.close()
    grown = [last - early for early, last in zip(seen[1], seen[-1], strict=True)]
    table = markdown(["pictures", "on the GPU, MB", "in this process, MB"], [rows[1], rows[-1]])
    if max(grown) > _GROWN:
        raise AssertionError(f"memory grew with the pictures\n\n{table}")
    return table


def _on_device(device: torch.device) -> int:
    return torch.cuda.memory_allocated(device) if device.type == "cuda" else 0


def _pairs(folder: Path, images: int, documents: int, given: argparse.Namespace) -> list[Pair]:
    draw = np.random.default_rng(3)
    made = []
    for number in range(images):
        file, side = folder / f"memory {number}.png", given.side
        noise = draw.integers(0, 255, (side // 16, side // 16, 3), dtype=np.uint8)
        Picture.fromarray(noise).resize((side, side)).save(file)
        made.append(Image(ImageId(file.name), file, "1"))
    texts = ["abcdefgh " * (given.text_tokens // 9) + str(number) for number in range(documents)]
    return [
        Pair(Document(DocumentId(text[-9:]), "", text, "1"), image)
        for text in texts
        for image in made
    ]


def _scores(judgements: Sequence[Judgement]) -> list[float]:
    return [judgement.score for judgement in judgements if judgement.score is not None]
