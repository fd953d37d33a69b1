"""One job in several processes: which part this one is, their group, and who closes for all."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from kg_enrich.errors import LeaseHeldError, SettingsError
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.jobs import lease as leases
from kg_enrich.jobs.alone import when_free
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.lease import Lease
from kg_enrich.models import Shard

if TYPE_CHECKING:
    from kg_enrich.jobs.runs import Job

JOIN_GROUP = query("join_group")
BEGIN_CLOSING = query("begin_closing")

_FORM = re.compile(r"(?:(\d+)|auto)(?:/(\d+))?")
_KUBERNETES = "JOB_COMPLETION_INDEX"
_SLURM = "SLURM_ARRAY_TASK_"


def asked(text: str | None, group: str | None, environment: Mapping[str, str]) -> Shard | None:
    """The shard that is asked for, if any. Errors: SettingsError, also for a group without one."""
    if text is not None:
        return parse(text, environment)
    if group is not None:
        raise SettingsError("KG_ENRICH_GROUP goes with KG_ENRICH_SHARD: only shards have one.")
    return None


def parse(text: str, environment: Mapping[str, str]) -> Shard:
    """The shard that is meant by 'I/N', 'auto/N' or 'auto'.

    auto: I is JOB_COMPLETION_INDEX of an Indexed Job (which does not say how many there are: give
    auto/N), or the place of SLURM_ARRAY_TASK_ID in its array.
    Errors: SettingsError.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None or (found[1] and not found[2]):
        raise SettingsError(f"--shard {text} is no shard: give I/N such as 0/4, auto/N or auto.")
    if found[1]:
        return Shard(int(found[1]), int(found[2]))
    number, of = _surroundings(environment)
    if found[2] and of is not None and int(found[2]) != of:
        raise SettingsError(f"--shard {text}: the array has {of} tasks. Say auto.")
    if not found[2] and of is None:
        raise SettingsError(
            f"--shard auto: {_KUBERNETES} does not say how many shards there are; give auto/N with "
            "the Job's completions."
        )
    return Shard(number, of if of is not None else int(found[2]))


def _surroundings(environment: Mapping[str, str]) -> tuple[int, int | None]:
    """Which shard a scheduler says this is, and of how many where it says so."""
    kubernetes, slurm = environment.get(_KUBERNETES), environment.get(f"{_SLURM}ID")
    if (kubernetes is None) == (slurm is None):
        which = "neither" if kubernetes is None else "both"
        raise SettingsError(
            f"--shard auto: {which} of {_KUBERNETES} and {_SLURM}ID are set; give I/N instead."
        )
    try:
        if kubernetes is not None:
            return int(kubernetes), None
        first, step = (int(environment.get(f"{_SLURM}{name}", d)) for name, d in _ARRAY)
        return (int(slurm or "") - first) // step, int(environment[f"{_SLURM}COUNT"])
    except (ValueError, KeyError, ZeroDivisionError):
        raise SettingsError(
            "--shard auto: the scheduler's variables make no sense; give I/N instead."
        ) from None


_ARRAY = (("MIN", "0"), ("STEP", "1"))


def join(transaction: Transaction, job: "Job", shard: Shard, lease: Lease) -> tuple[Lease, str]:
    """The shard's lease with the start of the whole job, and the group that its run belongs to.

    A group that nobody named is the newest one, until this shard has succeeded in it.
    """
    whole = job.whole
    (row,) = transaction.run(
        JOIN_GROUP, job=job.id, parent=whole.id, name=whole.name, shards=shard.of
    )
    group = job.group or row["group"] or f"group-{lease.run}"
    return replace(lease, job_started=row["startedAt"]), group


def close(
    graph: Graph, job: "Job", lease: Lease, control: Control, steps: Callable[[Lease], None]
) -> None:
    """Takes the closing steps of the whole job, when no sibling is at work any more.

    steps: called with a lease of the whole job; doing them twice is harmless. Of shards that end
    together at least one takes them. When a sibling dies at work, its next run does.
    """

    def begin(transaction: Transaction) -> int:
        (row,) = transaction.run(BEGIN_CLOSING, job=lease.job, parent=whole.id, run=lease.run)
        at_work: int = row["atWork"]
        return at_work

    whole = job.whole
    if at_work := graph.write(begin, timeout=lease.transaction_seconds):
        control.say(f"{at_work} other shards are at work; the last one closes for all.")
        return
    patience = time.monotonic() + control.lease_seconds
    run = f"closing of {lease.run}"

    def take() -> Lease | None:
        try:
            return graph.write(
                lambda tx: leases.acquire(tx, whole.id, whole.name, run, lease.ttl).lease
            )
        except LeaseHeldError as error:
            if time.monotonic() < patience:
                raise
            # A whole run of the same job closes at its own end.
            control.say(f"The closing steps are left to another run. {error}")
            return None

    closing = when_free(take, replace(control, wait=True))
    if closing is None:
        return
    try:
        with leases.kept(graph, closing):
            steps(closing)
    finally:
        graph.write(lambda transaction: leases.release(transaction, closing))
