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
    """A row of segments, and for suffixes the prefix that each run of segments goes on from.

    kept: when a list, every layer appends its keys and values to it, each (tokens, key heads,
        head size).
    """

    own: Segments
    prefixes: tuple[Prefix, ...] = ()
    grouped: Segments | None = None
    prefix: Segments | None = None
    kept: list[tuple[Tensor, Tensor]] | None = None


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
    kernel = kernel_for(query.device, query.dtype, query.shape[-1])[1]
    q, k, v = (tensor[0].transpose(0, 1) for tensor in (query, key, value))
    if packing.kept is not None:
        packing.kept.append((k, v))
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
    kernel = kernel_for(query.device, query.dtype, query.shape[-1])[1]
    q, k, v = (tensor[0].transpose(0, 1) for tensor in (query, key, value))
    windows = Segments(cu_seq_lens_q.to(torch.int32), max_length_q)
    out, _lse = kernel(q, k, v, windows, windows, False, scaling)
    return out.unsqueeze(0), None


ALL_ATTENTION_FUNCTIONS.register(PACKED, packed_attention)
ALL_ATTENTION_FUNCTIONS.register(WINDOWS, windows_attention)
