"""A checkpoint's tokenizer and image processor, from folders of every age."""

import json
from pathlib import Path
from typing import Any

from transformers import AutoProcessor, AutoTokenizer, Qwen2VLImageProcessor

from kg_enrich.errors import SettingsError

# What the first releases of Qwen2.5-VL, and so early fine-tunes, call Qwen2VLImageProcessor.
_EARLY_NAMES = ("Qwen2_5_VLImageProcessor", "Qwen2_5_VLImageProcessorFast")


def read(folder: Path) -> tuple[Any, Any]:
    """The tokenizer and the image processor; transformers may give back a tokenizer alone.

    Errors: SettingsError when one of them cannot be loaded.
    """
    try:
        if _image_processor_name(folder) in _EARLY_NAMES:
            return (
                AutoTokenizer.from_pretrained(folder),
                Qwen2VLImageProcessor.from_pretrained(folder),
            )
        processor = AutoProcessor.from_pretrained(folder)
    except (OSError, ValueError, ImportError) as error:
        line = (str(error).splitlines() or [type(error).__name__])[0][:300]
        raise SettingsError(f"{folder}: the processor cannot be loaded: {line}") from error
    if not hasattr(processor, "image_processor") or not hasattr(processor, "tokenizer"):
        raise SettingsError(
            f"{folder}: only a {type(processor).__name__}, no image processor: is"
            " preprocessor_config.json there, and does torchvision match torch?"
        )
    return processor.tokenizer, processor.image_processor


def _image_processor_name(folder: Path) -> str:
    """What the folder calls its image processor; "" when nothing says."""
    for name in ("processor_config.json", "preprocessor_config.json"):
        try:
            written = json.loads((folder / name).read_bytes())
        except (OSError, ValueError):
            continue
        written = written.get("image_processor", written)
        if isinstance(written, dict) and "image_processor_type" in written:
            return str(written["image_processor_type"])
    return ""
