"""What the scorer takes of a machine when nobody says: processes and caches, from what is there."""

import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

from kg_enrich.scorers.qwen_vl.budget import MOST_TOKENS, bytes_per_token
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint
from kg_enrich.scorers.qwen_vl.options import QwenVlOptions

# A 7B wants 25 to 30 new photographs a second of a large GPU, a process reads some 3.
_MOST_WORKERS = 16
# What a worker takes: torch's libraries and a picture of 100 megapixels, twice.
_WORKER_BYTES = 1_500_000_000
# Where the model itself runs on the CPU, and what it takes least on a GPU.
_VISION_BYTES, _PREFIX_BYTES = 1 << 30, 1 << 29
# Of a GPU's free memory: what batches get at least, and the caches' share of what they leave.
_BATCHES, _CACHES, _VISION = 0.75, 0.6, 0.75

_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sizes:
    """workers: processes. vision_cache_bytes, prefix_cache_bytes: on the model's device."""

    workers: int
    vision_cache_bytes: int
    prefix_cache_bytes: int


def choose(options: QwenVlOptions, checkpoint: Checkpoint) -> Sizes:
    """What the options say, and for what they leave open, what this machine allows; logged."""
    device = checkpoint.device
    workers = options.workers
    if workers is None:
        memory = psutil.virtual_memory().available
        workers = default_workers(device.type, cores(), memory)
    vision, prefix = _VISION_BYTES, _PREFIX_BYTES
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        batch = MOST_TOKENS * bytes_per_token(checkpoint.model.config, checkpoint.dtype)
        vision, prefix = default_caches(free, batch)
    if options.vision_cache_bytes is not None:
        vision = options.vision_cache_bytes
    if options.prefix_cache_bytes is not None:
        prefix = options.prefix_cache_bytes
    _log.info(
        "%d processes read images; %.1f GiB for images that were encoded, %.1f GiB for"
        " beginnings of prompts",
        workers,
        vision / 2**30,
        prefix / 2**30,
    )
    return Sizes(workers, vision, prefix)


def default_workers(kind: str, cores: int, memory: int) -> int:
    """Processes that read images ahead.

    kind: of the model's device; where that is the CPU, most cores are the model's.
    memory: bytes that are free.
    """
    wanted = cores - 1 if kind == "cuda" else cores // 4
    return max(1, min(wanted, _MOST_WORKERS, memory // _WORKER_BYTES))


def default_caches(free: int, batch: int) -> tuple[int, int]:
    """Bytes for vision outputs and for prefixes on a GPU.

    free: bytes, the weights being there. batch: what the largest batch takes.
    """
    left = free - min(batch, int(free * _BATCHES))
    caches = int(left * _CACHES)
    vision = int(caches * _VISION)
    return vision, caches - vision


def cores() -> int:
    """Cores that this process may use: its affinity, and a container's quota."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = count or 1
    with suppress(OSError, ValueError):  # no control groups here, or no quota ("max")
        quota, period = _QUOTA.read_text().split()
        found = min(found, max(1, round(int(quota) / int(period))))
    return found
