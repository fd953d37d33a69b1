"""A random checkpoint of each family, pictures on disk, and scorers over them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from kg_enrich.models import Document, Image, Pair
from kg_enrich.scorers.qwen_vl import QwenVlOptions, build
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer

from . import checkpoints, workload
from .plain import Plain


@pytest.fixture(autouse=True)
def the_same_each_time() -> None:
    """One thread, and the same numbers by chance whichever tests came before."""
    torch.set_num_threads(1)
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def qwen25(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoints.build(tmp_path_factory.mktemp("qwen25"), layout="hub")


@pytest.fixture(scope="session")
def qwen3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoints.build(tmp_path_factory.mktemp("qwen3"), "qwen3_vl", layout="hub")


@pytest.fixture(scope="session")
def plain25(qwen25: Path) -> Plain:
    return Plain(qwen25, torch.float64)


@pytest.fixture(scope="session")
def plain3(qwen3: Path) -> Plain:
    return Plain(qwen3, torch.float64)


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[Image]:
    return workload.images(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="session")
def documents() -> list[Document]:
    return workload.documents()


@pytest.fixture(scope="session")
def documents_and_images(documents: list[Document], images: list[Image]) -> list[Pair]:
    """Every document with every image."""
    return [Pair(document, image) for document in documents for image in images]


@pytest.fixture
def pairs(documents_and_images: list[Pair]) -> list[Pair]:
    return list(documents_and_images)


@pytest.fixture
def make_scorer() -> Iterator[Callable[..., QwenVlScorer]]:
    """Builds scorers on the CPU in float64 unless told otherwise, and closes them."""
    built: list[QwenVlScorer] = []

    def make(folder: Path, **options: Any) -> QwenVlScorer:
        chosen = {
            "device": "cpu",
            "dtype": "float64",
            "workers": 0,
            "self_test": False,
            "instruction": "Find evidence",
            **options,
        }
        built.append(build(QwenVlOptions(model=str(folder), **chosen)))
        return built[-1]

    yield make
    for scorer in built:
        scorer.close()
