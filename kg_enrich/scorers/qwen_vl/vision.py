"""The vision tower: pictures to visual tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import vision_utils

from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint
from kg_enrich.scorers.qwen_vl.pixels import Pixels
from kg_enrich.scorers.qwen_vl.transfer import joined_onto, onto


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


def encode_images(checkpoint: Checkpoint, images: Sequence[Pixels]) -> list[Visual]:
    """Run the vision tower over several images at once."""
    device, model = checkpoint.device, checkpoint.model.model
    grids = torch.tensor([image.grid for image in images])
    output = model.get_image_features(
        patch_values(checkpoint, images),
        grids,
        return_dict=True,
        **{
            f"image_{name}": onto(value, device) if isinstance(value, Tensor) else value
            for name, value in _plan(model.visual, grids).items()
        },
    )
    # The tower's own output, and for Qwen3-VL its deepstack levels, each split by image.
    levels = [output.pooler_output, *(getattr(output, "deepstack_features", None) or [])]
    visuals = []
    for *features, image in zip(*levels, images, strict=True):
        _, down, across = image.grid
        grid = (down // checkpoint.merge, across // checkpoint.merge)
        visuals.append(Visual(torch.stack(features), grid))
    return visuals


def patch_values(checkpoint: Checkpoint, images: Sequence[Pixels]) -> Tensor:
    """What the vision tower is given of several images, on its device."""
    values = joined_onto([image.values for image in images], checkpoint.device)
    return checkpoint.normaliser(values, checkpoint.dtype)


def _plan(tower: Any, grids: Tensor) -> dict[str, Tensor | int]:
    """What the tower would work out from the grids itself, stopping a GPU for each number.

    grids: (images, 3), patches of each image, on the CPU.
    """
    config, merge = tower.config, tower.spatial_merge_size
    ends = vision_utils.get_vision_cu_seqlens(grids)
    plan: dict[str, Tensor | int] = {
        "position_ids": vision_utils.get_vision_position_ids(grids, merge),
        "cu_seqlens": ends,
        "max_seqlen": int(ends.diff().max()),
    }
    if config.model_type.startswith("qwen3"):
        indices, weights = vision_utils.get_vision_interpolation_indices_and_weights(
            grids,
            num_grid_per_side=tower.num_grid_per_side,
            mode=tower.interpolation_mode,
            align_corners=tower.interpolation_align_corners,
            spatial_merge_size=merge,
        )
        return plan | {"interp_indices": indices, "interp_weights": weights}
    order, window_ends = vision_utils.get_vision_window_index(
        grids, merge, tower.window_size, tower.patch_size
    )
    return plan | {
        "window_index": order,
        "cu_window_seqlens": window_ends,
        "max_window_seqlen": int(window_ends.diff().max()),
    }
