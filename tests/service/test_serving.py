"""`kg-enrich serve` as a process: it starts, answers, and ends as it should."""

import base64
import signal
import subprocess
import time
from pathlib import Path

import cohere
import httpx

from kg_enrich.graph.connection import Graph
from tests.support.commands import COMMAND, call, environment
from tests.support.export import TEXTS, lay_out
from tests.support.neo4j_server import Neo4jServer


def test_it_serves_until_it_is_told_to_stop(
    graph: Graph, neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    env = environment(neo4j_server, tmp_path, KG_ENRICH_SERVICE_USER="lin")
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0"],
        env=env,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        until = time.monotonic() + 120
        while True:
            try:
                answer = httpx.get(f"{address}/runs", timeout=120)
                break
            except httpx.ConnectError:
                assert time.monotonic() < until
        assert answer.status_code == 200
        assert "lin" in answer.text
        # The name alone tells a page of somebody else.
        evil = httpx.get(f"{address}/runs", headers={"Host": "evil.example"}, timeout=120)
        assert evil.status_code == 421
        # A client that was made for another server, as it is.
        made = call(env, tmp_path, "token", "create", "--role", "viewer", "--name", "cohere")
        lay_out(tmp_path)
        data = base64.b64encode((tmp_path / "flange.png").read_bytes()).decode()
        with httpx.Client(timeout=240) as connection:
            other = cohere.ClientV2(made.out.strip(), base_url=address, httpx_client=connection)
            found = other.rerank(
                model="any",
                query=TEXTS["pump"],
                documents=["login.png", f"data:image/png;base64,{data}", "gone.png"],
            )
        assert [one.index for one in found.results] == [1, 0]
        assert 0 <= found.results[1].relevance_score < 0.5 < found.results[0].relevance_score <= 1
        port = address.rpartition(":")[2]
        taken = call(env, tmp_path, "serve", "--port", port)
        assert (taken.code, "cannot be listened at" in taken.err) == (2, True)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 0
    assert out == ""
    assert "Traceback" not in err
    assert "GET /runs: 200 in " in err


def test_where_nobody_could_sign_in_it_does_not_start(
    graph: Graph, neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    env = environment(neo4j_server, tmp_path)
    refused = call(env, tmp_path, "serve", "--host", "0.0.0.0", "--port", "0")
    assert refused.code == 2
    assert "kg-enrich token create" in refused.err
    made = call(env, tmp_path, "token", "create", "--role", "viewer", "--name", "wu")
    assert made.out.startswith("kge_")
    assert made.out.strip() not in made.err
    listed = call(env, tmp_path, "token", "list")
    assert "in force" in listed.out
    assert made.out.strip() not in listed.out
