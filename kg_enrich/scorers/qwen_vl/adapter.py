"""Checkpoints that come with an adapter (LoRA): never the base model without a word."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from kg_enrich.errors import SettingsError


def check(folder: Path) -> None:
    """Refuse an adapter that could not be applied.

    Errors: SettingsError without peft, which transformers would silently do without, and for an
        adapter whose base model lies elsewhere, where nobody could tell that it changed.
    """
    if not (folder / "adapter_config.json").exists():
        return
    weights = [*folder.glob("*.safetensors"), *folder.glob("*.bin")]
    if all(file.name.startswith("adapter_model.") for file in weights):
        raise SettingsError(
            f"{folder} holds an adapter without its base model: merge them (peft's"
            " merge_and_unload) and name the folder with the whole model"
        )
    if find_spec("peft") is None:
        raise SettingsError(
            f"{folder} comes with an adapter, which needs peft: pip install peft, or merge the"
            " adapter into the weights"
        )


def merged(model: Any) -> Any:
    """The model with the adapter that was loaded beside its weights put into them."""
    if not getattr(model, "_hf_peft_config_loaded", False):
        return model
    for parent in list(model.modules()):
        for name, module in list(parent.named_children()):
            if hasattr(module, "get_base_layer"):
                module.merge()
                setattr(parent, name, module.get_base_layer())
    model._hf_peft_config_loaded = False
    left = [name for name, module in model.named_modules() if hasattr(module, "get_base_layer")]
    assert not left and isinstance(model, torch.nn.Module)
    return model
