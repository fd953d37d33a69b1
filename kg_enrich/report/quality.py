"""What the answers to an audit say, in pictures, for the report and for the pages."""

from collections.abc import Sequence
from math import isnan

from markupsafe import Markup

from kg_enrich.measure.reliability import Group
from kg_enrich.measure.status import AuditStatus
from kg_enrich.measure.thresholds import Threshold
from kg_enrich.report.figures import Axis, curve
from kg_enrich.report.rendering import template


def render_quality(status: AuditStatus) -> Markup | str:
    """The section on being right; '' while nothing is answered."""
    rows = [one for one in status.thresholds if one.answers and not isnan(one.precision)]
    if not status.answered or not rows:
        return ""
    page = template("quality.html")
    return Markup(
        page.render(
            status=status,
            rows=sorted(rows, key=lambda one: -one.min_score),
            precision=draw_precision(rows, "precision by the least score", "least score"),
            reliability=draw_reliability(
                status.reliability, "share that is right by confidence", "confidence"
            ),
        )
    )


def draw_precision(
    thresholds: Sequence[Threshold],
    name: str,
    across: str,
    *,
    kept: bool = False,
    chosen: float | None = None,
) -> Markup | str:
    """Precision by the least score, with a band down to its bound; '' without any.

    name: of the picture, across: of its axis. kept: also the share of today's evidence that would
    be left. chosen: a score to mark.
    """
    rows = [one for one in thresholds if one.answers and not isnan(one.precision)]
    rows.sort(key=lambda one: one.min_score)
    if not rows:
        return ""
    return curve(
        [(one.min_score / 10, one.precision) for one in rows],
        [(one.min_score / 10, one.bound, one.precision) for one in rows],
        name,
        Axis(across, 10),
        second=[(one.min_score / 10, one.kept) for one in rows if kept and not isnan(one.kept)],
        chosen=None if chosen is None else chosen / 10,
    )


def draw_reliability(groups: Sequence[Group], name: str, across: str) -> Markup | str:
    """The share that is right by confidence, with the answers behind each point; '' for fewer
    than two points. name: of the picture, across: of its axis."""
    if len(groups) < 2:
        return ""
    return curve(
        [(one.confidence, one.right) for one in groups],
        name=name,
        across=Axis(across),
        diagonal=True,
        counts=[one.answers for one in groups],
    )
