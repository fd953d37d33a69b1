"""The scorer that judges pairs with a Qwen2.5-VL or Qwen3-VL reranker."""

import hashlib
import json
import math
import threading
from collections import deque
from collections.abc import Sequence

import torch

from kg_enrich.errors import UnreadableImageError
from kg_enrich.models import Image, Judgement, Outcome, Pair
from kg_enrich.scorers.qwen_vl.batching import Batcher
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint, content_hash, load, locate
from kg_enrich.scorers.qwen_vl.engine import Engine, Ready, Task
from kg_enrich.scorers.qwen_vl.options import INSTRUCTIONS, QwenVlOptions
from kg_enrich.scorers.qwen_vl.pixels import FileLoader, PixelQueue, image_key
from kg_enrich.scorers.qwen_vl.prompt import PromptBuilder, read_template

# Raise it when a change of this code changes scores by more than rounding.
_VERSION = 1


class QwenVlScorer:
    """Scores pairs with 10 * sigmoid(z_yes - z_no), taken after the prompt's last token."""

    def __init__(self, options: QwenVlOptions) -> None:
        """Load the model. Errors: SettingsError, ScorerError as `checkpoint.load`."""
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
        self._lock = threading.Lock()
        self._pixels = PixelQueue(
            FileLoader(
                self.checkpoint.image_processor, self.checkpoint.dtype, options.decode_limits
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
        self._batcher = Batcher(self._engine, options.max_batch_tokens or 4096)

    def prefetch(self, images: Sequence[Image]) -> None:
        """Start reading these images ahead, but for those whose vision output is kept."""
        kept = self._engine.visuals
        self._pixels.want(image for image in images if image_key(image) not in kept)

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        """One judgement a pair, in the order of `pairs`; safe from any thread, one at a time."""
        judgements: dict[int, Judgement] = {}
        with self._lock, torch.inference_mode():
            waiting = deque(self._tasks(pairs, judgements))
            self.prefetch([task.image for task in waiting])

            def report(ready: Ready, value: float | None) -> None:
                task = ready.task
                judgements[task.index] = _judgement(pairs[task.index], task.prompt.note, value)

            batch: list[Ready] = []
            while waiting:
                task = waiting.popleft()
                try:
                    ready = self._engine.prepare(task, batch)
                except UnreadableImageError as error:
                    judgements[task.index] = _without_score(
                        pairs[task.index], Outcome.UNREADABLE, str(error)
                    )
                    continue
                if not self._batcher.fits(batch, ready):
                    self._batcher.run(batch, report)
                    batch = []
                batch.append(ready)
            if batch:
                self._batcher.run(batch, report)
        return [judgements[index] for index in range(len(pairs))]

    def close(self) -> None:
        """Stop the worker processes and give back the caches."""
        self._pixels.close()
        self._engine.forget()

    def _tasks(self, pairs: Sequence[Pair], judgements: dict[int, Judgement]) -> list[Task]:
        """The pairs' prompts, those that share a prefix behind one another."""
        groups: dict[object, list[Task]] = {}
        for index, pair in enumerate(pairs):
            document = pair.document
            text = "\n".join(part for part in (document.title, document.text) if part.strip())
            caption = pair.image.caption if self.options.use_caption else ""
            if not text:
                judgements[index] = _without_score(
                    pair, Outcome.ABSTAINED, "the document has no text"
                )
                continue
            try:
                task = Task(index, self.prompts.build(text, caption), pair.image)
            except ValueError as error:
                judgements[index] = _without_score(pair, Outcome.FAILED, str(error))
                continue
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


def _without_score(pair: Pair, outcome: Outcome, reason: str) -> Judgement:
    return Judgement(pair.document.id, pair.image.id, outcome, reason=reason)


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
