"""Attention over packed segments: no padding, no mask, a shared prefix read in place.

Tokens of a batch lie behind one another in one row, cut into segments. A segment attends to
itself (causally) and, in a second call, to its prefix (wholly); the two results are merged by
their log-sum-exp, which is exact ("cascade" attention). Tensors here have the shape
(tokens, heads, head size); log-sum-exps (heads, tokens).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import torch
from torch import Tensor
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

PACKED = "kg_enrich_packed"
# The vision tower hands whole rows, not single windows, to an attention whose name says "flash".
WINDOWS = "kg_enrich_flash_windows"


def onto(tensor: Tensor, device: torch.device) -> Tensor:
    """The tensor on the device; on a GPU without waiting for what is under way there."""
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


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


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix's keys and values, one (tokens, key heads, head size) a layer.

    end: the rotary position that follows the prefix (with an image in it, fewer than its tokens).
    """

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]
    end: int

    @property
    def length(self) -> int:
        return self.keys[0].shape[0]

    @property
    def nbytes(self) -> int:
        return sum(tensor.nbytes for tensor in (*self.keys, *self.values))


@dataclass(frozen=True, slots=True)
class Packing:
    """A row of segments, and for suffixes the prefix that each run of segments goes on from."""

    own: Segments
    prefixes: tuple[Prefix, ...] = ()
    grouped: Segments | None = None
    prefix: Segments | None = None


Kernel = Callable[[Tensor, Tensor, Tensor, Segments, Segments, bool, float], tuple[Tensor, Tensor]]


def varlen_kernel(
    query: Tensor, key: Tensor, value: Tensor, q: Segments, k: Segments, causal: bool, scale: float
) -> tuple[Tensor, Tensor]:
    """FlashAttention through torch's own varlen_attn (CUDA, 16 bits)."""
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
        # One split: the result does not depend on what else is in the batch.
        num_splits=1,
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


@cache
def kernel_for(device: torch.device, dtype: torch.dtype) -> tuple[str, Kernel]:
    """The attention kernel for tensors there, with its name for the log."""
    if (
        device.type == "cuda"
        and dtype in (torch.bfloat16, torch.float16)
        and torch.cuda.get_device_capability(device) >= (8, 0)
    ):
        return "varlen (FlashAttention)", varlen_kernel
    return f"portable ({device.type})", portable_kernel


def merge(out: Tensor, lse: Tensor, other: Tensor, other_lse: Tensor) -> Tensor:
    """Two attentions of the same queries over disjoint keys, as one over all the keys."""
    weight = torch.sigmoid(lse - other_lse).transpose(0, 1).unsqueeze(-1)
    return torch.lerp(other.to(weight.dtype), out.to(weight.dtype), weight).to(out.dtype)


def packed_attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: None,
    scaling: float,
    packing: Packing,
    **_: object,
) -> tuple[Tensor, None]:
    """The language model's attention; the model hands over (1, heads, tokens, head size)."""
    kernel = kernel_for(query.device, query.dtype)[1]
    q, k, v = (tensor[0].transpose(0, 1) for tensor in (query, key, value))
    out, lse = kernel(q, k, v, packing.own, packing.own, True, scaling)
    if packing.grouped is not None and packing.prefix is not None:
        layer = module.layer_idx
        assert isinstance(layer, int)
        keys = _joined([prefix.keys[layer] for prefix in packing.prefixes])
        values = _joined([prefix.values[layer] for prefix in packing.prefixes])
        shared = kernel(q, keys, values, packing.grouped, packing.prefix, False, scaling)
        out = merge(out, lse, *shared)
    return out.unsqueeze(0), None


def _joined(tensors: Sequence[Tensor]) -> Tensor:
    return tensors[0] if len(tensors) == 1 else torch.cat(list(tensors))


def windows_attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: None,
    scaling: float,
    cu_seq_lens_q: Tensor,
    max_length_q: int,
    **_: object,
) -> tuple[Tensor, None]:
    """The vision tower's attention: every window in one row, attending to itself wholly."""
    kernel = kernel_for(query.device, query.dtype)[1]
    q, k, v = (tensor[0].transpose(0, 1) for tensor in (query, key, value))
    windows = Segments(cu_seq_lens_q.to(torch.int32), max_length_q)
    out, _lse = kernel(q, k, v, windows, windows, False, scaling)
    return out.unsqueeze(0), None


ALL_ATTENTION_FUNCTIONS.register(PACKED, packed_attention)
ALL_ATTENTION_FUNCTIONS.register(WINDOWS, windows_attention)
