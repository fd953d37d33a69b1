"""Reasons that a chat server writes, through the command, and a server that writes none."""

from pathlib import Path

from PIL import Image

from kg_enrich.graph.connection import Graph
from tests.support import model_server as faults
from tests.support.commands import call, environment
from tests.support.graphs import ask, make
from tests.support.model_server import ModelServer, serving
from tests.support.neo4j_server import Neo4jServer

EDGES = "MATCH (d)-[r:HAS_EVIDENCE]->(i) RETURN d.id AS d, i.id AS i, r.reason AS r"


def asked_for_reasons(server: ModelServer) -> int:
    return sum(len(one.body["messages"][1]["content"]) == 3 for one in server.received)


def test_a_chat_server_gives_reasons_and_one_that_does_not_is_not_asked_each_night(
    graph: Graph, migrated: Neo4jServer, tmp_path: Path
) -> None:
    make(graph, tmp_path, {"a": "red light", "b": "blue light"}, {"a": ["x", "y"], "b": ["y"]})
    for name, colour in (("x", (220, 20, 20)), ("y", (20, 60, 220))):
        Image.new("RGB", (40, 40), colour).save(tmp_path / f"{name}.png")

    def reasons() -> dict[tuple[str, str], str]:
        rows = ask(graph, EDGES)
        return {(row["d"], row["i"]): row["r"] for row in rows}

    def odds() -> list[object]:
        return [
            row["odds"] for row in ask(graph, "MATCH (l:EvidenceLedger) RETURN l.logOdds AS odds")
        ]

    with serving() as server:
        env = environment(
            migrated,
            tmp_path,
            KG_ENRICH_SCORER="http",
            KG_ENRICH_REMOTE_URL=server.url,
            KG_ENRICH_REMOTE_PROTOCOL="chat",
            KG_ENRICH_MODEL_REVISION="1",
            KG_ENRICH_CANDIDATES="explicit",
            KG_ENRICH_WORKERS="1",
            KG_ENRICH_CACHE_DIR=str(tmp_path / "cache"),
        )
        assert call(env, tmp_path, "run").code == 0
        assert reasons() == {("a", "x"): "", ("b", "y"): ""}
        before = odds()

        env["KG_ENRICH_REASONS"] = "published"
        says_yes = faults.changed(lambda _: {"choices": [{"message": {"content": "Yes."}}]})
        says_right = faults.changed(lambda right: right)

        def yes_to_reasons(request: faults.Received, right: object) -> faults.Reply:
            fault = says_yes if request.body["messages"][1]["content"][2:] else says_right
            return fault(request, right)

        server.always = yes_to_reasons
        for remembered in (False, True):
            server.received.clear()
            done = call(env, tmp_path, "run")
            assert done.code == 0 and "gives no reasons" in done.err, done.err
            assert (asked_for_reasons(server) == 0) == remembered == ("remembered" in done.err)
        # Other weights, by the name that a person gives them: scored and asked anew.
        server.always = None
        env["KG_ENRICH_MODEL_REVISION"] = "2"
        done = call(env, tmp_path, "run")
        assert "2 reasons were written for 2 published pairs" in done.err, done.err
        expected = {("a", "x"): "It shows a red light.", ("b", "y"): "It shows a blue light."}
        assert (reasons(), odds()) == (expected, before)
        server.received.clear()
        assert "0 reasons were written for 0" in call(env, tmp_path, "run").err
        assert asked_for_reasons(server) == 0

        # The doctor asks it about drawn pictures, and does not wait for one that is away.
        looked = call(env, tmp_path, "doctor")
        assert looked.code == 0 and "tells drawn pictures apart" in looked.out.replace("\n", " ")
        server.always = faults.says(503)
        server.received.clear()
        looked = call(env, tmp_path, "doctor")
        assert looked.code == 1 and "does not judge drawn" in looked.out
    env["KG_ENRICH_REMOTE_URL"] = "http://192.0.2.1:8000"
    looked = call(env, tmp_path, "doctor")
    assert looked.code == 1 and "KG_ENRICH_REMOTE_HOSTS" in looked.out
