"""The GPU scorer: a Qwen2.5-VL or Qwen3-VL reranker judges (document, image) pairs.

Importing this package does not import torch; `build` does.
"""

import os
import sys
from dataclasses import replace
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

from kg_enrich import __version__, identity
from kg_enrich.errors import SettingsError
from kg_enrich.scorers.base import Scorer
from kg_enrich.scorers.qwen_vl.options import REASON_TEMPLATE, QwenVlOptions
from kg_enrich.scorers.reasons import VERSION as FORM

if TYPE_CHECKING:
    from kg_enrich.scorers.qwen_vl.explaining import Explainer
    from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer

__all__ = ["QwenVlOptions", "build", "explainer", "key", "reason_version", "require_packages"]


def build(options: QwenVlOptions) -> "QwenVlScorer":
    """Load the model and return the scorer.

    Errors: SettingsError when packages, the checkpoint or the device are missing; ScorerError
        when the checkpoint does not work.
    """
    require_packages()
    from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer

    return QwenVlScorer(options)


def key(options: QwenVlOptions) -> str:
    """Of everything that a scorer's fingerprint follows from, found without loading the model.

    Errors: SettingsError when packages or the checkpoint are missing.
    """
    require_packages()
    from kg_enrich.scorers.qwen_vl.checkpoint import content_hash, locate

    weights = content_hash(locate(options.model, options.revision))
    text = repr((__version__, version("transformers"), weights, options))
    return sha256(text.encode()).hexdigest()


def explainer(options: QwenVlOptions, scorer: Scorer | None = None) -> "Explainer":
    """Who gives reasons: a scorer of these options that is open, or else their model, loaded.

    Errors: as of `build`; NoReasonsError when the model gives none for drawn pictures.
    """
    require_packages()
    from kg_enrich.scorers.qwen_vl.explaining import Explainer
    from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer

    if isinstance(scorer, QwenVlScorer):
        return Explainer(scorer, options.self_test)
    # It need not be a reranker: what it is asked for is tried, and nothing else.
    own = QwenVlScorer(replace(options, self_test=False))
    try:
        return Explainer(own, options.self_test, own.close)
    except BaseException:
        own.close()
        raise


def reason_version(options: QwenVlOptions) -> int:
    """Of all that a reason depends on beside its pair; found without loading the model.

    Errors: SettingsError when packages or the checkpoint are missing.
    """
    require_packages()
    from kg_enrich.scorers.qwen_vl.checkpoint import content_hash, locate
    from kg_enrich.scorers.qwen_vl.prompt import read_template

    weights = content_hash(locate(options.model, options.revision))
    template = read_template(REASON_TEMPLATE, options.layout)
    return identity.reason_version(weights, f"{FORM} {template}")


def require_packages() -> None:
    """Import what the extra brings. Errors: SettingsError that names the extra."""
    # A hub that a company mirrors need not know who asks; set before the first import.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    if not sys.stderr.isatty():  # a log is no place for bars
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    # Memory in pieces that can grow, so that batches of many sizes leave no unusable gaps.
    if not {"PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF"} & os.environ.keys():
        os.environ["PYTORCH_ALLOC_CONF"] = "expandable_segments:True"
    for package in ("torch", "torchvision", "transformers", "accelerate", "qwen_vl_utils"):
        try:
            import_module(package)
        except ImportError as error:
            raise SettingsError(
                f"the qwen-vl scorer needs {package} ({error}): pip install 'kg-enrich[gpu]'"
            ) from error
