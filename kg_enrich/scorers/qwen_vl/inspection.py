"""What the GPU scorer would find here, without loading any weights: for `kg-enrich doctor`."""

from pathlib import Path

import torch
import transformers

from kg_enrich.errors import SettingsError
from kg_enrich.scorers.qwen_vl.attention import kernel_for
from kg_enrich.scorers.qwen_vl.checkpoint import device_of, locate
from kg_enrich.scorers.qwen_vl.options import QwenVlOptions


def inspect(options: QwenVlOptions) -> dict[str, str]:
    """Findings by name: versions, device, attention, free memory, model.

    Errors: SettingsError for a device that is not there, or weights that are not.
    """
    device, dtype = device_of(options.device), getattr(torch, options.dtype)
    found = {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "device": device_name(device),
        "dtype": options.dtype,
        "attention": kernel_for(device, dtype)[0],
    }
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        found["free memory"] = f"{free / 1e9:.1f} of {total / 1e9:.1f} GB"
    folder = locate(options.model, options.revision, fetch=False)
    size = weight_bytes(folder)
    if not size:
        raise SettingsError(
            f"{folder}: no weights (*.safetensors); copy the whole checkpoint there"
        )
    found["model"] = f"{options.model}, {size / 1e9:.1f} GB in {folder}"
    return found


def device_name(device: torch.device) -> str:
    if device.type != "cuda":
        return str(device)
    return f"{device} ({torch.cuda.get_device_name(device)})"


def weight_bytes(folder: Path) -> int:
    """Size of a checkpoint's weight files."""
    return sum(file.stat().st_size for file in folder.glob("*.safetensors"))
