"""Prometheus metrics, out of the graph: of the newest runs, and of what there is.

Every host that reads the same graph gives the same figures; a run on one and a page on another
need not know of each other. docs/operations.md says what each is for.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from kg_enrich import __version__
from kg_enrich.errors import SettingsError
from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.queries import query
from kg_enrich.models import RunStatus, Stage

READ_METRICS = query("read_metrics")
READ_TOTALS = query("read_totals")

_JOB = ("kind", "source")
_OUTCOMES = ("scored", "skipped", "abstained", "failed")
_CHANGES = ("published", "withdrawn")


def exposition(graph: Graph) -> bytes:
    """All metrics in Prometheus' text format, UTF-8. Errors: GraphError."""
    families = [*_of_runs(graph.read(READ_METRICS)), *_of_graph(graph.read(READ_TOTALS)[0])]
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(families))
    return generate_latest(registry)


def write_textfile(graph: Graph, file: Path) -> None:
    """Writes all metrics into a file, in one step: nobody ever reads half of it.

    Errors: SettingsError when the file cannot be written; GraphError.
    """
    text = exposition(graph)
    try:
        # Beside it, so that it is the same file system; the collector looks at *.prom alone.
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        with os.fdopen(handle, "wb") as out:
            out.write(text)
        # mkstemp's mode is for the owner alone, and the collector is another user.
        os.chmod(name, 0o644)
        os.replace(name, file)
    except OSError as error:
        raise SettingsError(
            f"KG_ENRICH_METRICS_FILE {file} cannot be written: {error.strerror}."
        ) from None


class _Given(Collector):
    """Metrics that were made already."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def _gauge(name: str, about: str, labels: Sequence[str] = ()) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"kg_enrich_{name}", about, labels=labels)


def _of_runs(rows: Sequence[Row]) -> Iterator[Metric]:
    finished = _gauge("last_run_timestamp_seconds", "When the newest run ended.", _JOB)
    succeeded = _gauge("last_success_timestamp_seconds", "When a run last succeeded.", _JOB)
    status = _gauge("last_run_status", "1 for how the newest run ended.", (*_JOB, "status"))
    duration = _gauge("last_run_duration_seconds", "What the newest run took.", _JOB)
    stages = _gauge(
        "last_run_stage_seconds",
        "What each stage of the newest run took; they overlap.",
        (*_JOB, "stage"),
    )
    pairs = _gauge("last_run_pairs", "Pairs of the newest run.", (*_JOB, "outcome"))
    edges = _gauge("last_run_edges", "Edges that the newest run changed.", (*_JOB, "change"))
    scores = _gauge(
        "last_run_scores", "Scores of the newest run, by whole points, 0 to 9.", (*_JOB, "points")
    )
    at_work = _gauge("runs_at_work", "Runs that renew their lease.", _JOB)
    silent = _gauge("runs_silent", "Runs that began and renew no lease: they died.", _JOB)
    for row in rows:
        job = (row["kind"], row["source"])
        at_work.add_metric(job, row["alive"])
        silent.add_metric(job, row["silent"])
        if row["succeeded"] is not None:
            succeeded.add_metric(job, row["succeeded"])
        if (run := row["run"]) is None:
            continue
        finished.add_metric(job, row["finished"])
        duration.add_metric(job, row["seconds"])
        for one in RunStatus:
            if one is not RunStatus.RUNNING:
                status.add_metric((*job, one.value), float(run["status"] == one))
        for stage in Stage:
            if (seconds := run.get(f"{stage.value}Seconds")) is not None:
                stages.add_metric((*job, stage.value), seconds)
        for outcome in _OUTCOMES:
            pairs.add_metric((*job, outcome), run[outcome])
        for change in _CHANGES:
            edges.add_metric((*job, change), run[change])
        for points, many in enumerate(run.get("scores", ())):
            scores.add_metric((*job, str(points)), many)
    yield from (finished, succeeded, status, duration, stages, pairs, edges, scores)
    yield from (at_work, silent)


def _of_graph(row: Row) -> Iterator[Metric]:
    info = _gauge("build_info", "1, with the version.", ("version",))
    info.add_metric((__version__,), 1)
    yield info
    for name, column, about in (
        ("documents", "documents", "Document nodes."),
        ("images", "images", "Image nodes."),
        ("evidence_edges", "evidence", "Evidence edges, of all sources."),
        ("open_flags", "openFlags", "Images with strong evidence that no document references."),
    ):
        gauge = _gauge(name, about)
        gauge.add_metric((), row[column])
        yield gauge
    braked = _gauge("source_braked", "1 for a source that its brake holds.", ("source",))
    for source in row["braked"]:
        braked.add_metric((source,), 1)
    yield braked
