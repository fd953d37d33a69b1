"""Scores batches: what a batch's pairs share is computed once and kept within byte budgets.

In both layouts a prompt is a prefix that pairs share and a suffix of the pair's own. Text-first,
the prefix is the document's text and the suffix begins with the image; image-first, the prefix
ends with the image and the suffix is the document's text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kg_enrich.models import Image
from kg_enrich.scorers.qwen_vl.attention import Prefix
from kg_enrich.scorers.qwen_vl.cache import ByteLru
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint
from kg_enrich.scorers.qwen_vl.forward import Segment, log_odds, prefill
from kg_enrich.scorers.qwen_vl.options import Layout
from kg_enrich.scorers.qwen_vl.pixels import Pixels
from kg_enrich.scorers.qwen_vl.prefetch import ImageKey, PixelQueue, image_key
from kg_enrich.scorers.qwen_vl.prompt import Prompt
from kg_enrich.scorers.qwen_vl.transfer import Answers
from kg_enrich.scorers.qwen_vl.vision import Visual, encode_images
from kg_enrich.scorers.qwen_vl.writing import write

PrefixKey = tuple[tuple[int, ...], ImageKey | None]


@dataclass(frozen=True, slots=True)
class Task:
    """A pair to score. index: its place in the caller's list."""

    index: int
    prompt: Prompt
    image: Image


@dataclass(frozen=True, slots=True)
class Ready:
    """A task with what it needs at hand.

    pixels: None when they are not needed any more.
    prefix_tokens: what computing its prefix costs (0 when it is kept). suffix_tokens: its own.
    """

    task: Task
    pixels: Pixels | None
    visual: Visual | None
    prefix: Prefix | None
    prefix_tokens: int
    suffix_tokens: int


@dataclass(frozen=True, slots=True)
class Written:
    """Token ids that were written, a list a pair."""

    tokens: list[list[int]]

    def wait(self) -> list[list[int]]:
        return self.tokens


class Engine:
    """Computes log-odds of prepared pairs; not for use from two threads at once."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        layout: Layout,
        pixels: PixelQueue,
        vision_cache_bytes: int,
        prefix_cache_bytes: int,
    ) -> None:
        self._checkpoint = checkpoint
        self._layout = layout
        self._pixels = pixels
        self.visuals: ByteLru[ImageKey, Visual] = ByteLru(vision_cache_bytes)
        self.prefixes: ByteLru[PrefixKey, Prefix] = ByteLru(prefix_cache_bytes)
        self._unseen: dict[ImageKey, Pixels] = {}
        self._before: tuple[int, ...] = ()

    def prefix_key(self, task: Task) -> PrefixKey:
        """What tasks must agree in to share a prefix: the very tokens, and the image in it."""
        in_prefix = self._layout == "image-first"
        return task.prompt.before, image_key(task.image) if in_prefix else None

    def prepare(self, task: Task) -> Ready:
        """Look up or read what a task needs.

        Errors: UnreadableImageError.
        """
        image = image_key(task.image)
        self._before = task.prompt.before
        if self.keeps(image):
            self._pixels.drop(task.image)
        elif image not in self._unseen:
            self._unseen[image] = self._pixels.take(task.image)
        return self.ready(task, self._unseen.get(image))

    def keeps(self, image: ImageKey) -> bool:
        """Whether an image's pixels are not needed, since what came of them is kept.

        Image-first, all prompts begin alike: what one begins with tells where the others lie.
        """
        in_prefix = self._layout == "image-first" and (self._before, image) in self.prefixes
        return in_prefix or image in self.visuals

    def ready(self, task: Task, pixels: Pixels | None) -> Ready:
        """A task with its pixels (None where kept outputs do instead) and what is kept for it."""
        prefix = self.prefixes.get(self.prefix_key(task))
        visual = self.visuals.get(image_key(task.image))
        tokens = 0
        if visual is not None:
            tokens = visual.tokens
        elif pixels is not None:
            tokens = len(pixels.values) // self._checkpoint.merge**2
        before, after = len(task.prompt.before), len(task.prompt.after)
        if self._layout == "text-first":
            prefix_tokens, suffix_tokens = before, tokens + after
        else:
            prefix_tokens, suffix_tokens = before + tokens, after
        if prefix is not None:
            prefix_tokens = 0
        return Ready(task, pixels, visual, prefix, prefix_tokens, suffix_tokens)

    def tokens(self, batch: Sequence[Ready]) -> int:
        """Tokens that a batch runs through the language model; a shared prefix counts once."""
        prefixes = {self.prefix_key(ready.task): ready.prefix_tokens for ready in batch}
        return sum(prefixes.values()) + sum(ready.suffix_tokens for ready in batch)

    def run(self, batch: Sequence[Ready]) -> Answers:
        """Log-odds of each of the batch's pairs, in order; a GPU may still be computing them."""
        visuals = self._see(batch)
        prefixes = self._prefill(batch, visuals)
        groups: dict[PrefixKey, list[int]] = {}
        for place, ready in enumerate(batch):
            groups.setdefault(self.prefix_key(ready.task), []).append(place)
        values = log_odds(
            self._checkpoint,
            [
                (
                    prefixes[key],
                    [self._suffix(batch[place], visuals, prefixes[key]) for place in places],
                )
                for key, places in groups.items()
            ],
        )
        self._pixels.release(image_key(ready.task.image) for ready in batch)
        return Answers(values, [place for places in groups.values() for place in places])

    def write(self, batch: Sequence[Ready], most: int, stops: frozenset[int]) -> Written:
        """What the model writes after each of the batch's prompts, as token ids."""
        visuals = self._see(batch)
        prefixes = self._prefill(batch, visuals)
        starts = []
        for ready in batch:
            prefix = prefixes[self.prefix_key(ready.task)]
            starts.append((prefix, self._suffix(ready, visuals, prefix)))
        tokens = write(self._checkpoint, starts, most, stops)
        self._pixels.release(image_key(ready.task.image) for ready in batch)
        return Written(tokens)

    def forget(self) -> None:
        """Give back the memory of both caches, and of images that no pass has seen."""
        self._pixels.release_all()
        self._unseen.clear()
        self.visuals.clear()
        self.prefixes.clear()

    def _see(self, batch: Sequence[Ready]) -> dict[ImageKey, Visual]:
        visuals: dict[ImageKey, Visual] = {}
        unseen: dict[ImageKey, Pixels] = {}
        for ready in batch:
            image = image_key(ready.task.image)
            # An attempt that ran out of memory may have got as far as this image.
            visual = ready.visual or self.visuals.get(image)
            if visual is not None:
                visuals[image] = visual
            elif ready.pixels is not None:
                unseen[image] = ready.pixels
        if unseen:
            seen = encode_images(self._checkpoint, list(unseen.values()))
            for image, visual in zip(unseen, seen, strict=True):
                visuals[image] = visual
                self.visuals.put(image, visual)
                self._unseen.pop(image, None)
        return visuals

    def _prefill(
        self, batch: Sequence[Ready], visuals: dict[ImageKey, Visual]
    ) -> dict[PrefixKey, Prefix]:
        prefixes: dict[PrefixKey, Prefix] = {}
        missing: dict[PrefixKey, Segment] = {}
        for ready in batch:
            key = self.prefix_key(ready.task)
            prefix = ready.prefix or self.prefixes.get(key)
            if prefix is not None:
                prefixes[key] = prefix
            elif key not in missing:
                before, image = key
                missing[key] = Segment(before, visuals[image] if image else None)
        if missing:
            made = prefill(self._checkpoint, list(missing.values()))
            for key, prefix in zip(missing, made, strict=True):
                prefixes[key] = prefix
                self.prefixes.put(key, prefix)
        return prefixes

    def _suffix(self, ready: Ready, visuals: dict[ImageKey, Visual], prefix: Prefix) -> Segment:
        visual = visuals[image_key(ready.task.image)] if self._layout == "text-first" else None
        return Segment((), visual, ready.task.prompt.after, prefix.end)
