"""Calibrations of a source: fitted to its audit, kept as proposals, found again by version."""

from dataclasses import asdict, dataclass

import numpy as np

from kg_enrich.errors import SettingsError
from kg_enrich.evidence.calibrations import read_calibrations, require_scorer
from kg_enrich.evidence.sources import PolicySettings
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query
from kg_enrich.identity import named_key
from kg_enrich.measure.answering import evaluated, read_asked
from kg_enrich.measure.audits import Audit, read_audit
from kg_enrich.measure.calibration import Examples, Fit, fit
from kg_enrich.measure.judged import read_scorer

WRITE_CALIBRATION = query("write_calibration")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A calibration that was kept and is not applied. scorer: fingerprint of its scorer."""

    version: str
    source: str
    audit: str
    scorer: str
    fit: Fit


def calibrate(graph: Graph, source: str) -> Proposal:
    """Fits a calibration to the answers of a source's audit and keeps it. It changes no evidence.

    The same answers give the same version.
    Errors: SettingsError when there is no audit, or it is of another scorer than today's;
    those of `calibration.fit`.
    """
    audit = read_audit(graph, source)
    scorer = _one_scorer(graph, audit)
    answered = evaluated(audit, read_asked(graph, audit, audit.pairs)).answered
    documents = {one.document: n for n, one in enumerate(answered)}
    fitted = fit(
        Examples(
            np.array([one.log_odds for one in answered], np.float64),
            np.array([one.right for one in answered], np.float64),
            np.array([1 / one.chance for one in answered], np.float64),
            np.array([documents[one.document] for one in answered], np.int64),
        )
    )
    parts = (source, scorer, repr(fitted.slope), repr(fitted.intercept))
    version = named_key("calibration", *parts)[:8]
    proposal = Proposal(version, source, audit.id, scorer, fitted)
    graph.execute(
        WRITE_CALIBRATION,
        key=named_key("calibration", source, version),
        properties={
            "source": source,
            "version": version,
            "slope": fitted.slope,
            "intercept": fitted.intercept,
            "fingerprint": scorer,
            "audit": audit.id,
            "answers": fitted.answers,
            "brierBefore": fitted.brier_before.value,
            "brierAfter": fitted.brier_after.value,
            "logLossBefore": fitted.log_loss_before.value,
            "logLossAfter": fitted.log_loss_after.value,
        },
    )
    return proposal


def calibration_settings(graph: Graph, source: str, version: str | None) -> PolicySettings:
    """The parts of a policy that apply a calibration; None applies none.

    Errors: SettingsError when there is no such calibration, or it is of another scorer than the
    one that the source was judged by last.
    """
    if version is None:
        return {"slope": 1.0, "intercept": 0.0, "calibration": None}
    known = read_calibrations(graph, source)
    found = next((one for one in known if one.version == version), None)
    if found is None:
        names = ", ".join(one.version for one in known) or "none; `kg-enrich calibrate` fits one"
        raise SettingsError(
            f"Source {source!r} has no calibration {version!r}. Calibrations: {names}."
        )
    today = read_scorer(graph, source)
    if today is not None:
        require_scorer(source, found, (today,))
    return {"slope": found.slope, "intercept": found.intercept, "calibration": version}


def _one_scorer(graph: Graph, audit: Audit) -> str:
    today = read_scorer(graph, audit.source)
    others = {one for one in audit.scorers if one != today}
    if today is None or others:
        raise SettingsError(
            f"Audit {audit.id} of source {audit.source!r} is of another scorer than today's "
            f"({', '.join(sorted(others))[:40]}; today {today}): `kg-enrich audit draw --again`."
        )
    return today


def as_row(proposal: Proposal) -> dict[str, object]:
    """All that a proposal says, without nesting its fit."""
    rest = {name: getattr(proposal, name) for name in ("version", "source", "audit", "scorer")}
    return rest | asdict(proposal.fit)
