"""Image files made ready to be sent to another machine: decoded, scaled, without their metadata."""

from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from io import BytesIO
from math import sqrt
from pathlib import Path

from kg_enrich.errors import ReadingError
from kg_enrich.images.decoding import DecodeLimits, decode

# Screenshots and drawings stay exact; photographs, which would be larger, become JPEG.
_LARGEST_PNG = 400_000
_LEAST_SIDE = 28
_LANCZOS = 1


@dataclass(frozen=True)
class Picture:
    """kind: "image/png" or "image/jpeg". digest: of the bytes."""

    kind: str
    data: bytes

    @cached_property
    def digest(self) -> str:
        return sha256(self.data).hexdigest()

    @cached_property
    def base64(self) -> str:
        return b64encode(self.data).decode("ascii")

    @property
    def suffix(self) -> str:
        return self.kind.removeprefix("image/").replace("jpeg", "jpg")


def picture_to_send(file: Path, limits: DecodeLimits, max_pixels: int) -> Picture:
    """The picture upright on its ground, of at most `max_pixels`, and nothing else of the file.

    What a camera or a program wrote beside the pixels (a place, a name) is not sent.
    Errors: UnreadableImageError, ReadingError.
    """
    try:
        picture = decode(file, limits)
        width, height = scaled(picture.width, picture.height, max_pixels)
        if (width, height) != picture.size:
            picture = picture.resize((width, height), _LANCZOS)
        png = BytesIO()
        picture.save(png, "PNG", compress_level=3)
        if png.tell() <= _LARGEST_PNG:
            return Picture("image/png", png.getvalue())
        jpeg = BytesIO()
        picture.save(jpeg, "JPEG", quality=95, subsampling=0)
        return Picture("image/jpeg", jpeg.getvalue())
    except MemoryError:
        raise ReadingError(f"{file}: no memory left to read it") from None


def scaled(width: int, height: int, max_pixels: int) -> tuple[int, int]:
    """The size of a picture of at most so many pixels, with the same proportions, no side under 28
    unless it was; it never grows."""
    if width * height <= max_pixels:
        return width, height
    share = sqrt(max_pixels / (width * height))
    across, down = max(1, int(width * share)), max(1, int(height * share))
    return max(across, min(width, _LEAST_SIDE)), max(down, min(height, _LEAST_SIDE))
