"""Asks a real Prometheus the dashboard's questions about real runs, and loads the alert rules.

    python -m benchmarks.prometheus

It needs `prometheus` and `prometheus-node-exporter` on the PATH; all listen on the loopback.
A graph is loaded and judged; then a run that would withdraw too much is stopped by the brake, and
another is killed. Prometheus scrapes `kg-enrich serve` with a viewer's token, and the node exporter
with the textfile of the last run on this host. Exits with 1 when a question has no answer.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from benchmarks.chaos.world import free_port
from benchmarks.company import document, lay_out
from benchmarks.output import machine, print_markdown
from kg_enrich.graph import migrations, schema
from kg_enrich.graph.connection import Graph
from tests.support.commands import COMMAND, call_process, environment
from tests.support.graphs import ask
from tests.support.own_server import OwnServer

MONITORING = Path(__file__).parents[1] / "deploy" / "monitoring"
_DOCUMENTS, _PICTURES = 200, 8
_SECONDS = 240  # for whatever is waited for
_SILENT = "MATCH (j:EnrichmentJob) WHERE j.leaseUntil > datetime() RETURN count(*) AS many"


@contextmanager
def program(line: Sequence[str | Path], folder: Path, **more: Any) -> Iterator[None]:
    """A program that runs for the `with` block; what it says lies in the folder."""
    with (folder / f"{Path(line[0]).name}.log").open("wb") as log:
        process = subprocess.Popen(line, cwd=folder, stdout=log, stderr=log, **more)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def get(address: str, token: str = "") -> Any:
    """What an address answers. Errors: OSError."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=30) as it:
        return it.read()


def question(prometheus: str, path: str, **given: str) -> Any:
    """The data of an answer of Prometheus' HTTP API."""
    answer = json.loads(get(f"{prometheus}/api/v1/{path}?{urllib.parse.urlencode(given)}"))
    return answer["data"]


def until(true: Any, what: str) -> None:
    end = time.monotonic() + _SECONDS
    while True:
        try:
            if true():
                return
        except OSError:
            pass
        if time.monotonic() > end:
            sys.exit(f"{what}: not within {_SECONDS} seconds")
        time.sleep(0.5)


def happen(graph: Graph, env: dict[str, str], folder: Path) -> None:
    """A good run, one that the brake stops, and a killed one whose lease has ended."""
    for command, code in ((("load", "."), 0), (("read-images",), 0), (("run",), 0)):
        done = call_process(env, folder, *command)
        if done.code != code:
            sys.exit(f"{command}: {done.err}")
    rows = [document(number, _PICTURES, 3) for number in range(_DOCUMENTS)]
    ask(
        graph,
        "UNWIND $rows AS row MATCH (d:Document {id: row.id}) SET d.text = 'tulips, ' + row.id",
        rows=rows,
    )
    if (done := call_process(env, folder, "run")).code != 5:
        sys.exit(f"The brake did not hold: {done.code} {done.err}")
    # A backfill is another job, and another kind.
    line = [str(COMMAND), "backfill", "--allow-withdrawals"]
    killed = subprocess.Popen(line, env=env, cwd=folder, stderr=subprocess.DEVNULL)
    until(lambda: ask(graph, _SILENT)[0]["many"] or killed.poll() is not None, "the backfill")
    killed.kill()
    killed.wait(60)
    until(lambda: not ask(graph, _SILENT)[0]["many"], "the end of its lease")


def questions() -> Iterator[tuple[str, str]]:
    """Panel and expression, with every source asked for."""
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text("utf-8"))
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$source", ".*")


def said(result: list[dict[str, Any]]) -> str:
    """The series of an answer, the first of them in words."""
    shown = []
    for one in result[:3]:
        labels = " ".join(value for name, value in sorted(one["metric"].items()))
        shown.append(f"{labels or 'all'}: {float(one['value'][1]):.4g}")
    return "; ".join(shown) + (f"; {len(result) - 3} more" if len(result) > 3 else "")


def scrape(folder: Path, prometheus: int, service: int, exporter: int) -> Path:
    """What Prometheus is to do. The token lies in a file of its own."""
    every = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    targets = [
        {
            "job_name": "kg-enrich",
            "authorization": {"credentials_file": str(folder / "token")},
            "static_configs": [{"targets": [f"127.0.0.1:{service}"]}],
        },
        {"job_name": "node", "static_configs": [{"targets": [f"127.0.0.1:{exporter}"]}]},
    ]
    rules = [str(MONITORING / "alerts.yml")]
    file = folder / "prometheus.yml"
    config = {"global": every, "rule_files": rules, "scrape_configs": targets}
    file.write_text(yaml.safe_dump(config), "utf-8")
    return file


def look(prometheus: str) -> int:
    """Prints what is answered. Returns how many questions had no answer."""
    until(lambda: all_up(prometheus), "both targets")
    rules = question(prometheus, "rules")["groups"][0]["rules"]
    until(lambda: all(r["health"] == "ok" for r in _rules(prometheus)), "the rules")
    time.sleep(3)
    rows, silent = [], 0
    sources = question(prometheus, "label/source/values", **{"match[]": "kg_enrich_runs_at_work"})
    rows.append(["(the variable `source`)", "`label_values(...)`", ", ".join(sources)])
    silent += not sources
    for panel, expression in questions():
        result = question(prometheus, "query", query=expression)["result"]
        silent += not result
        shown = re.sub(r'source=~"\.\*"(, )?', "", expression).replace("{}", "").replace("|", "\\|")
        rows.append([panel, f"`{shown}`", said(result) or "**nothing**"])
    print_markdown(("panel", "asked", "answered"), rows)
    print()
    rules = _rules(prometheus)
    print_markdown(
        ("alert rule", "evaluated", "state", "of"),
        [
            [
                rule["name"],
                rule["health"],
                rule["state"],
                ", ".join(
                    " ".join(v for k, v in a["labels"].items() if k in ("kind", "source"))
                    for a in rule["alerts"]
                ),
            ]
            for rule in rules
        ],
    )
    print()
    return silent


def all_up(prometheus: str) -> bool:
    found = question(prometheus, "query", query="up")["result"]
    return len(found) == 2 and all(one["value"][1] == "1" for one in found)


def _rules(prometheus: str) -> list[dict[str, Any]]:
    groups = question(prometheus, "rules")["groups"]
    return [rule for group in groups for rule in group["rules"]]


def main() -> None:
    for name in ("prometheus", "prometheus-node-exporter"):
        if shutil.which(name) is None:
            sys.exit(f"{name} is not on the PATH.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place, ExitStack() as held:
        folder = Path(place) / "work"
        lay_out(folder, _DOCUMENTS, _PICTURES, _PICTURES)
        textfiles = folder / "textfiles"
        textfiles.mkdir()
        server = OwnServer(Path(place) / "neo4j")
        held.callback(server.close)
        graph = held.enter_context(Graph(*server.login))
        migrations.apply(graph, migrations.load())
        schema.ensure(graph)
        env = environment(
            server.login, folder,
            KG_ENRICH_CACHE_DIR=str(Path(place) / "cache"), KG_ENRICH_CANDIDATES="all",
            KG_ENRICH_WORKERS="1", KG_ENRICH_MIN_SCORE="1", KG_ENRICH_LEASE_SECONDS="20",
            KG_ENRICH_METRICS_FILE=str(textfiles / "kg-enrich.prom"), OMP_NUM_THREADS="1",
            # So that people and programs sign in on the loopback, too.
            KG_ENRICH_SERVICE_PROXY_HEADER="X-User", KG_ENRICH_SERVICE_PROXY_ADDRESSES="192.0.2.1",
        )  # fmt: skip
        happen(graph, env, folder)
        made = call_process(env, folder, "token", "create", "--role", "viewer", "--name", "scrape")
        (folder / "token").write_text(made.out.strip())
        ports = [free_port() for _ in range(3)]
        at = [f"127.0.0.1:{port}" for port in ports]
        held.enter_context(
            program([COMMAND, "serve", "--no-scorer", "--port", str(ports[1])], folder, env=env)
        )
        until(lambda: get(f"http://{at[1]}/healthz"), "the service")
        try:
            get(f"http://{at[1]}/metrics")
            sys.exit("The service shows its metrics to nobody in particular.")
        except urllib.error.HTTPError as error:
            print(f"Without a token /metrics is refused ({error.code}).\n")
        exporter = ["prometheus-node-exporter", "--collector.disable-defaults",
                    "--collector.textfile", f"--collector.textfile.directory={textfiles}",
                    f"--web.listen-address={at[2]}"]  # fmt: skip
        held.enter_context(program(exporter, folder, env=os.environ))
        config = scrape(folder, *ports)
        line = ["prometheus", f"--config.file={config}", f"--web.listen-address={at[0]}",
                f"--storage.tsdb.path={folder / 'tsdb'}"]  # fmt: skip
        held.enter_context(program(line, folder, env=os.environ))
        until(lambda: get(f"http://{at[0]}/-/ready"), "Prometheus")
        version = question(f"http://{at[0]}", "status/buildinfo")["version"]
        found = graph.server()
        print(f"{machine('neo4j')}, Neo4j {found.version} {found.edition}, Prometheus {version}\n")
        silent = look(f"http://{at[0]}")
    print(f"{silent} questions had no answer.")
    sys.exit(1 if silent else 0)


if __name__ == "__main__":
    main()
