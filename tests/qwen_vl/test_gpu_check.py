"""`make gpu-check` at tiny size on a CPU: every part of the report is written by real work."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from benchmarks import gpu_check, gpu_check_graph, gpu_parity
from benchmarks.servers import Running
from kg_enrich.graph.connection import Graph
from tests.support.neo4j_server import Neo4jServer

TINY = (
    "--device cpu --dtype float32 --shape tiny --documents 2 --images 2 --plain-pairs 1"
    " --text-tokens 60 --side 112 --workers 0 --graph-documents 6 --photo 300 200 --pictures 40"
)


@pytest.fixture
def check(
    graph: Graph, neo4j_server: Neo4jServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[int, str]]:
    """Its exit code and its report, over the session's Neo4j."""

    @contextmanager
    def server() -> Iterator[Running]:
        yield Running(neo4j_server, graph, 0)

    monkeypatch.setattr(gpu_check_graph, "temporary_server", server)
    report = tmp_path / "report.md"
    monkeypatch.setattr(sys, "argv", ["gpu_check", *TINY.split(), "--report", str(report)])
    # One family, both layouts: the whole comparison is test_parity's.
    monkeypatch.setattr(gpu_check, "FAMILIES", ("qwen2_5_vl",))
    code = gpu_check.main()
    yield code, report.read_text(encoding="utf-8")


def test_the_report_holds_every_part(check: tuple[int, str]) -> None:
    code, report = check
    assert code == 0, report
    assert "**failed**" not in report and "not measured" not in report
    parts = [line[3:] for line in report.splitlines() if line.startswith("## ")]
    assert parts == [
        "Environment", "Kernels", "Parity", "Speed", "End to end", "Out of memory", "Flat memory",
    ]  # fmt: skip
    cells = {
        line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:-1]]
        for line in report.splitlines()
        if line.startswith("| ")
    }
    assert cells["pairs scored, failed"] == ["120, 0"]
    assert cells["photographs read, left unread in the queue"] == ["30, 0"]
    assert cells["texts tokenised"] == ["6"]
    assert cells["pairs, scored under the limit"] == ["48, 48"]
    assert float(cells["qwen2_5_vl: + batches: text-first, the default"][0]) < 1e-4
    assert cells["image-first"][-1].endswith("%")  # of what a matrix product reaches
    assert "agrees" in cells["weights in 8 bits"][0]
    assert {"8", "40"} <= cells.keys()


def test_a_part_that_fails_is_named_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "report.md"
    options = ["--only", "environment", "kernels", "parity", "--report", str(report)]
    monkeypatch.setattr(sys, "argv", ["gpu_check", *TINY.split(), *options])
    monkeypatch.setattr(gpu_parity, "measure", lambda *_: 1 / 0)
    monkeypatch.setattr(gpu_check, "FAMILIES", ("qwen2_5_vl",))
    threads = torch.get_num_threads()
    assert gpu_check.main() == 1
    assert torch.get_num_threads() == threads
    text = report.read_text(encoding="utf-8")
    assert "**failed**: ZeroDivisionError" in text
    assert "Failed: Parity." in text
    assert "portable (cpu)" in text
