"""The language model's last layer, which has one reader: the last token of each segment.

Its keys and values are needed of all tokens, everything else of that one. Of prefixes nothing but
keys and values is needed. That is 3.5 % of the 7B's matrix products.
"""

from typing import Any

import torch
from torch import Tensor

from kg_enrich.scorers.qwen_vl.attention import Packing, attend
from kg_enrich.scorers.qwen_vl.exchange import Exchanged


class LastLayer(Exchanged):
    """Answers with (1, segments, hidden); of prefixes with a row that nobody reads."""

    def forward(
        self,
        hidden_states: Tensor,
        position_embeddings: tuple[Tensor, Tensor],
        packing: Packing,
        **_: object,
    ) -> Tensor:
        layer, attention = self.original, self.original.self_attn
        rows = hidden_states[0]
        cos, sin = (table[0].unsqueeze(1) for table in position_embeddings)
        normed = layer.input_layernorm(rows)
        key = _rotated(_heads(attention, "k", normed), cos, sin)
        value = _heads(attention, "v", normed)
        if packing.kept is not None:
            packing.kept.extend((key, value))
        if packing.last is None:
            return hidden_states[:, :1]
        places, queries = packing.last
        query = _rotated(_heads(attention, "q", normed[places]), cos[places], sin[places])
        found = attend(query, key, value, attention.layer_idx, attention.scaling, packing, queries)
        last: Tensor = rows[places] + attention.o_proj(found.flatten(1))
        last = last + layer.mlp(layer.post_attention_layernorm(last))
        return last.unsqueeze(0)


def _heads(attention: Any, letter: str, rows: Tensor) -> Tensor:
    """A projection as (tokens, heads, head size), normalised where the model does so (Qwen3)."""
    projected: Tensor = getattr(attention, f"{letter}_proj")(rows)
    heads: Tensor = projected.view(len(rows), -1, attention.head_dim)
    norm = getattr(attention, f"{letter}_norm", None)
    normed: Tensor = heads if norm is None else norm(heads)
    return normed


def _rotated(heads: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions, as the models apply them."""
    first, second = heads.chunk(2, dim=-1)
    return heads * cos + torch.cat((-second, first), dim=-1) * sin
