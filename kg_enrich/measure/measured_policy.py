"""The parts of a policy that follow from what was measured."""

from dataclasses import replace
from typing import Any

from kg_enrich.errors import KgEnrichError, SettingsError
from kg_enrich.evidence.sources import PolicySettings, read_policy
from kg_enrich.graph.connection import Graph
from kg_enrich.measure.calibrate import calibration_settings
from kg_enrich.measure.calibration import TooFewAnswersError
from kg_enrich.measure.status import min_score_for


def policy_parts(graph: Graph, source: str, asked: PolicySettings) -> dict[str, Any]:
    """The parts of a policy, by its names, for what was asked.

    asked: of these parts, `calibration` (a version, or None) and `min_precision` (in (0, 1)).
    Errors: SettingsError for no such calibration, no audit, or both a minimum score and a minimum
    precision; TooFewAnswersError when the precision is not shown.
    """
    parts = dict(asked)
    minimum = parts.pop("min_precision", None)
    if "calibration" in parts:
        parts |= calibration_settings(graph, source, parts["calibration"])
    if minimum is None:
        return parts
    if "min_score" in parts:
        raise SettingsError("Give a minimum score or a minimum precision, not both.")
    if not 0 < minimum < 1:
        raise SettingsError(f"A precision of {minimum} cannot be shown: give one between 0 and 1.")
    policy = replace(read_policy(graph.read, source), **parts)
    score, advice = min_score_for(graph, source, policy, minimum)
    if advice.lowest is None and advice.missing == 0:
        raise KgEnrichError(
            f"A precision of {minimum:g} is not there at any score, and all pairs that could show "
            "it are answered (`kg-enrich audit status`)."
        )
    if advice.lowest is None:
        raise TooFewAnswersError(
            f"A precision of {minimum:g} is not shown at any score: at least {advice.missing} more "
            "answers are missing, if they are all right (`kg-enrich audit next`; `kg-enrich audit "
            "status` says more)."
        )
    return parts | {"min_score": score}
