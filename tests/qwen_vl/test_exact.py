"""Whatever is shared, batched or kept: the log-odds are those of one plain forward a pair."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image as Picture

from kg_enrich.images.decoding import DecodeLimits
from kg_enrich.models import Judgement, Outcome, Pair
from kg_enrich.scorers.qwen_vl.engine import Engine, Task
from kg_enrich.scorers.qwen_vl.pixels import FileLoader
from kg_enrich.scorers.qwen_vl.prefetch import PixelQueue
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer

from . import checkpoints
from .plain import Plain

Make = Callable[..., QwenVlScorer]
LAYOUTS = ["text-first", "image-first"]


def expected(plain: Plain, pairs: Sequence[Pair], layout: str) -> list[float]:
    return [
        plain.log_odds(
            plain.prompt("Find evidence", pair.document.text, layout),
            Picture.open(pair.image.file).convert("RGB"),
        )
        for pair in pairs
    ]


def log_odds(judgements: Sequence[Judgement]) -> list[float]:
    assert {judgement.outcome for judgement in judgements} == {Outcome.SCORED}
    return [judgement.log_odds for judgement in judgements if judgement.log_odds is not None]


@pytest.fixture(scope="module")
def wanted(plain25: Plain, documents_and_images: list[Pair]) -> dict[str, list[float]]:
    """The plain log-odds of every pair, by layout."""
    return {layout: expected(plain25, documents_and_images, layout) for layout in LAYOUTS}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("family", ["qwen25", "qwen3"])
def test_equals_the_plain_forward(
    family: str,
    layout: str,
    pairs: list[Pair],
    make_scorer: Make,
    request: pytest.FixtureRequest,
) -> None:
    folder: Path = request.getfixturevalue(family)
    plain: Plain = request.getfixturevalue(family.replace("qwen", "plain"))
    wanted = expected(plain, pairs, layout)
    assert max(wanted) - min(wanted) > 1  # the weights are sensitive
    scorer = make_scorer(folder, layout=layout)
    judgements = scorer.score(pairs)
    assert log_odds(judgements) == pytest.approx(wanted, abs=1e-9)
    assert [(j.document, j.image) for j in judgements] == [
        (pair.document.id, pair.image.id) for pair in pairs
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("max_batch_tokens", [1, 300, 100_000])
@pytest.mark.parametrize("cache_bytes", [0, 60_000, 1 << 30])
def test_neither_batches_nor_order_nor_caches_matter(
    layout: str,
    max_batch_tokens: int,
    cache_bytes: int,
    qwen25: Path,
    pairs: list[Pair],
    wanted: dict[str, list[float]],
    make_scorer: Make,
) -> None:
    scorer = make_scorer(
        qwen25,
        layout=layout,
        max_batch_tokens=max_batch_tokens,
        vision_cache_bytes=cache_bytes,
        prefix_cache_bytes=cache_bytes,
    )
    order = list(range(len(pairs)))
    shuffled = random.Random(max_batch_tokens + cache_bytes)
    for _ in range(2):
        shuffled.shuffle(order)
        some = order[:13]
        found = log_odds(scorer.score([pairs[index] for index in some]))
        assert found == pytest.approx([wanted[layout][index] for index in some], abs=1e-9)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_four_threads(
    layout: str,
    qwen25: Path,
    pairs: list[Pair],
    wanted: dict[str, list[float]],
    make_scorer: Make,
) -> None:
    scorer = make_scorer(qwen25, layout=layout, max_batch_tokens=500)
    with ThreadPoolExecutor(4) as threads:
        parts = [list(range(start, len(pairs), 4)) for start in range(4)]
        work = [[pairs[index] for index in part] for part in parts]
        for part, judgements in zip(parts, threads.map(scorer.score, work), strict=True):
            assert log_odds(judgements) == pytest.approx(
                [wanted[layout][index] for index in part], abs=1e-9
            )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_single_precision(layout: str, qwen25: Path, pairs: list[Pair], make_scorer: Make) -> None:
    found = make_scorer(qwen25, layout=layout, dtype="float32").score(pairs)
    reference = make_scorer(qwen25, layout=layout).score(pairs)
    scores = [judgement.score for judgement in reference]
    assert [judgement.score for judgement in found] == pytest.approx(scores, abs=1e-4)


def test_both_folder_layouts_load_alike(
    tmp_path: Path, qwen25: Path, pairs: list[Pair], make_scorer: Make
) -> None:
    saved = checkpoints.build(tmp_path / "saved", layout="saved")
    assert log_odds(make_scorer(saved).score(pairs[:5])) == pytest.approx(
        log_odds(make_scorer(qwen25).score(pairs[:5])), abs=1e-12
    )


def test_bfloat16_log_odds_keep_what_bfloat16_logits_lose(
    qwen25: Path, pairs: list[Pair], make_scorer: Make
) -> None:
    found = torch.tensor(log_odds(make_scorer(qwen25, dtype="bfloat16").score(pairs)))
    assert not torch.equal(found, found.bfloat16().float())
    reference = torch.tensor(log_odds(make_scorer(qwen25).score(pairs)))
    assert (found - reference).abs().max() < 1.5  # the dtype's own noise on these weights


def test_what_the_model_was_called_with_before_does_not_matter(
    qwen25: Path, pairs: list[Pair], wanted: dict[str, list[float]], make_scorer: Make
) -> None:
    scorer = make_scorer(qwen25, vision_cache_bytes=0, prefix_cache_bytes=0)
    scorer.checkpoint.model.model.rope_deltas = torch.tensor([[17]])
    assert log_odds(scorer.score(pairs[:6])) == pytest.approx(wanted["text-first"][:6], abs=1e-9)


def test_caption_is_asked_about_only_on_request(
    qwen25: Path, plain25: Plain, pairs: list[Pair], make_scorer: Make
) -> None:
    for layout in LAYOUTS:
        scorer = make_scorer(qwen25, layout=layout, use_caption=True)
        wanted = [
            plain25.log_odds(
                plain25.prompt("Find evidence", pair.document.text, layout, pair.image.caption),
                Picture.open(pair.image.file).convert("RGB"),
            )
            for pair in pairs[:4]
        ]
        assert log_odds(scorer.score(pairs[:4])) == pytest.approx(wanted, abs=1e-9)


def test_an_image_that_changed_is_looked_at_anew(
    qwen25: Path, pairs: list[Pair], wanted: dict[str, list[float]], make_scorer: Make
) -> None:
    scorer = make_scorer(qwen25, layout="image-first")
    scorer.score(pairs[:1])
    same_id = replace(pairs[1].image, id=pairs[0].image.id, version="2")
    changed = log_odds(scorer.score([replace(pairs[1], image=same_id)]))
    assert changed == pytest.approx([wanted["image-first"][1]], abs=1e-9)


def test_a_batch_may_hold_its_pairs_in_any_order(
    qwen25: Path, pairs: list[Pair], wanted: dict[str, list[float]], make_scorer: Make
) -> None:
    scorer = make_scorer(qwen25)
    loader = FileLoader(scorer.checkpoint.image_processor, 1280, DecodeLimits())
    engine = Engine(
        scorer.checkpoint, "text-first", PixelQueue(loader, workers=0), 1 << 20, 1 << 20
    )
    order = [0, 5, 1, 10, 6, 2]  # the first three documents in turn
    with torch.inference_mode():
        batch = [
            engine.prepare(Task(0, scorer.prompts.build(pair.document.text), pair.image))
            for pair in (pairs[index] for index in order)
        ]
        found = engine.run(batch).wait()
    assert found == pytest.approx([wanted["text-first"][index] for index in order], abs=1e-9)
