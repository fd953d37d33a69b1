"""Packed attention against one mask over everything, in plain operations."""

from contextlib import nullcontext
from typing import Any

import pytest
import torch

from kg_enrich.scorers.qwen_vl import kernels
from kg_enrich.scorers.qwen_vl.kernels import (
    Kernel,
    Segments,
    dense_math,
    kernel_for,
    merge,
    portable_kernel,
    trial,
    varlen_kernel,
)

CPU = torch.device("cpu")


def rows(tokens: int, heads: int) -> torch.Tensor:
    return torch.randn(tokens, heads, 16, dtype=torch.float64)


def number(lengths: list[int]) -> torch.Tensor:
    """The number of the segment that each token lies in."""
    return torch.arange(len(lengths)).repeat_interleave(torch.tensor(lengths))


def masked(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor, scale: float
) -> torch.Tensor:
    """Attention as the textbook has it: (tokens, heads, size) and a mask (tokens, keys)."""
    share = query.shape[1] // key.shape[1]
    key, value = (tensor.repeat_interleave(share, 1) for tensor in (key, value))
    logits = torch.einsum("qhd,khd->hqk", query, key) * scale
    weights = logits.masked_fill(~mask, float("-inf")).softmax(-1)
    return torch.einsum("hqk,khd->qhd", weights, value)


@pytest.mark.parametrize("key_heads", [1, 2, 4])
@pytest.mark.parametrize("lengths", [[5], [3, 3, 3], [1, 7, 7, 2]])
def test_segments_attend_to_themselves_and_to_their_prefix(
    lengths: list[int], key_heads: int
) -> None:
    torch.manual_seed(0)
    total, groups = sum(lengths), [lengths[0], sum(lengths[1:])] if len(lengths) > 1 else lengths
    prefixes = [4, 9][: len(groups)]
    query, key, value = rows(total, 4), rows(total, key_heads), rows(total, key_heads)
    prefix_key, prefix_value = rows(sum(prefixes), key_heads), rows(sum(prefixes), key_heads)
    own = Segments.of(lengths, CPU)
    out, lse = portable_kernel(query, key, value, own, own, True, 0.3)
    shared = portable_kernel(
        query,
        prefix_key,
        prefix_value,
        Segments.of(groups, CPU),
        Segments.of(prefixes, CPU),
        False,
        0.3,
    )
    segment, group = number(lengths), number(groups)
    causal = (segment[:, None] == segment) & torch.ones(total, total, dtype=torch.bool).tril()
    onto = group[:, None] == number(prefixes)
    wanted = masked(
        query,
        torch.cat([prefix_key, key]),
        torch.cat([prefix_value, value]),
        torch.cat([onto, causal], dim=1),
        0.3,
    )
    assert torch.allclose(merge(out, lse, *shared), wanted, atol=1e-13, rtol=0)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("tokens", [3, 256, 600])
def test_the_plain_kernel_equals_the_cpus_own(tokens: int, causal: bool) -> None:
    torch.manual_seed(0)
    query, key, value = rows(tokens, 4), rows(tokens, 2), rows(tokens, 2)
    segments = Segments.of([tokens], CPU)
    out, lse = portable_kernel(query, key, value, segments, segments, causal, 0.25)
    batched = [tensor.transpose(0, 1).unsqueeze(0) for tensor in (query, key, value)]
    plain, plain_lse = dense_math(batched[0], batched[1], batched[2], causal, 0.25)
    assert torch.allclose(plain[0].transpose(0, 1), out, atol=1e-13, rtol=0)
    assert torch.allclose(plain_lse[0], lse, atol=1e-13, rtol=0)


def test_merging_is_stable_for_far_apart_sums() -> None:
    out, other = torch.ones(1, 1, 2), torch.zeros(1, 1, 2)
    assert merge(out, torch.full((1, 1), 500.0), other, torch.full((1, 1), -500.0)).tolist() == [
        [[1, 1]]
    ]


def test_a_cpu_gets_the_portable_kernel() -> None:
    assert kernel_for(CPU, torch.bfloat16, 128)[0] == "portable (cpu)"


@pytest.mark.parametrize("head_size", [80, 128])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_right_kernel_passes_its_trial(dtype: torch.dtype, head_size: int) -> None:
    assert trial(portable_kernel, CPU, dtype, head_size) == ""


def wrong(name: str) -> Kernel:
    """The portable kernel with a mistake."""

    def kernel(
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        q: Segments,
        k: Segments,
        causal: bool,
        scale: float,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if name == "no causality":
            causal = False
        if name == "another scale":
            scale *= 1.1
        if name == "grouped heads in another order":
            key = key.flip(1)
        out, lse = portable_kernel(query, key, value, q, k, causal, scale)
        if name == "log-sum-exp to the base 2":
            lse = lse / 0.6931
        if name == "log-sum-exp the other way round":
            lse = lse.T
        if name == "not a number":
            out[0, 0, 0] = float("nan")
        return out, lse

    return kernel


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("no causality", "off by"),
        ("another scale", "off by"),
        ("grouped heads in another order", "off by"),
        ("log-sum-exp to the base 2", "off by"),
        ("log-sum-exp the other way round", "it gives (270, 4) numbers, not (4, 270)"),
        ("not a number", "off by nan"),
    ],
)
def test_a_wrong_kernel_fails_its_trial(name: str, fault: str) -> None:
    assert fault in trial(wrong(name), CPU, torch.bfloat16, 64)


@pytest.mark.parametrize(
    ("hip", "refused", "name", "splits"),
    [
        (None, (), "varlen (FlashAttention)", [1]),
        (None, (1,), "portable (cuda)", [1]),  # on CUDA, what depends on the batch is not taken
        ("7.1", (1,), "varlen (FlashAttention, splits of its own choice)", [None]),
        ("7.1", (1, None), "portable (cuda)", [None]),
    ],
)
def test_the_number_of_splits_is_left_open_on_rocm_only(
    hip: str | None,
    refused: tuple[int | None, ...],
    name: str,
    splits: list[int | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As torch has it: its kernels for AMD raise when a number of splits is given."""
    asked = []

    def varlen(*args: Any) -> tuple[torch.Tensor, torch.Tensor]:
        asked.append(args[-1])
        if args[-1] in refused:
            raise RuntimeError("num_splits is not supported on ROCm")
        return portable_kernel(*args[:-1])

    monkeypatch.setattr(kernels, "_varlen", varlen)
    monkeypatch.setattr(torch.version, "hip", hip)
    monkeypatch.setattr(kernels, "current", lambda _: nullcontext())
    # The trial's numbers stay on this machine, whatever the device is called.
    monkeypatch.setattr(kernels, "trial", lambda kernel, _, *rest: trial(kernel, CPU, *rest))
    found = kernel_for.__wrapped__(torch.device("cuda", 0), torch.bfloat16, 64)
    assert found[0] == name
    assert list(dict.fromkeys(asked)) == splits


def test_a_kernel_that_is_not_there_fails_its_trial() -> None:
    assert "_flash_attention_forward" in trial(varlen_kernel, CPU, torch.bfloat16, 64)
