"""Prometheus metrics of real runs, and that dashboard and alerts ask for what there is."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from kg_enrich.errors import SettingsError
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs import runs
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.runs import Job
from kg_enrich.models import Outcome, Stage
from kg_enrich.telemetry.metrics import exposition, write_textfile
from tests.support.graphs import SOURCE, TableScorer, ask, make, run_table

MONITORING = Path(__file__).parents[2] / "deploy" / "monitoring"
TEXTS: dict[str | int, str] = {"a": "red lamp", "b": "blue"}
CANDIDATES: dict[str | int, list[str | int]] = {"a": ["x", "y", "z"], "b": ["x"]}
SCORES = {("a", "x"): 9.5, ("a", "y"): 2.25, ("a", "z"): None, ("b", "x"): 10.0}

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(text: bytes) -> Samples:
    families = text_string_to_metric_families(text.decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    return found[f"kg_enrich_{name}", frozenset(labels.items())]


def test_what_runs_came_to_is_shown(graph: Graph, tmp_path: Path) -> None:
    assert value(samples(exposition(graph)), "evidence_edges") == 0
    make(graph, tmp_path, TEXTS, CANDIDATES)
    record = run_table(graph, tmp_path, TableScorer(SCORES))
    assert sum(record.scores) == 3 and set(record.stages) == set(Stage)
    runs.start(graph, Job("backfill", SOURCE), {}, Control())
    ask(graph, "MERGE (s:EvidenceSource {name: 'held'}) SET s.brakedBy = 'r1'")

    file = tmp_path / "kg-enrich.prom"
    write_textfile(graph, file)
    found = samples(file.read_bytes())
    job = {"kind": "run", "source": SOURCE}
    assert value(found, "evidence_edges") == 2 and value(found, "documents") == 2
    for outcome, many in ((Outcome.SCORED, 3), (Outcome.ABSTAINED, 1), (Outcome.FAILED, 0)):
        assert value(found, "last_run_pairs", outcome=outcome.value, **job) == many
    assert value(found, "last_run_edges", change="published", **job) == 2
    assert value(found, "last_run_status", status="succeeded", **job) == 1
    assert value(found, "last_run_status", status="failed", **job) == 0
    assert value(found, "last_run_stage_seconds", stage="score", **job) >= 0
    assert value(found, "last_run_duration_seconds", **job) == record.seconds
    finished = value(found, "last_run_timestamp_seconds", **job)
    assert value(found, "last_success_timestamp_seconds", **job) == finished > 1.7e9
    for points, many in (("0", 0), ("2", 1), ("9", 2)):
        assert value(found, "last_run_scores", points=points, **job) == many
    # What is at work has no end yet, and its lease says that it lives.
    assert value(found, "runs_at_work", kind="backfill", source=SOURCE) == 1
    assert ("kg_enrich_last_run_status", frozenset({("kind", "backfill")})) not in found
    assert value(found, "source_braked", source="held") == 1
    # A host that died leaves its run behind.
    ask(graph, "MATCH (j:EnrichmentJob) SET j.leaseUntil = datetime.realtime() - duration('PT1S')")
    found = samples(exposition(graph))
    assert value(found, "runs_silent", kind="backfill", source=SOURCE) == 1
    assert [one.name for one in tmp_path.iterdir() if ".prom" in one.name] == [file.name]
    with pytest.raises(SettingsError, match=r"METRICS_FILE .* cannot be written: No such"):
        write_textfile(graph, tmp_path / "away" / "kg-enrich.prom")
    if shutil.which("promtool"):
        done = subprocess.run(
            ["promtool", "check", "metrics"], input=file.read_bytes(), capture_output=True
        )
        assert done.returncode == 0, done.stderr.decode()


def test_dashboard_and_alerts_name_what_there_is(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    run_table(graph, tmp_path, TableScorer(SCORES))
    ask(graph, "MERGE (s:EvidenceSource {name: 'held'}) SET s.brakedBy = 'r1'")
    there = {name for name, _ in samples(exposition(graph))}
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    groups = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked += [rule["expr"] for group in groups for rule in group["rules"]]
    asked += [one["query"] for one in dashboard["templating"]["list"]]
    named = {name for expression in asked for name in re.findall(r"kg_enrich_\w+", expression)}
    assert len(named) > 8 and named <= there
    if shutil.which("promtool"):
        rules, cases = (str(MONITORING / name) for name in ("alerts.yml", "alerts.test.yml"))
        for command in (
            ["check", "rules", rules],
            ["test", "rules", cases],
        ):
            done = subprocess.run(["promtool", *command], capture_output=True)
            assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
