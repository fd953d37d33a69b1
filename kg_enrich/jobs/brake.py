"""Stops a run that is about to withdraw too much, and keeps its source stopped."""

from dataclasses import dataclass

from kg_enrich.errors import BrakeError
from kg_enrich.evidence.sources import brake_source, count_evidence, read_brake, release_source
from kg_enrich.graph.connection import Graph

# A handful of edges is no catastrophe, however few there are.
_AT_LEAST = 50


@dataclass(frozen=True, slots=True)
class Brake:
    """How many edges a run may withdraw.

    standing: edges of the source when the run began. share: of them, in [0, 1]. shards: how many
    runs share the work, each of which may withdraw its part.
    """

    source: str
    standing: int
    share: float
    shards: int = 1

    @property
    def allowed(self) -> int:
        """Edges that may be withdrawn: the share of what stood, and 50 in any case."""
        return max(_AT_LEAST, int(self.share * self.standing / self.shards))

    def is_too_much(self, withdrawn: int) -> bool:
        """Whether so many edges may not be withdrawn without a person's word."""
        return self.share < 1 and withdrawn > self.allowed

    def check(self, withdrawn: int, run: str) -> None:
        """Errors: BrakeError when so many are too many."""
        if self.is_too_much(withdrawn):
            raise BrakeError(
                f"Run {run} was about to withdraw {withdrawn} of the {self.standing} edges that "
                f"source {self.source!r} had when it began, {self.allowed} allowed: it stopped "
                f"before that, and the source is held. See `kg-enrich runs {run}`; undo it with "
                f"`kg-enrich rollback {run}`; if it is right: `kg-enrich run --allow-withdrawals`."
            )


def open_brake(graph: Graph, source: str, share: float, allow: bool, shards: int = 1) -> Brake:
    """The brake for a run that is about to begin.

    allow: a person allows the withdrawals, which also ends the hold of an earlier run. shards: how
    many processes share the work; each may withdraw its part.
    Errors: BrakeError when an earlier run was stopped by its brake and nobody has allowed it yet.
    """
    if allow:
        release_source(graph, source)
        return Brake(source, 0, 1.0)
    stopped = read_brake(graph, source)
    if stopped is not None:
        raise BrakeError(
            f"Source {source!r} is held: run {stopped} was about to withdraw too much. See "
            f"`kg-enrich runs {stopped}`; undo it with `kg-enrich rollback {stopped}`; if it is "
            "right: `kg-enrich run --allow-withdrawals`."
        )
    return Brake(source, count_evidence(graph, source) if share < 1 else 0, share, shards)


def hold(graph: Graph, brake: Brake, run: str) -> None:
    """Keeps the source stopped until somebody allows it."""
    brake_source(graph, brake.source, run)
