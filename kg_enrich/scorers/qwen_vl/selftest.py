"""Asks the loaded model about the drawn pictures, before it is asked about anybody's."""

from collections.abc import Sequence
from pathlib import Path

from kg_enrich.errors import ScorerError
from kg_enrich.models import Image, ImageId
from kg_enrich.scorers.drawings import SIDE, check, pairs
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint
from kg_enrich.scorers.qwen_vl.engine import Engine, Ready, Task
from kg_enrich.scorers.qwen_vl.pixels import preprocess
from kg_enrich.scorers.qwen_vl.prompt import PromptBuilder


def drawn(checkpoint: Checkpoint, prompts: PromptBuilder, engine: Engine) -> list[Ready]:
    """Every text about every picture, ready to be asked."""
    known = pairs()
    pixels = [preprocess(checkpoint.image_processor, picture, SIDE**2) for _, picture in known]
    images = [
        Image(ImageId(f"drawing {place}"), Path(), "self-test") for place in range(len(known))
    ]
    return [
        engine.ready(Task(0, prompts.build(text), image), values)
        for text, _ in known
        for image, values in zip(images, pixels, strict=True)
    ]


def judge(answers: Sequence[float | None], coarse: bool = False) -> None:
    """Judges the log-odds of `drawn`.

    Errors: ScorerError as `drawings.check`, or when there is no memory for them.
    """
    found = [answer for answer in answers if answer is not None]
    if len(found) < len(answers):
        raise ScorerError("no memory for even one small picture: free some on the device")
    width = len(pairs())
    rows = [found[start : start + width] for start in range(0, len(found), width)]
    check(rows, coarse)
