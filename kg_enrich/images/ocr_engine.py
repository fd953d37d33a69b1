"""Reading the text of one picture with rapidocr; runs inside the worker processes of `ocr`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from kg_enrich.errors import ReadingError
from kg_enrich.identity import named_key
from kg_enrich.images.decoding import DecodeLimits, decode_pages
from kg_enrich.images.ocr_lines import read_lines
from kg_enrich.images.ocr_models import LONGEST

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

# Pixels of the longer side. Below, small print is not found; above, time is spent for nothing.
_SHORTEST, _MOST_ENLARGED = 1024, 2.0
# A long screenshot is read in tiles at most twice as long as wide, each with a margin of what
# comes before and after it, so that every line and word is whole in one of them.
_TILE_RATIO, _MARGIN = 2, 80

# Pages of a document, or frames of an animation, that are read at most.
_PAGES = 5

# So few letters, all of them read with less confidence than this, are no text.
_FEW, _DOUBTFUL = 8, 0.8

# Part of `ocr_version`: raise it whenever the same picture may give another text.
_READING = 3


@dataclass(frozen=True, slots=True)
class OcrText:
    """What was read, from top to bottom. confidences: one in [0, 1] for each line.

    trouble: why it could not be kept, '' when it was.
    """

    lines: tuple[str, ...] = ()
    confidences: tuple[float, ...] = ()
    trouble: str = ""


def ocr_version() -> str:
    """What reads, as text: changes whenever the same picture may give another text."""
    return f"rapidocr {version('rapidocr')} PP-OCRv6-small/{_READING}"


def text_version_of(image_version: str) -> str:
    """Of the text on a node: it changes with the image's version, and with what reads it."""
    return named_key("ocr-text", image_version, _reads())


@cache
def _reads() -> str:
    return ocr_version()


def read_text(file: Path, limits: DecodeLimits) -> OcrText:
    """The text in a picture, no lines when there is none.

    Of further pages or frames come the lines that none before them had.

    Errors: UnreadableImageError when the file cannot be decoded, ReadingError when reading fails.
    """
    lines: dict[str, float] = {}
    found: list[tuple[str, float]] = []
    for picture in decode_pages(file, limits, _PAGES):
        try:
            page = [line for start, end in _tiles(picture) for line in _lines(picture, start, end)]
        except Exception as error:  # whatever the models raise must not end the run
            detail = " ".join(str(error).split())[-200:]
            raise ReadingError(f"{file}: its text could not be read ({detail})") from None
        found += [line for line in page if line[0] not in lines]
        lines.update(page)
    if _is_noise(found):
        return OcrText()
    return OcrText(tuple(text for text, _ in found), tuple(score for _, score in found))


def _is_noise(found: Sequence[tuple[str, float]]) -> bool:
    """Whether a few doubtful letters are all there is, as models see them in edges and grain."""
    letters = sum(len(text) for text, _ in found)
    return letters <= _FEW and all(score < _DOUBTFUL for _, score in found)


def _tiles(picture: "Picture") -> list[tuple[int, int]]:
    """Where the tiles of a picture begin and end along its longer side, in pixels."""
    longer, shorter = max(picture.size), min(picture.size)
    most = max(LONGEST, _TILE_RATIO * shorter)
    # A quarter more is read in one piece: it only loses a fifth of its size.
    count = 1 if 4 * longer <= 5 * most else -(-longer // most)
    ends = [longer * number // count for number in range(count + 1)]
    return list(pairwise(ends))


def _lines(picture: "Picture", start: int, end: int) -> list[tuple[str, float]]:
    """The lines of a tile with their confidences: those whose middle lies in it."""
    import numpy as np

    (width, height), longest = picture.size, max(picture.size)
    tall = height > width
    first, last = max(0, start - _MARGIN), min(longest, end + _MARGIN)
    piece = picture.crop((0, first, width, last) if tall else (first, 0, last, height))
    longer = max(piece.size)
    factor = min(max(1.0, min(_SHORTEST / longer, _MOST_ENLARGED)), LONGEST / longer)
    if factor != 1.0:
        scaled_width, scaled_height = (max(1, round(side * factor)) for side in piece.size)
        piece = piece.resize((scaled_width, scaled_height))
    at = 1 if tall else 0
    return [
        (line.text, line.confidence)
        for line in read_lines(np.ascontiguousarray(np.asarray(piece)[:, :, ::-1]))
        # Two tiles see a line's middle a little differently: rather twice than not at all.
        if start - 2 <= min(max(line.middle[at] / factor + first, 0), longest - 1) < end + 2
    ]
