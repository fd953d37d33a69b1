"""What runs on a GPU, traced without one: shapes, devices, the kernel's arguments, and stops.

PyTorch's fake tensors say that they are on a CUDA device and know their shapes, but no numbers.
Whoever wants to read a number from the GPU, and so would make it stop, gets an error here.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import DynamicOutputShapeException, FakeTensorMode

from kg_enrich.scorers.qwen_vl import QwenVlOptions, attention, forward, kernels, vision
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint, load
from kg_enrich.scorers.qwen_vl.forward import Segment, log_odds, prefill
from kg_enrich.scorers.qwen_vl.pixels import Pixels
from kg_enrich.scorers.qwen_vl.vision import encode_images

from . import checkpoints

GPU = torch.device("cuda", 0)


@pytest.fixture
def load_fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Checkpoint]:
    """Loads a random checkpoint and makes as if it lay on a GPU."""
    mode = FakeTensorMode(allow_non_fake_inputs=True)

    def onto(tensor: Tensor, device: torch.device) -> Tensor:
        with mode:
            faked: Tensor = mode.from_tensor(tensor).to(device)
        return faked

    def within(work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            with mode:
                return work(*args, **kwargs)

        return run

    def load_it(family: checkpoints.Family) -> Checkpoint:
        folder = checkpoints.build(tmp_path, family, dtype=torch.bfloat16)
        made = load(QwenVlOptions(str(folder), device="cpu", dtype="bfloat16"), folder)
        for module in made.model.modules():
            for name, weight in module.named_parameters(recurse=False):
                faked = torch.nn.Parameter(onto(weight.data, GPU), requires_grad=False)
                setattr(module, name, faked)
            for name, buffer in module.named_buffers(recurse=False):
                setattr(module, name, onto(buffer, GPU))
        for part in (made.model.model.visual, made.language_model):
            part.forward = within(part.forward)
        return replace(made, device=GPU, head=onto(made.head, GPU))

    for module in (kernels, vision, forward):
        monkeypatch.setattr(module, "onto", onto)
    monkeypatch.setattr(attention, "kernel_for", lambda *_: ("", kernels.varlen_kernel))
    monkeypatch.setattr(torch._C, "_get_cudnn_sdp_enabled", lambda: False)
    return load_it


@torch.inference_mode()
def test_a_batch_never_stops_the_gpu(
    load_fake: Callable[..., Checkpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = load_fake("qwen2_5_vl")
    calls: list[tuple[tuple[int, ...], tuple[int, ...], int, int]] = []

    def counted(query: Tensor, key: Tensor, value: Tensor, q: Any, k: Any, *rest: Any) -> Any:
        calls.append((tuple(query.shape), tuple(key.shape), q.longest, k.longest))
        return kernels.varlen_kernel(query, key, value, q, k, *rest)

    monkeypatch.setattr(attention, "kernel_for", lambda *_: ("", counted))
    visuals = encode_images(checkpoint, pictures(checkpoint))
    assert [tuple(visual.features.shape) for visual in visuals] == [(1, 24, 64), (1, 24, 64)]
    # Two pictures of 96 patches; of four layers, two see windows of at most 8 by 8 patches.
    assert calls == [((192, 2, 16), (192, 2, 16), most, most) for most in (64, 96, 64, 96)]

    calls.clear()
    prefixes = prefill(checkpoint, [Segment((1, 2, 3)), Segment((1,) * 7)])
    assert [tuple(prefix.values[2].shape) for prefix in prefixes] == [(3, 2, 16), (7, 2, 16)]
    assert calls == [((10, 4, 16), (10, 2, 16), 7, 7)] * 3

    calls.clear()
    first, second = prefixes
    answers = log_odds(
        checkpoint,
        [
            (first, [Segment((), visual, (1, 2), first.end) for visual in visuals]),
            (second, [Segment((), visuals[0], (1, 2), second.end)]),
        ],
    )
    # Three suffixes of 26 tokens: to themselves, then two and one of them to their prefixes.
    own, shared = ((78, 4, 16), (78, 2, 16), 26, 26), ((78, 4, 16), (10, 2, 16), 52, 7)
    assert calls == [own, shared] * 3
    assert (answers.shape, answers.device) == ((3,), GPU)


@torch.inference_mode()
def test_qwen3_stops_it_only_where_the_model_itself_counts_a_mask(
    load_fake: Callable[..., Checkpoint],
) -> None:
    checkpoint = load_fake("qwen3_vl")
    visuals = encode_images(checkpoint, pictures(checkpoint))
    assert [tuple(visual.features.shape) for visual in visuals] == [(4, 24, 64), (4, 24, 64)]
    (prefix,) = prefill(checkpoint, [Segment((1, 2, 3))])
    with pytest.raises(DynamicOutputShapeException, match="nonzero"):
        log_odds(checkpoint, [(prefix, [Segment((), visuals[0], (1, 2), prefix.end)])])


def pictures(checkpoint: Checkpoint) -> list[Pixels]:
    values = 3 * 2 * checkpoint.image_processor.patch_size**2
    blank = torch.zeros(96, values, dtype=torch.bfloat16)
    return [Pixels(blank, (1, 8, 12)), Pixels(blank, (1, 16, 6))]
