"""Lets the model write: the likeliest token each time, several answers in one pass.

An answer goes on from its prompt's prefix, as scoring does, and keeps its own keys and values.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from kg_enrich.scorers.qwen_vl.attention import Packing, Prefix, Queries
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint
from kg_enrich.scorers.qwen_vl.forward import Segment, hidden_states
from kg_enrich.scorers.qwen_vl.kernels import Segments
from kg_enrich.scorers.qwen_vl.transfer import onto


def write(
    checkpoint: Checkpoint,
    starts: Sequence[tuple[Prefix, Segment]],
    most: int,
    stops: frozenset[int],
) -> list[list[int]]:
    """The tokens written after each prompt, up to one of `stops` (left out), `most` at most.

    starts: a prompt's prefix, and the segment that goes on from it.
    """
    prefixes = [prefix for prefix, _ in starts]
    segments = [segment for _, segment in starts]
    written: list[list[int]] = [[] for _ in starts]
    going = list(range(len(starts)))
    for _ in range(most):
        tokens, grown = _step(
            checkpoint, [prefixes[one] for one in going], [segments[one] for one in going]
        )
        still = []
        for place, token, prefix in zip(going, tokens, grown, strict=True):
            if token in stops:
                continue
            written[place].append(token)
            prefixes[place] = prefix
            segments[place] = Segment((token,), start=prefix.end)
            still.append(place)
        going = still
        if not going:
            break
    return written


def _step(
    checkpoint: Checkpoint, prefixes: Sequence[Prefix], segments: Sequence[Segment]
) -> tuple[list[int], list[Prefix]]:
    """The next token after each segment, and each prefix with its segment behind it."""
    device = checkpoint.device
    lengths = [segment.length for segment in segments]
    own = Segments.of(lengths, device)
    ones = Segments.of([1] * len(lengths), device)
    kept: list[Tensor] = []
    packing = Packing(
        Queries(own, own),
        tuple(prefixes),
        Segments.of([prefix.length for prefix in prefixes], device),
        (onto(torch.tensor(lengths).cumsum(0) - 1, device), Queries(ones, ones)),
        kept,
    )
    last = hidden_states(checkpoint, segments, packing)
    tokens: list[int] = checkpoint.model.get_output_embeddings()(last).argmax(-1).tolist()
    layers = torch.stack(kept).view(-1, 2, *kept[0].shape)
    kept.clear()
    grown = [
        Prefix(torch.cat([prefix.layers, rows], dim=2), segment.end)
        for prefix, rows, segment in zip(
            prefixes, torch.split(layers, lengths, dim=2), segments, strict=True
        )
    ]
    return tokens, grown
