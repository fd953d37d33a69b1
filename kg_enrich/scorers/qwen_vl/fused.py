"""Norms and gates in one pass over memory instead of several, in 16-bit models.

Counted at the 7B's sizes, a norm of transformers starts eight kernels that move 36 bytes a number;
these start one that moves 4. What is in float32 or wider is left alone: there, the scores equal
those of plain transformers to the last digits, and that is worth more than time.
"""

from typing import Any

import torch
from torch import Tensor

from kg_enrich.scorers.qwen_vl.exchange import Exchanged
from kg_enrich.scorers.qwen_vl.gate import gated

# Torch's and transformers' own.
_SILU = ("SiLU", "SiLUActivation")
SIXTEEN_BITS = (torch.bfloat16, torch.float16)


class FusedNorm(Exchanged):
    """An RMS norm through torch's own kernel, which rounds once at its end instead of twice."""

    def forward(self, hidden_states: Tensor) -> Tensor:
        weight, eps = self.original.weight, self.original.variance_epsilon
        return torch.nn.functional.rms_norm(hidden_states, weight.shape, weight, eps)


class FusedGate(Exchanged):
    """A gated feed-forward layer whose gate is applied in one pass, or else in place."""

    def forward(self, rows: Tensor) -> Tensor:
        mlp = self.original
        hidden: Tensor = mlp.down_proj(gated(mlp.gate_proj(rows), mlp.up_proj(rows)))
        return hidden


def choose(name: str, module: Any) -> Any | None:
    """What stands in for a module of a 16-bit model; None for most."""
    if type(module).__name__.endswith("RMSNorm") and module.weight.dtype in SIXTEEN_BITS:
        return FusedNorm(module)
    gate = type(getattr(module, "act_fn", None)).__name__
    if name == "mlp" and hasattr(module, "gate_proj") and gate in _SILU:
        return FusedGate(module)
    return None
