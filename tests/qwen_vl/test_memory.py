"""Memory: real limits, byte budgets, flatness."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from PIL import Image as Picture

from kg_enrich.models import Document, DocumentId, Image, ImageId, Outcome, Pair
from kg_enrich.scorers.qwen_vl import QwenVlOptions, sizes
from kg_enrich.scorers.qwen_vl.batching import Batcher
from kg_enrich.scorers.qwen_vl.budget import (
    MOST_TOKENS,
    PROBE_TOKENS,
    Budget,
    bytes_per_token,
    measured_budget,
)
from kg_enrich.scorers.qwen_vl.cache import ByteLru
from kg_enrich.scorers.qwen_vl.engine import Engine, Task
from kg_enrich.scorers.qwen_vl.forward import Segment, log_odds, prefill
from kg_enrich.scorers.qwen_vl.out_of_memory import is_out_of_memory
from kg_enrich.scorers.qwen_vl.pixels import Pixels
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer
from kg_enrich.scorers.qwen_vl.sizes import default_caches, default_workers
from kg_enrich.scorers.qwen_vl.vision import encode_images

from . import checkpoints
from .live_bytes import LiveBytes

Make = Callable[..., QwenVlScorer]

LIMITED = Path(__file__).with_name("limited.py")
# A batch of the large picture below takes tens of megabytes, of the others a few.
WIDE = checkpoints.Shape(256, 2, 4, 2, 8192, 64, 2, 2, 128, (1,))


@pytest.fixture(scope="module")
def under_limits(
    tmp_path_factory: pytest.TempPathFactory, images: list[Image]
) -> dict[int, dict[str, Any]]:
    """Five pictures, the fourth large, with two documents: scored by processes that may grow by so
    many megabytes."""
    folder = tmp_path_factory.mktemp("wide")
    checkpoints.build(folder / "model", shape=WIDE, dtype=torch.float32)
    files = [image.file for image in images]
    files[3] = folder / "large.png"
    Picture.new("RGB", (600, 600), "red").save(files[3])
    started = {
        megabytes: subprocess.Popen(
            [sys.executable, LIMITED, folder / "model", str(megabytes), *files],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Large blocks go straight back to the system: what is freed cannot serve again.
            env={**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"},
        )
        for megabytes in (400, 80, 50, 7, 5)
    }
    found = {}
    for megabytes, process in started.items():
        out, err = process.communicate()
        assert process.returncode == 0, err[-2000:]
        found[megabytes] = json.loads(out.splitlines()[-1])
    return found


def test_running_out_of_memory_halves_the_budget_and_loses_nothing(
    under_limits: dict[int, dict[str, Any]],
) -> None:
    free, tight = under_limits[400], under_limits[80]
    assert free["budget"] == 4096
    assert tight["budget"] < 1024  # halved, and remembered
    assert tight["outcomes"] == free["outcomes"] == ["scored"] * 10
    assert tight["scores"] == pytest.approx(free["scores"], abs=1e-4)


def test_a_pair_that_does_not_fit_alone_fails_alone(
    under_limits: dict[int, dict[str, Any]],
) -> None:
    free, tight = under_limits[400], under_limits[50]
    large = (3, 8)
    assert {tight["outcomes"][place] for place in large} == {"failed"}
    assert "does not fit into memory" in tight["reasons"][3]
    others = [place for place in range(10) if place not in large]
    assert {tight["outcomes"][place] for place in others} == {"scored"}
    assert [tight["scores"][place] for place in others] == pytest.approx(
        [free["scores"][place] for place in others], abs=1e-4
    )


@pytest.mark.parametrize("megabytes", [7, 5], ids=["to scale it", "to decode it"])
def test_no_memory_even_to_read_an_image_is_a_failure_of_its_pairs(
    under_limits: dict[int, dict[str, Any]], megabytes: int
) -> None:
    found = under_limits[megabytes]
    for place in (3, 8):
        assert "large.png: no memory left to read it" in found["reasons"][place]
    # Not one is called unreadable, which it would stay until it changes.
    assert set(found["outcomes"]) <= {"scored", "failed"}


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("could not create a primitive"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"),
    ],
)
def test_what_counts_as_out_of_memory(error: Exception) -> None:
    assert is_out_of_memory(error)


def test_what_does_not_count_as_out_of_memory() -> None:
    assert not is_out_of_memory(RuntimeError("CUDA error: device-side assert triggered"))


@pytest.mark.parametrize("family", ["qwen2_5_vl", "qwen3_vl"])
@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        (checkpoints.Shape(256, 2, 2, 1, 1352, 128, 3, 2, 344, (1,)), "bfloat16"),
        (checkpoints.Shape(256, 12, 2, 2, 512, 64, 3, 2, 128, (1,)), "float32"),
        (checkpoints.Shape(128, 2, 2, 1, 256, 256, 3, 2, 688, (1,)), "bfloat16"),
    ],
    ids=["proportions of 7B", "large prefixes", "large vision tower"],
)
def test_the_estimate_is_above_what_passes_really_take(
    tmp_path: Path,
    family: checkpoints.Family,
    shape: checkpoints.Shape,
    dtype: Any,
    make_scorer: Make,
) -> None:
    folder = checkpoints.build(tmp_path, family, shape=shape, dtype=getattr(torch, dtype))
    checkpoint = make_scorer(folder, dtype=dtype).checkpoint
    estimate = bytes_per_token(checkpoint.model.config, checkpoint.dtype)
    side = checkpoint.image_processor.patch_size
    blank = torch.zeros(32 * 32, 3 * side * side, dtype=torch.uint8)
    with torch.inference_mode():
        with LiveBytes() as seeing:
            visuals = encode_images(checkpoint, [Pixels(blank, (1, 32, 32))] * 2)
        segments = [Segment((1,) * 20, visual) for visual in visuals]
        with LiveBytes() as reading:
            prefixes = prefill(checkpoint, segments)
        suffixes = [[Segment((), visuals[0], (1, 2), prefix.end)] for prefix in prefixes]
        with LiveBytes() as answering:
            log_odds(checkpoint, list(zip(prefixes, suffixes, strict=True)))
    tokens = 2 * 256
    most = max(seeing.peak, reading.peak, answering.peak) / tokens
    assert estimate / 3 < most < estimate


def test_the_defaults_fit_a_card_of_24_gb_beside_the_7b_model() -> None:
    config = checkpoints.model_config("qwen2_5_vl", checkpoints.tokenizer(), checkpoints.SEVEN_B)
    options = QwenVlOptions()
    weights, driver = 16.6e9, 0.8e9
    each = bytes_per_token(config, torch.bfloat16)
    caches = sum(default_caches(int(24e9 - weights - driver), MOST_TOKENS * each))
    batch = each * max(PROBE_TOKENS, options.max_tokens)
    assert caches > 0.5e9
    assert weights + driver + caches + batch < 24e9 * 0.9


GB = 10**9


@pytest.fixture
def card(qwen25: Path, make_scorer: Make, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A scorer, its checkpoint as if on a GPU, and the memory counters of that GPU, in bytes."""
    counters = {
        "mem_get_info": (6 * GB, 24 * GB),
        "memory_reserved": 18 * GB,
        "memory_allocated": 17 * GB,
        "max_memory_allocated": 17 * GB,
        "reset_peak_memory_stats": None,
    }
    for name in counters:
        monkeypatch.setattr(torch.cuda, name, lambda _, name=name: counters[name])
    scorer = make_scorer(qwen25)
    return scorer, replace(scorer.checkpoint, device=torch.device("cuda", 0)), counters


@pytest.mark.parametrize(
    ("free", "budget"),
    [
        (20 * GB, 16_384),  # no larger, whatever is free
        (6 * GB, 10_740),  # (6 + 1 in torch's pool - 1.63 for the caches) * 0.8, 400 kB a token
        (0, 1),
    ],
)
def test_what_a_batch_took_a_token_sizes_the_next(free: int, budget: int, card: Any) -> None:
    _, on_gpu, counters = card
    counters["mem_get_info"] = (free, 24 * GB)
    counters["max_memory_allocated"] = 17 * GB + 4000 * 400_000
    found = measured_budget(on_gpu, 4000, before=17 * GB, cache_bytes=1_630_000_000)
    assert found == pytest.approx(budget, abs=1)


@torch.inference_mode()
def test_the_first_full_batch_sizes_the_others(card: Any, pairs: list[Pair]) -> None:
    scorer, on_gpu, counters = card
    batch = [scorer.engine.prepare(Task(0, scorer.prompts.build("pump"), pairs[0].image))]
    budget = Budget(on_gpu, None, cache_bytes=0)
    batcher = Batcher(scorer.engine, budget, scorer.engine.run)
    counters["max_memory_allocated"] += GB
    assert len(list(batcher.score(batch))) == 1
    assert budget.tokens == PROBE_TOKENS  # a small one decides nothing
    budget.tokens = tokens = scorer.engine.tokens(batch)
    for _ in range(2):
        assert len(list(batcher.score(batch))) == 1
        assert budget.tokens == int(7 * GB * 0.8 / (GB // tokens))
        counters["max_memory_allocated"] += GB  # once and for all


def clean(budget: Budget, batches: int) -> None:
    """So many full batches without trouble."""
    for _ in range(batches):
        with budget.watching(budget.tokens):
            pass


def test_a_halved_budget_grows_again_after_clean_batches(qwen25: Path, make_scorer: Make) -> None:
    budget = Budget(make_scorer(qwen25).checkpoint, 4000, cache_bytes=0)
    budget.ran_out(4000)
    assert budget.tokens == 2000
    for _ in range(100):  # small ones say nothing
        with budget.watching(900):
            pass
    assert budget.tokens == 2000
    clean(budget, 16)
    assert budget.tokens == 2501
    clean(budget, 16 * 10)
    assert budget.tokens == 4000  # no larger than it was
    budget.ran_out(4000)
    clean(budget, 31)
    assert budget.tokens == 2000  # twice the wait
    clean(budget, 1)
    assert budget.tokens == 2501


def test_memory_that_is_free_again_is_used_again(
    qwen25: Path, pairs: list[Pair], make_scorer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else takes the memory for two batches, and gives it back."""
    run, left = Engine.run, iter([True] * 2)

    def tight(engine: Engine, batch: Any) -> Any:
        if next(left, False):
            raise torch.OutOfMemoryError("CUDA out of memory")
        return run(engine, batch)

    monkeypatch.setattr(Engine, "run", tight)
    scorer = make_scorer(qwen25, max_batch_tokens=300, prefix_cache_bytes=0)
    budgets = []
    for _ in range(30):
        assert {judgement.outcome for judgement in scorer.score(pairs)} == {Outcome.SCORED}
        budgets.append(scorer.budget)
    assert budgets[0] < 300
    assert budgets[-1] == 300


@pytest.mark.parametrize(
    ("free", "least", "most"),
    [
        (5.6, 0.7, 1.0),  # a card of 24 GB with the 7B
        (22.5, 8, 11),  # of 40 GB
        (61, 30, 35),  # of 80 GB
    ],
)
def test_caches_grow_with_what_is_free(free: float, least: float, most: float) -> None:
    vision, prefix = default_caches(int(free * GB), 6_360_000_000)
    assert least < (vision + prefix) / GB < most
    assert vision == pytest.approx(3 * prefix, rel=0.01)


@pytest.mark.parametrize(
    ("kind", "cores", "memory", "workers"),
    [
        ("cuda", 16, 128 * GB, 15),
        ("cuda", 64, 500 * GB, 16),
        ("cuda", 16, 6 * GB, 4),
        ("cuda", 1, 0, 1),
        ("cpu", 2, 24 * GB, 1),
    ],
)
def test_workers_grow_with_cores_and_memory(
    kind: str, cores: int, memory: int, workers: int
) -> None:
    assert default_workers(kind, cores, memory) == workers


def test_a_containers_quota_counts_as_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quota = tmp_path / "cpu.max"
    monkeypatch.setattr(sizes, "_QUOTA", quota)
    unbounded = sizes.cores()
    quota.write_text("max 100000\n")
    assert sizes.cores() == unbounded
    quota.write_text("100000 100000\n")
    assert sizes.cores() == 1


def test_what_is_taken_by_itself_is_said(
    qwen25: Path, make_scorer: Make, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "kg_enrich"):
        made = make_scorer(qwen25, workers=None, vision_cache_bytes=1 << 28)
    assert made.sizes.vision_cache_bytes == 1 << 28
    said = f"{made.sizes.workers} processes read images; 0.2 GiB for images"
    assert any(said in message for message in caplog.messages)


def test_memory_may_grow_in_place() -> None:
    code = (
        "import kg_enrich.scorers.qwen_vl as q; q.require_packages(); import os\n"
        "print(os.environ['PYTORCH_ALLOC_CONF'])"
    )
    own = {"PYTORCH_ALLOC_CONF": "max_split_size_mb:64"}
    for given, wanted in (({}, "expandable_segments:True"), (own, "max_split_size_mb:64")):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == wanted


def test_the_cache_keeps_to_its_bytes_and_lets_the_oldest_go() -> None:
    cache: ByteLru[str, torch.Tensor] = ByteLru(100)
    for name in "abc":
        cache.put(name, torch.zeros(40, dtype=torch.uint8))
    assert "a" not in cache
    assert cache.get("b") is not None
    cache.put("d", torch.zeros(40, dtype=torch.uint8))
    assert [name in cache for name in "bcd"] == [True, False, True]
    cache.put("b", torch.zeros(10, dtype=torch.uint8))
    cache.put("huge", torch.zeros(101, dtype=torch.uint8))
    assert "huge" not in cache
    assert (cache.nbytes, len(cache)) == (50, 2)


def test_memory_stays_flat_over_a_thousand_images(
    qwen25: Path, images: list[Image], make_scorer: Make
) -> None:
    small = images[2].file
    scorer = make_scorer(
        qwen25, layout="image-first", vision_cache_bytes=20_000, prefix_cache_bytes=200_000
    )
    document = Document(DocumentId("d"), "", "short", "1")
    process, seen = psutil.Process(), []
    for start in range(0, 1000, 50):
        made = [Image(ImageId(str(index)), small, "1") for index in range(start, start + 50)]
        judgements = scorer.score([Pair(document, image) for image in made])
        assert {judgement.outcome for judgement in judgements} == {Outcome.SCORED}
        seen.append(process.memory_info().rss)
    # It goes up and down; were the pictures kept, 110 MB would have come in between.
    assert min(seen[-5:]) - min(seen[:5]) < 20e6


def test_a_cold_start_needs_no_torch() -> None:
    code = "import sys, kg_enrich.scorers.qwen_vl as q; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
