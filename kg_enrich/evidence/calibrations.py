"""Calibrations as the graph keeps them, and which scorer each is of."""

from collections.abc import Collection
from dataclasses import dataclass

from kg_enrich.errors import SettingsError
from kg_enrich.evidence.models import Policy
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query

READ_CALIBRATIONS = query("read_calibrations")


@dataclass(frozen=True, slots=True)
class Calibration:
    """One EvidenceCalibration node. scorer: fingerprint of the scorer whose log-odds it is of."""

    version: str
    slope: float
    intercept: float
    scorer: str


def read_calibrations(graph: Graph, source: str) -> list[Calibration]:
    """A source's calibrations, the newest first."""
    rows = graph.read(READ_CALIBRATIONS, source=source)
    return [
        Calibration(row["version"], row["slope"], row["intercept"], row["fingerprint"])
        for row in rows
    ]


def require_scorer(source: str, calibration: Calibration, scorers: Collection[str]) -> None:
    """Errors: SettingsError when a calibration is of none of these scorers."""
    if calibration.scorer not in scorers:
        raise SettingsError(
            f"Calibration {calibration.version} of source {source!r} is of scorer "
            f"{calibration.scorer[:12]}, and the source is judged by {next(iter(scorers))[:12]}: "
            "audit the new scores and calibrate them (`kg-enrich audit draw --again`), or publish "
            "as the scorer says (`kg-enrich publish --calibration none`)."
        )


def require_calibrated_scorer(
    graph: Graph, source: str, policy: Policy, scorers: Collection[str]
) -> None:
    """Before a run: its scorer is the one whose log-odds the source's policy calibrates.

    scorers: fingerprints under which its scores are the same, today's first.
    Errors: SettingsError.
    """
    if policy.calibration is None:
        return
    for one in read_calibrations(graph, source):
        if one.version == policy.calibration:
            require_scorer(source, one, scorers)
