"""Attention kernels over segments, and the choice among them.

Tensors have the shape (tokens, heads, head size); log-sum-exps (heads, tokens).
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import torch
from torch import Tensor

from kg_enrich.scorers.qwen_vl.transfer import current, onto

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Segments:
    """How a row of tokens is cut.

    ends: int32 (segments + 1), cumulative from 0, on the device. longest: tokens.
    """

    ends: Tensor
    longest: int

    @classmethod
    def of(cls, lengths: Sequence[int], device: torch.device) -> "Segments":
        ends = torch.tensor([0, *lengths]).cumsum(0).to(torch.int32)
        return cls(onto(ends, device), max(lengths))

    def lengths(self) -> list[int]:
        lengths: list[int] = self.ends.diff().tolist()
        return lengths


Kernel = Callable[[Tensor, Tensor, Tensor, Segments, Segments, bool, float], tuple[Tensor, Tensor]]


def varlen_kernel(
    query: Tensor, key: Tensor, value: Tensor, q: Segments, k: Segments, causal: bool, scale: float
) -> tuple[Tensor, Tensor]:
    """FlashAttention through torch's own varlen_attn (CUDA, 16 bits).

    One split: the result does not depend on what else is in the batch.
    """
    return _varlen(query, key, value, q, k, causal, scale, 1)


def splitting_varlen_kernel(
    query: Tensor, key: Tensor, value: Tensor, q: Segments, k: Segments, causal: bool, scale: float
) -> tuple[Tensor, Tensor]:
    """The same where the number of splits cannot be chosen (ROCm)."""
    return _varlen(query, key, value, q, k, causal, scale, None)


def _varlen(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    q: Segments,
    k: Segments,
    causal: bool,
    scale: float,
    splits: int | None,
) -> tuple[Tensor, Tensor]:
    from torch.nn.attention.varlen import AuxRequest, varlen_attn

    out, lse = varlen_attn(
        query,
        key,
        value,
        q.ends,
        k.ends,
        q.longest,
        k.longest,
        return_aux=AuxRequest(lse=True),
        scale=scale,
        window_size=(-1, 0) if causal else (-1, -1),
        enable_gqa=True,
        num_splits=splits,
    )
    return out, lse


def portable_kernel(
    query: Tensor, key: Tensor, value: Tensor, q: Segments, k: Segments, causal: bool, scale: float
) -> tuple[Tensor, Tensor]:
    """The same on any device; neighbouring segments of equal lengths go into one call."""
    dense = _dense_cpu if query.device.type == "cpu" else dense_math
    outs, lses, at, k_at = [], [], 0, 0
    for (length, k_length), run in groupby(zip(q.lengths(), k.lengths(), strict=True)):
        count = sum(1 for _ in run)
        end, k_end = at + count * length, k_at + count * k_length
        out, lse = dense(
            _stacked(query[at:end], count),
            _stacked(key[k_at:k_end], count),
            _stacked(value[k_at:k_end], count),
            causal,
            scale,
        )
        outs.append(out.transpose(1, 2).flatten(0, 1))
        lses.append(lse.transpose(0, 1).flatten(1))
        at, k_at = end, k_end
    return torch.cat(outs), torch.cat(lses, dim=1)


def _stacked(rows: Tensor, count: int) -> Tensor:
    """(count * tokens, heads, size) as (count, heads, tokens, size), in place."""
    return rows.view(count, -1, *rows.shape[1:]).transpose(1, 2)


def _dense_cpu(
    query: Tensor, key: Tensor, value: Tensor, causal: bool, scale: float
) -> tuple[Tensor, Tensor]:
    out, lse = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        query, key, value, 0.0, causal, scale=scale
    )
    return out, lse


def dense_math(
    query: Tensor, key: Tensor, value: Tensor, causal: bool, scale: float
) -> tuple[Tensor, Tensor]:
    """Attention and log-sum-exp in plain operations; shapes (batch, heads, tokens, size).

    Queries go in slices, so that memory grows with the keys and not with their square.
    """
    wide = torch.promote_types(query.dtype, torch.float32)
    key_heads, k_length = key.shape[1:3]
    grouped = query.view(len(query), key_heads, -1, *query.shape[2:])
    outs, lses = [], []
    for start in range(0, query.shape[2], 256):
        rows = grouped[:, :, :, start : start + 256]
        logits = (rows @ key.unsqueeze(2).transpose(-1, -2)).to(wide) * scale
        if causal:
            later = torch.ones(rows.shape[3], k_length, dtype=torch.bool, device=query.device)
            logits.masked_fill_(later.triu(start + 1), float("-inf"))
        lse = logits.logsumexp(-1)
        weights = (logits - lse.unsqueeze(-1)).exp().to(value.dtype)
        outs.append((weights @ value.unsqueeze(2)).flatten(1, 2))
        lses.append(lse.flatten(1, 2))
    return torch.cat(outs, dim=2), torch.cat(lses, dim=2)


def merge(out: Tensor, lse: Tensor, other: Tensor, other_lse: Tensor) -> Tensor:
    """Two attentions of the same queries over disjoint keys, as one over all the keys."""
    weight = torch.sigmoid(lse - other_lse).transpose(0, 1).unsqueeze(-1)
    return torch.lerp(other.to(weight.dtype), out.to(weight.dtype), weight).to(out.dtype)


@cache
def kernel_for(device: torch.device, dtype: torch.dtype, head_size: int) -> tuple[str, Kernel]:
    """The attention kernel for heads of that size there, with its name for the log.

    The fast one is taken where it exists and agrees with plain arithmetic; why not is logged.
    """
    if device.type == "cuda" and dtype in (torch.bfloat16, torch.float16):
        for name, kernel in _fast_kernels():
            with current(device):
                fault = trial(kernel, device, dtype, head_size)
            if not fault:
                return name, kernel
            _log.warning("no %s for heads of %d on %s: %s", name, head_size, device, fault)
    return f"portable ({device.type})", portable_kernel


def _fast_kernels() -> list[tuple[str, Kernel]]:
    """What is tried on a GPU, in this order; AMD's kernels refuse a number of splits."""
    if torch.version.hip is not None:
        return [("varlen (FlashAttention, splits of its own choice)", splitting_varlen_kernel)]
    return [("varlen (FlashAttention)", varlen_kernel)]


def trial(kernel: Kernel, device: torch.device, dtype: torch.dtype, head_size: int) -> str:
    """What speaks against a kernel for 16-bit numbers, "" if nothing.

    It is run on a few segments, on their prefixes and on one query a segment, and compared with
    `portable_kernel` in float32.
    """
    lengths, prefix_lengths = [1, 70, 70, 129], [200, 3]
    own = Segments.of(lengths, device)
    grouped = Segments.of([sum(lengths[:2]), sum(lengths[2:])], device)
    prefix = Segments.of(prefix_lengths, device)
    random = torch.Generator().manual_seed(0)

    def rows(count: int, heads: int) -> Tensor:
        return torch.randn(count, heads, head_size, generator=random).to(device, dtype)

    query, key, value = (rows(sum(lengths), heads) for heads in (4, 2, 2))
    prefix_key, prefix_value = (rows(sum(prefix_lengths), 2) for _ in range(2))
    last, single = query[: len(lengths)], Segments.of([1] * len(lengths), device)
    scale, worst = head_size**-0.5, torch.zeros((), device=device)
    for asking, keys, values, q, k, causal in (
        (query, key, value, own, own, True),
        (query, prefix_key, prefix_value, grouped, prefix, False),
        (last, key, value, single, own, False),
    ):
        wide = [tensor.float() for tensor in (asking, keys, values)]
        wanted = portable_kernel(wide[0], wide[1], wide[2], q, k, causal, scale)
        try:
            found = kernel(asking, keys, values, q, k, causal, scale)
        except (RuntimeError, ImportError, TypeError, ValueError) as error:
            return (str(error).splitlines() or [type(error).__name__])[0][:200]
        for made, right in zip(found, wanted, strict=True):
            if made.shape != right.shape:
                return f"it gives {tuple(made.shape)} numbers, not {tuple(right.shape)}"
            worst = torch.maximum(worst, (made.float() - right).abs().max())
    # Inputs are near 1: rounding stays below this, mistakes (and nan) do not.
    return "" if worst.item() <= 8 * torch.finfo(dtype).eps else f"it is off by {worst.item():.2g}"
