"""Answers about audits: what was drawn, what people's answers show, and calibrations."""

from math import isfinite
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from kg_enrich.answers.shape import Count, Score, Shape, Text, Time
from kg_enrich.evidence.models import Decision

if TYPE_CHECKING:
    from kg_enrich.measure.asking import AuditQuestion as Question
    from kg_enrich.measure.audit import Drawn as Found
    from kg_enrich.measure.calibrate import Proposal
    from kg_enrich.measure.calibration import Measured
    from kg_enrich.measure.status import AuditStatus as Status
    from kg_enrich.measure.thresholds import Threshold as At

Share = Annotated[float, Field(json_schema_extra={"minimum": 0, "maximum": 1})]


class Stratum(Shape):
    """Pairs of about one score."""

    log_odds: float
    """Where it begins; the next one begins where it ends."""
    pairs: Count
    """Pairs that could be drawn."""
    drawn: Count
    chance: Share
    """Of each pair, to be drawn."""


class Drawn(Shape):
    """What a draw came to."""

    audit: str
    source: Text
    pairs: Count
    """Pairs that could be drawn."""
    drawn: Count
    strata: list[Stratum]


class Coverage(Shape):
    """What the audit stands for today."""

    judged: Count
    """Scored pairs of the source."""
    covered: Count
    """Those of them that could be drawn; the others are new or were judged again since."""
    published: Count
    """Scored pairs that reach the source's minimum score."""
    covered_published: Count


class Threshold(Shape):
    """What is known of the pairs that reach a score."""

    min_score: Score
    """As the source publishes it."""
    pairs: Count
    """Today's pairs that reach it."""
    kept: float | None
    """The share of today's evidence that would be left; null where there is none."""
    precision: Share | None
    """The share that is right, as all answers estimate it; null without any."""
    bound: Share
    """Which the precision exceeds, for all thresholds of a table together at 95 %."""
    answers: Count
    """Of one chance, which the bound comes from."""
    right: Count
    """Those of them that everybody accepted."""
    reference_recall: Share | None
    """The share of people's references that reach it, which is no precision; null without any."""


class Statement(Shape):
    """Something that answers can show."""

    name: str
    text: Text
    missing: Count
    """Answers that it still needs, at least; 0: it is shown, or can be made."""


class Agreement(Shape):
    """Two people who answered the same pairs."""

    people: list[Text]
    pairs: Count
    agreed: Count
    kappa: float | None
    """Cohen's; null where both said one thing alone."""


class AuditStatus(Shape):
    """Where an audit stands."""

    audit: str
    source: Text
    at: Time
    drawn: Count
    answered: Count
    open: Count
    changed: Count
    """Drawn pairs whose text, image or judgement is another now; they count no longer."""
    coverage: Coverage
    thresholds: list[Threshold]
    lowest: Threshold | None
    """The lowest threshold with the precision that was asked for; its bound holds alone."""
    statements: list[Statement]
    agreement: list[Agreement]


class Loss(Shape):
    """A mean loss with its 95 % interval over documents."""

    value: float
    low: float
    high: float


class Calibration(Shape):
    """A calibration that can be applied with `publish --calibration`."""

    version: str
    source: Text
    audit: str
    scorer: str
    """Fingerprint of the scorer whose log-odds it is of."""
    slope: float
    intercept: float
    answers: Count
    brier_before: Loss
    brier_after: Loss
    log_loss_before: Loss
    log_loss_after: Loss
    ece_before: Share
    ece_after: Share
    ece_perfect: Share
    """What scores that are exactly right would show, with as many answers."""


class AuditQuestion(Shape):
    """A pair to answer, with nothing that betrays its score or what others said."""

    key: str | None
    """For the answer; null when there is nothing to answer, and all else is empty."""
    number: Count
    """Which one it is, from 1, of how many."""
    of: Count
    open: Count
    document: Text
    title: Text
    text: Text
    image: Text
    problem: Text
    """Why the picture cannot be read; empty when it can."""
    words: list[Text]
    """Of the image that stand in the text."""


class AuditAnswer(Shape):
    """What an answer came to, and what was hidden before it."""

    key: str
    document: Text
    image: Text
    decision: Decision | None
    score: Score
    reason: Text
    others: dict[str, Decision]
    """What other people answered."""
    conflict: bool
    published: Count
    withdrawn: Count


def audit_question(found: "Question | None") -> AuditQuestion:
    """A pair to answer."""
    if found is None:
        return AuditQuestion(
            key=None,
            number=0,
            of=0,
            open=0,
            document="",
            title="",
            text="",
            image="",
            problem="",
            words=[],
        )
    return AuditQuestion.model_validate(found)


def drawn(found: "Found") -> Drawn:
    """What a draw came to."""
    return Drawn.model_validate(found)


def audit_status(found: "Status") -> AuditStatus:
    """Where an audit stands."""
    return AuditStatus(
        audit=found.audit,
        source=found.source,
        at=found.at,
        drawn=found.drawn,
        answered=found.answered,
        open=found.open,
        changed=found.changed,
        coverage=Coverage.model_validate(found.coverage),
        thresholds=[_threshold(one) for one in found.thresholds],
        lowest=None if found.lowest is None else _threshold(found.lowest),
        statements=[Statement.model_validate(one) for one in found.statements],
        agreement=[
            Agreement(
                people=list(one.people),
                pairs=one.pairs,
                agreed=one.agreed,
                kappa=_number(one.kappa),
            )
            for one in found.agreement
        ],
    )


def calibration(proposal: "Proposal") -> Calibration:
    """A calibration and what it is worth."""
    fit = proposal.fit
    return Calibration(
        version=proposal.version,
        source=proposal.source,
        audit=proposal.audit,
        scorer=proposal.scorer,
        slope=fit.slope,
        intercept=fit.intercept,
        answers=fit.answers,
        brier_before=_loss(fit.brier_before),
        brier_after=_loss(fit.brier_after),
        log_loss_before=_loss(fit.log_loss_before),
        log_loss_after=_loss(fit.log_loss_after),
        ece_before=fit.ece_before,
        ece_after=fit.ece_after,
        ece_perfect=fit.ece_perfect,
    )


def _loss(measured: "Measured") -> Loss:
    return Loss.model_validate(measured)


def _threshold(at: "At") -> Threshold:
    return Threshold(
        min_score=at.min_score,
        pairs=at.pairs,
        kept=_number(at.kept),
        precision=_number(at.precision),
        bound=at.bound,
        answers=at.answers,
        right=at.right,
        reference_recall=_number(at.reference_recall),
    )


def _number(value: float) -> float | None:
    return value if isfinite(value) else None
