"""The files in deploy/: what a scheduler would make of them."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

import kg_enrich
from kg_enrich.cli.output import EXIT_UNREADABLE
from kg_enrich.errors import BrakeError, Interrupted, LeaseHeldError, SettingsError
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs import runs, shards
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.history import read_history
from kg_enrich.settings import Settings
from tests.support.commands import COMMAND, bare_environment, call, environment
from tests.support.graphs import make
from tests.support.neo4j_server import Neo4jServer

DEPLOY = Path(__file__).parents[2] / "deploy"
INSTALLED = "/opt/kg-enrich/bin"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


@needs_systemd
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    units = []
    for name in ("kg-enrich.service", "kg-enrich.timer"):
        text = (DEPLOY / "systemd" / name).read_text()
        unit = tmp_path / name
        unit.write_text(text.replace(INSTALLED, str(COMMAND.parent)))
        units.append(str(unit))
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert (done.returncode, "kg-enrich" in done.stderr) == (0, False), done.stderr


def test_systemd_takes_another_runs_lease_and_a_stop_for_success() -> None:
    service = (DEPLOY / "systemd" / "kg-enrich.service").read_text()
    (codes,) = re.findall(r"^SuccessExitStatus=(.*)$", service, re.MULTILINE)
    assert {int(code) for code in codes.split()} == {
        LeaseHeldError.exit_code,
        Interrupted.exit_code,
    }


def cron_job(folder: Path) -> tuple[list[str], str, dict[str, str]]:
    """When, what and with which variables cron would run; its folders are below `folder`."""
    text = (DEPLOY / "cron" / "kg-enrich").read_text()
    for system, own in ((INSTALLED, COMMAND.parent), ("/etc", folder), ("/var/log", folder)):
        text = text.replace(f"{system}/" if system != INSTALLED else system, f"{own}/")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    variables = dict(line.split("=", 1) for line in lines[:-1])
    *times, user, command = lines[-1].split(maxsplit=6)
    assert user == "kg-enrich"
    return times, command, variables


def test_cron_mails_only_what_failed(
    graph: Graph, neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    make(graph, tmp_path, {"d": "a pump"}, {"d": ["i"]})
    times, command, variables = cron_job(tmp_path)
    assert all(re.fullmatch(r"\*|\d+", field) for field in times)
    assert "%" not in command, "cron makes a line break of it"
    home = tmp_path / "kg-enrich"
    home.mkdir()
    settings = (
        f"NEO4J_URI={neo4j_server.uri}\nNEO4J_USERNAME={neo4j_server.username}\n"
        f"NEO4J_PASSWORD={neo4j_server.password}\nKG_ENRICH_CANDIDATES=explicit\n"
        f"KG_ENRICH_IMAGE_ROOTS={tmp_path}\nKG_ENRICH_CACHE_DIR={tmp_path / 'cache'}\n"
    )

    def mail(settings: str) -> str:
        (home / ".env").write_text(settings)
        shell = [variables["SHELL"], "-c", command]
        env = {"HOME": str(home), **variables}
        return subprocess.run(shell, env=env, capture_output=True, text=True, check=True).stdout

    assert mail(settings) == ""
    assert '"status": "succeeded"' in (home / "runs.jsonl").read_text()
    runs.start(graph, runs.Job("run", "ocr"), {}, Control(600.0), "ocr", "ocr")
    assert mail(settings) == ""
    assert "is at work" in (home / "run.log").read_text()
    wrong = mail(settings + "KG_ENRICH_BATCH=3\n")
    assert wrong.startswith(f"kg-enrich run: exit code {SettingsError.exit_code}\n")
    assert "KG_ENRICH_BATCH is not a setting" in wrong


def manifest(name: str) -> Any:
    return yaml.safe_load((DEPLOY / "kubernetes" / name).read_text())


def merged(old: Any, new: Any) -> Any:
    """Like kubectl patch: lists of things with names are merged by name."""
    if isinstance(old, dict):
        return old | {key: merged(old.get(key), value) for key, value in new.items()}
    if isinstance(old, list):
        key = "name" if "name" in new[0] else "key"
        known = {one[key]: one for one in old}
        return list((known | {one[key]: merged(known.get(one[key]), one) for one in new}).values())
    return new


def serving() -> list[Any]:
    """The objects of `serve`: a deployment, a service, and the deployment with a GPU."""
    deployment, service = yaml.safe_load_all((DEPLOY / "kubernetes" / "serve.yaml").read_text())
    return [deployment, service, merged(deployment, manifest("serve.gpu.patch.yaml"))]


@pytest.mark.parametrize("version", ["1.31", kubernetes_validate.latest_version()])
def test_kubernetes_would_take_the_manifests(version: str) -> None:
    cronjob = manifest("cronjob.yaml")
    with_gpu = merged(cronjob, manifest("gpu.patch.yaml"))
    kubernetes_validate.validate(cronjob, version, strict=True)
    kubernetes_validate.validate(with_gpu, version, strict=True)
    kubernetes_validate.validate(manifest("indexed-job.yaml"), version, strict=True)
    (container,) = with_gpu["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert {"KG_ENRICH_SCORER", "NEO4J_URI"} <= {one["name"] for one in container["env"]}
    for one in serving():
        kubernetes_validate.validate(one, version, strict=True)


def test_kubernetes_finds_what_serves() -> None:
    """What no schema can say: names and ports that must be the same in several places."""
    deployment, service, with_gpu = serving()
    for one in (deployment, with_gpu):
        labels = one["spec"]["template"]["metadata"]["labels"]
        assert service["spec"]["selector"] == one["spec"]["selector"]["matchLabels"] == labels
        (container,) = one["spec"]["template"]["spec"]["containers"]
        assert container["args"][0] == "serve"
        (port,) = container["ports"]
        assert str(port["containerPort"]) == container["args"][-1]
        assert service["spec"]["ports"][0]["targetPort"] == port["name"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        mounts = {mount["name"] for mount in container["volumeMounts"]}
        assert mounts == {volume["name"] for volume in one["spec"]["template"]["spec"]["volumes"]}
    # A Service's variables would be taken for settings of ours.
    assert deployment["spec"]["template"]["spec"]["enableServiceLinks"] is False


def test_kubernetes_settings_are_known() -> None:
    with_gpu = merged(manifest("cronjob.yaml"), manifest("gpu.patch.yaml"))
    (container,) = with_gpu["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    (serve,) = serving()[-1]["spec"]["template"]["spec"]["containers"]
    given = {one["name"] for one in container["env"] + serve["env"]}
    known = {f"KG_ENRICH_{field.upper()}" for field in Settings.model_fields}
    assert {name for name in given if not name.startswith("NEO4J_")} <= known


def test_kubernetes_goes_by_our_exit_codes() -> None:
    job = manifest("cronjob.yaml")["spec"]["jobTemplate"]["spec"]
    pod = job["template"]["spec"]
    (container,) = pod["containers"]
    rules = [rule for rule in job["podFailurePolicy"]["rules"] if "onExitCodes" in rule]
    assert {rule["onExitCodes"]["containerName"] for rule in rules} == {container["name"]}
    assert {code: rule["action"] for rule in rules for code in rule["onExitCodes"]["values"]} == {
        Interrupted.exit_code: "Ignore",
        LeaseHeldError.exit_code: "Count",
        SettingsError.exit_code: "FailJob",
        EXIT_UNREADABLE: "FailJob",
        BrakeError.exit_code: "FailJob",
    }
    # What the schema cannot say: a policy needs pods that are not restarted in place.
    assert pod["restartPolicy"] == "Never"
    retries = sum(10 * 2**number for number in range(job["backoffLimit"]))
    assert retries > Settings.model_fields["lease_seconds"].default


def test_an_indexed_job_says_what_a_shard_needs() -> None:
    job = manifest("indexed-job.yaml")["spec"]
    (container,) = job["template"]["spec"]["containers"]
    which = container["args"][container["args"].index("--shard") + 1]
    last = {"JOB_COMPLETION_INDEX": str(job["completions"] - 1)}
    assert shards.parse(which, last).of == job["completions"]
    rules = [rule for rule in job["podFailurePolicy"]["rules"] if "onExitCodes" in rule]
    assert {code: rule["action"] for rule in rules for code in rule["onExitCodes"]["values"]} == {
        Interrupted.exit_code: "Ignore",
        LeaseHeldError.exit_code: "Count",
        EXIT_UNREADABLE: "FailIndex",
        SettingsError.exit_code: "FailJob",
        BrakeError.exit_code: "FailJob",
    }
    assert job["template"]["spec"]["restartPolicy"] == "Never"
    known = {f"KG_ENRICH_{field.upper()}" for field in Settings.model_fields}
    given = {one["name"] for one in container["env"]}
    assert {name for name in given if not name.startswith("NEO4J_")} <= known


def test_a_slurm_array_does_its_parts(
    graph: Graph, neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    make(graph, tmp_path, {f"d{n}": "a pump" for n in range(6)}, {"d0": ["i"], "d1": ["i"]})
    script = (DEPLOY / "slurm" / "kg-enrich.sbatch").read_text()
    file = tmp_path / "kg-enrich.sbatch"
    file.write_text(script.replace(INSTALLED, str(COMMAND.parent)))
    (tmp_path / "settings").write_text(
        f"NEO4J_URI={neo4j_server.uri}\nNEO4J_USERNAME={neo4j_server.username}\n"
        f"NEO4J_PASSWORD={neo4j_server.password}\nKG_ENRICH_CANDIDATES=explicit\n"
        f"KG_ENRICH_IMAGE_ROOTS={tmp_path}\nKG_ENRICH_CACHE_DIR={tmp_path / 'cache'}\n"
    )
    tasks = [
        subprocess.Popen(
            ["bash", file],
            cwd=tmp_path,
            env=bare_environment()
            | {
                "KG_ENRICH_ENV_FILE": str(tmp_path / "settings"),
                "SLURM_ARRAY_JOB_ID": "77",
                "SLURM_ARRAY_TASK_ID": str(task),
                "SLURM_ARRAY_TASK_COUNT": "2",
                "SLURM_ARRAY_TASK_MIN": "3",
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        for task in (3, 4)
    ]
    assert [json.loads(task.communicate(timeout=240)[0])["status"] for task in tasks] == [
        "succeeded",
        "succeeded",
    ]
    history = read_history(graph, 9, group="slurm-77")
    assert {run.shard for run in history.runs} == {"0/2", "1/2"}
    assert sum(run.record.counters.documents for run in history.runs) == 6
    place = environment(neo4j_server, tmp_path)
    listed = call(place, tmp_path, "runs", "--group", "slurm-77", "--json")
    assert {run["shard"] for run in json.loads(listed.out)["runs"]} == {"0/2", "1/2"}
    assert "0/2" in call(place, tmp_path, "runs", "--group", "slurm-77").out
    undone = call(place, tmp_path, "rollback", "slurm-77", "--json")
    assert (undone.code, json.loads(undone.out)["status"]) == (0, "succeeded")
    wrong = call(place, tmp_path, "run", "--shard", "2/2")
    assert (wrong.code, "no shard 2 of 2" in wrong.err) == (SettingsError.exit_code, True)
    assert call(place, tmp_path, "run", "--group", "g").code == SettingsError.exit_code


def test_the_airflow_dag_uses_public_names() -> None:
    dag = (DEPLOY / "airflow" / "kg_enrich_dag.py").read_text()
    used = set(re.findall(r"\bkg_enrich\.(\w+)", dag))
    assert used
    assert used <= set(kg_enrich.__all__)
