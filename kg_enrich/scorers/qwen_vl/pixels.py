"""Image files to the vision tower's input: our own decoding, the model's image processor."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from qwen_vl_utils.vision_process import smart_resize
from torch import Tensor

from kg_enrich.errors import ReadingError, ScorerError, UnreadableImageError
from kg_enrich.images import decoding
from kg_enrich.scorers.qwen_vl.options import MAX_RATIO, OWN_CONDITION
from kg_enrich.scorers.qwen_vl.out_of_memory import is_out_of_memory


@dataclass(frozen=True, slots=True)
class Pixels:
    """values: (patches, patch values), scaled and normalised. grid: patches (1, down, across)."""

    values: Tensor
    grid: tuple[int, int, int]


def preprocess(
    image_processor: Any, picture: NDArray[np.uint8], max_visual_tokens: int, dtype: torch.dtype
) -> Pixels:
    """Scale, normalise and cut an RGB picture (height, width, 3) into patches.

    Errors: UnreadableImageError for a picture over 200 times longer than wide; ScorerError when
        the processor does not keep to the limit.
    """
    height, width = picture.shape[:2]
    if max(height, width) > MAX_RATIO * min(height, width):
        raise UnreadableImageError(
            f"{width}x{height} pixels: too narrow for the model; crop it", OWN_CONDITION
        )
    output = image_processor(images=picture, input_data_format="channels_last", return_tensors="pt")
    time, down, across = output["image_grid_thw"][0].tolist()
    side, size = image_processor.patch_size, image_processor.size
    factor = side * image_processor.merge_size
    made = planned = (down * side, across * side)
    if min(height, width) >= factor:  # below it, the two rules differ by design
        planned = smart_resize(height, width, factor, size["shortest_edge"], size["longest_edge"])
    if made != planned or made[0] * made[1] > max_visual_tokens * factor**2:
        raise ScorerError(
            f"the image processor scales {height}x{width} pixels to {made[0]}x{made[1]}, not to"
            f" {planned[0]}x{planned[1]} within {max_visual_tokens} visual tokens; this version"
            " of transformers cannot be used"
        )
    return Pixels(output["pixel_values"].to(dtype), (time, down, across))


@dataclass(slots=True)
class FileLoader:
    """Reads one image file; picklable, so that workers hold the very same processor."""

    image_processor: Any
    max_visual_tokens: int
    dtype: torch.dtype
    limits: decoding.DecodeLimits

    def __call__(self, file: Path) -> Pixels:
        """Errors: UnreadableImageError; ReadingError when memory runs out."""
        try:
            picture = np.array(decoding.decode(file, self.limits))
            return preprocess(self.image_processor, picture, self.max_visual_tokens, self.dtype)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise ReadingError(f"{file}: no memory left to read it") from error
