"""The three forward passes: images, prefixes, and suffixes to log-odds.

Positions are built here and the language model is called directly: its own way of making them
keeps state from the call before (`rope_deltas`) and numbers a suffix wrongly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import DynamicCache

from kg_enrich.scorers.qwen_vl.attention import Packing, Prefix, Segments, onto
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint
from kg_enrich.scorers.qwen_vl.pixels import Pixels


@dataclass(frozen=True, slots=True)
class Visual:
    """The vision tower's output for one image.

    features: (1 + levels, tokens, hidden); the levels are Qwen3-VL's deepstack, none before.
    grid: visual tokens down and across.
    """

    features: Tensor
    grid: tuple[int, int]

    @property
    def tokens(self) -> int:
        return self.grid[0] * self.grid[1]

    @property
    def nbytes(self) -> int:
        return self.features.nbytes


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


def encode_images(checkpoint: Checkpoint, images: Sequence[Pixels]) -> list[Visual]:
    """Run the vision tower over several images at once."""
    device, model = checkpoint.device, checkpoint.model.model
    values = [image.values for image in images]
    pixels = onto(values[0] if len(values) == 1 else torch.cat(values), device)
    grids = onto(torch.tensor([image.grid for image in images]), device)
    output = model.get_image_features(pixels, grids, return_dict=True)
    # The tower's own output, and for Qwen3-VL its deepstack levels, each split by image.
    levels = [output.pooler_output, *(getattr(output, "deepstack_features", None) or [])]
    visuals = []
    for *features, image in zip(*levels, images, strict=True):
        _, down, across = image.grid
        grid = (down // checkpoint.merge, across // checkpoint.merge)
        visuals.append(Visual(torch.stack(features), grid))
    return visuals


def prefill(checkpoint: Checkpoint, segments: Sequence[Segment]) -> list[Prefix]:
    """Compute the keys and values of several prefixes at once."""
    lengths = [segment.length for segment in segments]
    cache = DynamicCache()
    packing = Packing(Segments.of(lengths, checkpoint.device))
    _hidden(checkpoint, segments, packing, cache)
    layers = [(layer.keys[0], layer.values[0]) for layer in cache.layers]
    prefixes, at = [], 0
    for segment, length in zip(segments, lengths, strict=True):
        # Copied out of the batch, so that keeping one prefix does not keep them all.
        keys = tuple(_rows(keys, at, length) for keys, _ in layers)
        values = tuple(_rows(values, at, length) for _, values in layers)
        prefixes.append(Prefix(keys, values, segment.end))
        at += length
    return prefixes


def log_odds(checkpoint: Checkpoint, groups: Sequence[tuple[Prefix, Sequence[Segment]]]) -> Tensor:
    """ln(p_yes / p_no) after each suffix, in the order of the groups and their suffixes.

    The result is on the device and may still be under way there.

    groups: prefixes, each with the suffixes that go on from it (they start at its `end`).
    """
    device = checkpoint.device
    suffixes = [suffix for _, group in groups for suffix in group]
    own = Segments.of([suffix.length for suffix in suffixes], device)
    packing = Packing(
        own,
        tuple(prefix for prefix, _ in groups),
        Segments.of([sum(suffix.length for suffix in group) for _, group in groups], device),
        Segments.of([prefix.length for prefix, _ in groups], device),
    )
    last = _hidden(checkpoint, suffixes, packing)[own.ends[1:].long() - 1]
    yes, no = (last.to(checkpoint.head.dtype) @ checkpoint.head.T).unbind(1)
    return yes - no


def _rows(tensor: Tensor, at: int, length: int) -> Tensor:
    return tensor[:, at : at + length].transpose(0, 1).contiguous()


def _hidden(
    checkpoint: Checkpoint,
    segments: Sequence[Segment],
    packing: Packing,
    cache: DynamicCache | None = None,
) -> Tensor:
    """The language model's last hidden states of a packed row: (tokens, hidden)."""
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
        is_image = torch.cat([_image_mask(segment) for segment in segments])
        # By places and not by the mask: a GPU would stop to count them.
        embeds[onto(is_image.nonzero().squeeze(1), device)] = features[0].to(embeds.dtype)
        if len(features) > 1:
            extra = {
                "visual_pos_masks": onto(is_image, device).unsqueeze(0),
                "deepstack_visual_embeds": list(features[1:]),
            }
    positions = torch.cat([segment.positions() for segment in segments], dim=1)
    hidden: Tensor = model(
        inputs_embeds=embeds.unsqueeze(0),
        position_ids=onto(positions, device).unsqueeze(1),
        past_key_values=cache,
        use_cache=cache is not None,
        packing=packing,
        **extra,
    ).last_hidden_state[0]
    return hidden


def _image_mask(segment: Segment) -> Tensor:
    mask = torch.zeros(segment.length, dtype=torch.bool)
    mask[len(segment.before) : len(segment.before) + segment.image_length] = True
    return mask
