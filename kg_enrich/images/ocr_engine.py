"""Reading the text of one picture with rapidocr; runs inside the worker processes of `ocr`."""

import os
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg_enrich.errors import ReadingError
from kg_enrich.identity import named_key
from kg_enrich.images.decoding import DecodeLimits, decode

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

# Pixels of the longer side. Below, small print is not found; above, time is spent for nothing.
_SHORTEST, _LONGEST, _MOST_ENLARGED = 1024, 1600, 2.0
# A long screenshot is read in tiles at most twice as long as wide, each with a margin of what
# comes before and after it, so that every line and word is whole in one of them.
_TILE_RATIO, _MARGIN = 2, 80

# Part of `ocr_version`: raise it whenever the same picture may give another text.
_READING = 2


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

    Errors: UnreadableImageError when the file cannot be decoded, ReadingError when reading fails.
    """
    picture = decode(file, limits)
    try:
        found = [line for start, end in _tiles(picture) for line in _lines(picture, start, end)]
    except Exception as error:  # whatever the models raise must not end the run
        detail = " ".join(str(error).split())[-200:]
        raise ReadingError(f"{file}: its text could not be read ({detail})") from None
    return OcrText(tuple(text for text, _ in found), tuple(score for _, score in found))


def _tiles(picture: "Picture") -> list[tuple[int, int]]:
    """Where the tiles of a picture begin and end along its longer side, in pixels."""
    longer, shorter = max(picture.size), min(picture.size)
    most = max(_LONGEST, _TILE_RATIO * shorter)
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
    factor = min(max(1.0, min(_SHORTEST / longer, _MOST_ENLARGED)), _LONGEST / longer)
    if factor != 1.0:
        scaled_width, scaled_height = (max(1, round(side * factor)) for side in piece.size)
        piece = piece.resize((scaled_width, scaled_height))
    found = _engine()(np.ascontiguousarray(np.asarray(piece)[:, :, ::-1]))
    if found.txts is None:
        return []
    middles = found.boxes[:, :, 1 if tall else 0].mean(axis=1) / factor + first
    middles = middles.clip(0, longest - 1)
    return [
        (text, round(float(score), 3))
        for text, score, middle in zip(found.txts, found.scores, middles, strict=True)
        # Two tiles see a line's middle a little differently: rather twice than not at all.
        if start - 2 <= middle < end + 2
    ]


@cache
def _engine() -> Any:
    # onnxruntime's wheels report to their maker unless they are told not to, before the import.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            # One line at a time: as fast on one thread, and a third less memory than six.
            "Rec.rec_batch_num": 1,
            # Its own resizing blows a thin strip up to tens of thousands of pixels.
            "Global.use_preprocess_img": False,
            # Named files are used as they are; unnamed ones may be looked for on the network.
            "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
            "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
            "Det.limit_type": "max",
            "Det.limit_side_len": _LONGEST,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
