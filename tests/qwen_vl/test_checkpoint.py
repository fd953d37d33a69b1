"""Loading: the right errors, the fingerprint, the self-test."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from kg_enrich.errors import KgEnrichError, ScorerError, SettingsError
from kg_enrich.models import Pair
from kg_enrich.scorers import drawings
from kg_enrich.scorers.qwen_vl import QwenVlOptions, build
from kg_enrich.scorers.qwen_vl.checkpoint import device_of, locate
from kg_enrich.scorers.qwen_vl.options import INSTRUCTIONS
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer, score_of

Make = Callable[..., QwenVlScorer]


@pytest.fixture
def copy(qwen25: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(qwen25, tmp_path / "lychee-copy"))


def edit(file: Path, **values: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def refusal(folder: Path, **options: Any) -> KgEnrichError:
    chosen = {"device": "cpu", "workers": 0, **options}
    with pytest.raises(KgEnrichError) as caught:
        build(QwenVlOptions(model=str(folder), **chosen))
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_missing_gpu_is_an_error_and_nothing_else_is_taken(qwen25: Path) -> None:
    error = refusal(qwen25, device="cuda")
    assert isinstance(error, SettingsError)
    assert "0 CUDA device(s)" in str(error)


def test_an_impossible_device_is_named() -> None:
    with pytest.raises(SettingsError, match="'gpu7'"):
        device_of("gpu7")


def test_a_folder_without_a_checkpoint(tmp_path: Path) -> None:
    assert "config.json" in str(refusal(tmp_path))


@pytest.mark.parametrize("model", ["llama", "qwen2_vl", "qwen3_vl_moe", "qwen2_5_omni", None])
def test_another_architecture(copy: Path, model: str | None) -> None:
    edit(copy / "config.json", model_type=model)
    assert f"a {model} model; this scorer runs qwen2_5_vl and qwen3_vl" in str(refusal(copy))


@pytest.mark.parametrize("family", ["qwen25", "qwen3"])
def test_the_small_ones_tie_their_embeddings(
    family: str, tmp_path: Path, make_scorer: Make, request: pytest.FixtureRequest
) -> None:
    """Qwen2.5-VL-3B, Qwen3-VL-2B and its reranker come without an output layer of their own."""
    folder = Path(shutil.copytree(request.getfixturevalue(family), tmp_path / "tied"))
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    del weights["lm_head.weight"]
    safetensors.torch.save_file(weights, folder / "model.safetensors", {"format": "pt"})
    # Where the published files say so.
    edit(folder / "config.json", tie_word_embeddings=True)
    loaded = make_scorer(folder).checkpoint
    rows = loaded.tokenizer.convert_tokens_to_ids(["yes", "no"])
    assert torch.equal(loaded.head, loaded.language_model.embed_tokens.weight[rows])


def test_weights_that_are_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(SettingsError, match="copy the checkpoint's folder there"):
        locate("nobody/nothing-of-the-kind", None)


@pytest.mark.parametrize("nested", [True, False])
def test_sliding_windows_are_refused(copy: Path, nested: bool) -> None:
    wanted = {"use_sliding_window": True}
    edit(copy / "config.json", **({"text_config": wanted} if nested else wanted))
    assert "sliding" in str(refusal(copy))


def test_missing_weights_are_an_error_and_not_random_numbers(copy: Path) -> None:
    weights = safetensors.torch.load_file(copy / "model.safetensors")
    del weights["lm_head.weight"]
    safetensors.torch.save_file(weights, copy / "model.safetensors", {"format": "pt"})
    error = refusal(copy, dtype="float64")
    assert isinstance(error, ScorerError)
    assert "1 weights are missing, such as lm_head.weight" in str(error)


def test_a_missing_image_processor_is_an_error_and_not_a_bare_tokenizer(copy: Path) -> None:
    (copy / "preprocessor_config.json").unlink()
    assert "image processor" in str(refusal(copy))


def adapted(folder: Path) -> Path:
    """The folder with an adapter beside the weights."""
    config = {
        "peft_type": "LORA",
        "base_model_name_or_path": "nobody/base",
        "r": 2,
        "lora_alpha": 4,
        "target_modules": ["q_proj"],
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    layers = "base_model.model.model.language_model.layers"
    weights = {
        f"{layers}.{layer}.self_attn.q_proj.lora_{part}.weight": torch.ones(shape) / 8
        for layer in range(3)
        for part, shape in (("A", (2, 64)), ("B", (64, 2)))
    }
    safetensors.torch.save_file(weights, folder / "adapter_model.safetensors", {"format": "pt"})
    return folder


def test_an_adapter_without_peft_is_refused(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As where it is not installed.
    monkeypatch.setattr("kg_enrich.scorers.qwen_vl.adapter.find_spec", lambda _: None)
    assert "needs peft: pip install peft" in str(refusal(adapted(copy)))


def test_an_adapter_is_put_into_the_weights(
    copy: Path, qwen25: Path, pairs: list[Pair], make_scorer: Make
) -> None:
    plain, changed = make_scorer(qwen25), make_scorer(adapted(copy))
    assert plain.fingerprint != changed.fingerprint
    query = "model.language_model.layers.0.self_attn.q_proj.weight"
    before, after = (scorer.checkpoint.model.get_parameter(query) for scorer in (plain, changed))
    assert torch.allclose(after - before, torch.full_like(before, 2 / 64 * 2))
    assert changed.score(pairs[:2]) != plain.score(pairs[:2])


def test_an_adapter_without_its_base_is_refused(copy: Path) -> None:
    (adapted(copy) / "model.safetensors").unlink()
    assert "without its base model" in str(refusal(copy))
    (copy / "config.json").unlink()
    assert "without its base model" in str(refusal(copy))


@pytest.mark.parametrize("suffix", ["", "Fast"])
def test_early_fine_tunes_load(
    copy: Path, qwen25: Path, suffix: str, pairs: list[Pair], make_scorer: Make
) -> None:
    """Their image processor has a name that later versions of transformers do not know."""
    base = make_scorer(qwen25)
    name = f"Qwen2_5_VLImageProcessor{suffix}"
    edit(copy / "preprocessor_config.json", image_processor_type=name)
    scorer = make_scorer(copy)
    assert type(scorer.checkpoint.image_processor) is type(base.checkpoint.image_processor)
    assert scorer.score(pairs[:3]) == base.score(pairs[:3])


def test_damaged_weights(copy: Path) -> None:
    (copy / "model.safetensors").write_bytes(b"half a download")
    assert "weights cannot be loaded" in str(refusal(copy))


def test_the_fingerprint_follows_what_scores_depend_on(
    qwen25: Path, copy: Path, make_scorer: Make
) -> None:
    base = make_scorer(qwen25).fingerprint
    assert make_scorer(copy).fingerprint == base  # wherever it lies
    assert make_scorer(copy, max_batch_tokens=7, vision_cache_bytes=0).fingerprint == base
    others = [
        make_scorer(copy, **options).fingerprint
        for options in (
            {"layout": "image-first"},
            {"instruction": "other"},
            {"dtype": "float32"},
            {"max_tokens": 3000},
            {"max_visual_tokens": 1000},
            {"use_caption": True},
            {"jpeg_draft": True},
            {"dtype": "bfloat16"},
            {"dtype": "bfloat16", "float8": True},
        )
    ]
    weights = safetensors.torch.load_file(copy / "model.safetensors")
    weights["lm_head.weight"][3] += 1
    safetensors.torch.save_file(weights, copy / "model.safetensors", {"format": "pt"})
    others.append(make_scorer(copy).fingerprint)
    assert len({base, *others}) == 11
    assert make_scorer(copy).model == "lychee-copy"


def test_instructions_are_named_or_given(qwen25: Path, make_scorer: Make) -> None:
    prints = {
        make_scorer(qwen25, instruction=instruction).fingerprint
        for instruction in ("en", INSTRUCTIONS["en"], "zh", "my own")
    }
    assert len(prints) == 3


def test_a_random_model_fails_its_self_test(qwen25: Path, make_scorer: Make) -> None:
    with pytest.raises(ScorerError, match=r"failed its self-test.*KG_ENRICH_SELF_TEST=false"):
        make_scorer(qwen25, self_test=True)


def test_the_self_test_wants_every_text_to_prefer_its_own_picture() -> None:
    count = len(drawings.pairs())
    rows = [[float(row == column) - 3 for column in range(count)] for row in range(count)]
    drawings.check(rows)
    for answers in (float("nan"), -2.0, 5.0):
        wrong = [list(row) for row in rows]
        wrong[1][0] = answers
        with pytest.raises(ScorerError, match=f"1 of {count} texts.*blue lamp"):
            drawings.check(wrong)


def test_the_drawings_differ() -> None:
    pictures = [picture.tobytes() for _, picture in drawings.pairs()]
    assert len(set(pictures)) == len(pictures)


def test_scores_of_extreme_log_odds() -> None:
    assert [score_of(value) for value in (-1000.0, 0.0, 1000.0)] == [0, 5, 10]
    assert score_of(2.0) == pytest.approx(10 - score_of(-2.0))


def test_importing_needs_no_torch_and_building_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from kg_enrich.scorers.qwen_vl import QwenVlOptions, build\n"
        "from kg_enrich.errors import SettingsError\n"
        "try: build(QwenVlOptions())\n"
        "except SettingsError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "needs torch" in done.stdout
    assert "pip install 'kg-enrich[gpu]'" in done.stdout
