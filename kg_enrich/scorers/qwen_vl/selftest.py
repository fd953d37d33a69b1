"""Asks the loaded model about the drawn pictures, before it is asked about anybody's."""

from pathlib import Path

from kg_enrich.errors import ScorerError
from kg_enrich.models import Image, ImageId
from kg_enrich.scorers.drawings import SIDE, check, pairs
from kg_enrich.scorers.qwen_vl.batching import Batcher
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint
from kg_enrich.scorers.qwen_vl.engine import Engine, Task
from kg_enrich.scorers.qwen_vl.pixels import preprocess
from kg_enrich.scorers.qwen_vl.prompt import PromptBuilder


def run(checkpoint: Checkpoint, prompts: PromptBuilder, engine: Engine, batcher: Batcher) -> None:
    """Ask every text about every picture and judge the answers.

    Errors: ScorerError as `check`, or when there is no memory for them.
    """
    drawn = pairs()
    pixels = [preprocess(checkpoint.image_processor, picture, SIDE**2) for _, picture in drawn]
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
