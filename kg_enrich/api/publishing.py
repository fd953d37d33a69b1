"""Changing evidence without a scorer: policy, prune, rollback, and what they would do."""

from typing import Unpack

from kg_enrich import compose
from kg_enrich.api.opened import Opened
from kg_enrich.errors import SettingsError
from kg_enrich.evidence.sources import PolicySettings, read_policies
from kg_enrich.jobs.control import ControlOptions
from kg_enrich.jobs.plan import Plan
from kg_enrich.measure.measured_policy import policy_parts
from kg_enrich.models import RunRecord
from kg_enrich.upkeep import prune, publish, rollback


class Publishing(Opened):
    """The part of a handle that changes evidence without judging anything."""

    def publish(
        self, policy: PolicySettings | None = None, **control: Unpack[ControlOptions]
    ) -> RunRecord:
        """Stores a source's policy and applies it everywhere from the ledgers.

        policy: the parts to change, by the names of `Policy`; they win over those in the settings.
        `calibration` is the version of a stored one, whose numbers it brings, or None; and
        `min_precision`, in (0, 1), gives the lowest `min_score` for which the source's audit
        shows it.
        Errors: LeaseHeldError, GraphError, SettingsError (no such source, calibration or audit),
        TooFewAnswersError (min_precision is not shown; it says how many answers are missing).
        """
        name = compose.source_name(self.settings)
        return publish.publish(self.graph, name, self.resolve_policy(policy), self.control(control))

    def plan_publish(self, policy: PolicySettings | None = None) -> Plan:
        """What `publish` would change. Writes nothing."""
        name = compose.source_name(self.settings)
        return publish.plan_publish(self.graph, name, self.resolve_policy(policy))

    def prune(
        self,
        source: str | None = None,
        *,
        accepted: bool = False,
        **control: Unpack[ControlOptions],
    ) -> RunRecord:
        """Removes a retired source; without one, what is about documents and images that are gone.

        accepted: also the evidence that a person accepted.
        Errors: LeaseHeldError, GraphError, SettingsError (nothing is there of such a source).
        """
        if source is None:
            return prune.prune_orphans(self.graph, self.control(control))
        self._require_known(source)
        return prune.prune_source(self.graph, source, accepted, self.control(control))

    def plan_prune(self, source: str | None = None, *, accepted: bool = False) -> Plan:
        """What `prune` would remove. Writes nothing."""
        if source is None:
            return prune.plan_prune_orphans(self.graph)
        self._require_known(source)
        return prune.plan_prune_source(self.graph, source, accepted)

    def rollback(
        self, run: str, *, force: bool = False, **control: Unpack[ControlOptions]
    ) -> RunRecord:
        """Undoes a run: edges and ledgers become what they were before it.

        force: also what a later run or a person changed since, which is an error otherwise.
        Errors: GraphError, LeaseHeldError.
        """
        return rollback.rollback(self.graph, run, force, self.control(control))

    def plan_rollback(self, run: str) -> Plan:
        """What `rollback` would change. Writes nothing."""
        return rollback.plan_rollback(self.graph, run)

    def resolve_policy(self, given: PolicySettings | None = None) -> PolicySettings:
        """The parts of a policy that `publish` would change, by the names of `Policy` alone.

        given: as `publish` takes it. Errors: as of `publish`.
        """
        known = compose.policy_settings(self.settings)
        asked = dict(given or {})
        if {"calibration", "min_precision"}.isdisjoint(asked):
            return known | asked
        source = compose.source_name(self.settings)
        if source not in read_policies(self.graph):
            raise SettingsError(publish.unknown_source(source, read_policies(self.graph)))
        return known | policy_parts(self.graph, source, asked)

    def _require_known(self, source: str) -> None:
        """A prune that was killed is finished by asking again, though its source is gone.

        Errors: SettingsError where nothing of such a source is there.
        """
        sources = read_policies(self.graph)
        if source in sources:
            return
        unknown = publish.unknown_source(source, sources)
        if not prune.is_left(self.graph, source):
            raise SettingsError(unknown)
        self.say(unknown)
