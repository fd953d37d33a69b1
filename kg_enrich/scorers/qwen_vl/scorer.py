"""The scorer that judges pairs with a Qwen2.5-VL or Qwen3-VL reranker."""

import hashlib
import json
import math
import threading
from collections.abc import Iterator, Sequence

import torch

from kg_enrich.errors import ReadingError, UnreadableImageError
from kg_enrich.images.decoding import decode_conditions
from kg_enrich.models import Image, Judgement, Outcome, Pair
from kg_enrich.scorers.qwen_vl import selftest
from kg_enrich.scorers.qwen_vl.batching import Batcher
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint, content_hash, load, locate
from kg_enrich.scorers.qwen_vl.engine import Engine, Ready, Task
from kg_enrich.scorers.qwen_vl.options import INSTRUCTIONS, OWN_CONDITION, QwenVlOptions
from kg_enrich.scorers.qwen_vl.pixels import FileLoader, Pixels
from kg_enrich.scorers.qwen_vl.prefetch import PixelQueue, image_key
from kg_enrich.scorers.qwen_vl.prompt import Prompt, PromptBuilder, read_template

# Raise it when a change of this code changes scores by more than rounding.
_VERSION = 1


class QwenVlScorer:
    """Scores pairs with 10 * sigmoid(z_yes - z_no), taken after the prompt's last token."""

    def __init__(self, options: QwenVlOptions) -> None:
        """Load the model and let it judge drawn pictures.

        Errors: SettingsError and ScorerError as `checkpoint.load` and `selftest.run`.
        """
        folder = locate(options.model, options.revision)
        template = read_template(options.template, options.layout)
        instruction = INSTRUCTIONS.get(options.instruction, options.instruction)
        self.options = options
        self.model = options.model.rstrip("/").rsplit("/", 1)[-1]
        self.checkpoint: Checkpoint = load(options, folder)
        self.prompts = PromptBuilder(
            self.checkpoint.tokenizer,
            template,
            instruction,
            options.max_tokens - options.max_visual_tokens,
        )
        self.fingerprint = _fingerprint(options, self.checkpoint, content_hash(folder), template)
        self.former_fingerprints: tuple[str, ...] = ()
        self.reads_captions = options.use_caption
        self.conditions = decode_conditions(options.decode_limits) | {OWN_CONDITION}
        self._lock = threading.Lock()
        self._pixels = PixelQueue(
            FileLoader(
                self.checkpoint.image_processor,
                options.max_visual_tokens,
                self.checkpoint.dtype,
                options.decode_limits,
            ),
            options.workers,
        )
        self._engine = Engine(
            self.checkpoint,
            options.layout,
            self._pixels,
            options.vision_cache_bytes,
            options.prefix_cache_bytes,
        )
        self._batcher = Batcher(
            self._engine,
            self.checkpoint,
            options.max_batch_tokens,
            options.vision_cache_bytes + options.prefix_cache_bytes,
        )
        if options.self_test:
            with torch.inference_mode():
                selftest.run(self.checkpoint, self.prompts, self._engine, self._batcher)

    def prefetch(self, images: Sequence[Image]) -> None:
        """Start reading these images ahead, but for those whose vision output is kept."""
        kept = self._engine.visuals
        self._pixels.want(image for image in images if image_key(image) not in kept)

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        """One judgement a pair, in the order of `pairs`; safe from any thread, one at a time."""
        judgements: dict[int, Judgement] = {}
        with self._lock, torch.inference_mode():
            tasks = self._tasks(pairs, judgements)
            self.prefetch([task.image for task in tasks])
            for ready, value in self._batcher.score(self._prepared(tasks, pairs, judgements)):
                index, note = ready.task.index, ready.task.prompt.note
                judgements[index] = _judgement(pairs[index], note, value)
        return [judgements[index] for index in range(len(pairs))]

    def prompt_of(self, pair: Pair) -> Prompt | None:
        """A pair's prompt; None when its document has no text.

        Errors: ValueError when it cannot be asked about.
        """
        document = pair.document
        text = "\n".join(part for part in (document.title, document.text) if part.strip())
        if not text:
            return None
        return self.prompts.build(text, pair.image.caption if self.options.use_caption else "")

    def pixels_of(self, image: Image) -> Pixels:
        """What the vision tower is given of an image. Errors: UnreadableImageError."""
        return self._pixels.take(image)

    @property
    def budget(self) -> int:
        """Tokens that a batch may have now; it shrinks when memory runs out."""
        return self._batcher.budget

    def forget(self) -> None:
        """Give back what is kept for later pairs: vision outputs and prefixes."""
        with self._lock:
            self._engine.forget()

    def close(self) -> None:
        """Stop the worker processes and give back the caches."""
        self._pixels.close()
        self.forget()

    def _prepared(
        self, tasks: Sequence[Task], pairs: Sequence[Pair], judgements: dict[int, Judgement]
    ) -> Iterator[Ready]:
        """The tasks with their images read; a judgement is made for those that cannot be."""
        for task in tasks:
            pair = pairs[task.index]
            try:
                yield self._engine.prepare(task)
            except UnreadableImageError as error:
                judgements[task.index] = _without_score(pair, Outcome.UNREADABLE, error)
            except ReadingError as error:
                judgements[task.index] = _without_score(pair, Outcome.FAILED, error)

    def _tasks(self, pairs: Sequence[Pair], judgements: dict[int, Judgement]) -> list[Task]:
        """The pairs' prompts, those that share a prefix behind one another."""
        groups: dict[object, list[Task]] = {}
        for index, pair in enumerate(pairs):
            try:
                prompt = self.prompt_of(pair)
            except ValueError as error:
                judgements[index] = _without_score(pair, Outcome.FAILED, error)
                continue
            if prompt is None:
                reason = "the document has no text"
                judgements[index] = _without_score(pair, Outcome.ABSTAINED, reason)
                continue
            task = Task(index, prompt, pair.image)
            groups.setdefault(self._engine.prefix_key(task), []).append(task)
        return [task for group in groups.values() for task in group]


def score_of(log_odds: float) -> float:
    """10 * sigmoid(log-odds), without overflow."""
    if log_odds >= 0:
        return 10 / (1 + math.exp(-log_odds))
    return 10 * math.exp(log_odds) / (1 + math.exp(log_odds))


def _judgement(pair: Pair, note: str, log_odds: float | None) -> Judgement:
    if log_odds is None:
        reason = "does not fit into memory even alone; lower the limit of tokens"
        return _without_score(pair, Outcome.FAILED, reason)
    if not math.isfinite(log_odds):
        return _without_score(pair, Outcome.FAILED, f"the model answered {log_odds}")
    return Judgement(
        pair.document.id,
        pair.image.id,
        Outcome.SCORED,
        score=score_of(log_odds),
        log_odds=log_odds,
        note=note,
    )


def _without_score(pair: Pair, outcome: Outcome, reason: str | Exception) -> Judgement:
    return Judgement(
        pair.document.id,
        pair.image.id,
        outcome,
        reason=str(reason),
        depends=getattr(reason, "depends", ""),
    )


def _fingerprint(
    options: QwenVlOptions, checkpoint: Checkpoint, weights: str, template: str
) -> str:
    parts = {
        "version": _VERSION,
        "weights": weights,
        "template": template,
        "instruction": INSTRUCTIONS.get(options.instruction, options.instruction),
        "layout": options.layout,
        "dtype": options.dtype,
        "limits": [options.max_tokens, options.max_visual_tokens],
        "caption": options.use_caption,
        "image_processor": type(checkpoint.image_processor).__name__,
    }
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
