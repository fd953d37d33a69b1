"""silu(gate) * up: one kernel where Triton works, in place elsewhere."""

import logging
from functools import cache
from typing import Any

import torch
from torch import Tensor

from kg_enrich.scorers.qwen_vl.transfer import current

_BLOCK = 1024
_log = logging.getLogger(__name__)


def gated(gate: Tensor, up: Tensor) -> Tensor:
    """silu(gate) * up. Both may be overwritten."""
    if gate.device.type == "cuda" and trusted(gate.device, gate.dtype):
        product: Tensor = torch.ops.kg_enrich.gated(gate, up)
        return product
    return torch.nn.functional.silu(gate, inplace=True).mul_(up)


@cache
def trusted(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether the fused gate works there and agrees with torch; why not is logged."""
    fault = trial(device, dtype)
    if fault:
        _log.info("no fused gate on %s (%s): two kernels instead of one", device, fault)
    return not fault


def trial(device: torch.device, dtype: torch.dtype) -> str:
    """What speaks against the fused gate for numbers of that kind, "" if nothing."""
    random = torch.Generator().manual_seed(0)
    gate, up = ((4 * torch.randn(3, 700, generator=random)).to(device, dtype) for _ in range(2))
    wanted = torch.nn.functional.silu(gate.float()) * up.float()
    try:
        found = torch.ops.kg_enrich.gated(gate, up).float()
    # A compiler may be missing, a driver too old: whatever it says, there is another way.
    except Exception as error:
        return (str(error).splitlines() or [type(error).__name__])[0][:200]
    worst = ((found - wanted).abs() / wanted.abs().clamp(min=1)).max().item()
    return "" if worst <= 2 * torch.finfo(dtype).eps else f"it is off by {worst:.2g}"


@torch.library.custom_op("kg_enrich::gated", mutates_args=())
def _gated(gate: Tensor, up: Tensor) -> Tensor:
    product = torch.empty_like(gate)
    count = gate.numel()
    with current(gate.device):  # where Triton starts its kernels
        grid = (-(-count // _BLOCK),)
        # Without fusing, every step is rounded as torch rounds it, in any version of Triton.
        _kernel()[grid](gate, up, product, count, BLOCK=_BLOCK, enable_fp_fusion=False)
    return product


@_gated.register_fake
def _(gate: Tensor, up: Tensor) -> Tensor:
    return torch.empty_like(gate)


@cache
def _kernel() -> Any:
    # Triton comes with torch on Linux only, and its interpreter is chosen at this import.
    from kg_enrich.scorers.qwen_vl import gate_kernel

    return gate_kernel.gated
