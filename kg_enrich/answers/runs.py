"""Answers about runs: a run's record, the history of runs, and what a run would change."""

from typing import TYPE_CHECKING, Any

from pydantic import Field

from kg_enrich.answers.loading import Loaded, ReadImages
from kg_enrich.answers.shape import Count, Id, Score, Seconds, Shape, Text, Time
from kg_enrich.models import Notice, RunRecord, RunStatus, Stage

if TYPE_CHECKING:
    from kg_enrich.jobs import history
    from kg_enrich.jobs import plan as plans


class Named(Shape):
    """Which run it is."""

    run: str
    """The run's id."""
    job: str
    """The id of what was asked for: the same for every run of the same job."""


class Asked(Named):
    """Which run it is, what it was asked, and when."""

    kind: str
    """run, backfill, publish, prune or rollback."""
    source: str
    """The evidence source."""
    started: Time
    finished: Time | None
    """null while it runs; of a run that was killed the end of its lease, once that is noticed."""
    group: str | None
    """What the runs of all shards share; null for a run that is alone."""
    shard: str | None
    """Which part of the documents it looked at, I/N with I from 0; null for all of them."""


class Outcome(Shape):
    """What a run did, in pairs of a document and an image."""

    status: RunStatus
    scorer: str
    """The scorer's name; empty for a run that scores nothing."""
    pairs: Count
    """Pairs that came into question; of an interrupted run more than it came to."""
    scored: Count
    skipped: Count
    """On record with today's fingerprint already, or known to be unreadable."""
    abstained: Count
    """The scorer looked and cannot tell."""
    published: Count
    """Edges made or changed."""
    withdrawn: Count
    """Edges removed."""
    failed: Count
    """Pairs that could not be scored, or whose image could not be read."""
    seconds: Seconds
    stages: dict[Stage, Seconds]
    """What each stage took; they overlap. Empty while it runs, and where nothing is scored."""
    scores: list[Count]
    """How many scores lie in [0, 1), [1, 2), ... [9, 10]; empty as `stages`."""


class Run(Outcome, Named):
    """A run's record."""


class LoadedRun(Run):
    """A run's record, with what --load did before it."""

    loaded: Loaded
    images: ReadImages


class LeaseState(Shape):
    """Whether a running run still renews its lease."""

    alive: bool
    seconds: Seconds | None
    """Until the lease ends, or since it ended; null when another run has taken it over."""


class PastRun(Outcome, Asked):
    """A run of the history."""

    error: Text
    """Why it failed; empty when it did not."""
    notices: dict[Notice, Count]
    """How many things it met, by kind."""
    lease: LeaseState | None
    """Of a running run only."""
    settings: dict[str, Any]
    """What the run was asked, in full."""


class Runs(Shape):
    """The newest runs, the newest first."""

    total: Count
    """All runs there are; fewer may be listed."""
    runs: list[PastRun]


class NamedNotice(Shape):
    """One thing that a run met and named without stopping."""

    kind: Notice
    subject: Text
    """An id, mostly."""
    detail: Text
    many: Count
    """Things that it stands for."""


class RunDetail(PastRun):
    """A run whole, with what it met by name."""

    met: Count
    """All things it met; fewer may be listed."""
    named: list[NamedNotice]


class Edge(Shape):
    """One edge that would change."""

    document: Id
    image: Id
    before: Score | None = Field(alias="from")
    """Its score now; null where there is no edge."""
    after: Score | None = Field(alias="to")
    """Its score then; null where no edge would be left."""


class Edges(Shape):
    """The edges that would change in one way."""

    count: Count
    examples: list[Edge]
    """The first few."""


class Plan(Shape):
    """What a command would change. Nothing was written."""

    add: Edges
    raise_: Edges = Field(alias="raise")
    lower: Edges
    renew: Edges
    """The same score, from a changed judgement."""
    withdraw: Edges
    pairs: Count
    """Pairs that would be scored; what becomes of them is not known before."""
    images: Count
    """Distinct images that would be read for that."""
    held: Count
    """Pairs held back because their image or document has too many."""
    trailing: Count
    """Pairs that score high enough and do not lead their document's next image clearly."""
    rivals: Count
    """Images held back because their best document does not lead their next one clearly."""
    ledgers: Count
    holds: Count
    failures: Count
    touched: Count
    """Edges and ledgers changed since the run that is to be rolled back."""
    standing: Count
    """Edges that the source has now; 0 where the plan is of no single source."""


def run(record: RunRecord) -> Run:
    """A run's record."""
    return Run(run=record.id, job=record.job, **_outcome(record))


def loaded_run(record: RunRecord, loaded: Loaded, images: ReadImages) -> LoadedRun:
    """A run's record, with what was loaded before it."""
    return LoadedRun(
        run=record.id, job=record.job, loaded=loaded, images=images, **_outcome(record)
    )


def past_run(run: "history.PastRun") -> PastRun:
    """A run of the history."""
    return PastRun(**_past(run))


def runs(found: "history.History") -> Runs:
    """The history."""
    return Runs(total=found.total, runs=[past_run(run) for run in found.runs])


def run_detail(detail: "history.RunDetail") -> RunDetail:
    """One run whole."""
    return RunDetail(
        **_past(detail.run),
        met=sum(detail.run.record.notices.values()),
        named=[NamedNotice.model_validate(notice) for notice in detail.notices],
    )


def plan(plan: "plans.Plan") -> Plan:
    """What would change."""
    edges = {
        change.value: {
            "count": count,
            "examples": [
                {"document": e.document, "image": e.image, "from": e.before, "to": e.after}
                for e in plan.examples[change]
            ],
        }
        for change, count in plan.counts.items()
    }
    return Plan.model_validate(edges | plan.numbers)


def _outcome(record: RunRecord) -> dict[str, Any]:
    counts = ("pairs", "scored", "skipped", "abstained", "published", "withdrawn", "failed")
    return {
        "status": record.status,
        "scorer": record.scorer,
        **{name: getattr(record.counters, name) for name in counts},
        "seconds": round(record.seconds, 3),
        "stages": record.stages,
        "scores": record.scores,
    }


def _past(run: "history.PastRun") -> dict[str, Any]:
    return {
        "run": run.record.id,
        "job": run.record.job,
        "kind": run.kind,
        "source": run.source,
        "started": run.started,
        "finished": run.finished,
        "group": run.group,
        "shard": run.shard,
        **_outcome(run.record),
        "error": run.record.error,
        "notices": run.record.notices,
        "lease": run.lease,
        "settings": run.settings,
    }
