"""The scorer that judges pairs with a Qwen2.5-VL or Qwen3-VL reranker."""

import hashlib
import json
import math
import threading
from collections.abc import Iterator, Sequence

import torch

from kg_enrich.errors import ReadingError, UnreadableImageError
from kg_enrich.images.decoding import decode_conditions
from kg_enrich.images.workers import WorkerLimits
from kg_enrich.models import Document, Image, Judgement, Outcome, Pair
from kg_enrich.scorers import generated
from kg_enrich.scorers.qwen_vl import selftest
from kg_enrich.scorers.qwen_vl.batching import Batcher
from kg_enrich.scorers.qwen_vl.budget import Budget
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint, content_hash, load, locate
from kg_enrich.scorers.qwen_vl.engine import Engine, Ready, Task
from kg_enrich.scorers.qwen_vl.marking import Writer, mark
from kg_enrich.scorers.qwen_vl.options import (
    AGAIN_TEMPLATE,
    INSTRUCTIONS,
    OWN_CONDITION,
    QwenVlOptions,
)
from kg_enrich.scorers.qwen_vl.pixels import FileLoader, Pixels
from kg_enrich.scorers.qwen_vl.prefetch import PixelQueue, image_key
from kg_enrich.scorers.qwen_vl.prompt import (
    Prompt,
    PromptBuilder,
    UnaskableError,
    read_template,
)
from kg_enrich.scorers.qwen_vl.sizes import choose
from kg_enrich.scorers.qwen_vl.transfer import current

# Raise it when a change of this code changes scores by more than rounding.
_VERSION = 2


class QwenVlScorer:
    """Scores pairs with 10 * sigmoid(z_yes - z_no), taken after the prompt's last token."""

    def __init__(self, options: QwenVlOptions, checkpoint: Checkpoint | None = None) -> None:
        """Load the model and let it judge drawn pictures.

        checkpoint: what these options would load, where it is loaded already.

        Errors: SettingsError and ScorerError as `checkpoint.load` and `selftest.run`.
        """
        folder = locate(options.model, options.revision)
        self.options = options
        self.model = options.name
        self.checkpoint = checkpoint or load(options, folder)
        self.prompts = self.prompts_for(options.template_name)
        self.fingerprint = _fingerprint(options, self.checkpoint, content_hash(folder))
        self.former_fingerprints: tuple[str, ...] = ()
        self.reads_captions = options.use_caption
        limits = WorkerLimits(options.image_seconds, options.image_memory_bytes)
        self.conditions = decode_conditions(options.decode_limits) | {
            limits.condition,
            OWN_CONDITION,
        }
        sizes = self.sizes = choose(options, self.checkpoint)
        self.lock = threading.Lock()
        self._pixels = PixelQueue(
            FileLoader(
                self.checkpoint.image_processor,
                options.max_visual_tokens,
                options.decode_limits,
                options.jpeg_draft,
            ),
            sizes.workers,
            limits=limits,
        )
        self.engine = Engine(
            self.checkpoint,
            options.layout,
            self._pixels,
            sizes.vision_cache_bytes,
            sizes.prefix_cache_bytes,
        )
        caches = sizes.vision_cache_bytes + sizes.prefix_cache_bytes
        budget = Budget(self.checkpoint, options.max_batch_tokens, caches)
        self._batcher: Batcher[float] = Batcher(self.engine, budget, self.engine.run)
        self._rate = generated.ParseRate()
        if options.scoring == "generate":
            self._again = self.prompts_for(AGAIN_TEMPLATE)
            self._writer = self.writer(generated.MOST_TOKENS)
        if options.self_test:
            with torch.inference_mode(), current(self.checkpoint.device):
                self._test()

    def prefetch(self, images: Sequence[Image]) -> None:
        """Start reading these images ahead, but for those whose vision output is kept."""
        self._pixels.want(images, self.engine.keeps)

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        """One judgement a pair, in the order of `pairs`; safe from any thread, one at a time."""
        judgements: dict[int, Judgement] = {}
        with self.lock, torch.inference_mode(), current(self.checkpoint.device):
            self.prefetch([pair.image for pair in pairs])
            self.prompts.remember(len({pair.document.id for pair in pairs}))
            if self.options.scoring == "generate":
                self._mark(pairs, judgements)
                return [judgements[index] for index in range(len(pairs))]
            for ready, value in self._batcher.score(self.prepared(pairs, judgements)):
                index, note = ready.task.index, ready.task.prompt.note
                judgements[index] = _judgement(pairs[index], note, value)
        return [judgements[index] for index in range(len(pairs))]

    def account(self) -> str:
        """How many answers had a mark since the last call, for a run's record."""
        return self._rate.take()

    def prompt_of(self, pair: Pair, prompts: PromptBuilder | None = None) -> Prompt | None:
        """A pair's prompt; None when its document has no text.

        Errors: UnaskableError when it cannot be asked about.
        """
        text = _text(pair.document)
        if not text:
            return None
        return (prompts or self.prompts).build(
            text, pair.image.caption if self.options.use_caption else ""
        )

    def pixels_of(self, image: Image) -> Pixels:
        """What the vision tower is given of an image. Errors: UnreadableImageError."""
        pixels = self._pixels.take(image)
        self._pixels.release([image_key(image)])
        return pixels

    @property
    def budget(self) -> int:
        """Tokens that a batch may have now; it shrinks when memory runs out."""
        return self._batcher.budget.tokens

    @property
    def reading(self) -> tuple[int, int, int]:
        """Images read so far, images read ahead and not taken yet, texts tokenised so far."""
        return self._pixels.reads, self._pixels.waiting, self.prompts.tokenised

    def forget(self) -> None:
        """Give back what is kept for later pairs: vision outputs and prefixes."""
        with self.lock:
            self.engine.forget()

    def close(self) -> None:
        """Stop the worker processes and give back the caches."""
        self._pixels.close()
        self.forget()

    def prompts_for(self, name: str) -> PromptBuilder:
        """Prompts of another template. Errors: SettingsError when there is none of that name."""
        of = self.options
        template, room = read_template(name, of.layout), of.max_tokens - of.max_visual_tokens
        instruction = INSTRUCTIONS.get(of.instruction, of.instruction)
        return PromptBuilder(self.checkpoint.tokenizer, template, instruction, room)

    def writer(self, most: int) -> Writer:
        """Lets the model write up to `most` tokens; for whoever holds `lock`."""
        return Writer(self.checkpoint, self.engine, self._batcher.budget, most)

    def _test(self) -> None:
        """Lets the model judge drawn pictures. Errors: ScorerError."""
        drawn = selftest.drawn(self.checkpoint, self.prompts, self.engine)
        answers: list[float | None]
        if self.options.scoring == "generate":
            written = self._writer.write(iter(drawn))
            # An answer without a mark says nothing for either picture.
            answers = [mark(answer)[0] or 0.0 for _, answer in written]
        else:
            answers = [log_odds for _, log_odds in self._batcher.score(drawn)]
        self.engine.forget()
        selftest.judge(answers, coarse=self.options.scoring == "generate")

    def _mark(self, pairs: Sequence[Pair], judgements: dict[int, Judgement]) -> None:
        """Judges by the marks that the model writes; what has none is asked about once more."""
        left = list(range(len(pairs)))
        for prompts in (self.prompts, self._again):
            asked = [pairs[place] for place in left]
            others: dict[int, Judgement] = {}
            unread = []
            for ready, answer in self._writer.write(self.prepared(asked, others, prompts)):
                place = left[ready.task.index]
                log_odds, said = mark(answer)
                if log_odds is not None:
                    note = ready.task.prompt.note
                    judgements[place] = _judgement(pairs[place], note, log_odds, said)
                    self._rate.count(True)
                else:
                    judgements[place] = _without_score(pairs[place], Outcome.FAILED, said)
                    unread.append(place)
            judgements.update({left[index]: one for index, one in others.items()})
            left = unread
        for _ in left:
            self._rate.count(False)

    def prepared(
        self,
        pairs: Sequence[Pair],
        judgements: dict[int, Judgement],
        prompts: PromptBuilder | None = None,
    ) -> Iterator[Ready]:
        """The pairs' tasks, with their images read, one when it is asked for.

        Those that share a prefix come behind one another. A judgement is made for what cannot be
        asked about or read.
        """
        for index in self._order(pairs):
            pair = pairs[index]
            try:
                prompt = self.prompt_of(pair, prompts)
                if prompt is None:
                    self._pixels.drop(pair.image)
                    reason = "the document has no text"
                    judgements[index] = _without_score(pair, Outcome.ABSTAINED, reason)
                    continue
                yield self.engine.prepare(Task(index, prompt, pair.image))
            except UnreadableImageError as error:
                judgements[index] = _without_score(pair, Outcome.UNREADABLE, error)
            except ReadingError as error:
                judgements[index] = _without_score(pair, Outcome.FAILED, error)
            except UnaskableError as error:
                self._pixels.drop(pair.image)
                judgements[index] = _without_score(pair, Outcome.FAILED, error)

    def _order(self, pairs: Sequence[Pair]) -> list[int]:
        """The pairs' places, those of a document (image-first: of an image) together."""
        groups: dict[object, list[int]] = {}
        for index, pair in enumerate(pairs):
            by_image = self.options.layout == "image-first"
            key = image_key(pair.image) if by_image else _text(pair.document)
            groups.setdefault(key, []).append(index)
        return [index for group in groups.values() for index in group]


def _text(document: Document) -> str:
    """What is asked about a document."""
    return "\n".join(part for part in (document.title, document.text) if part.strip())


def score_of(log_odds: float) -> float:
    """10 * sigmoid(log-odds), without overflow."""
    if log_odds >= 0:
        return 10 / (1 + math.exp(-log_odds))
    return 10 * math.exp(log_odds) / (1 + math.exp(log_odds))


def _judgement(pair: Pair, note: str, log_odds: float | None, reason: str = "") -> Judgement:
    if log_odds is None:
        trouble = "does not fit into memory even alone; lower the limit of tokens"
        return _without_score(pair, Outcome.FAILED, trouble)
    if not math.isfinite(log_odds):
        return _without_score(pair, Outcome.FAILED, f"the model answered {log_odds}")
    return Judgement(
        pair.document.id,
        pair.image.id,
        Outcome.SCORED,
        score=score_of(log_odds),
        log_odds=log_odds,
        reason=reason,
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


def _fingerprint(options: QwenVlOptions, checkpoint: Checkpoint, weights: str) -> str:
    parts: dict[str, object] = {
        "version": _VERSION,
        "weights": weights,
        "template": read_template(options.template_name, options.layout),
        "instruction": INSTRUCTIONS.get(options.instruction, options.instruction),
        "layout": options.layout,
        "dtype": options.dtype,
        "limits": [options.max_tokens, options.max_visual_tokens],
        "caption": options.use_caption,
        "image_processor": type(checkpoint.image_processor).__name__,
    }
    # Named only where they are chosen, so that what was judged without them stays judged.
    parts |= {name: True for name in ("jpeg_draft", "float8") if getattr(options, name)}
    if options.scoring == "generate":
        again = read_template(AGAIN_TEMPLATE, options.layout)
        parts |= {"scoring": "generate", "again": again, "form": generated.VERSION}
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
