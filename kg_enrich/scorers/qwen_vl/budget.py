"""How many tokens a batch may hold, from the memory that is free.

On a GPU the first batch is small and its peak is measured: what it took a token decides how
large the following ones may be. The estimate that the first batch rests on is checked by counting
bytes on a CPU (tests/qwen_vl/test_memory.py).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint, text_head_size

# Beyond it a GPU gains nothing: its matrix units are full.
MOST_TOKENS = 16_384
PROBE_TOKENS = 4_096
CPU_TOKENS = 4_096
# What the allocator cannot use because it lies in pieces, and what attention kernels need.
_RESERVE = 0.2
# Full batches without trouble before a halved budget grows.
_PATIENCE, _MOST_PATIENCE = 8, 1024

_log = logging.getLogger(__name__)


def bytes_per_token(config: Any, dtype: torch.dtype) -> int:
    """Upper bound of the memory that a token of a batch needs besides the weights.

    The largest of three moments: the vision tower (four patches make a token), the language
    model's widest point, and the prefix's keys and values, which are copied once.
    """
    size = dtype.itemsize
    text, vision = config.text_config, config.vision_config
    wide = max(size, 4)  # norms, rotary positions and merging are computed in float32
    patches = vision.spatial_merge_size**2
    values = vision.in_channels * vision.temporal_patch_size * vision.patch_size**2
    outputs = 1 + len(getattr(vision, "deepstack_visual_indexes", ()))
    tower = size * 2 * outputs * text.hidden_size + patches * (
        size * (2 * values + 8 * vision.hidden_size + 4 * vision.intermediate_size)
        + wide * 8 * vision.hidden_size
    )
    model = size * (6 * text.hidden_size + 3 * text.intermediate_size) + wide * 4 * text.hidden_size
    kept = size * 2 * text.num_hidden_layers * text.num_key_value_heads * text_head_size(config)
    return int(max(tower, model + 2 * kept))


def first_budget(checkpoint: Checkpoint, cache_bytes: int) -> int:
    """Tokens of the first batch. cache_bytes: kept free for the caches."""
    if checkpoint.device.type != "cuda":
        return CPU_TOKENS
    each = bytes_per_token(checkpoint.model.config, checkpoint.dtype)
    return min(PROBE_TOKENS, _tokens(checkpoint.device, each, cache_bytes))


def measured_budget(checkpoint: Checkpoint, tokens: int, before: int, cache_bytes: int) -> int:
    """Tokens of the batches after the first, which had `tokens`.

    before: bytes allocated on the GPU when the first batch began, its peak counter being reset.
    """
    taken = torch.cuda.max_memory_allocated(checkpoint.device) - before
    return _tokens(checkpoint.device, max(1, taken // tokens), cache_bytes)


class Budget:
    """The tokens that a batch may have now.

    Halved whenever memory runs out, and grown again by a quarter after so many full batches
    without that: what was in the way may be gone. Each time it runs out, the wait doubles.

    most: tokens that it never exceeds; None lets the first full batch on a GPU find that out.
    cache_bytes: memory that the caches may still grow into.
    """

    def __init__(self, checkpoint: Checkpoint, most: int | None, cache_bytes: int) -> None:
        self._checkpoint = checkpoint
        self._cache_bytes = cache_bytes
        self._probing = most is None and checkpoint.device.type == "cuda"
        self.tokens = self._most = most or first_budget(checkpoint, cache_bytes)
        self._patience = _PATIENCE
        self._clean = 0

    @contextmanager
    def watching(self, tokens: int) -> Iterator[None]:
        """Learn from a batch of so many tokens, scored within."""
        before = self._begin() if self._probing else 0
        yield
        # A small batch says little: what a pass takes once would count as every token's share.
        full = tokens > self.tokens // 2
        if self._probing and full:
            self._probing = False
            self._most = measured_budget(self._checkpoint, tokens, before, self._cache_bytes)
            self.tokens = self._most
            _log.info("batches of up to %d tokens", self.tokens)
        elif full and self.tokens < self._most:
            self._clean += 1
            if self._clean >= self._patience:
                self._clean = 0
                self.tokens = min(self._most, self.tokens + self.tokens // 4 + 1)
                _log.info("no memory trouble for a while; now %d tokens at once", self.tokens)

    def ran_out(self, tokens: int) -> None:
        """Memory ran out at so many tokens."""
        self.tokens = min(self.tokens, max(1, tokens // 2))
        self._clean = 0
        self._patience = min(2 * self._patience, _MOST_PATIENCE)
        _log.warning("out of memory at %d tokens; now %d at once", tokens, self.tokens)

    def _begin(self) -> int:
        torch.cuda.reset_peak_memory_stats(self._checkpoint.device)
        return torch.cuda.memory_allocated(self._checkpoint.device)


def _tokens(device: torch.device, each: int, cache_bytes: int) -> int:
    free, _ = torch.cuda.mem_get_info(device)
    # Torch's own pool counts as used there, but is ours to use again.
    pool = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    usable = (free + pool - cache_bytes) * (1 - _RESERVE)
    return max(1, min(MOST_TOKENS, int(usable / each)))
