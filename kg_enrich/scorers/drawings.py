"""Known-answer pairs that any working model tells apart, drawn here and asked at start-up.

A model that is loaded wrongly (an adapter left out, a broken download, another prompt format)
still answers with numbers; on these pairs they do not match the pictures.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kg_enrich.errors import ScorerError

SIDE = 224
_GREY, _DARK = (225, 225, 225), (60, 60, 60)
_RED, _BLUE, _GREEN = (220, 20, 20), (20, 60, 220), (20, 160, 60)

Canvas = NDArray[np.uint8]


def _canvas() -> Canvas:
    return np.full((SIDE, SIDE, 3), _GREY, dtype=np.uint8)


def lamp(colour: tuple[int, int, int]) -> Canvas:
    """A round lamp of a colour on a dark stand."""
    canvas = _canvas()
    down, across = np.mgrid[:SIDE, :SIDE]
    canvas[150:200, 100:124] = _DARK
    canvas[195:208, 70:154] = _DARK
    canvas[(down - 95) ** 2 + (across - 112) ** 2 < 60**2] = colour
    return canvas


def triangle(colour: tuple[int, int, int]) -> Canvas:
    """An upright triangle of a colour."""
    canvas = _canvas()
    down, across = np.mgrid[:SIDE, :SIDE]
    canvas[(down > 40) & (down < 190) & (2 * np.abs(across - 112) < down - 40)] = colour
    return canvas


def pairs() -> list[tuple[str, Canvas]]:
    """A text for each picture; every other combination is wrong."""
    return [
        ("The red lamp is on.", lamp(_RED)),
        ("The blue lamp is on.", lamp(_BLUE)),
        ("A sign: a green triangle.", triangle(_GREEN)),
        ("A sign: a red triangle.", triangle(_RED)),
    ]


def check(log_odds: Sequence[Sequence[float]], coarse: bool = False) -> None:
    """Judge the answers: row by text, column by picture, in the order of `pairs`.

    coarse: answers are marks out of ten, which may be equal: a text's own picture must beat the
        average of the others, no more.
    Errors: ScorerError when all answers are the same, or a text prefers another picture.
    """
    texts = [text for text, _ in pairs()]
    answers = {value for row in log_odds for value in row}
    if len(answers) == 1:
        raise ScorerError(
            f"the model failed its self-test: it answers the same ({answers.pop():.4g} log-odds)"
            " for every pair; is its chat template missing, or do the pictures not reach it?"
            " (KG_ENRICH_SELF_TEST=false uses it all the same)"
        )
    wrong = [
        text
        for place, (text, row) in enumerate(zip(texts, log_odds, strict=True))
        if not _prefers_own(row, place, coarse)
    ]
    if wrong:
        raise ScorerError(
            f"the model failed its self-test: {len(wrong)} of {len(texts)} texts prefer another"
            f' drawing to their own, such as "{wrong[0]}"; the checkpoint is damaged or is no'
            " reranker (KG_ENRICH_SELF_TEST=false uses it all the same)"
        )


def _prefers_own(row: Sequence[float], place: int, coarse: bool) -> bool:
    others = [value for other, value in enumerate(row) if other != place]
    return row[place] > (sum(others) / len(others) if coarse else max(others))


def as_ppm(canvas: Canvas) -> bytes:
    """A drawing as an image file, without any library."""
    return b"P6\n%d %d\n255\n" % (canvas.shape[1], canvas.shape[0]) + canvas.tobytes()
