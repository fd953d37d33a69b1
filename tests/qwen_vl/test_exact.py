"""Whatever is shared, batched or kept: the log-odds are those of one plain forward a pair."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image as Picture

from kg_enrich.models import Judgement, Outcome, Pair
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer

from .plain import Plain

Make = Callable[..., QwenVlScorer]


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


@pytest.mark.parametrize("layout", ["text-first", "image-first"])
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
    assert log_odds(scorer.score(pairs)) == pytest.approx(wanted, abs=1e-9)
