"""What a handle does for audits, a function call each: opened for the call and closed after it.

As in `once`, each function is the method of the same name of `KnowledgeGraph`.
"""

from collections.abc import Collection, Sequence

from kg_enrich.api.handle import open
from kg_enrich.evidence.models import Decision
from kg_enrich.jobs.control import log
from kg_enrich.measure.asking import AuditAnswer, AuditQuestion
from kg_enrich.measure.audit import DEFAULT_SIZE, Drawn
from kg_enrich.measure.calibrate import Proposal
from kg_enrich.measure.status import DEFAULT_PRECISION, AuditStatus
from kg_enrich.models import Say
from kg_enrich.settings import Settings


def audit_draw(
    size: int = DEFAULT_SIZE,
    settings: Settings | None = None,
    *,
    seed: str | None = None,
    again: bool = False,
    by: str | None = None,
    say: Say = log.info,
) -> Drawn:
    """Draws judged pairs for people to answer."""
    with open(settings, say=say) as kg:
        return kg.audit_draw(size, seed=seed, again=again, by=by)


def audit_extend(
    size: int = DEFAULT_SIZE,
    settings: Settings | None = None,
    *,
    by: str | None = None,
    say: Say = log.info,
) -> Drawn:
    """Draws pairs that are new or were judged again since the audit."""
    with open(settings, say=say) as kg:
        return kg.audit_extend(size, by=by)


def audit_status(
    settings: Settings | None = None,
    *,
    precision: float = DEFAULT_PRECISION,
    say: Say = log.info,
) -> AuditStatus:
    """What an audit covers, what its answers show, and how many more are needed."""
    with open(settings, say=say) as kg:
        return kg.audit_status(precision=precision)


def audit_next(
    settings: Settings | None = None,
    *,
    by: str | None = None,
    passed_over: Collection[str] = (),
    second: bool = False,
    say: Say = log.info,
) -> AuditQuestion | None:
    """The next pair to answer, without its score."""
    with open(settings, say=say) as kg:
        return kg.audit_next(by=by, passed_over=passed_over, second=second)


def audit_answer(
    key: str,
    decision: Decision | None,
    settings: Settings | None = None,
    *,
    by: str | None = None,
    reasons: Sequence[str] = (),
    note: str = "",
    say: Say = log.info,
) -> AuditAnswer:
    """Records an answer, or takes it back (None)."""
    with open(settings, say=say) as kg:
        return kg.audit_answer(key, decision, by=by, reasons=reasons, note=note)


def calibrate(settings: Settings | None = None, *, say: Say = log.info) -> Proposal:
    """Fits a calibration to an audit's answers and keeps it."""
    with open(settings, say=say) as kg:
        return kg.calibrate()
