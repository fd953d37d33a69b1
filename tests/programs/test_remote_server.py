"""A real `transformers serve` judges a run, dies in the middle of it, and comes back."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests
import torch

from kg_enrich.graph.connection import Graph
from kg_enrich.models import Document, DocumentId, Image, ImageId, Pair
from kg_enrich.scorers.qwen_vl import QwenVlOptions, build
from kg_enrich.scorers.qwen_vl.explaining import Explainer
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer
from kg_enrich.scorers.remote import RemoteOptions
from kg_enrich.scorers.remote.explaining import Explainer as RemoteExplainer
from kg_enrich.scorers.remote.scorer import RemoteScorer
from tests.qwen_vl import checkpoints
from tests.support.commands import COMMAND, call, environment
from tests.support.graphs import ask, make
from tests.support.neo4j_server import Neo4jServer
from tests.support.workers import runs, until

GUIDE = Path(__file__).parents[2] / "docs" / "remote-scorers.md"
# The one with control tokens is sent broken, as the GPU scorer breaks it.
DOCUMENTS: dict[str | int, str] = {f"d{n:02}": f"Pump {n} leaks <tool_call>" for n in range(60)}
CANDIDATES: dict[str | int, list[str | int]] = {d: [f"i{n % 7}"] for n, d in enumerate(DOCUMENTS)}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model with the two files that docs/remote-scorers.md tells people to add."""
    folder = checkpoints.build(tmp_path_factory.mktemp("served"), dtype=torch.float32)
    for name in ("decision.json", "decision_template.jinja"):
        _, _, after = GUIDE.read_text("utf-8").partition(f"`{name}`:\n\n```")
        text = after.partition("\n")[2].partition("```")[0]
        (folder / name).write_text(text.removesuffix("\n"))
    return folder


@contextmanager
def serving(checkpoint: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(checkpoint)]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: process.poll() is not None or answers(port), 240)
        assert process.poll() is None
        yield process
    finally:
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/health", timeout=5).ok
    except requests.RequestException:
        return False


def free_port() -> int:
    """A port that is free, twice: the kernel gives none below 32768 to whoever asks for any."""
    while True:
        port = random.randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@pytest.mark.timeout(900)
def test_a_server_that_dies_fails_the_run_and_the_next_run_finishes(
    graph: Graph, tmp_path: Path, migrated: Neo4jServer, checkpoint: Path
) -> None:
    make(graph, tmp_path, DOCUMENTS, CANDIDATES)
    port = free_port()
    settings = environment(
        migrated,
        tmp_path,
        KG_ENRICH_SCORER="http",
        KG_ENRICH_REMOTE_URL=f"http://127.0.0.1:{port}",
        KG_ENRICH_REMOTE_PROTOCOL="systemone",
        KG_ENRICH_REMOTE_PATIENCE_SECONDS="0",
        KG_ENRICH_MODEL=str(checkpoint),
        KG_ENRICH_MODEL_REVISION="random-1",
        KG_ENRICH_SELF_TEST="false",
        KG_ENRICH_CANDIDATES="explicit",
        KG_ENRICH_BATCH_PAIRS="1",
        KG_ENRICH_WORKERS="1",
        KG_ENRICH_CACHE_DIR=str(tmp_path / "cache"),
    )
    with serving(checkpoint, port) as server:
        run = subprocess.Popen(
            [COMMAND, "run", "--json"],
            cwd=tmp_path,
            env=settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        until(lambda: ask(graph, "MATCH (l:EvidenceLedger) RETURN l LIMIT 1") or run.poll())
        server.send_signal(signal.SIGKILL)
        _, errors = run.communicate(timeout=240)
    assert run.returncode == 1, errors
    assert "20 pairs in a row failed" in errors
    (failed,) = runs(graph)
    assert failed["status"] == "failed"
    assert 0 < failed["scored"] < len(DOCUMENTS)

    explained = pairs_in(tmp_path)[:4]
    with serving(checkpoint, port):
        done = call(settings, tmp_path, "run", "--json")
        remote = RemoteScorer(
            RemoteOptions(f"http://127.0.0.1:{port}", "chat", str(checkpoint), "random-1")
        )
        said = RemoteExplainer(remote, test=False).explain(explained)
        remote.close()
    assert done.code == 0, done.err
    assert json.loads(done.out)["scored"] + failed["scored"] == len(DOCUMENTS)
    rows = ask(
        graph,
        "MATCH (l:EvidenceLedger) RETURN l.document AS d, l.images[0] AS i, l.logOdds[0] AS odds",
    )
    judged = {(row["d"], row["i"]): row["odds"] for row in rows}
    with locally(checkpoint) as scorer:
        own = scorer.score(pairs_in(tmp_path))
        expected = {(one.document, one.image): one.log_odds for one in own}
        assert judged == pytest.approx(expected, abs=1e-3)
        # The served model's chat gives the very reasons that the GPU scorer's model writes. Where
        # the random model begins a tool call the server ends with 500, and that pair has none.
        written = Explainer(scorer, test=False).explain(explained)
    given = {place: one for place, one in enumerate(said) if one is not None}
    assert len({*given.values()}) > 1
    assert given == {place: written[place] for place in given}


@contextmanager
def locally(checkpoint: Path) -> Iterator[QwenVlScorer]:
    """The GPU scorer with the same model."""
    torch.set_num_threads(1)
    scorer = build(
        QwenVlOptions(str(checkpoint), device="cpu", dtype="float32", workers=0, self_test=False)
    )
    try:
        yield scorer
    finally:
        scorer.close()


def pairs_in(folder: Path) -> list[Pair]:
    return [
        Pair(
            Document(DocumentId(str(key)), "", text, "1"),
            Image(ImageId(str(image)), folder / f"{image}.png", "1"),
        )
        for key, text in DOCUMENTS.items()
        for image in CANDIDATES[key]
    ]
