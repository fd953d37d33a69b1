"""What the answers to an audit say, laid out for the report."""

from collections.abc import Iterable
from math import isnan

from markupsafe import Markup

from kg_enrich.evidence.models import Policy
from kg_enrich.evidence.policy import calibrated
from kg_enrich.measure.advise import Sampled
from kg_enrich.measure.status import AuditStatus
from kg_enrich.report.figures import curve
from kg_enrich.report.rendering import template

# Of fewer answers a share says nothing.
_ANSWERS = 5


def render_quality(
    status: AuditStatus, answered: Iterable[Sampled], policy: Policy
) -> Markup | str:
    """The section on being right; '' while nothing is answered."""
    rows = [one for one in status.thresholds if one.answers and not isnan(one.precision)]
    if not status.answered or not rows:
        return ""
    rows.sort(key=lambda one: one.min_score)
    precision = curve(
        [(one.min_score / 10, one.precision) for one in rows],
        [(one.min_score / 10, one.bound, one.precision) for one in rows],
        "precision by the least score",
        "least score / 10",
    )
    points = reliability(answered, policy)
    kept = curve(
        points, name="share that is right by confidence", across="confidence", diagonal=True
    )
    page = template("quality.html")
    return Markup(
        page.render(
            status=status,
            rows=list(reversed(rows)),
            precision=precision,
            reliability=kept if len(points) > 1 else "",
        )
    )


def reliability(answered: Iterable[Sampled], policy: Policy) -> list[tuple[float, float]]:
    """Confidence and the share that is right, of groups of like scores; each weighted by the
    chances that its pairs were drawn with."""
    groups: dict[int, list[Sampled]] = {}
    for one in answered:
        groups.setdefault(one.stratum, []).append(one)
    points = []
    for some in groups.values():
        if len(some) < _ANSWERS:
            continue
        total = sum(1 / one.chance for one in some)
        told = sum(
            calibrated(one.log_odds, policy.slope, policy.intercept) / 10 / one.chance
            for one in some
        )
        right = sum((one.right or 0.0) / one.chance for one in some)
        points.append((told / total, right / total))
    return sorted(points)
