"""The language model's two passes: prefixes, and suffixes to log-odds.

Positions are built here and the language model is called directly: its own way of making them
keeps state from the call before (`rope_deltas`) and numbers a suffix wrongly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kg_enrich.scorers.qwen_vl.attention import Packing, Prefix, Queries
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint
from kg_enrich.scorers.qwen_vl.kernels import Segments
from kg_enrich.scorers.qwen_vl.transfer import onto
from kg_enrich.scorers.qwen_vl.vision import Visual


@dataclass(frozen=True, slots=True)
class Segment:
    """Neighbouring tokens of a prompt: text, then an image, then text; each may be absent.

    start: rotary position of the first token.
    """

    before: tuple[int, ...] = ()
    visual: Visual | None = None
    after: tuple[int, ...] = ()
    start: int = 0

    @property
    def image_length(self) -> int:
        return 0 if self.visual is None else self.visual.tokens

    @property
    def length(self) -> int:
        return len(self.before) + self.image_length + len(self.after)

    @property
    def end(self) -> int:
        """The rotary position after the segment; an image advances it by its longer side."""
        side = 0 if self.visual is None else max(self.visual.grid)
        return self.start + len(self.before) + side + len(self.after)

    def positions(self) -> Tensor:
        """Rotary positions (time, down, across) of every token: (3, tokens)."""
        at = self.start + len(self.before)
        parts = [torch.arange(self.start, at).expand(3, -1)]
        if self.visual is not None:
            down, across = self.visual.grid
            time, row, column = torch.meshgrid(
                torch.zeros(1, dtype=torch.long),
                torch.arange(down),
                torch.arange(across),
                indexing="ij",
            )
            parts.append(torch.stack([time, row, column]).flatten(1) + at)
            at += max(down, across)
        parts.append(torch.arange(at, at + len(self.after)).expand(3, -1))
        return torch.cat(parts, dim=1)


def prefill(checkpoint: Checkpoint, segments: Sequence[Segment]) -> list[Prefix]:
    """Compute the keys and values of several prefixes at once."""
    lengths = [segment.length for segment in segments]
    kept: list[Tensor] = []
    own = Queries(Segments.of(lengths, checkpoint.device))
    hidden_states(checkpoint, segments, Packing(own, kept=kept))
    layers = torch.stack(kept).view(-1, 2, *kept[0].shape)
    kept.clear()
    if len(segments) == 1:
        return [Prefix(layers, segments[0].end)]
    return [
        # Each on its own: keeping one prefix must not keep the whole batch.
        Prefix(rows.clone(memory_format=torch.contiguous_format), segment.end)
        for rows, segment in zip(torch.split(layers, lengths, dim=2), segments, strict=True)
    ]


def log_odds(checkpoint: Checkpoint, groups: Sequence[tuple[Prefix, Sequence[Segment]]]) -> Tensor:
    """ln(p_yes / p_no) after each suffix, in the order of the groups and their suffixes.

    The result is on the device and may still be under way there.

    groups: prefixes, each with the suffixes that go on from it (they start at its `end`).
    """
    device = checkpoint.device
    suffixes = [suffix for _, group in groups for suffix in group]
    lengths = [suffix.length for suffix in suffixes]

    def segments(of: Sequence[int]) -> Segments:
        return Segments.of(of, device)

    packing = Packing(
        Queries(
            segments(lengths),
            segments([sum(suffix.length for suffix in group) for _, group in groups]),
        ),
        tuple(prefix for prefix, _ in groups),
        segments([prefix.length for prefix, _ in groups]),
        (
            onto(torch.tensor(lengths).cumsum(0) - 1, device),
            Queries(segments([1] * len(lengths)), segments([len(group) for _, group in groups])),
        ),
    )
    last = hidden_states(checkpoint, suffixes, packing)
    yes, no = (last.to(checkpoint.head.dtype) @ checkpoint.head.T).unbind(1)
    return yes - no


def hidden_states(checkpoint: Checkpoint, segments: Sequence[Segment], packing: Packing) -> Tensor:
    """The language model's last hidden states of each segment's last token: (segments, hidden).

    Of prefixes, only the keys and values are computed: (0, hidden).
    """
    device, model = checkpoint.device, checkpoint.language_model
    ids = [
        token
        for segment in segments
        # Any id will do where the image's features go.
        for token in (*segment.before, *(0,) * segment.image_length, *segment.after)
    ]
    embeds = model.embed_tokens(onto(torch.tensor(ids), device))
    visuals = [segment.visual for segment in segments if segment.visual is not None]
    extra: dict[str, object] = {}
    if visuals:
        features = torch.cat([visual.features for visual in visuals], dim=1)
        places = onto(_image_places(segments), device)
        embeds[places] = features[0].to(embeds.dtype)
        if len(features) > 1:
            # Added after the last layer, they would change no token that is looked at.
            levels = min(len(features) - 1, len(model.layers) - 1)
            extra = {
                "visual_pos_masks": places,
                "deepstack_visual_embeds": list(features[1 : 1 + levels]),
            }
    positions = torch.cat([segment.positions() for segment in segments], dim=1)
    hidden: Tensor = model(
        inputs_embeds=embeds.unsqueeze(0),
        position_ids=onto(positions, device).unsqueeze(1),
        use_cache=False,
        packing=packing,
        **extra,
    ).last_hidden_state[0]
    return hidden


def _image_places(segments: Sequence[Segment]) -> Tensor:
    """Where in the row the images' tokens lie; as numbers, since a GPU would stop for a mask."""
    places, at = [], 0
    for segment in segments:
        first = at + len(segment.before)
        places.append(torch.arange(first, first + segment.image_length))
        at += segment.length
    return torch.cat(places)
