"""Attention over packed segments: no padding, no mask, a shared prefix read in place.

Tokens of a batch lie behind one another in one row, cut into segments. A segment attends to
itself (causally) and, in a second call, to its prefix (wholly); the two results are merged by
their log-sum-exp, which is exact ("cascade" attention).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from kg_enrich.scorers.qwen_vl.kernels import Segments, kernel_for, merge

PACKED = "kg_enrich_packed"
# The vision tower hands whole rows, not single windows, to an attention whose name says "flash".
WINDOWS = "kg_enrich_flash_windows"


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix's keys and values: (layers, 2, tokens, key heads, head size).

    end: the rotary position that follows the prefix (with an image in it, fewer than its tokens).
    """

    layers: Tensor
    end: int

    @property
    def length(self) -> int:
        return self.layers.shape[2]

    @property
    def nbytes(self) -> int:
        return self.layers.nbytes


@dataclass(frozen=True, slots=True)
class Queries:
    """Which segments ask: each its own keys, and each run of them its prefix's."""

    own: Segments
    grouped: Segments | None = None


@dataclass(frozen=True, slots=True)
class Packing:
    """A row of segments, and for suffixes the prefix that each run of segments goes on from.

    last: where each segment's last token lies, and that token as the only one that asks; the last
        layer needs no other.
    kept: when a list, every layer appends its keys and values to it, each (tokens, key heads,
        head size); the last layer computes nothing else when `last` is None.
    """

    all: Queries
    prefixes: tuple[Prefix, ...] = ()
    prefix: Segments | None = None
    last: tuple[Tensor, Queries] | None = None
    kept: list[Tensor] | None = None


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
    q, k, v = (tensor[0].transpose(0, 1) for tensor in (query, key, value))
    if packing.kept is not None:
        packing.kept.extend((k, v))
    layer = module.layer_idx
    assert isinstance(layer, int)
    return attend(q, k, v, layer, scaling, packing, packing.all).unsqueeze(0), None


def attend(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    layer: int,
    scaling: float,
    packing: Packing,
    queries: Queries,
) -> Tensor:
    """What the queries find: (queries, heads, head size), as q; k and v are of all tokens."""
    kernel = kernel_for(q.device, q.dtype, q.shape[-1])[1]
    out, lse = kernel(q, k, v, queries.own, packing.all.own, queries is packing.all, scaling)
    if queries.grouped is not None and packing.prefix is not None:
        kept = _joined([prefix.layers[layer] for prefix in packing.prefixes])
        shared = kernel(q, kept[0], kept[1], queries.grouped, packing.prefix, False, scaling)
        out = merge(out, lse, *shared)
    return out


def _joined(tensors: Sequence[Tensor]) -> Tensor:
    return tensors[0] if len(tensors) == 1 else torch.cat(list(tensors), dim=1)


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
    kernel = kernel_for(query.device, query.dtype, query.shape[-1])[1]
    q, k, v = (tensor[0].transpose(0, 1) for tensor in (query, key, value))
    windows = Segments(cu_seq_lens_q.to(torch.int32), max_length_q)
    out, _lse = kernel(q, k, v, windows, windows, False, scaling)
    return out.unsqueeze(0), None


ALL_ATTENTION_FUNCTIONS.register(PACKED, packed_attention)
ALL_ATTENTION_FUNCTIONS.register(WINDOWS, windows_attention)
