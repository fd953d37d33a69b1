"""Settings to the options of scorers and readers."""

from dataclasses import fields, replace
from pathlib import Path

from kg_enrich.errors import SettingsError
from kg_enrich.images.decoding import DecodeLimits
from kg_enrich.images.workers import WorkerLimits, cores
from kg_enrich.scorers.plugins import ScorerOptions
from kg_enrich.scorers.qwen_vl.options import INSTRUCTIONS, QwenVlOptions
from kg_enrich.scorers.remote.options import RemoteOptions
from kg_enrich.settings import Settings


def decode_limits(settings: Settings) -> DecodeLimits:
    return DecodeLimits(settings.image_max_bytes, settings.image_max_pixels)


def worker_limits(settings: Settings) -> WorkerLimits:
    return WorkerLimits(settings.image_seconds, settings.image_memory_bytes)


def ocr_cache(settings: Settings) -> Path:
    return settings.cache_dir / "ocr"


def first_stage(settings: Settings) -> str:
    """The name of the cheap scorer that stands first: the prefilter, else the OCR scorer.

    Errors: SettingsError for a scorer that is not cheap.
    """
    name = settings.prefilter or "ocr"
    if name in ("qwen-vl", "http"):
        raise not_cheaper(settings, name)
    return name


def not_cheaper(settings: Settings, name: str) -> SettingsError:
    """The error of a prefilter that is not cheaper than the scorer."""
    return SettingsError(
        f"KG_ENRICH_PREFILTER={name} is not cheaper than KG_ENRICH_SCORER={settings.scorer}: name "
        "ocr, or a scorer that a package brings"
    )


def qwen_vl_options(settings: Settings) -> QwenVlOptions:
    """The GPU scorer's options; the settings of the same names, all but a few."""
    same = {field.name for field in fields(QwenVlOptions)} & set(Settings.model_fields)
    values = {name: getattr(settings, name) for name in same - {"workers"}}
    if settings.workers is not None:
        values["workers"] = settings.workers
    return QwenVlOptions(
        **values, revision=settings.model_revision, decode_limits=decode_limits(settings)
    )


def reason_options(settings: Settings) -> QwenVlOptions | None:
    """Options of the model that writes reasons; None where there is none."""
    if settings.reason_model is None:
        return qwen_vl_options(settings) if settings.scorer == "qwen-vl" else None
    options = qwen_vl_options(settings.model_copy(update={"scoring": "logits"}))
    return replace(options, model=settings.reason_model, revision=None)


def remote_options(settings: Settings) -> RemoteOptions:
    """The remote scorer's options. Errors: SettingsError for what is missing or not allowed."""
    if not settings.remote_url:
        raise SettingsError("the http scorer needs KG_ENRICH_REMOTE_URL: the server's address")
    if not settings.model_revision:
        raise SettingsError(
            "the http scorer needs KG_ENRICH_MODEL_REVISION: what the server's weights are called"
            " (a commit, a date); no server says, and other weights mean that all is judged again"
        )
    token = settings.remote_token
    return RemoteOptions(
        url=settings.remote_url,
        protocol=settings.remote_protocol,
        model=settings.model,
        revision=settings.model_revision,
        hosts=settings.remote_hosts,
        token=token.get_secret_value() if token else "",
        scale=settings.remote_scale,
        scoring=settings.scoring,
        instruction=INSTRUCTIONS.get(settings.instruction, settings.instruction),
        max_visual_tokens=settings.max_visual_tokens,
        max_characters=settings.remote_characters,
        in_flight=settings.remote_in_flight,
        images=settings.remote_images,
        seconds=settings.remote_seconds,
        patience=settings.remote_patience_seconds,
        workers=settings.workers or cores(),
        decode_limits=decode_limits(settings),
        worker_limits=worker_limits(settings),
        self_test=settings.self_test,
    )


def plugin_options(settings: Settings, name: str | None = None) -> ScorerOptions:
    """What a scorer of another package is made with. name: of another one than the scorer."""
    return ScorerOptions(
        settings.model,
        settings.model_revision,
        settings.cache_dir / (name or settings.scorer),
        settings.workers,
        decode_limits(settings),
        worker_limits(settings),
    )
