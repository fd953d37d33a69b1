"""Images: one path, the processor's own numbers, limits that hold, reading ahead."""

import os
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as Picture

from kg_enrich.errors import ReadingError, ScorerError, SettingsError, UnreadableImageError
from kg_enrich.images.decoding import decode
from kg_enrich.models import Document, DocumentId, Image, ImageId, Outcome, Pair
from kg_enrich.scorers.qwen_vl import QwenVlOptions
from kg_enrich.scorers.qwen_vl.pixels import Normaliser, Pixels, preprocess
from kg_enrich.scorers.qwen_vl.prefetch import PixelQueue, image_key
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer
from kg_enrich.scorers.qwen_vl.vision import patch_values

from . import checkpoints
from .plain import Plain

Make = Callable[..., QwenVlScorer]


def picture(width: int, height: int) -> Any:
    return np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)


def test_numbers_are_the_processors_own(
    plain25: Plain, qwen25: Path, images: list[Image], make_scorer: Make
) -> None:
    scorer = make_scorer(qwen25, dtype="float32")
    for image in images:
        ours = scorer.pixels_of(image)
        theirs = plain25.inputs("<|image_pad|>", Picture.open(image.file).convert("RGB"))
        assert torch.equal(patch_values(scorer.checkpoint, [ours]), theirs["pixel_values"])
        assert ours.values.nbytes * 8 == theirs["pixel_values"].nbytes  # bytes, and one frame
        assert [list(ours.grid)] == theirs["image_grid_thw"].tolist()


@pytest.mark.parametrize("layout", ["saved", "hub"])
@pytest.mark.parametrize("family", ["qwen2_5_vl", "qwen3_vl"])
def test_limits_are_really_applied(
    tmp_path: Path,
    layout: checkpoints.FolderLayout,
    family: checkpoints.Family,
    make_scorer: Make,
) -> None:
    folder = checkpoints.build(tmp_path, family, layout=layout)
    processor = make_scorer(folder, max_visual_tokens=200).checkpoint.image_processor
    for width, height in ((900, 700), (8000, 40), (33, 6000), (10, 10), (28, 28)):
        _, down, across = preprocess(processor, picture(width, height), 200).grid
        assert 4 <= down * across // 4 <= 200


def test_a_processor_that_ignores_the_limit_stops_the_run(plain25: Plain) -> None:
    with pytest.raises(ScorerError, match="within 60 visual tokens"):
        preprocess(plain25.processor.image_processor, picture(900, 700), 60)


@pytest.mark.parametrize("limits", [{"max_visual_tokens": 100}, {"max_tokens": 1280}])
def test_limits_that_cannot_be_kept_are_refused(limits: Any) -> None:
    with pytest.raises(SettingsError, match="allow"):
        QwenVlOptions(**limits)


def test_too_narrow_a_picture_is_unreadable(plain25: Plain) -> None:
    with pytest.raises(UnreadableImageError, match="too narrow"):
        preprocess(plain25.processor.image_processor, picture(2100, 10), 60)


def test_a_rotated_photo_scores_like_the_upright_one(
    tmp_path: Path, qwen25: Path, make_scorer: Make, documents: list[Document]
) -> None:
    upright = Picture.fromarray(picture(90, 60))
    upright.save(tmp_path / "upright.png")
    exif = Picture.Exif()
    exif[0x0112] = 6  # to be turned clockwise for showing
    upright.transpose(Picture.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=exif)
    scorer = make_scorer(qwen25)
    first, second = scorer.score(
        [
            Pair(documents[0], Image(ImageId(name), tmp_path / f"{name}.png", "1"))
            for name in ("upright", "turned")
        ]
    )
    assert first.log_odds == pytest.approx(second.log_odds, abs=1e-12)


def test_an_unreadable_image_is_that_pairs_own(
    tmp_path: Path, qwen25: Path, make_scorer: Make, pairs: list[Pair]
) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    broken = Pair(pairs[0].document, Image(ImageId("b"), tmp_path / "broken.png", "1"))
    scorer = make_scorer(qwen25)
    alone = scorer.score(pairs[:2])
    first, middle, last = scorer.score([pairs[0], broken, pairs[1]])
    assert middle.outcome is Outcome.UNREADABLE
    assert "broken.png" in middle.reason
    assert [first.log_odds, last.log_odds] == pytest.approx(
        [judgement.log_odds for judgement in alone], abs=1e-12
    )


def test_a_document_without_text_is_abstained_from(
    qwen25: Path, make_scorer: Make, images: list[Image]
) -> None:
    empty = Pair(Document(DocumentId("e"), " ", "\n", "1"), images[0])
    [judgement] = make_scorer(qwen25).score([empty])
    assert judgement.outcome is Outcome.ABSTAINED


class Deadly:
    """Reads numbers from files, and dies of the file that says so."""

    def __call__(self, file: Path) -> Pixels:
        if file.read_text() == "die":
            os._exit(1)
        return Pixels(torch.full((4, 2), int(file.read_text()), dtype=torch.uint8), (1, 2, 2))


def test_worker_processes_read_ahead_and_survive_a_deadly_file(tmp_path: Path) -> None:
    made = []
    for index, text in enumerate(["0", "1", "2", "die", "4"]):
        (tmp_path / str(index)).write_text(text)
        made.append(Image(ImageId(str(index)), tmp_path / str(index), "1"))
    queue = PixelQueue(Deadly(), workers=1, ahead=2)
    try:
        queue.want(made[:3], kept=lambda _: False)
        for image in (made[1], made[4], made[0]):  # not as asked for, one not asked for at all
            pixels = queue.take(image)
            assert pixels.values.tolist() == [[int(image.id)] * 2] * 4
            assert pixels.grid == (1, 2, 2)
        with pytest.raises(ReadingError, match="reading it ended the process"):
            queue.take(made[3])
        assert queue.take(made[2]).values[0, 0] == 2
    finally:
        queue.close()


def test_worker_processes_give_the_same_scores(
    qwen25: Path, make_scorer: Make, pairs: list[Pair]
) -> None:
    here = make_scorer(qwen25).score(pairs[:5])
    scorer = make_scorer(qwen25, workers=1)
    scorer.prefetch([pair.image for pair in pairs])
    assert scorer.score(pairs[:5]) == here


@pytest.mark.parametrize("layout", ["text-first", "image-first"])
@pytest.mark.parametrize("cache_bytes", [1 << 30, 40_000])
def test_images_that_are_shared_are_read_once_and_leave_no_slot(
    layout: str, cache_bytes: int, qwen25: Path, make_scorer: Make, images: list[Image]
) -> None:
    """Calls share most images, and each is asked for while another one is being scored."""
    scorer = make_scorer(
        qwen25, layout=layout, workers=1, dtype="float32", prefix_cache_bytes=cache_bytes
    )
    many = [replace(images[2], id=ImageId(str(number))) for number in range(24)]
    calls = [
        [
            Pair(Document(DocumentId(text), "", text, "1"), image)
            for text in (f"text {start}", "" if start == 6 else f"other {start}")
            for image in many[start : start + 8]
        ]
        for start in range(0, 16, 2)
    ]
    run = scorer.engine.run

    def read_ahead(batch: Any) -> Any:
        # Between taking pixels and encoding them: what another thread may ask for at any time.
        scorer.prefetch([pair.image for call in calls[at + 1 : at + 3] for pair in call])
        return run(batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scorer._batcher, "_run", read_ahead)
        for at in range(len(calls)):
            scorer.score(calls[at])
    reads, waiting, _ = scorer.reading
    assert (reads, waiting) == (22, 0)


def test_what_nobody_takes_is_dropped(tmp_path: Path) -> None:
    made = []
    for index in range(6):
        (tmp_path / str(index)).write_text(str(index))
        made.append(Image(ImageId(str(index)), tmp_path / str(index), "1"))
    queue = PixelQueue(Deadly(), workers=1, ahead=2)
    try:
        queue.want(made, kept=lambda key: key[0] == "5")
        assert queue.waiting == 5
        queue.take(made[0])
        queue.want(made[:1], kept=lambda _: False)  # taken, and not released yet
        queue.drop(made[1])
        queue.drop(made[4])
        assert queue.waiting == 2
        queue.release([image_key(made[0])])
        queue.want(made[:1], kept=lambda _: False)
        assert queue.waiting == 3
        for image in (made[2], made[3], made[0]):
            assert queue.take(image).values[0, 0] == int(image.id)
        assert (queue.waiting, queue.reads <= 6) == (0, True)
    finally:
        queue.close()


def test_draft_reading_of_a_jpeg_is_chosen_and_nearly_the_same(
    tmp_path: Path, qwen25: Path, make_scorer: Make
) -> None:
    smooth = Picture.fromarray(picture(40, 30)).resize((3200, 2400))
    for name in ("photo.jpg", "photo.png"):
        smooth.save(tmp_path / name)
    whole, draft = (
        make_scorer(qwen25, dtype="float32", max_visual_tokens=300, jpeg_draft=chosen)
        for chosen in (False, True)
    )
    assert whole.fingerprint != draft.fingerprint
    seen = {}
    for name in ("photo.jpg", "photo.png"):
        image = Image(ImageId(name), tmp_path / name, "1")
        seen[name] = [scorer.pixels_of(image) for scorer in (whole, draft)]
        assert seen[name][0].grid == seen[name][1].grid
    first, second = (pixels.values.float() for pixels in seen["photo.jpg"])
    assert 0 < (first - second).abs().mean() < 3  # of 255
    assert torch.equal(seen["photo.png"][0].values, seen["photo.png"][1].values)
    halved = decode(tmp_path / "photo.jpg", enough=300 * 28 * 28)
    assert halved.size == (800, 600)


def test_a_processor_that_normalises_otherwise_is_refused(plain25: Plain) -> None:
    processor = copy(plain25.processor.image_processor)
    assert Normaliser.of(processor, torch.device("cpu")).frames == 2
    processor.do_normalize = False
    with pytest.raises(ScorerError, match="does not normalise as it says"):
        Normaliser.of(processor, torch.device("cpu"))
