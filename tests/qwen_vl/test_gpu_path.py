"""What runs on a GPU, traced without one: shapes, devices, the kernel's arguments, and stops."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from kg_enrich.models import Image, ImageId
from kg_enrich.scorers.qwen_vl import QwenVlOptions, kernels
from kg_enrich.scorers.qwen_vl.batching import Batcher
from kg_enrich.scorers.qwen_vl.budget import Budget
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint, load
from kg_enrich.scorers.qwen_vl.engine import Engine, Ready, Task
from kg_enrich.scorers.qwen_vl.forward import Segment, log_odds, prefill
from kg_enrich.scorers.qwen_vl.pixels import Pixels
from kg_enrich.scorers.qwen_vl.prefetch import PixelQueue
from kg_enrich.scorers.qwen_vl.prompt import Prompt
from kg_enrich.scorers.qwen_vl.transfer import Answers
from kg_enrich.scorers.qwen_vl.vision import encode_images

from . import checkpoints
from .fake_gpu import GPU, Event, Trace, fake_gpu

CALLS: list[tuple[tuple[int, ...], tuple[int, ...], int, int]] = []


def counted(query: Tensor, key: Tensor, value: Tensor, q: Any, k: Any, *rest: Any) -> Any:
    CALLS.append((tuple(query.shape), tuple(key.shape), q.longest, k.longest))
    return kernels.varlen_kernel(query, key, value, q, k, *rest)


@pytest.fixture(params=["qwen2_5_vl", "qwen3_vl"])
def checkpoint(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Checkpoint]:
    """A random checkpoint as if it lay on a GPU; what attention is asked goes to CALLS."""
    folder = checkpoints.build(tmp_path, request.param, dtype=torch.bfloat16)
    made = load(QwenVlOptions(str(folder), device="cpu", dtype="bfloat16"), folder)
    CALLS.clear()
    with fake_gpu(counted) as moved, torch.inference_mode():
        yield moved(made)


def pictures(checkpoint: Checkpoint) -> list[Pixels]:
    values = 3 * checkpoint.image_processor.patch_size**2
    blank = torch.zeros(96, values, dtype=torch.uint8)
    return [Pixels(blank, (1, 8, 12)), Pixels(blank, (1, 16, 6))]


def batch(engine: Engine, checkpoint: Checkpoint) -> list[Ready]:
    """Two documents in turn, with two images."""
    images = [Image(ImageId(str(number)), Path(), "1") for number in range(2)]
    return [
        engine.ready(Task(0, Prompt((1,) * (3 + document), (4, 5)), images[image]), pixels)
        for document, image in ((0, 0), (1, 0), (0, 1))
        for pixels in pictures(checkpoint)[image : image + 1]
    ]


def new_engine(checkpoint: Checkpoint, layout: Any) -> Engine:
    return Engine(
        checkpoint, layout, PixelQueue(lambda _: pictures(checkpoint)[0], 0), 1 << 30, 1 << 30
    )


@pytest.mark.parametrize("layout", ["text-first", "image-first"])
def test_a_batch_never_stops_the_gpu(checkpoint: Checkpoint, layout: str) -> None:
    engine = new_engine(checkpoint, layout)
    for _ in range(2):  # with all to be computed, and with all kept
        with Trace() as trace:
            answers = engine.run(batch(engine, checkpoint))
        assert trace.stops == []
        assert trace.launches["torch_attn._varlen_attn.default"] > 0
        assert isinstance(answers._fetched, Event)  # waited for alone, not with what comes later


def test_the_trace_finds_what_stops_a_gpu(checkpoint: Checkpoint) -> None:
    values = checkpoint.head[0]
    with Trace() as trace:
        values.to("cpu")
    assert [name.split(".")[1] for name in trace.stops] == ["to"]
    with Trace() as trace:
        values[torch.tensor([1, 0])]
    assert trace.stops == ["aten.index.Tensor"]
    # A list of places is copied to the GPU at once: without one, there is no way to do it.
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="NVIDIA"):
            values[[1, 0]]


@pytest.mark.parametrize("checkpoint", ["qwen2_5_vl"], indirect=True)
def test_what_attention_is_asked(checkpoint: Checkpoint) -> None:
    visuals = encode_images(checkpoint, pictures(checkpoint))
    assert [tuple(visual.features.shape) for visual in visuals] == [(1, 24, 64), (1, 24, 64)]
    # Two pictures of 96 patches; of four layers, two see windows of at most 8 by 8 patches.
    assert [((192, 2, 16), (192, 2, 16), most, most) for most in (64, 96, 64, 96)] == CALLS

    CALLS.clear()
    prefixes = prefill(checkpoint, [Segment((1, 2, 3)), Segment((1,) * 7)])
    assert [tuple(prefix.layers.shape) for prefix in prefixes] == [
        (3, 2, 3, 2, 16),
        (3, 2, 7, 2, 16),
    ]
    # The last of three layers computes keys and values only.
    assert CALLS == [((10, 4, 16), (10, 2, 16), 7, 7)] * 2

    CALLS.clear()
    first, second = prefixes
    answers = log_odds(
        checkpoint,
        [
            (first, [Segment((), visual, (1, 2), first.end) for visual in visuals]),
            (second, [Segment((), visuals[0], (1, 2), second.end)]),
        ],
    )
    # Three suffixes of 26 tokens: to themselves, then two and one of them to their prefixes; in
    # the last layer, their last tokens only.
    own, shared = ((78, 4, 16), (78, 2, 16), 26, 26), ((78, 4, 16), (10, 2, 16), 52, 7)
    last = [((3, 4, 16), (78, 2, 16), 1, 26), ((3, 4, 16), (10, 2, 16), 2, 7)]
    assert [own, shared] * 2 + last == CALLS
    assert (answers.shape, answers.device) == ((3,), GPU)


@pytest.mark.parametrize("checkpoint", ["qwen2_5_vl"], indirect=True)
def test_python_is_a_batch_ahead(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next batch is queued before the answers of the one before are waited for."""
    engine, said = new_engine(checkpoint, "text-first"), []
    run = engine.run
    numbers = iter(range(9))

    class Told(Answers):
        def __init__(self, answers: Answers) -> None:
            self.number = next(numbers)
            said.append(f"queued {self.number}")

        def wait(self) -> list[float]:
            said.append(f"waited for {self.number}")
            return [0.0]

    monkeypatch.setattr(engine, "run", lambda batch: Told(run(batch)))
    batcher = Batcher(engine, Budget(checkpoint, 1, 0), engine.run)
    assert len(list(batcher.score(batch(engine, checkpoint)))) == 3
    assert said == [
        "queued 0", "queued 1", "waited for 0", "queued 2", "waited for 1", "waited for 2"
    ]  # fmt: skip
