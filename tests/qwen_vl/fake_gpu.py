"""A GPU that is not there: checkpoints on fake tensors, and what a program does with them, counted.

PyTorch's fake tensors say that they are on a CUDA device and know their shapes, but no numbers.
Whoever wants to read a number from the GPU, and so would make it stop, gets an error.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from kg_enrich.scorers.qwen_vl import attention, gate, kernels, transfer
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint

GPU = torch.device("cuda", 0)


class Trace(TorchDispatchMode):
    """Counts, while entered, what is done on the fake GPU.

    stops: operations at which Python would wait for it. launches: operations that start a kernel,
    by name. moved: bytes that they read and write.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stops: list[str] = []
        self.launches: Counter[str] = Counter()
        self.moved = 0

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        output = function(*args, **kwargs)
        taken = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        made = [leaf for leaf in tree_leaves(output) if isinstance(leaf, Tensor)]
        places = {tensor.device.type for tensor in (*taken, *made)}
        # Between the two sides, only a copy that is queued does not wait.
        if len(places) > 1 and not (kwargs.get("non_blocking") or _queued(function, args)):
            self.stops.append(str(function))
        if "cuda" in places and not _only_a_view(function, taken, made):
            self.launches[str(function)] += 1
            self.moved += sum(tensor.nbytes for tensor in (*taken, *made) if tensor.is_cuda)
        return output


def _queued(function: Any, args: Any) -> bool:
    return function is torch.ops.aten.copy_.default and len(args) > 2 and bool(args[2])


def _only_a_view(function: Any, taken: list[Tensor], made: list[Tensor]) -> bool:
    if function.is_view or not made or "empty" in str(function):
        return True
    storages = {tensor.untyped_storage()._cdata for tensor in taken}
    shares = all(tensor.untyped_storage()._cdata in storages for tensor in made)
    return shares and not function._schema.is_mutable


class Event:
    """Stands for an event on the fake GPU; Python may wait for it."""

    def synchronize(self) -> None:
        pass


@contextmanager
def fake_gpu(kernel: kernels.Kernel = kernels.varlen_kernel) -> Any:
    """Yields a function that makes a checkpoint as if it lay on a GPU.

    Within, pinned memory is fake, the attention kernel is the one given and the fused gate works.
    """
    mode = FakeTensorMode(allow_non_fake_inputs=True)

    def moved(tensor: Tensor) -> Tensor:
        with mode:
            if tensor.is_meta:
                return torch.empty(tensor.shape, dtype=tensor.dtype, device=GPU)
            return mode.from_tensor(tensor).to(GPU)

    def pinned(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        with mode:
            return torch.empty(shape, dtype=dtype)

    def within(work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            with mode:
                return work(*args, **kwargs)

        return run

    def make(made: Checkpoint) -> Checkpoint:
        for module in made.model.modules():
            for name, weight in module.named_parameters(recurse=False):
                faked = torch.nn.Parameter(moved(weight.data), requires_grad=False)
                setattr(module, name, faked)
            for name, buffer in module.named_buffers(recurse=False):
                setattr(module, name, moved(buffer))
        for part in (made.model.model.visual, made.language_model):
            part.forward = within(part.forward)
        return replace(
            made,
            device=GPU,
            head=moved(made.head),
            normaliser=replace(
                made.normaliser,
                mean=moved(made.normaliser.mean),
                std=moved(made.normaliser.std),
            ),
        )

    with ExitStack() as patches:
        for target, name, value in (
            (transfer, "_pinned", pinned),
            (transfer, "_sent", within(transfer._sent)),
            (transfer, "_mark", lambda _: Event()),
            (attention, "kernel_for", lambda *_: ("", kernel)),
            (gate, "trusted", lambda *_: True),
            (torch._C, "_get_cudnn_sdp_enabled", lambda: False),
        ):
            patches.enter_context(patch.object(target, name, value))
        yield make
