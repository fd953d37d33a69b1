"""Known-answer pairs that any working model tells apart, drawn here and asked at start-up.

A model that is loaded wrongly (an adapter left out, a broken download, another prompt format)
still answers with numbers; on these pairs they do not match the pictures.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kg_enrich.errors import ScorerError
from kg_enrich.models import Image, ImageId
from kg_enrich.scorers.qwen_vl.batching import Batcher
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint
from kg_enrich.scorers.qwen_vl.engine import Engine, Task
from kg_enrich.scorers.qwen_vl.pixels import preprocess
from kg_enrich.scorers.qwen_vl.prompt import PromptBuilder

_SIDE = 224
_GREY, _DARK = (225, 225, 225), (60, 60, 60)
_RED, _BLUE, _GREEN = (220, 20, 20), (20, 60, 220), (20, 160, 60)

Canvas = NDArray[np.uint8]


def _canvas() -> Canvas:
    return np.full((_SIDE, _SIDE, 3), _GREY, dtype=np.uint8)


def lamp(colour: tuple[int, int, int]) -> Canvas:
    """A round lamp of a colour on a dark stand."""
    canvas = _canvas()
    down, across = np.mgrid[:_SIDE, :_SIDE]
    canvas[150:200, 100:124] = _DARK
    canvas[195:208, 70:154] = _DARK
    canvas[(down - 95) ** 2 + (across - 112) ** 2 < 60**2] = colour
    return canvas


def triangle(colour: tuple[int, int, int]) -> Canvas:
    """An upright triangle of a colour."""
    canvas = _canvas()
    down, across = np.mgrid[:_SIDE, :_SIDE]
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


def check(log_odds: Sequence[Sequence[float]]) -> None:
    """Judge the answers: row by text, column by picture, in the order of `pairs`.

    Errors: ScorerError when a text prefers another picture to its own.
    """
    texts = [text for text, _ in pairs()]
    wrong = [
        texts[row]
        for row, answers in enumerate(log_odds)
        if not all(answers[row] > other for place, other in enumerate(answers) if place != row)
    ]
    if wrong:
        raise ScorerError(
            f"the model failed its self-test: {len(wrong)} of {len(texts)} texts prefer another"
            f' drawing to their own, such as "{wrong[0]}"; the checkpoint is damaged or is no'
            " reranker (KG_ENRICH_SELF_TEST=false uses it all the same)"
        )


def run(checkpoint: Checkpoint, prompts: PromptBuilder, engine: Engine, batcher: Batcher) -> None:
    """Ask every text about every picture and judge the answers.

    Errors: ScorerError as `check`, or when there is no memory for them.
    """
    drawn = pairs()
    pixels = [preprocess(checkpoint.image_processor, picture, _SIDE**2) for _, picture in drawn]
    images = [
        Image(ImageId(f"drawing {place}"), Path(), "self-test") for place in range(len(drawn))
    ]
    batch = [
        engine.ready(Task(0, prompts.build(text), image), values)
        for text, _ in drawn
        for image, values in zip(images, pixels, strict=True)
    ]
    answers: list[float] = []
    for _, log_odds in batcher.score(batch):
        if log_odds is None:
            raise ScorerError("no memory for even one small picture: free some on the device")
        answers.append(log_odds)
    engine.forget()
    width = len(drawn)
    check([answers[start : start + width] for start in range(0, len(answers), width)])
