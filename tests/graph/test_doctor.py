"""The doctor: what it sees, what it says to do, and that it leaves nothing behind."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg_enrich.doctor import Check, Health
from kg_enrich.doctor.checks import check, well
from kg_enrich.doctor.graph import NAMES, examine_graph, one_of_many
from kg_enrich.doctor.machine import look_at_cache, look_at_disk, look_at_memory, look_at_roots
from kg_enrich.doctor.scorer import look_at_ocr, look_at_qwen_vl
from kg_enrich.graph.connection import Graph
from kg_enrich.scorers.qwen_vl import QwenVlOptions
from tests.support.bare import kept, strip
from tests.support.graphs import ask, make, snapshot
from tests.support.neo4j_server import Neo4jServer
from tests.support.runner import Command, commands

OK, WARNING, FAILED = Health.OK, Health.WARNING, Health.FAILED


def by_name(checks: list[Check]) -> dict[str, Check]:
    assert all(bool(one.advice) == (one.status is not OK) for one in checks)
    return {one.name: one for one in checks}


@pytest.fixture
def loaded(graph: Graph, tmp_path: Path) -> Graph:
    make(graph, tmp_path, {"a": "red lamp"}, {"a": ["x", "y"]})
    return graph


@pytest.fixture
def command(migrated: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    monkeypatch.setenv("KG_ENRICH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("KG_ENRICH_CANDIDATES", "explicit")
    return commands(migrated, monkeypatch, tmp_path)


def test_a_graph_that_is_as_it_must_be(loaded: Graph, tmp_path: Path) -> None:
    before = snapshot(loaded)
    for _ in range(2):
        checks = examine_graph(loaded, (tmp_path,), ("explicit",))
        assert tuple(one.name for one in checks) == NAMES
        assert [one for one in checks if one.status is not OK] == []
    assert snapshot(loaded) == before
    seen = by_name(checks)
    assert "community" in seen["neo4j"].seen or "enterprise" in seen["neo4j"].seen
    assert seen["reading"].seen == "1 Document, 2 Image nodes"
    assert seen["image files"].seen == "2 of 2 images that were looked for are there"


def test_bolt_to_a_cluster_is_a_warning() -> None:
    """Community has no cluster: the rows are those that the manual shows."""
    three = [
        {"role": "WRITE", "addresses": ["a:7687"]},
        {"role": "READ", "addresses": ["b:7687", "c:7687"]},
        {"role": "ROUTE", "addresses": ["a:7687", "b:7687", "c:7687"]},
    ]
    status, seen, advice = one_of_many("5.26", "bolt://a:7687", three)
    assert (status, "one of 3 servers" in seen, "neo4j://" in advice) == (WARNING, True, True)
    assert one_of_many("5.26", "neo4j://a:7687", three)[0] is OK
    assert one_of_many("5.26", "bolt+s://a:7687", three[:1])[0] is OK


def test_missing_files_are_counted(loaded: Graph, tmp_path: Path) -> None:
    (tmp_path / "x.png").unlink()
    some = by_name(examine_graph(loaded, (tmp_path,), ("explicit",)))["image files"]
    assert (some.status, some.seen[:6]) == (WARNING, "1 of 2")
    assert "x.png" in some.advice
    none = by_name(examine_graph(loaded, (), ("explicit",)))["image files"]
    assert (none.status, none.seen[:6]) == (FAILED, "0 of 2")


def test_an_image_without_a_path_is_a_problem(loaded: Graph, tmp_path: Path) -> None:
    ask(loaded, "MATCH (i:Image {id: 'x'}) REMOVE i.path")
    some = by_name(examine_graph(loaded, (tmp_path,), ("explicit",)))["image files"]
    assert some.status is WARNING
    assert "has no path" in some.advice


def test_candidates_that_nothing_can_come_of(loaded: Graph, tmp_path: Path) -> None:
    def look() -> Check:
        checks = examine_graph(loaded, (tmp_path,), ("fulltext", "explicit"))
        return by_name(checks)["candidates"]

    assert look().seen == "fulltext: no image has a caption or text"
    ask(loaded, "MATCH (i:Image {id: 'x'}) SET i.ocrText = 'E42', i.ocrVersion = '1'")
    assert look().seen == "fulltext: 1 images have no caption and were never read"
    ask(loaded, "MATCH (i:Image {id: 'y'}) SET i.caption = 'a pump'")
    assert look().status is OK
    ask(loaded, "MATCH ()-[r:CANDIDATE_IMAGE]->() DELETE r")
    assert look().seen == "explicit: there are no CANDIDATE_IMAGE edges"


def test_an_empty_graph_is_a_warning(graph: Graph, tmp_path: Path) -> None:
    checks = by_name(examine_graph(graph, (tmp_path,), ("explicit",)))
    assert {name for name, one in checks.items() if one.status is WARNING} == {
        "reading",
        "image files",
        "candidates",
    }


@pytest.fixture
def bare(neo4j_server: Neo4jServer) -> Iterator[Graph]:
    with kept(neo4j_server) as server, Graph(*server) as graph:
        strip(graph)
        yield graph


def test_a_graph_that_is_behind(bare: Graph, tmp_path: Path) -> None:
    before = snapshot(bare)
    checks = by_name(examine_graph(bare, (tmp_path,), ("explicit",)))
    failed = {name for name, one in checks.items() if one.status is FAILED}
    assert failed == {"migrations", "constraints", "indexes"}
    assert all("kg-enrich migrate" in checks[name].advice for name in failed)
    assert "kg_enrich_evidence_ledger_key" in checks["constraints"].seen
    assert checks["writing"].status is OK
    assert snapshot(bare) == before


def test_the_machine(tmp_path: Path) -> None:
    assert look_at_cache(tmp_path / "new" / "cache")[0] is OK
    (tmp_path / "file").write_text("")
    assert look_at_cache(tmp_path / "file")[0] is FAILED
    assert "GB free" in look_at_disk([tmp_path / "not" / "there"])[1]
    assert "GB free" in look_at_memory()[1]
    assert look_at_roots([tmp_path])[0] is OK
    missing = check("image roots", lambda: look_at_roots([tmp_path / "no"]), "Set it.")
    assert (missing.status, missing.advice) == (FAILED, "Set it.")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_root_that_may_not_be_read(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    assert look_at_roots([tmp_path])[0] is FAILED
    tmp_path.chmod(0o700)


def test_an_error_of_any_kind_is_a_finding() -> None:
    def broken() -> tuple[Health, str, str]:
        raise ImportError("no such\nlibrary")

    assert check("it", broken, "") == Check(
        "it", FAILED, "ImportError: no such library", "Install kg-enrich again."
    )
    assert check("it", lambda: well("fine"), "").status is OK


def test_the_ocr_scorer_reads_a_picture() -> None:
    status, seen, _ = look_at_ocr()
    assert status is OK
    assert "reads a drawn picture" in seen


def test_the_gpu_scorer_is_looked_at_without_loading_it(tmp_path: Path) -> None:
    for package in ("torch", "torchvision", "transformers", "accelerate", "qwen_vl_utils"):
        pytest.importorskip(package)
    options = QwenVlOptions(str(tmp_path), device="cpu", dtype="float32")
    empty = check("scorer", lambda: look_at_qwen_vl(options), "Follow the message.")
    assert empty.status is FAILED
    assert "holds no weights" in empty.seen
    (tmp_path / "model.safetensors").write_bytes(b"")
    status, seen, _ = look_at_qwen_vl(options)
    assert status is WARNING  # a CPU is far too slow
    assert "float32 on cpu" in seen
    assert str(tmp_path) in seen
    absent = QwenVlOptions(str(tmp_path / "absent"), device="cpu")
    assert "no weights of" in look_at_qwen_vl(absent)[1]
    far = QwenVlOptions(device="cuda:99")
    assert check("scorer", lambda: look_at_qwen_vl(far), "Follow.").status is FAILED


def test_the_command(loaded: Graph, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    result = command("doctor", "--json")
    report = json.loads(result.stdout)
    assert (report["ok"], result.return_value) == (True, 0)
    names = {one["name"] for one in report["checks"]}
    assert set(NAMES) < names and "captions" not in names
    ask(loaded, "MATCH (i:Image {id: 'y'}) SET i.caption = 'a pump'")
    table = command("doctor")
    assert "what to do" in table.stdout
    assert "1 of 2 images have captions" in " ".join(table.stdout.split())
    monkeypatch.setenv("KG_ENRICH_USE_CAPTION", "true")
    assert "have captions" not in command("doctor").stdout


def test_the_command_goes_on_where_neo4j_fails(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "swordfish")
    result = command("doctor", "--json")
    report = json.loads(result.stdout)
    assert (report["ok"], result.return_value) == (False, 1)
    found = {one["name"]: one for one in report["checks"]}
    assert "refuses the credentials" in found["neo4j"]["seen"]
    assert {found[name]["seen"] for name in NAMES[1:]} == {"not checked"}
    assert found["scorer"]["status"] == found["memory"]["status"] == "ok"
    assert "swordfish" not in result.output


def test_a_setting_that_is_wrong_is_a_finding(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_ENRICH_TOP", "3")
    result = command("doctor", "--json")
    report = json.loads(result.stdout)
    assert result.return_value == 1
    assert "KG_ENRICH_TOP is not a setting" in report["checks"][0]["seen"]
    assert [one["name"] for one in report["checks"]] == ["settings", "memory"]
