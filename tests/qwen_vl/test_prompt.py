"""The prompt is the trained one token for token, and no document can change its shape."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture

from kg_enrich.errors import SettingsError
from kg_enrich.models import Document, DocumentId, Image, Outcome, Pair
from kg_enrich.scorers.qwen_vl.prompt import CAPTION_TOKENS, Prompt, PromptBuilder, read_template
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer

from . import checkpoints
from .plain import Plain
from .workload import TEXTS

LAYOUTS = ["text-first", "image-first"]
TOKENIZER: Any = checkpoints.tokenizer()
ADDED = sorted(TOKENIZER.get_added_vocab())


def builder(
    layout: str = "text-first", limit: int = 2000, instruction: str = "Do"
) -> PromptBuilder:
    template = read_template("lychee-rerank-v1", layout)
    return PromptBuilder(TOKENIZER, template, instruction, limit)


def whole(prompt: Prompt) -> list[int]:
    image = TOKENIZER.convert_tokens_to_ids("<|image_pad|>")
    return [*prompt.before, image, *prompt.after]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("caption", ["", "figure 1."])
@pytest.mark.parametrize("text", [*TEXTS, "ends with newlines\n\n", "."])
def test_tokens_are_those_of_the_chat_template(
    plain25: Plain, layout: str, caption: str, text: str
) -> None:
    wanted = TOKENIZER(plain25.prompt("Do", text, layout, caption))["input_ids"]
    assert whole(builder(layout).build(text, caption)) == wanted


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("token", ADDED)
def test_control_tokens_in_texts_change_nothing(layout: str, token: str) -> None:
    plain = builder(layout)
    shape = [id_ for id_ in whole(plain.build("x")) if id_ in TOKENIZER.get_added_vocab().values()]
    inside = f"{token}before {token[:-1]}{token} {token[0]}{token}{token[1:]} after{token}"
    for prompt in (
        plain.build(inside),
        plain.build("x", caption=inside),
        builder(layout, instruction=inside).build("x"),
    ):
        ids = whole(prompt)
        assert [id_ for id_ in ids if id_ in TOKENIZER.get_added_vocab().values()] == shape


def test_control_tokens_that_arise_by_normalising() -> None:
    """A Kelvin sign is a K once normalised, and the tokenizer normalises."""
    tokenizer: Any = checkpoints.tokenizer()
    tokenizer.add_tokens(["<TASK>"])
    template = read_template("lychee-rerank-v1", "text-first")
    prompt = PromptBuilder(tokenizer, template, "Do", 2000).build("<TAS\u212a>")
    assert tokenizer.convert_tokens_to_ids("<TASK>") not in prompt.before


def test_unpaired_surrogates_are_replaced() -> None:
    assert builder().build("a\ud800b").note == ""


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("limit", range(300, 330))
def test_a_long_text_is_cut_from_its_end_to_exactly_what_fits(layout: str, limit: int) -> None:
    text = "阀门V-12。The valve was opened.\n" * 100
    prompt = builder(layout, limit).build(text)
    assert len(prompt.before) + len(prompt.after) <= limit
    # A character of several tokens is dropped whole, so up to two tokens may stay unused.
    assert len(prompt.before) + len(prompt.after) > limit - 4
    assert prompt.note.startswith("text cut to its first ")
    decoded = TOKENIZER.decode([*prompt.before, *prompt.after])
    query = decoded.split("<Query>:")[1].split("\n<Document>" if layout == LAYOUTS[0] else "<|im")[
        0
    ]
    assert text.startswith(query)
    assert "\ufffd" not in query


def test_a_cut_text_scores_as_the_plain_forward_of_the_cut_text(
    qwen25: Path,
    plain25: Plain,
    images: list[Image],
    make_scorer: Callable[..., QwenVlScorer],
) -> None:
    text = "The valve was opened. " * 60
    scorer = make_scorer(qwen25, max_tokens=1500, max_visual_tokens=1000)
    pair = Pair(Document(DocumentId("d"), "", text, "1"), images[0])
    [judgement] = scorer.score([pair])
    kept = int(judgement.note.split("first ")[1].split(" of")[0])
    assert 100 < kept < 600
    end = TOKENIZER(text, return_offsets_mapping=True)["offset_mapping"][kept][0]
    prompt = plain25.prompt("Find evidence", text[:end], "text-first")
    wanted = plain25.log_odds(prompt, Picture.open(images[0].file).convert("RGB"))
    assert judgement.log_odds == pytest.approx(wanted, abs=1e-9)


def test_a_prompt_that_cannot_fit_is_that_pairs_failure(
    qwen25: Path, images: list[Image], make_scorer: Callable[..., QwenVlScorer]
) -> None:
    scorer = make_scorer(qwen25, max_tokens=1100, max_visual_tokens=1000)
    [judgement] = scorer.score([Pair(Document(DocumentId("d"), "", "text", "1"), images[0])])
    assert judgement.outcome is Outcome.FAILED
    assert "too many even without a text" in judgement.reason


def test_a_long_caption_is_cut_before_the_text_is() -> None:
    prompt = builder().build("text", "c" * 1000)
    assert TOKENIZER.decode(prompt.after).count("c") == CAPTION_TOKENS
    assert prompt.note == ""


def test_an_unknown_template_is_named() -> None:
    with pytest.raises(SettingsError, match=r"no prompt template 'other'.*lychee-rerank-v1"):
        read_template("other", "text-first")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_text_is_tokenised_once_for_all_its_images(
    qwen25: Path, pairs: list[Pair], layout: str, make_scorer: Callable[..., QwenVlScorer]
) -> None:
    scorer = make_scorer(qwen25, layout=layout, max_batch_tokens=400, dtype="float32")
    at_the_first_batch: list[int] = []
    run = scorer.engine.run

    def watched(batch: Any) -> Any:
        at_the_first_batch.append(scorer.prompts.tokenised)
        return run(batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scorer._batcher, "_run", watched)
        scorer.score(pairs)
    assert scorer.prompts.tokenised == len({pair.document.text for pair in pairs}) < len(pairs)
    if layout == "text-first":  # the device starts before all texts are tokenised
        assert at_the_first_batch[0] <= 2


def test_prompts_are_forgotten_in_the_order_of_their_use() -> None:
    plain = builder()
    texts = [str(number) for number in range(100)]
    first = [plain.build(text) for text in texts]
    assert plain.build(texts[-1]) is first[-1]
    assert plain.build(texts[0]) == first[0]
    assert plain.tokenised == 101  # the first had gone
    plain.remember(200)
    for text in texts + texts:
        plain.build(text)
    assert plain.tokenised < 101 + 100
