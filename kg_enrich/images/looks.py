"""Near-duplicates: one picture saved twice, in another size, format or with another margin.

A look is a perceptual hash of 64 bits (pHash: the signs of a picture's lowest frequencies around
their median; bit for bit those of the ImageHash library, which would bring scipy and PyWavelets,
150 MB, for one transform of 32 numbers). Windows of one program look alike whatever is written in
them, so that the text must agree as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kg_enrich.images.decoding import DecodeLimits, decode
from kg_enrich.models import ImageId

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image as Picture

# Bits in which two looks may differ, of 64, and the least share of their words in common.
NEAR_BITS = 3
NEAR_WORDS = 0.9

_SIDE, _LOW = 32, 8
# Pixels that a JPEG may be decoded to; a look sees 1,024 of them.
_ENOUGH = 256 * 256
# Coefficients below this are rounding: a picture of one colour has no look.
_FLAT = 1e-6


@dataclass(frozen=True, slots=True)
class Seen:
    """What tells near-duplicates: all that is known of an image.

    content: hash of the file's bytes. look: 16 hexadecimal digits. words: in the picture, as
    `text.words` gives them. None: nobody knows.
    """

    image: ImageId
    content: str | None = None
    look: str | None = None
    words: frozenset[str] | None = None


def is_near(one: Seen, other: Seen) -> bool:
    """Whether two images are one picture to a person. What is unknown is near to nothing."""
    if one.content is not None and one.content == other.content:
        return True
    if not looks_near(one.look, other.look) or one.words is None or other.words is None:
        return False
    either = one.words | other.words
    return len(one.words & other.words) >= NEAR_WORDS * len(either)


def looks_near(one: str | None, other: str | None) -> bool:
    """Whether two looks are close enough to ask for the words."""
    if one is None or other is None:
        return False
    return (int(one, 16) ^ int(other, 16)).bit_count() <= NEAR_BITS


def groups(images: Iterable[Seen]) -> list[list[Seen]]:
    """The images in groups of near-duplicates, in the order in which they come.

    An image belongs to the first group whose first image it is near to. It is compared with that
    one alone: from neighbour to neighbour, a group would drift from one picture to another.
    """
    found: list[list[Seen]] = []
    for image in images:
        group = next((group for group in found if is_near(group[0], image)), None)
        if group is None:
            found.append([image])
        else:
            group.append(image)
    return found


def read_look(file: Path, limits: DecodeLimits) -> str | None:
    """The look of an image file; for worker processes, as everything that opens one.

    Errors: those of `decoding.decode`.
    """
    return look_of(decode(file, limits, _ENOUGH))


def look_of(picture: "Picture") -> str | None:
    """A picture's look, 16 hexadecimal digits; None for one colour all over, which has none."""
    import numpy as np

    # Lanczos, as ImageHash scales.
    small = picture.convert("L").resize((_SIDE, _SIDE), 1)
    waves = _waves()
    grid = waves @ np.asarray(small, np.float64) @ waves.T
    if np.abs(grid.ravel()[1:]).max() < _FLAT:
        return None
    bits = (grid > np.median(grid)).ravel()
    return np.packbits(bits).tobytes().hex()


@cache
def _waves() -> "NDArray[np.float64]":
    """The lowest rows of the discrete cosine transform (type II) of `_SIDE` numbers."""
    import numpy as np

    step = np.arange(_SIDE)
    waves: NDArray[np.float64] = 2 * np.cos(
        np.pi * np.arange(_LOW)[:, None] * (2 * step + 1) / (2 * _SIDE)
    )
    return waves
