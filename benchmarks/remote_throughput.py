"""Throughput of the remote scorer against `kg-enrich serve`, by requests in flight.

    python -m benchmarks.remote_throughput

A Neo4j, a service and pictures of its own, all on this machine. `serve` scores what waits together.
Each number of requests in flight is measured `--rounds` times in turns, and so is the same scorer
within the process; rates are medians. Every picture is read before anything is measured.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import torch

from benchmarks.output import print_markdown
from benchmarks.rerank_api import draw, serving
from benchmarks.rerank_api import settings as settings_of
from benchmarks.servers import temporary_server
from kg_enrich.compose import Scorers
from kg_enrich.models import Document, DocumentId, Image, ImageId, Outcome, Pair
from kg_enrich.scorers.base import Scorer
from kg_enrich.scorers.remote import RemoteOptions
from kg_enrich.scorers.remote.scorer import RemoteScorer
from kg_enrich.settings import load_settings
from tests.qwen_vl import checkpoints
from tests.support.export import TEXTS

_IN_FLIGHT = (1, 8, 32)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=16)
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--a-request", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as made, temporary_server() as running:
        folder = Path(made)
        pairs = pairs_of(folder, given)
        model = checkpoints.build(folder / "model", dtype=torch.float32)
        for name, more in (("ocr", {}), ("qwen-vl", on_cpu(model))):
            environment = settings_of(running.server, folder) | more | {"OMP_NUM_THREADS": "1"}
            values = {
                key.removeprefix("KG_ENRICH_").lower(): value
                for key, value in {**more, "KG_ENRICH_CACHE_DIR": str(folder / "cache")}.items()
            }
            with serving(environment) as address:
                rows += measured(name, address, Scorers(load_settings(**values)), pairs, given)
    print(f"{len(pairs)} pairs, {given.texts} texts of {given.images} pictures")
    columns = ["scorer", "pictures a request", "in flight", "pairs/s (least to most)", "of local"]
    print_markdown(columns, rows)


def on_cpu(model: Path) -> dict[str, str]:
    return {
        "KG_ENRICH_SCORER": "qwen-vl",
        "KG_ENRICH_MODEL": str(model),
        "KG_ENRICH_DEVICE": "cpu",
        "KG_ENRICH_DTYPE": "float32",
        "KG_ENRICH_SELF_TEST": "false",
    }


def pairs_of(folder: Path, given: argparse.Namespace) -> list[Pair]:
    texts = list(TEXTS.values())
    images = [
        Image(ImageId(str(number)), folder / path, "1")
        for number, path in enumerate(draw(folder, given.images))
    ]
    documents = [
        Document(DocumentId(str(number)), "", f"{texts[number % len(texts)]} {number}", "1")
        for number in range(given.texts)
    ]
    return [Pair(document, image) for document in documents for image in images]


def measured(
    name: str, address: str, local: Scorers, pairs: Sequence[Pair], given: argparse.Namespace
) -> list[tuple[str, ...]]:
    """A row for each number of requests in flight, and one for the scorer in this process."""
    scorers: dict[tuple[str, str], Scorer] = {("", "local"): local.get()}
    for most in given.a_request:
        for many in _IN_FLIGHT:
            options = RemoteOptions(
                address, "kg-enrich", name, "1", in_flight=many, images=most, workers=1
            )
            scorers[str(most), str(many)] = RemoteScorer(options)
    rates: dict[tuple[str, str], list[float]] = {key: [] for key in scorers}
    try:
        for scorer in scorers.values():
            require_scores(scorer.score(pairs[: given.images]))
        for _ in range(given.rounds):
            for key, scorer in scorers.items():
                rates[key].append(len(pairs) / seconds(partial(scorer.score, pairs)))
    finally:
        for scorer in scorers.values():
            scorer.close()
        local.close()
    base = median(rates["", "local"])
    return [
        (name, *key, f"{median(r):.0f} ({min(r):.0f} to {max(r):.0f})", f"{median(r) / base:.2f}")
        for key, r in rates.items()
    ]


def require_scores(judged: Sequence[object]) -> None:
    assert all(getattr(one, "outcome", None) is Outcome.SCORED for one in judged), judged


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
