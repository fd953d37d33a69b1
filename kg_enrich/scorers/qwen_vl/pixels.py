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
    """values: uint8 (patches, channels * side * side), scaled, and not normalised: a quarter of
    the bytes in bfloat16, since a still picture's two frames are the same.

    grid: patches (1, down, across).
    """

    values: Tensor
    grid: tuple[int, int, int]


@dataclass(frozen=True)
class Normaliser:
    """Makes the vision tower's input of pixels, by the image processor's own arithmetic.

    mean, std: float32 (channels, 1, 1), in the range of bytes. frames: of a picture in a patch.
    """

    mean: Tensor
    std: Tensor
    frames: int

    @classmethod
    def of(cls, image_processor: Any, device: torch.device) -> "Normaliser":
        """Errors: ScorerError when the numbers are not those of the processor itself."""
        scale = 1.0 / image_processor.rescale_factor
        mean, std = (
            (torch.tensor(numbers) * scale).view(-1, 1, 1)
            for numbers in (image_processor.image_mean, image_processor.image_std)
        )
        found = cls(mean, std, image_processor.temporal_patch_size)
        side = 4 * image_processor.patch_size
        random = np.random.default_rng(0)
        picture = random.integers(0, 256, (side, 2 * side, 3), dtype=np.uint8)
        ours = found(preprocess(image_processor, picture, side**2).values, torch.float32)
        theirs = image_processor(
            images=picture, input_data_format="channels_last", return_tensors="pt"
        )["pixel_values"]
        if not torch.equal(ours, theirs):
            raise ScorerError(
                f"{type(image_processor).__name__} does not normalise as it says it does; this"
                " version of transformers cannot be used"
            )
        return cls(mean.to(device), std.to(device), found.frames)

    def __call__(self, values: Tensor, dtype: torch.dtype) -> Tensor:
        """Bytes of patches as (patches, channels * frames * side * side) numbers."""
        patches = values.view(len(values), len(self.mean), 1, -1).to(torch.float32)
        patches = ((patches - self.mean) / self.std).to(dtype)
        return patches.expand(-1, -1, self.frames, -1).flatten(1)


def preprocess(image_processor: Any, picture: NDArray[np.uint8], max_visual_tokens: int) -> Pixels:
    """Scale an RGB picture (height, width, 3) and cut it into patches.

    Errors: UnreadableImageError for a picture over 200 times longer than wide; ScorerError when
        the processor does not keep to the limit.
    """
    height, width = picture.shape[:2]
    if max(height, width) > MAX_RATIO * min(height, width):
        raise UnreadableImageError(
            f"{width}x{height} pixels: too narrow for the model; crop it", OWN_CONDITION
        )
    output = image_processor(
        images=picture,
        input_data_format="channels_last",
        return_tensors="pt",
        do_rescale=False,
        do_normalize=False,
    )
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
    frames = output["pixel_values"].unflatten(1, (3, image_processor.temporal_patch_size, -1))
    return Pixels(frames[:, :, 0].flatten(1).contiguous(), (time, down, across))


@dataclass(slots=True)
class FileLoader:
    """Reads one image file; picklable, so that workers hold the very same processor.

    draft: let the JPEG decoder halve what is far larger than the model is shown; other pixels.
    """

    image_processor: Any
    max_visual_tokens: int
    limits: decoding.DecodeLimits
    draft: bool = False

    def __call__(self, file: Path) -> Pixels:
        """Errors: UnreadableImageError; ReadingError when memory runs out."""
        try:
            largest = self.image_processor.size["longest_edge"] if self.draft else None
            picture = np.array(decoding.decode(file, self.limits, enough=largest))
            return preprocess(self.image_processor, picture, self.max_visual_tokens)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise ReadingError(f"{file}: no memory left to read it") from error
