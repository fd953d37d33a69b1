"""Norms and gates in one pass, the last layer, 8 bits: the same numbers, counted work."""

import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from benchmarks import gpu_counts
from kg_enrich.errors import SettingsError
from kg_enrich.models import Pair
from kg_enrich.scorers.qwen_vl import QwenVlOptions, gate, gate_kernel, speedups
from kg_enrich.scorers.qwen_vl.exchange import Exchanged
from kg_enrich.scorers.qwen_vl.float8 import Float8Linear, trial
from kg_enrich.scorers.qwen_vl.fused import FusedGate, FusedNorm
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer

CPU = torch.device("cpu")
Make = Callable[..., QwenVlScorer]


def test_a_fused_norm_is_nearer_to_the_truth(qwen25: Path, make_scorer: Make) -> None:
    model = make_scorer(qwen25, dtype="bfloat16").checkpoint.model
    norm = model.model.language_model.norm
    assert isinstance(norm, FusedNorm)
    rows = torch.randn(50, 64, dtype=torch.bfloat16)
    with torch.inference_mode():
        norm.original.weight.normal_()
        wide = rows.float()
        wide = wide * torch.rsqrt(wide.square().mean(1, keepdim=True) + 1e-6)
        wanted = wide * norm.original.weight.float()
        ours, theirs = ((made(rows) - wanted).abs() for made in (norm, norm.original))
    assert ours.mean() <= theirs.mean()
    assert ours.max() <= 0.03


def test_a_gate_in_place_is_the_models_own_to_the_bit(qwen25: Path, make_scorer: Make) -> None:
    model = make_scorer(qwen25, dtype="bfloat16").checkpoint.model
    for mlp in (model.model.language_model.layers[0].mlp, model.model.visual.blocks[0].mlp):
        assert isinstance(mlp, FusedGate)
        rows = torch.randn(9, mlp.original.hidden_size, dtype=torch.bfloat16)
        with torch.inference_mode():
            assert torch.equal(mlp(rows), mlp.original(rows))


def test_triton_computes_the_gate_as_torch_does() -> None:
    """Triton's interpreter runs the kernel without a GPU; its rounding to bfloat16 is not that of
    a GPU, so that float16 is compared."""
    code = (
        "import torch, triton\n"
        "from kg_enrich.scorers.qwen_vl.gate import trial, _kernel\n"
        "cpu = torch.device('cpu')\n"
        "print(trial(cpu, torch.float16) or 'agrees')\n"
        "print(trial(cpu, torch.float32))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[0] == "agrees"


@pytest.mark.parametrize("capability", [80, 90])
@pytest.mark.parametrize("dtype", ["bf16", "fp16"])
def test_triton_compiles_the_gate_for_gpus(
    capability: int, dtype: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Down to the machine code of cards that are not there."""
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    pointers = {name: f"*{dtype}" for name in ("gate", "up", "product")}
    source = ASTSource(
        fn=gate_kernel.gated,
        signature={**pointers, "count": "i32", "BLOCK": "constexpr"},
        constexprs={"BLOCK": 1024},
    )
    made = triton.compile(
        source, target=GPUTarget("cuda", capability, 32), options={"enable_fp_fusion": False}
    )
    assert len(made.asm["cubin"]) > 1000


def test_a_gate_that_does_not_work_is_told() -> None:
    """Without its interpreter, Triton wants a GPU."""
    assert gate.trial(CPU, torch.bfloat16)


@pytest.mark.parametrize("family", ["qwen25", "qwen3"])
def test_a_model_comes_back_as_it_was(
    family: str, make_scorer: Make, request: pytest.FixtureRequest
) -> None:
    model = make_scorer(request.getfixturevalue(family), dtype="bfloat16").checkpoint.model

    def kinds() -> dict[str, type]:
        return {name: type(module) for name, module in model.named_modules()}

    exchanged = kinds()
    with speedups.undone(model):
        plain = kinds()
        assert not any(issubclass(kind, Exchanged) for kind in plain.values())
        assert "_deepstack_process" not in vars(model.model.language_model)
    assert kinds() == exchanged != plain


def test_eight_bits_cost_little_and_have_their_own_fingerprint(
    qwen25: Path, make_scorer: Make, pairs: list[Pair]
) -> None:
    assert trial(CPU) == ""
    sixteen = make_scorer(qwen25, dtype="bfloat16")
    eight = make_scorer(qwen25, dtype="bfloat16", float8=True)
    assert sixteen.fingerprint != eight.fingerprint
    model = eight.checkpoint.model.model
    kinds = [type(module) for module in model.language_model.layers.modules()]
    assert kinds.count(Float8Linear) == 3 * 7 and torch.nn.Linear not in kinds
    assert not any(isinstance(module, Float8Linear) for module in model.visual.modules())
    found, wanted = (
        torch.tensor([judgement.log_odds for judgement in scorer.score(pairs[:10])])
        for scorer in (eight, sixteen)
    )
    # Small random layers have no room to average rounding out: it is only bounded here.
    assert 0 < (found - wanted).abs().mean() < wanted.std()
    # A token's scale is its own: a score does not depend on the batch.
    alone = [eight.score([pair])[0].log_odds for pair in pairs[:3]]
    assert alone == pytest.approx(found[:3].tolist(), abs=0.2)


def test_eight_bits_go_with_bfloat16() -> None:
    with pytest.raises(SettingsError, match="bfloat16"):
        QwenVlOptions(dtype="float16", float8=True)


def test_every_speed_up_leaves_less_to_do() -> None:
    """Counted on a GPU that is not there, as at the size of the 7B (docs/gpu-scorer.md)."""
    given = Namespace(shape="tiny", images=2, text_tokens=60, side=112)
    ours = gpu_counts.count(given, gpu_counts.nothing)["both"]
    whole, norms, gates, none = (
        gpu_counts.count(given, without)["both"]
        for without in (
            gpu_counts.whole_last_layer,
            gpu_counts.norms_apart,
            gpu_counts.gates_apart,
            gpu_counts.all_apart,
        )
    )
    assert ours.flops < whole.flops == none.flops
    assert ours.flops == norms.flops == gates.flops
    for other in (whole, norms, gates):
        assert ours.moved < other.moved < none.moved
        assert ours.launches < other.launches < none.launches
    # A norm is one kernel and was eight: the tower's, of prefixes, of suffixes.
    assert norms.launches - ours.launches == 7 * ((2 * 4 + 1) + (2 * 2 + 2) + (2 * 3 + 1))
