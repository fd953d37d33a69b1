"""What the model writes is what plain transformers lets it write; marks are read strictly."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch

from kg_enrich.errors import ScorerError, SettingsError
from kg_enrich.models import Outcome, Pair
from kg_enrich.scorers.qwen_vl import QwenVlOptions
from kg_enrich.scorers.qwen_vl.engine import Task
from kg_enrich.scorers.qwen_vl.parity import plainly
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer

Make = Callable[..., QwenVlScorer]
TOKENS = 6


@pytest.mark.parametrize("layout", ["text-first", "image-first"])
@pytest.mark.parametrize("family", ["qwen25", "qwen3"])
def test_writes_what_plain_transformers_writes(
    family: str, layout: str, pairs: list[Pair], make_scorer: Make, request: pytest.FixtureRequest
) -> None:
    """Several at once, of which some share a document, some an image."""
    scorer = make_scorer(request.getfixturevalue(family), layout=layout)
    chosen = [pairs[place] for place in (0, 1, 6, 12)]
    with torch.inference_mode():
        prompts = [scorer.prompt_of(pair) for pair in chosen]
        batch = [
            scorer.engine.prepare(Task(place, prompt, pair.image))
            for place, (prompt, pair) in enumerate(zip(prompts, chosen, strict=True))
            if prompt
        ]
        stop = scorer.checkpoint.model.generation_config.eos_token_id
        written = scorer.engine.write(batch, TOKENS, frozenset({stop})).wait()
    with plainly(scorer) as plain, torch.inference_mode():
        expected = []
        for pair in chosen:
            inputs = plain._inputs(pair)
            ids = plain._model.generate(**inputs, max_new_tokens=TOKENS, do_sample=False)[0]
            expected.append([one for one in ids[inputs["input_ids"].shape[1] :].tolist()])
    assert written == [[token for token in ids if token != stop] for ids in expected]
    assert len({tuple(one) for one in written}) > 1


def answers(scorer: QwenVlScorer, monkeypatch: pytest.MonkeyPatch, texts: Sequence[str]) -> None:
    """Puts words into a random model's mouth, in turn; all else is as it is."""
    turn = iter(texts)
    monkeypatch.setattr(scorer._writer, "_text", lambda tokens: next(turn))


def test_a_mark_becomes_a_score_and_its_sentence_the_reason(
    qwen25: Path, pairs: list[Pair], make_scorer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = make_scorer(qwen25, scoring="generate")
    answers(
        scorer,
        monkeypatch,
        ["Score: 7.5\nIt shows the pump.", "seven", "Score: 11", "seven", "Score: 2.0\nNo."],
    )
    first, second, third = scorer.score(pairs[:3])
    assert first.score == pytest.approx(7.5)
    assert first.reason == "It shows the pump."
    # The third is asked about first in the second round only when the second was, too.
    assert [second.outcome, third.outcome] == [Outcome.FAILED, Outcome.SCORED]
    assert "no mark" in second.reason
    assert scorer.account() == "2 of 3 answers had a mark (66.7%)"
    assert scorer.account() == ""


def test_a_model_that_does_not_keep_to_the_form_stops_the_run(
    qwen25: Path, pairs: list[Pair], make_scorer: Make
) -> None:
    """Random weights write nonsense."""
    scorer = make_scorer(qwen25, scoring="generate")
    with pytest.raises(ScorerError, match=r"of the first \d+ answers 3 had no mark.*99%"):
        scorer.score(pairs[:4])


def test_the_method_is_part_of_the_fingerprint_and_not_for_rerankers(
    qwen25: Path, make_scorer: Make
) -> None:
    assert make_scorer(qwen25).fingerprint != make_scorer(qwen25, scoring="generate").fingerprint
    for model in ("vec-ai/lychee-rerank-mm", "Qwen/Qwen3-VL-Reranker-8B"):
        with pytest.raises(SettingsError, match=r"is a reranker.*KG_ENRICH_SCORING=generate"):
            QwenVlOptions(model, scoring="generate")
