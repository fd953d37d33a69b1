"""What a batch asks of a GPU at 7B proportions, counted without one.

    python -m benchmarks.gpu_counts

PyTorch's fake tensors run the whole path of a batch on a GPU that is not there, at full size and
without memory. Counted are kernels started, bytes that they read and write, and operations of
matrix products and attention; each line leaves one speed-up out. Divided by a card's limits
(--tflops, --gbytes) they say how long a batch takes at least.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import torch
from torch.nn.attention import varlen  # noqa: F401 (with it come its operations' formulas)
from torch.utils.flop_counter import FlopCounterMode
from transformers import Qwen2_5_VLForConditionalGeneration

from benchmarks.output import print_markdown
from kg_enrich.scorers.qwen_vl import fused, gate, speedups
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint
from kg_enrich.scorers.qwen_vl.forward import Segment, log_odds, prefill
from kg_enrich.scorers.qwen_vl.last_layer import LastLayer
from kg_enrich.scorers.qwen_vl.pixels import Normaliser, Pixels
from kg_enrich.scorers.qwen_vl.vision import encode_images
from tests.qwen_vl import checkpoints
from tests.qwen_vl.fake_gpu import Trace, fake_gpu

SHAPES = {"tiny": checkpoints.TINY, "mid": checkpoints.MID, "7b": checkpoints.SEVEN_B}
PATCH = 14


@dataclass(frozen=True)
class Counted:
    launches: int
    moved: int
    flops: int

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(
            self.launches + other.launches, self.moved + other.moved, self.flops + other.flops
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shape", choices=SHAPES, default="7b")
    parser.add_argument("--images", type=int, default=4, help="of a batch, all of one document")
    parser.add_argument("--text-tokens", type=int, default=300)
    parser.add_argument("--side", type=int, default=896)
    parser.add_argument("--tflops", type=float, default=600, help="10^12 operations a second")
    parser.add_argument("--gbytes", type=float, default=3000, help="10^9 bytes a second")
    given = parser.parse_args()
    rows = []
    for name, without in {
        "as it is": nothing,
        "the last layer whole": whole_last_layer,
        "norms of transformers": norms_apart,
        "gates in two kernels": gates_apart,
        "none of the three": all_apart,
    }.items():
        for part, counted in count(given, without).items():
            rows.append(
                [
                    name,
                    part,
                    f"{counted.launches:,}",
                    f"{counted.moved / 1e9:.1f}",
                    f"{counted.flops / 1e12:.1f}",
                    f"{counted.moved / given.gbytes / 1e6:.1f}",
                    f"{counted.flops / given.tflops / 1e9:.1f}",
                ]
            )
    print_markdown(
        ["", "part", "kernels", "GB moved", "TFLOP", "ms to move", "ms to compute"], rows
    )
    weights(given)


def count(given: argparse.Namespace, without: Callable[[], Any]) -> dict[str, Counted]:
    """What the vision tower and the language model ask for, for one batch."""
    shape = SHAPES[given.shape]
    down = given.side // PATCH
    pixels = Pixels(torch.zeros(down * down, 3 * PATCH * PATCH, dtype=torch.uint8), (1, down, down))
    with without(), fake_gpu() as moved, torch.no_grad():
        checkpoint = moved(_checkpoint(shape))
        visuals: list[Any] = []

        def see() -> None:
            visuals.extend(encode_images(checkpoint, [pixels] * given.images))

        def read() -> None:
            before, after = (1,) * (given.text_tokens - 20), (1,) * 20
            (prefix,) = prefill(checkpoint, [Segment(before)])
            suffixes = [Segment((), visual, after, prefix.end) for visual in visuals]
            log_odds(checkpoint, [(prefix, suffixes)])

        found = {"vision tower": _counted(see), "language model": _counted(read)}
    return found | {"both": found["vision tower"] + found["language model"]}


def _counted(work: Callable[[], None]) -> Counted:
    with FlopCounterMode(display=False) as flops, Trace() as trace:
        work()
    assert not trace.stops, trace.stops
    return Counted(sum(trace.launches.values()), trace.moved, flops.get_total_flops())


def _checkpoint(shape: checkpoints.Shape) -> Checkpoint:
    """A checkpoint without numbers."""
    tokens = checkpoints.tokenizer()
    config = checkpoints.model_config("qwen2_5_vl", tokens, shape)
    with torch.device("meta"):
        model: Any = Qwen2_5_VLForConditionalGeneration(config).to(torch.bfloat16).eval()
    speedups.apply(model)
    numbers = torch.ones(3, 1, 1)
    return Checkpoint(
        model=model,
        tokenizer=tokens,
        image_processor=SimpleNamespace(patch_size=PATCH),
        normaliser=Normaliser(numbers, numbers, 2),
        head=torch.zeros(2, shape.hidden),
        device=torch.device("cpu"),
        dtype=torch.bfloat16,
        merge=2,
    )


@contextmanager
def nothing() -> Iterator[None]:
    yield


@contextmanager
def whole_last_layer() -> Iterator[None]:
    """As if the last layer were like the others, and its result cut afterwards."""

    class Whole(LastLayer):
        def forward(
            self, hidden_states: Any, position_embeddings: Any, packing: Any, **rest: Any
        ) -> Any:
            rest |= {"position_embeddings": position_embeddings}
            rows = self.original(hidden_states, packing=packing, **rest)
            return rows if packing.last is None else rows[:, packing.last[0]]

    with patch.object(speedups, "LastLayer", Whole):
        yield


@contextmanager
def norms_apart() -> Iterator[None]:
    with patch.object(fused.FusedNorm, "forward", lambda self, rows: self.original(rows)):
        yield


@contextmanager
def gates_apart() -> Iterator[None]:
    def apart(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.silu(one) * other

    with patch.object(fused, "gated", apart), patch.object(gate, "gated", apart):
        yield


@contextmanager
def all_apart() -> Iterator[None]:
    with whole_last_layer(), norms_apart(), gates_apart():
        yield


def weights(given: argparse.Namespace) -> None:
    """What 8 bits change, in bytes that are kept and operations that can be done so."""
    shape = SHAPES[given.shape]
    size = shape.hidden // shape.heads
    each = shape.hidden * (2 * shape.heads + 2 * shape.key_heads) * size
    each += 3 * shape.hidden * shape.intermediate
    linear = each * shape.layers
    print(
        f"\nLinear layers of the language model: {linear / 1e9:.2f} billion weights, "
        f"{2 * linear / 1e9:.1f} GB in 16 bits and {linear / 1e9:.1f} GB in 8."
    )


if __name__ == "__main__":
    main()
