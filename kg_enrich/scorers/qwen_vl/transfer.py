"""Numbers to the GPU and answers back, with neither side waiting for the other.

Every copy goes through pinned memory and is only queued. The memory comes from torch's own pool,
which takes a piece back once the GPU has read it (it keeps an event for each), so that in the
long run nothing is pinned anew.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor


def current(device: torch.device) -> AbstractContextManager[Any]:
    """Make a GPU the current one in this thread.

    Pinned memory, memory counters and Triton's kernels go by it, not by the tensors: without it,
    scoring on cuda:1 would take half a gigabyte of cuda:0.
    """
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()


def onto(tensor: Tensor, device: torch.device) -> Tensor:
    """The tensor on the device; on a GPU without waiting for what is under way there."""
    return joined_onto([tensor], device)


def joined_onto(tensors: Sequence[Tensor], device: torch.device) -> Tensor:
    """Tensors one behind another on the device; they are copied once on their way."""
    first = tensors[0]
    if device.type != "cuda":
        return (first if len(tensors) == 1 else torch.cat(list(tensors))).to(device)
    rows = sum(len(tensor) for tensor in tensors)
    staged, at = _pinned((rows, *first.shape[1:]), first.dtype), 0
    for tensor in tensors:
        staged[at : at + len(tensor)].copy_(tensor)
        at += len(tensor)
    return _sent(staged, device)


class Answers:
    """Numbers that a GPU may still be computing, in an order of their own.

    Fetching them is queued right behind their computation. What is queued later, such as the next
    batch, is not waited for.
    """

    def __init__(self, values: Tensor, order: Sequence[int]) -> None:
        """order: the place that each value belongs to."""
        self._order = order
        self._values, self._fetched = values, None
        if values.device.type == "cuda":
            self._values = _pinned(tuple(values.shape), values.dtype)
            self._values.copy_(values, non_blocking=True)
            self._fetched = _mark(values.device)

    def wait(self) -> list[float]:
        """The numbers, each in its place, once they are there."""
        if self._fetched is not None:
            self._fetched.synchronize()
        by_place = zip(self._order, self._values.tolist(), strict=True)
        return [value for _, value in sorted(by_place)]


def _pinned(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    return torch.empty(shape, dtype=dtype, pin_memory=True)


def _sent(staged: Tensor, device: torch.device) -> Tensor:
    return staged.to(device, non_blocking=True)


def _mark(device: torch.device) -> torch.cuda.Event:
    """An event after what is queued now; whoever waits for it leaves the core to others."""
    event = torch.cuda.Event(blocking=True)
    event.record(torch.cuda.current_stream(device))
    return event
