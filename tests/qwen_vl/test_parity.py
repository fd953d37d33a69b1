"""kg-enrich parity: the plain forward over the scorer's own weights, and the comparison."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from PIL import Image as Picture

from kg_enrich.cli.parity import parity
from kg_enrich.errors import ScorerError
from kg_enrich.models import DocumentId, Image, ImageId, Pair
from kg_enrich.scorers.qwen_vl.parity import Difference, compare, file_pairs, plainly, reordered
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer
from tests.support.answers import valid

from .plain import Plain

Make = Callable[..., QwenVlScorer]


@pytest.mark.parametrize("layout", ["text-first", "image-first"])
@pytest.mark.parametrize("family", ["qwen25", "qwen3"])
@pytest.mark.parametrize(("dtype", "noise"), [("float32", 1e-4), ("bfloat16", 2.0)])
def test_speed_ups_change_scores_by_rounding_only(
    family: str,
    layout: str,
    dtype: str,
    noise: float,
    pairs: list[Pair],
    make_scorer: Make,
    request: pytest.FixtureRequest,
) -> None:
    folder: Path = request.getfixturevalue(family)
    found = compare(make_scorer(folder, layout=layout, dtype=dtype), pairs[:8])
    assert len(found.pairs) == 8
    assert found.mean <= found.largest.size < noise


def test_plainly_is_plain_and_leaves_the_scorer_as_it_was(
    qwen25: Path, plain25: Plain, pairs: list[Pair], make_scorer: Make
) -> None:
    scorer = make_scorer(qwen25)
    before = scorer.score(pairs[:4])
    with plainly(scorer) as plain:
        for pair in pairs[:4]:
            wanted = plain25.log_odds(
                plain25.prompt("Find evidence", pair.document.text, "text-first"),
                Picture.open(pair.image.file).convert("RGB"),
            )
            assert plain.log_odds(pair) == pytest.approx(wanted, abs=1e-12)
        # The first token written is the likeliest one, whatever the model was asked before.
        for pair in pairs[:4]:
            logits = plain.all_logits(pair)
            scorer.checkpoint.model.model.rope_deltas = torch.tensor([[17]])
            written = plain.generate(pair, tokens=3)
            assert written.shape[1] == logits.shape[1] + 3
            assert written[0, -3] == logits[0, -1].argmax()
    scorer.forget()
    assert scorer.score(pairs[:4]) == before


def test_a_change_of_order_is_named() -> None:
    def pair(document: str, image: str, ours: float, plain: float) -> Difference:
        return Difference(DocumentId(document), ImageId(image), ours, plain)

    same = [pair("same", "a", 9, 8.9), pair("same", "b", 5, 5.1)]
    swapped = [pair("swapped", "a", 5.0, 5.2), pair("swapped", "b", 5.1, 5.1)]
    assert reordered([*same, *swapped]) == ("swapped",)


def test_what_cannot_be_scored_is_left_out(
    tmp_path: Path, qwen25: Path, images: list[Image], make_scorer: Make
) -> None:
    (tmp_path / "text.md").write_text("a pump")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    broken = tmp_path / "broken.png"
    scorer = make_scorer(qwen25)
    found = compare(scorer, file_pairs([tmp_path / "text.md"], [images[0].file, broken]))
    assert (len(found.pairs), found.left_out) == (1, 1)
    with pytest.raises(ScorerError, match="none of the pairs"):
        compare(scorer, file_pairs([tmp_path / "text.md"], [broken]))


def test_the_command(
    tmp_path: Path, qwen25: Path, images: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    values = {"SCORER": "qwen-vl", "MODEL": str(qwen25), "DEVICE": "cpu", "DTYPE": "float32"}
    for name, value in (values | {"SELF_TEST": "false", "WORKERS": "1"}).items():
        monkeypatch.setenv(f"KG_ENRICH_{name}", value)
    Path("text.md").write_text("a pump")
    files = [str(image.file) for image in images[:2]]
    flags = ["--text", "text.md", "--tolerance", "0", "--json"]
    done = CliRunner().invoke(parity, [*files, *flags], standalone_mode=False)
    assert done.exception is None, done.output
    assert done.return_value == 1  # single precision is not exact
    found = valid(["parity", *flags], done.stdout)
    assert (found["pairs"], found["left_out"], found["reordered"]) == (2, 0, [])
    assert 0 < found["largest_difference"] < 1e-4
