"""Finding, checking and loading a checkpoint of Qwen2.5-VL or Qwen3-VL."""

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoModelForImageTextToText

from kg_enrich.errors import ScorerError, SettingsError
from kg_enrich.scorers.qwen_vl import adapter, float8, processors, speedups
from kg_enrich.scorers.qwen_vl.gate import trusted
from kg_enrich.scorers.qwen_vl.kernels import kernel_for
from kg_enrich.scorers.qwen_vl.options import QwenVlOptions
from kg_enrich.scorers.qwen_vl.pixels import Normaliser

ARCHITECTURES = ("qwen2_5_vl", "qwen3_vl")
# The lower bound of MCMR's evaluation code; an image below it is scaled up.
MIN_VISUAL_TOKENS = 4
_WEIGHTS = ("*.safetensors", "*.bin")
_SAMPLES, _SAMPLE_BYTES = 64, 1 << 16

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model with what scoring needs of it.

    normaliser: makes the vision tower's input of pixels.
    head: (2, hidden), the output rows of "yes" and "no", in float32 or wider.
    merge: vision patches along each side of a visual token.
    """

    model: Any
    tokenizer: Any
    image_processor: Any
    normaliser: Normaliser
    head: Tensor
    device: torch.device
    dtype: torch.dtype
    merge: int

    @property
    def language_model(self) -> Any:
        return self.model.model.language_model


def locate(model: str, revision: str | None) -> Path:
    """The folder of a checkpoint: the named one, or what the hub gives, fetched once.

    Errors: SettingsError when it is neither there nor can be fetched.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    _log.info("%s comes from the hub, unless it was fetched before", model)
    try:
        return Path(snapshot_download(model, revision=revision, ignore_patterns=["*.bin"]))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise SettingsError(
            f"model {model}: neither a folder nor to be had from the hub"
            f" ({type(error).__name__}); on a host without internet, copy the checkpoint's folder"
            " there and name the folder"
        ) from error


def content_hash(folder: Path) -> str:
    """Hash of a checkpoint's configuration and weights, wherever it lies.

    Of each weight file (16.6 GB in all) its size and evenly spaced samples are read, among them
    its beginning and end; fine-tuning touches far more than lies between two of them.
    """
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.json")) + sorted(folder.glob("*.txt")):
        digest.update(file.name.encode() + file.read_bytes())
    for file in sorted(found for pattern in _WEIGHTS for found in folder.glob(pattern)):
        size = file.stat().st_size
        digest.update(f"{file.name} {size}".encode())
        with file.open("rb") as stream:
            for sample in range(_SAMPLES + 1):
                stream.seek(max(0, size - _SAMPLE_BYTES) * sample // _SAMPLES)
                digest.update(stream.read(_SAMPLE_BYTES))
    return digest.hexdigest()


def device_of(name: str) -> torch.device:
    """The torch device of that name. Errors: SettingsError when this machine has none such."""
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise SettingsError(f"device {name!r}: name it cuda, cuda:1 or cpu") from error
    if device.type == "cuda":
        count = torch.cuda.device_count()
        if count <= (device.index or 0):
            raise SettingsError(
                f"device {name}: torch {torch.__version__} sees {count} CUDA device(s) here;"
                " mend the driver, name another device, or name cpu"
            )
        device = torch.device("cuda", device.index or 0)
    return device


def load(options: QwenVlOptions, folder: Path) -> Checkpoint:
    """Load a checkpoint onto the device that the options name.

    Errors: SettingsError for a folder, device or limit that cannot be used; ScorerError for a
        checkpoint that loads incompletely.
    """
    device, dtype = device_of(options.device), getattr(torch, options.dtype)
    adapter.check(folder)
    _check_architecture(folder)
    tokenizer, image_processor = processors.read(folder)
    limit_size(image_processor, options.max_visual_tokens)
    try:
        model, info = AutoModelForImageTextToText.from_pretrained(
            folder, dtype=dtype, device_map={"": device}, output_loading_info=True
        )
    except torch.OutOfMemoryError as error:
        raise ScorerError(
            f"the weights of {options.model} do not fit into the free memory of {device}"
        ) from error
    except (OSError, ValueError, SafetensorError) as error:
        raise ScorerError(f"{folder}: the weights cannot be loaded: {_line(error)}") from error
    if info["missing_keys"] or info["mismatched_keys"]:
        missing = sorted(map(str, [*info["missing_keys"], *info["mismatched_keys"]]))
        raise ScorerError(f"{folder}: {len(missing)} weights are missing, such as {missing[0]}")
    model = adapter.merged(model).eval().requires_grad_(False)
    head = _yes_no_head(model, tokenizer)
    if options.float8:
        float8.quantise(model)
    name = _kernel_name(model.config, device, dtype)
    speedups.apply(model)
    if device.type == "cuda":
        trusted(device, dtype)  # tried now, and not within the first batch
    _log.info("%s on %s in %s, attention: %s", options.model, device, options.dtype, name)
    return Checkpoint(
        model=model,
        tokenizer=tokenizer,
        image_processor=image_processor,
        normaliser=Normaliser.of(image_processor, device),
        head=head,
        device=device,
        dtype=dtype,
        merge=model.config.vision_config.spatial_merge_size,
    )


def _line(error: Exception) -> str:
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0][:300]


def text_head_size(config: Any) -> int:
    """Size of an attention head of the language model."""
    text = config.text_config
    return int(getattr(text, "head_dim", 0) or text.hidden_size // text.num_attention_heads)


def _kernel_name(config: Any, device: torch.device, dtype: torch.dtype) -> str:
    """The attention kernels of the language model and of the vision tower, once if the same."""
    vision = config.vision_config
    sizes = (text_head_size(config), vision.hidden_size // vision.num_heads)
    return " and ".join(dict.fromkeys(kernel_for(device, dtype, size)[0] for size in sizes))


def limit_size(image_processor: Any, max_visual_tokens: int) -> None:
    """Bound an image's visual tokens.

    Set after loading, because `from_pretrained(size=...)` is ignored for checkpoints whose
    preprocessor_config.json says min_pixels and max_pixels.
    """
    pixels = (image_processor.patch_size * image_processor.merge_size) ** 2
    image_processor.size = {
        "shortest_edge": MIN_VISUAL_TOKENS * pixels,
        "longest_edge": max_visual_tokens * pixels,
    }


def _check_architecture(folder: Path) -> None:
    try:
        config = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError) as error:
        raise SettingsError(f"{folder}: no checkpoint (config.json cannot be read)") from error
    if config.get("model_type") not in ARCHITECTURES:
        raise SettingsError(
            f"{folder}: a {config.get('model_type')} model; this scorer runs"
            f" {' and '.join(ARCHITECTURES)}"
        )
    if config.get("text_config", config).get("use_sliding_window"):
        raise SettingsError(f"{folder}: sliding-window attention is not supported")


def _yes_no_head(model: Any, tokenizer: Any) -> Tensor:
    rows = [tokenizer.encode(word, add_special_tokens=False) for word in ("yes", "no")]
    if any(len(ids) != 1 for ids in rows):
        raise ScorerError('the tokenizer has no single token for "yes" or for "no"')
    weight: Tensor = model.get_output_embeddings().weight[[ids[0] for ids in rows]]
    return weight.to(torch.promote_types(weight.dtype, torch.float32))
