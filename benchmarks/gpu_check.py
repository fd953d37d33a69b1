"""Everything that can be asked of a GPU in eight minutes, in one report.

    make gpu-check                          # on the day a GPU is there; writes gpu-check.md
    python -m benchmarks.gpu_check --device cuda:1 --report there.md
    python -m benchmarks.gpu_check --device cpu --dtype float32 --shape tiny --side 112 ...

Random weights at 7B proportions; nothing is fetched from the network (a part of the report needs
the embedded Neo4j's jars, and says so where they are not there). Each part is tried by itself: one
that fails is named in the report, the others go on, and the command exits with 1.
"""

import argparse
import gc
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import get_args

import torch

from benchmarks import gpu_check_graph, gpu_check_memory, gpu_parity, gpu_scorer, gpu_workload
from benchmarks.output import machine, markdown
from kg_enrich.models import Pair
from kg_enrich.scorers.qwen_vl import gate, kernels, require_packages, sizes
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint, device_of, load
from kg_enrich.scorers.qwen_vl.float8 import trial as float8_trial
from tests.qwen_vl import checkpoints, workload

# Of gpu_parity: batches in both layouts, in the dtypes that a GPU is used with.
WAYS = [way for way in gpu_parity.WAYS if way.together]
DTYPES = ("float32", "bfloat16")
FAMILIES: tuple[checkpoints.Family, ...] = get_args(checkpoints.Family)
HEAD_SIZES = {"language model": 128, "vision tower": 80}


def main() -> int:
    given = arguments()
    require_packages()
    began = time.monotonic()
    report = Path(given.report)
    said = ["# GPU check", "", f"{machine('torch', 'transformers')}."]
    failed = []
    with tempfile.TemporaryDirectory() as temporary, torch.inference_mode():
        folder = Path(temporary)
        for name, part in parts(given, folder).items():
            if given.only and name.split()[0].lower() not in given.only:
                continue
            print(f"{time.monotonic() - began:4.0f} s  {name}", file=sys.stderr, flush=True)
            try:
                # What the other benchmarks print on their way is no part of the report.
                with redirect_stdout(sys.stderr):
                    text = part()
            except Exception as error:  # the other parts go on
                traceback.print_exc()
                text = f"**failed**: {type(error).__name__}: {str(error).splitlines()[:1]}"
                failed.append(name)
            said += ["", f"## {name}", "", text]
            report.write_text("\n".join(said) + "\n", encoding="utf-8")
    took = time.monotonic() - began
    said += ["", f"{took / 60:.1f} minutes. Failed: {', '.join(failed) or 'nothing'}."]
    report.write_text("\n".join(said) + "\n", encoding="utf-8")
    print(report.read_text(encoding="utf-8"))
    return int(bool(failed))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--dtype", default="bfloat16")
    parser.add_argument("--shape", choices=gpu_workload.SHAPES, default="7b")
    parser.add_argument("--report", default="gpu-check.md")
    parser.add_argument("--documents", type=int, default=10, help="of the speed table")
    parser.add_argument("--images", type=int, default=20, help="of each of them")
    parser.add_argument("--plain-pairs", type=int, default=6)
    parser.add_argument("--text-tokens", type=int, default=300)
    parser.add_argument("--side", type=int, default=896, help="pixels; 896 is 1024 visual tokens")
    parser.add_argument("--workers", type=int, help="unset: by itself")
    parser.add_argument("--graph-documents", type=int, default=100, help="with 20 images each")
    parser.add_argument("--photo", type=int, nargs=2, default=(4000, 3000), help="their size")
    parser.add_argument("--pictures", type=int, default=1000, help="of the check of flat memory")
    parser.add_argument("--only", nargs="*", help="first words of the parts to run, lower case")
    given = parser.parse_args()
    given.flops = True
    return given


def parts(given: argparse.Namespace, folder: Path) -> dict[str, Callable[[], str]]:
    """What is asked, in this order; a checkpoint is written when the first part wants it."""
    model, loaded = folder / "model", list[Checkpoint]()

    def checkpoint() -> Checkpoint:
        if not loaded:
            shape = gpu_workload.SHAPES[given.shape]
            dtype = getattr(torch, given.dtype)
            checkpoints.build(model, shape=shape, dtype=dtype, device=given.device)
            gc.collect()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            loaded.append(load(gpu_workload.options_of(model, given), model))
        return loaded[0]

    def speed() -> str:
        pairs = gpu_workload.workload(folder, given)
        results, limit = gpu_scorer.measure(model, pairs, given, checkpoint())
        return (
            f"{given.documents} documents of {given.text_tokens} tokens, {given.images} images of"
            f" {given.side} x {given.side} pixels each. One large matrix product reaches"
            f" {limit / 1e12:.1f} TFLOP/s here.\n\n{gpu_scorer.table(results, limit, given)}"
        )

    return {
        "Environment": lambda: environment(given.device),
        "Kernels": lambda: trials(given.device, given.dtype),
        "Parity": lambda: parity(given.device, folder / "parity"),
        "Speed": speed,
        "End to end": lambda: gpu_check_graph.end_to_end(checkpoint(), model, given, folder),
        "Out of memory": lambda: gpu_check_memory.drill(checkpoint(), model, given, folder),
        "Flat memory": lambda: gpu_check_memory.flat(checkpoint(), model, given, folder),
    }


def environment(name: str) -> str:
    device = device_of(name)
    rows: list[list[object]] = [["cores that may be used", sizes.cores()]]
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        about = torch.cuda.get_device_properties(device)
        rows += [
            ["GPU", about.name],
            ["memory, GB", f"{total / 1e9:.0f}, {free / 1e9:.0f} free"],
            ["compute capability", f"{about.major}.{about.minor}"],
            ["processors", about.multi_processor_count],
            ["CUDA, HIP", f"{torch.version.cuda}, {torch.version.hip}"],
            ["allocator", torch.cuda.get_allocator_backend()],
        ]
    else:
        rows.append(["GPU", "none: a CPU stands in for it, at another size"])
    return markdown(["", ""], rows)


def trials(name: str, dtype_name: str) -> str:
    """What the attention kernels, the fused gate and 8 bits say of themselves."""
    device, dtype = device_of(name), getattr(torch, dtype_name)
    rows = [
        [f"attention, {what} (heads of {size})", kernels.kernel_for(device, dtype, size)[0]]
        for what, size in HEAD_SIZES.items()
    ]
    for what, fault in (
        ("FlashAttention with one split", kernels.trial(kernels.varlen_kernel, device, dtype, 128)),
        ("fused gate", gate.trial(device, dtype)),
        ("weights in 8 bits", float8_trial(device)),
    ):
        rows.append([what, fault or "agrees with plain arithmetic"])
    return markdown(["", "outcome"], rows)


def parity(device: str, folder: Path) -> str:
    """Largest differences from plain transformers, in every dtype that the kernels are for."""
    folder.mkdir()
    images = workload.images(folder)
    pairs = [Pair(document, image) for document in workload.documents() for image in images]
    rows = []
    for family in FAMILIES:
        model = checkpoints.build(folder / family, family)
        rows += gpu_parity.measure(family, model, device, pairs, DTYPES, WAYS)
    return markdown(["", "float32, score", "bfloat16, score", "documents reordered"], rows)


if __name__ == "__main__":
    sys.exit(main())
