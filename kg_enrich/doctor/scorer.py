"""Checks that a scorer would work, without judging anything."""

import tempfile
from dataclasses import replace
from importlib import import_module
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from kg_enrich.doctor.checks import Finding, bad, doubtful, well
from kg_enrich.errors import ScorerError, SettingsError
from kg_enrich.models import Image, ImageId
from kg_enrich.scorers.plugins import ScorerOptions, open_plugin
from kg_enrich.scorers.qwen_vl import QwenVlOptions, require_packages
from kg_enrich.scorers.remote.options import RemoteOptions

# The text in sample.png.
_WRITTEN = "4711"
_GIB = 1 << 30
# The head size of the language model in every published checkpoint.
_HEAD_SIZE = 128
_EXTRA = "Run pip install 'kg-enrich[gpu]'."


def look_at_ocr() -> Finding:
    """Whether the OCR models load in a worker process and read a drawn picture."""
    from kg_enrich.images.ocr import OcrReader, ocr_version
    from kg_enrich.scorers.ocr import fitted_model

    fitted_model()
    with (
        tempfile.TemporaryDirectory() as cache,
        as_file(files("kg_enrich.doctor").joinpath("sample.png")) as file,
    ):
        reader = OcrReader(Path(cache), workers=1)
        try:
            read = " ".join(reader.read(Image(ImageId("sample"), file, "1")).lines)
        finally:
            reader.close()
    if _WRITTEN not in read:
        return bad(
            f"ocr reads {read!r} where {_WRITTEN} is written",
            "Install again: pip install --force-reinstall rapidocr onnxruntime.",
        )
    return well(f"ocr: {ocr_version()} reads a drawn picture")


def look_at_qwen_vl(options: QwenVlOptions) -> Finding:
    """Whether packages, device and weights are there. It does not load the model."""
    try:
        require_packages()
    except SettingsError as error:
        return bad(str(error), _EXTRA)
    device, seen = _device(options)
    weights = _weights(options)
    if weights is None:
        return doubtful(
            f"{seen}; no weights of {options.model} on this machine",
            "The first run fetches them (about 16 GB); without internet, copy the checkpoint's "
            "folder here and name the folder.",
        )
    seen += f"; weights at {weights}"
    if device.type == "cpu":
        return doubtful(seen, "On a CPU a pair takes minutes: name a CUDA device.")
    return well(seen)


def look_at_remote(options: RemoteOptions) -> Finding:
    """Whether the server answers, and tells drawn pictures apart. It is not waited for."""
    from kg_enrich.scorers.remote.scorer import RemoteScorer

    scorer = RemoteScorer(replace(options, patience=0.0))
    try:
        scorer.check()
    except ScorerError as error:
        return bad(str(error), "See docs/remote-scorers.md: what each fault means.")
    finally:
        scorer.close()
    seen = f"http: {options.model} ({options.revision}) at {options.url}, {options.protocol}"
    return well(f"{seen}, tells drawn pictures apart")


def look_at_plugin(name: str, options: ScorerOptions) -> Finding:
    """Whether another package's scorer can be made."""
    scorer = open_plugin(name, options)
    scorer.close()
    return well(f"{name}: {scorer.model}, of another package")


def _device(options: QwenVlOptions) -> tuple[Any, str]:
    """The device and its abilities. Errors: SettingsError when there is no such device."""
    torch = import_module("torch")
    checkpoint = import_module("kg_enrich.scorers.qwen_vl.checkpoint")
    kernels = import_module("kg_enrich.scorers.qwen_vl.kernels")
    device = checkpoint.device_of(options.device)
    dtype = getattr(torch, options.dtype)
    kernel, _ = kernels.kernel_for(device, dtype, _HEAD_SIZE)
    seen = f"qwen-vl: {options.model} in {options.dtype} on {device}, attention: {kernel}"
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        seen += f", {free / _GIB:.0f} of {total / _GIB:.0f} GiB free"
    return device, seen


def _weights(options: QwenVlOptions) -> Path | None:
    """The checkpoint's folder, if this machine has its weights. It downloads nothing."""
    folder = Path(options.model).expanduser()
    if not folder.is_dir():
        config = _cached(options.model, options.revision)
        if config is None:
            return None
        folder = Path(config).parent
    if not any(folder.glob("*.safetensors")) and not any(folder.glob("*.bin")):
        raise SettingsError(f"{folder} holds no weights: copy the checkpoint again.")
    return folder


def _cached(model: str, revision: str | None) -> str | None:
    hub = import_module("huggingface_hub")
    try:
        file = hub.try_to_load_from_cache(model, "config.json", revision=revision)
    except ValueError:  # not a hub id: the name of a folder that is not there
        return None
    return file if isinstance(file, str) else None
