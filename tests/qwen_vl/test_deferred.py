"""Whoever only counts needs a model's name, not its weights."""

from contextlib import closing
from pathlib import Path
from typing import Any

from PIL import Image as Picture

from kg_enrich.compose import Scorers
from kg_enrich.models import Document, DocumentId, Image, ImageId, Pair
from kg_enrich.scorers.deferred import DeferredScorer, Identity
from kg_enrich.settings import load_settings


def scorers(model: Path, cache: Path, **more: Any) -> Scorers:
    return Scorers(
        load_settings(
            scorer="qwen-vl",
            model=str(model),
            device="cpu",
            dtype="float32",
            self_test=False,
            cache_dir=cache,
            **more,
        )
    )


def test_a_model_that_was_loaded_before_is_known_without_loading_it(
    qwen25: Path, tmp_path: Path
) -> None:
    Picture.new("RGB", (32, 32), "red").save(tmp_path / "x.png")
    document = Document(DocumentId("a"), "", "red lamp", "1")
    pair = Pair(document, Image(ImageId("x"), tmp_path / "x.png", "1"))
    with closing(scorers(qwen25, tmp_path)) as first:
        loaded = first.named()
        assert not isinstance(loaded, DeferredScorer)  # nobody knew its fingerprint
        told, answer = Identity.of(loaded), loaded.score([pair])
    with closing(scorers(qwen25, tmp_path)) as again:
        named = again.named()
        assert isinstance(named, DeferredScorer)
        assert Identity.of(named) == told
        named.prefetch([pair.image])
        assert again._open == {}
        assert named.score([pair]) == answer  # and now it is loaded
        assert list(again._open) == [""]
    with closing(scorers(qwen25, tmp_path, max_visual_tokens=400)) as other:
        assert not isinstance(other.named(), DeferredScorer)
