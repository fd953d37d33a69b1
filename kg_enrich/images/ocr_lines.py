"""The lines of one picture with rapidocr, whichever way up they stand; used by `ocr_engine`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kg_enrich.images.ocr_models import engine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

# Below this confidence a line is noise: rapidocr's own default.
_LEGIBLE = 0.5
# A line on end is read the other way too when it is not sure, a picture's longest lines by a half
# turn when they are doubtful on average; it is turned only where that reads clearly better.
_SURE, _DOUBTFUL, _CLEARLY = 0.9, 0.85, 0.15
_TRIED = 5


@dataclass(frozen=True, slots=True)
class Line:
    """middle: x and y in the picture, pixels. confidence: in [0, 1]."""

    text: str
    confidence: float
    middle: tuple[float, float]


def read_lines(picture: "Pixels") -> list[Line]:
    """Legible lines from top to bottom. picture: BGR, uint8 (height, width, 3).

    Errors: whatever the models raise.
    """
    import numpy as np
    from rapidocr.main import RapidOCRError

    moved: dict[str, Any] = {}
    try:
        crops, found = engine().detect_and_crop(picture, moved)
    except RapidOCRError:  # it found no text
        return []
    boxes = found.boxes
    middles = boxes.mean(axis=1) - (0, moved["padding_1"]["top"])
    texts, scores = _recognised(crops)
    aside = [at for at, box in enumerate(boxes) if _stands_on_end(box)]
    upright = sorted(set(range(len(crops))) - set(aside))
    if _upside_down(crops, scores, upright):
        _read_turned(crops, texts, scores, upright, 0.0)
        texts, scores, middles = texts[::-1], scores[::-1], middles[::-1]
        aside = [len(crops) - 1 - at for at in aside]
        crops = crops[::-1]
    _read_turned(crops, texts, scores, [at for at in aside if scores[at] < _SURE], _CLEARLY)
    return [
        Line(text, float(np.round(score, 3)), (float(x), float(y)))
        for text, score, (x, y) in zip(texts, scores, middles, strict=True)
        if score >= _LEGIBLE and text.strip()
    ]


def _recognised(crops: "list[Pixels]") -> tuple[list[str], list[float]]:
    found = engine().recognize_txt(crops)
    return list(found.txts), [float(score) for score in found.scores]


def _stands_on_end(box: "NDArray[np.float32]") -> bool:
    """Whether rapidocr turned the crop of this box by a quarter, to the left."""
    import numpy as np

    across = max(np.linalg.norm(box[0] - box[1]), np.linalg.norm(box[2] - box[3]))
    down = max(np.linalg.norm(box[0] - box[3]), np.linalg.norm(box[1] - box[2]))
    return bool(int(down) >= 1.5 * int(across))


def _upside_down(crops: "list[Pixels]", scores: list[float], upright: list[int]) -> bool:
    """Whether a picture's longest lines read clearly better by a half turn."""
    longest = sorted(upright, key=lambda at: -crops[at].shape[1] / crops[at].shape[0])[:_TRIED]
    if not longest or sum(scores[at] for at in longest) >= _DOUBTFUL * len(longest):
        return False
    _, turned = _recognised([crops[at][::-1, ::-1] for at in longest])
    return sum(turned) > sum(scores[at] for at in longest) + _CLEARLY * len(longest)


def _read_turned(
    crops: "list[Pixels]",
    texts: list[str],
    scores: list[float],
    chosen: list[int],
    better_by: float,
) -> None:
    """Read the chosen lines by a half turn, and keep what is better by so much."""
    if not chosen:
        return
    turned = _recognised([crops[at][::-1, ::-1] for at in chosen])
    for at, text, score in zip(chosen, *turned, strict=True):
        if score > scores[at] + better_by:
            texts[at], scores[at] = text, score
