"""Is the evidence right: audits, their answers, and calibrations."""

from collections.abc import Collection, Sequence

from kg_enrich import compose
from kg_enrich.api.opened import Opened
from kg_enrich.api.reviewing import person
from kg_enrich.evidence.models import Decision
from kg_enrich.measure import asking, audit, calibrate, status
from kg_enrich.measure.asking import AuditAnswer, AuditQuestion
from kg_enrich.measure.audit import DEFAULT_SIZE, Drawn
from kg_enrich.measure.calibrate import Proposal
from kg_enrich.measure.status import DEFAULT_PRECISION, AuditStatus


class Auditing(Opened):
    """The part of a handle that measures whether evidence is right. It is of the source of the
    settings unless another is named."""

    def audit_draw(
        self,
        size: int = DEFAULT_SIZE,
        *,
        source: str | None = None,
        seed: str | None = None,
        again: bool = False,
        by: str | None = None,
    ) -> Drawn:
        """Draws about `size` of a source's judged pairs for people to answer.

        seed: the same one draws the same pairs. again: although there is an audit; answers that
        were given to pairs of it count as well. by: who draws; this machine's user when None.
        Errors: SettingsError (nothing judged, or there is an audit), GraphError.
        """
        return audit.draw(self.graph, self._source_name(source), size, person(by), seed, again)

    def audit_extend(
        self, size: int = DEFAULT_SIZE, *, source: str | None = None, by: str | None = None
    ) -> Drawn:
        """Draws about `size` of the pairs that are new or were judged again since the audit.

        Errors: SettingsError (no audit), GraphError.
        """
        return audit.extend(self.graph, self._source_name(source), size, person(by))

    def audit_status(
        self, *, precision: float = DEFAULT_PRECISION, source: str | None = None
    ) -> AuditStatus:
        """What the audit covers, what its answers show, and how many more are needed.

        precision: the share of right pairs that is wanted, in (0, 1).
        Errors: SettingsError (no audit).
        """
        return status.status(self.graph, self._source_name(source), precision)

    def audit_next(
        self,
        *,
        by: str | None = None,
        passed_over: Collection[str] = (),
        second: bool = False,
        source: str | None = None,
    ) -> AuditQuestion | None:
        """The next pair to answer, without its score; None when there is none.

        by: who is asked. passed_over: keys of questions that they skipped. second: only what
        others answered and they did not.
        Errors: SettingsError (no audit).
        """
        return asking.next_question(
            self.graph,
            self._source_name(source),
            person(by),
            compose.roots(self.settings),
            self.hashes,
            passed_over=passed_over,
            second=second,
        )

    def audit_question(self, key: str, *, source: str | None = None) -> AuditQuestion:
        """One pair once more, whoever answered it. Errors: GraphError, SettingsError (no audit)."""
        roots = compose.roots(self.settings)
        return asking.read_question(self.graph, self._source_name(source), key, roots, self.hashes)

    def audit_answer(
        self,
        key: str,
        decision: Decision | None,
        *,
        by: str | None = None,
        reasons: Sequence[str] = (),
        note: str = "",
        source: str | None = None,
    ) -> AuditAnswer:
        """Records an answer to a question, or takes it back (None); gives what was hidden.

        It is a person's word like any other, so that evidence follows at once.
        Errors: GraphError (no such pair, or it changed since), SettingsError (no audit).
        """
        return asking.answer(
            self.graph,
            self._source_name(source),
            key,
            decision,
            person(by),
            reasons=reasons,
            note=note,
        )

    def calibrate(self, *, source: str | None = None) -> Proposal:
        """Fits a calibration to the audit's answers and keeps it; `publish` applies it.

        Errors: TooFewAnswersError, SettingsError (no audit; scikit-learn is not installed),
        KgEnrichError (right pairs score no higher than wrong ones).
        """
        return calibrate.calibrate(self.graph, self._source_name(source))

    def _source_name(self, source: str | None) -> str:
        return compose.source_name(self.settings) if source is None else source
