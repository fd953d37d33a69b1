"""The language model's matrix products in 8 bits (e4m3), as an option.

A weight matrix has a scale a row, fixed when it is loaded; what it is multiplied with gets a scale
a token, from that token's largest number: a score does not depend on the batch it came in. The
vision tower, the norms and the two output rows stay as they are.
"""

from typing import Any

import torch
from torch import Tensor

from kg_enrich.errors import SettingsError

_LARGEST = torch.finfo(torch.float8_e4m3fn).max


class Float8Linear(torch.nn.Module):
    """A linear layer with weights in 8 bits."""

    values: Tensor
    scale: Tensor

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()
        values, scale = rounded(linear.weight.data)
        self.register_buffer("values", values)
        self.register_buffer("scale", scale.T.contiguous())  # (1, outputs)
        self.bias = linear.bias

    def forward(self, rows: Tensor) -> Tensor:
        flat = rows.reshape(-1, rows.shape[-1])
        values, scale = rounded(flat)
        product = torch._scaled_mm(
            values,
            self.values.t(),
            scale_a=scale,
            scale_b=self.scale,
            bias=None if self.bias is None else self.bias.to(torch.bfloat16),
            out_dtype=torch.bfloat16,
        )
        return product.to(rows.dtype).view(*rows.shape[:-1], -1)


def rounded(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Rows in 8 bits, and what each must be multiplied with: float32 (rows, 1)."""
    wide = rows.float()
    scale = wide.abs().amax(1, keepdim=True).clamp(min=1e-12) / _LARGEST
    return (wide / scale).to(torch.float8_e4m3fn), scale


def trial(device: torch.device) -> str:
    """What speaks against 8 bits on a device, "" if nothing; compared with plain arithmetic."""
    random = torch.Generator().manual_seed(0)
    rows, weight = (torch.randn(count, 64, generator=random) for count in (5, 32))
    linear = torch.nn.Linear(64, 32, bias=False, device=device, dtype=torch.bfloat16)
    linear.weight.data.copy_(weight)
    try:
        found = Float8Linear(linear)(rows.to(device, torch.bfloat16)).float().cpu()
    except (RuntimeError, NotImplementedError, ValueError) as error:
        return (str(error).splitlines() or [type(error).__name__])[0][:200]
    # Each factor is off by up to a sixteenth, and the sum of 64 products is near 8.
    worst = (found - rows @ weight.T).abs().max().item()
    return "" if worst < 2 else f"it is off by {worst:.2g}"


def quantise(model: Any) -> None:
    """Exchange the linear layers of the language model for good, one at a time.

    Errors: SettingsError where this machine cannot multiply so.
    """
    fault = trial(model.device)
    if fault:
        raise SettingsError(f"weights in 8 bits do not work on {model.device}: {fault}")
    for layer in model.model.language_model.layers:
        for part in (layer.self_attn, layer.mlp):
            for name, module in list(part.named_children()):
                if isinstance(module, torch.nn.Linear):
                    setattr(part, name, Float8Linear(module))
