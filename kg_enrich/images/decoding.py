"""Safe decoding of image files: the only module that imports PIL.

A file is opened only when it lies inside a configured root, is one of a few raster formats and
is within the limits; everything else is an UnreadableImageError of one line.
"""

import errno
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageOps

from kg_enrich.errors import ReadingError, SettingsError, UnreadableImageError
from kg_enrich.images.opening import require_resolved
from kg_enrich.images.pixels import ground_of, without_notes

# Pillow's own limit only warns up to twice its value and is one number for the whole process;
# `decode` compares the size in the header with a limit of its own before anything is decoded.
Image.MAX_IMAGE_PIXELS = None

# A list of what is allowed, because Pillow also opens formats that start other programs (EPS)
# or that hold a second image whose size the header does not tell (ICO, ICNS).
_FORMATS = frozenset(
    ("AVIF", "BMP", "GIF", "HEIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
)
_HEIC = frozenset((".heic", ".heif"))
_NO_HEIF = "plugin=heif"
# What the operating system says of a location or of a file's contents, not of the moment.
_NO_NAME = frozenset((errno.ENAMETOOLONG, errno.ELOOP))
_NO_PLACE = frozenset((errno.EINVAL, errno.EOVERFLOW))
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]+://|data:|file:)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What is refused before decoding. max_bytes: of the file. max_pixels: width x height."""

    max_bytes: int = 50_000_000
    max_pixels: int = 100_000_000


def decode_conditions(limits: DecodeLimits) -> frozenset[str]:
    """What a failure to decode may depend on, as it is now: limits, a plugin that is missing."""
    now = {f"image_max_bytes={limits.max_bytes}", f"image_max_pixels={limits.max_pixels}"}
    return frozenset(now if "HEIF" in _formats() else now | {_NO_HEIF})


def image_roots(folders: Sequence[Path]) -> tuple[Path, ...]:
    """The folders that images may lie in, with symbolic links resolved, in the given order.

    Errors: SettingsError for a folder that is missing or is the root of the file system.
    """
    roots = []
    for folder in folders:
        root = folder.expanduser().resolve()
        if root == Path(root.anchor):
            raise SettingsError(f"{folder} cannot be an image root: name a folder below it")
        if not root.is_dir():
            raise SettingsError(f"image root {folder} is not a folder: create it or name another")
        roots.append(root)
    return tuple(roots)


def resolve(location: str, roots: Sequence[Path]) -> Path:
    """The file that a location from the graph means, with symbolic links resolved.

    location: a path; a relative one is looked up in each root in order.
    roots: from `image_roots`.
    Errors: UnreadableImageError for an address on the network, a path that leaves every root
        (through `..` or a link), or a file that is not there; ReadingError when the system would
        not say, or a root is empty because its mount is away.
    """
    if _ADDRESS.match(location):
        raise UnreadableImageError(f"{location[:200]}: not a path; copy the file into a root")
    outside = False
    trouble = ""
    for root in roots:
        try:
            file = (root / location).resolve()
            file.stat()
        except (FileNotFoundError, NotADirectoryError):
            if _is_empty(root):
                trouble = f"{location!r}: image root {root} is empty; is its mount away?"
            continue
        except (RuntimeError, ValueError):  # a loop of links, a NUL
            continue
        except OSError as error:
            if error.errno not in _NO_NAME:
                trouble = f"{root / location}: {error.strerror}"
            continue
        if any(file.is_relative_to(root) for root in roots):
            return file
        outside = True
    if outside:
        raise UnreadableImageError(f"{location!r}: lies outside every image root")
    if trouble:
        raise ReadingError(trouble)
    raise UnreadableImageError(f"{location!r}: no such file in {len(roots)} image root(s)")


def file_version(file: Path) -> str:
    """Version of an image whose graph names no version property: size and time of change.

    Errors: ReadingError when the file cannot be asked now.
    """
    status = _status(file)
    return f"{status.st_size}-{status.st_mtime_ns}"


def decode(
    file: Path, limits: DecodeLimits | None = None, enough: int | None = None
) -> Image.Image:
    """The picture as a person sees it: mode RGB, upright, on its ground, first frame.

    What is see-through lies on white; light strokes on nothing lie on dark grey instead.

    enough: a JPEG may be halved while it is decoded, up to three times, as long as so many pixels
        are left; much quicker, and its pixels are not quite those of scaling the whole one.
    Errors: UnreadableImageError for a file over the limits, of another format, or damaged;
        ReadingError when memory runs out, or the system does not let it be read now.
    """
    return next(decode_pages(file, limits, 1, enough))


def decode_pages(
    file: Path, limits: DecodeLimits | None = None, most: int = 1, enough: int | None = None
) -> Iterator[Image.Image]:
    """Pages of a TIFF from the first, or frames of an animation spread over it; `most` at most.

    Each as `decode` gives it. Errors: as of `decode`; they come where a page is asked for.
    """
    limits = limits or DecodeLimits()
    _refuse_file(file, limits)
    try:
        # Opened here, because Pillow leaves a file open that it could not read from.
        with file.open("rb") as data, _open(data) as image:
            for number in _spread(image, most):
                if number:
                    image.seek(number)
                pixels = image.width * image.height
                if pixels > limits.max_pixels:
                    raise UnreadableImageError(
                        f"{file}: {image.width}x{image.height} is over the limit of"
                        f" {limits.max_pixels} pixels; scale it down, or raise"
                        " KG_ENRICH_IMAGE_MAX_PIXELS",
                        depends=f"image_max_pixels={limits.max_pixels}",
                    )
                if enough is not None and pixels > enough:
                    share = (enough / pixels) ** 0.5
                    # Without effect on other formats than JPEG.
                    image.draft(None, (ceil(image.width * share), ceil(image.height * share)))
                yield _on_ground(_eight_bits(ImageOps.exif_transpose(image)))
    except UnreadableImageError:
        raise
    except MemoryError as error:
        raise ReadingError(f"{file}: no memory left to read it") from error
    # Pillow's readers fail on damaged files with nearly every kind of error there is.
    except Exception as error:
        if isinstance(error, OSError) and error.errno not in (None, *_NO_PLACE):
            raise ReadingError(f"{file}: {error.strerror}") from error
        reason, depends = _reason(error, file)
        raise UnreadableImageError(f"{file}: {reason}", depends) from error


def _spread(image: Image.Image, most: int) -> Sequence[int]:
    """Which frames to look at: a document's pages in order, an animation's evenly."""
    if most == 1:
        return (0,)
    count = getattr(image, "n_frames", 1)
    if count <= most:
        return range(count)
    if image.format == "TIFF":
        return range(most)
    return [number * (count - 1) // (most - 1) for number in range(most)]


def _open(data: BinaryIO) -> Image.Image:
    try:
        return Image.open(data, formats=_formats())
    except ValueError:
        data.seek(0)
        if not (lean := without_notes(data.read())):
            raise
        return Image.open(BytesIO(lean), formats=["PNG"])


def _refuse_file(file: Path, limits: DecodeLimits) -> None:
    if file.suffix.lower() in (".svg", ".svgz"):
        raise UnreadableImageError(f"{file}: SVG is not read; export it as PNG")
    require_resolved(file.absolute())
    status = _status(file)
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableImageError(f"{file}: not a regular file")
    if status.st_size > limits.max_bytes:
        raise UnreadableImageError(
            f"{file}: {status.st_size} bytes is over the limit of {limits.max_bytes}; make it"
            " smaller, or raise KG_ENRICH_IMAGE_MAX_BYTES",
            depends=f"image_max_bytes={limits.max_bytes}",
        )


def _status(file: Path) -> os.stat_result:
    try:
        return file.stat()
    except OSError as error:
        raise ReadingError(f"{file}: {error.strerror}") from error


def _is_empty(folder: Path) -> bool:
    """Whether nothing lies in it, as in the place of a mount that is away."""
    try:
        return next(folder.iterdir(), None) is None
    except OSError:
        return True


def image_suffixes() -> frozenset[str]:
    """How the files that are read are called, in lower case with the dot.

    HEIC photos are among them even where its plugin is missing: `decode` says what to install.
    """
    formats = _formats()
    named = Image.registered_extensions().items()
    return frozenset(suffix for suffix, kind in named if kind in formats) | _HEIC


@cache
def _formats() -> list[str]:
    Image.init()
    # Not a dependency of everybody: its wheels carry codecs under the LGPL and the GPL.
    with suppress(ImportError):
        import_module("pillow_heif").register_heif_opener()
    return sorted(_FORMATS & Image.OPEN.keys())


def _eight_bits(image: Image.Image) -> Image.Image:
    """Greys of more than 8 bits scaled to 8; Pillow's own conversion cuts them off at 255."""
    if image.mode.startswith("I;16"):
        low, high = 0.0, 65535.0
    elif image.mode in ("I", "F"):
        low, high = _extrema(image)
    else:
        return image
    scale = 255.0 / max(high - low, 1.0)
    return image.convert("F").point(lambda value: value * scale - low * scale).convert("L")


def _extrema(image: Image.Image) -> tuple[float, float]:
    low, high = image.getextrema()
    if isinstance(low, tuple) or isinstance(high, tuple):
        raise UnreadableImageError(f"mode {image.mode} with several bands is not read")
    return float(low), float(high)


def _on_ground(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    picture = image.convert("LA" if image.mode == "La" else "RGBA").convert("RGBA")
    ground = Image.new("RGBA", picture.size, ground_of(picture))
    return Image.alpha_composite(ground, picture).convert("RGB")


def _reason(error: Exception, file: Path) -> tuple[str, str]:
    """Why a file is no picture, and what the failure depends on beside the file."""
    if type(error).__name__ == "UnidentifiedImageError":
        if file.suffix.lower() in _HEIC and "HEIF" not in _formats():
            return "HEIC needs a plugin: pip install 'kg-enrich[heic]'", _NO_HEIF
        return "not an image of a format that is read (PNG, JPEG, WebP, GIF, TIFF, BMP, AVIF)", ""
    text = " ".join(str(error).split()).replace(str(file), "it")
    return f"damaged image ({text[:200] or type(error).__name__})", ""
