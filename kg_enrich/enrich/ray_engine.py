"""The engine for a Ray cluster.

Parts of the graph are read by tasks, clumps of work are scored by a pool of actors, and this
process alone writes. What is left is asked of Neo4j, never of Ray: a part that did not come through
whole is read again.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from pickle import dumps, loads
from typing import Any

import pyarrow as pa
import ray
from ray import cloudpickle
from ray.data import ActorPoolStrategy
from ray.data.block import BlockMetadata
from ray.data.datasource import Datasource, ReadTask
from ray.exceptions import RayError

from kg_enrich.enrich.enrichment import Enrichment
from kg_enrich.enrich.extractor import notices_of
from kg_enrich.enrich.fetching import Fetcher, read_bytes
from kg_enrich.enrich.parts import Part, split
from kg_enrich.enrich.ray_cluster import connected, ending_executions, resources, translated
from kg_enrich.enrich.ray_options import RayOptions
from kg_enrich.enrich.stages import Reader, Scored, Scoring, Stages
from kg_enrich.enrich.watched import watched
from kg_enrich.enrich.write_behind import behind
from kg_enrich.enrich.writer import Batch
from kg_enrich.errors import EngineError
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.observed import Observed
from kg_enrich.scorers.base import Scorer
from kg_enrich.scorers.deferred import Identity

# Parts that each scorer gets, at least, so that none waits for the others at the end.
_PARTS = 16
# How often a part is read again that did not come through whole.
_PASSES = 5
# Of what a cluster has: logical CPUs that all scorers take together, so that reading finds some.
_SCORERS_CPUS = 0.5
_READER_CPUS = 0.4


def engine(options: RayOptions, stages: Callable[[str, Enrichment, int], Stages]) -> Any:
    """The engine for `RunOptions`. stages: what is sent to the nodes, by run and question."""

    def score(
        parts: Enrichment,
        batch_pairs: int,
        write: Callable[[Batch], object],
        control: Control,
        run: str,
        observed: Observed,
    ) -> None:
        sent = stages(run, parts, batch_pairs)
        with behind(write) as hand_over:
            if named := notices_of(parts.graph, parts.question):
                hand_over(Batch({}, notices=named))
            size = parts.documents // (_PARTS * options.scorers)
            left = dict(enumerate(split(parts.graph, parts.question, size)))
            with connected(options, control):
                _score(options, sent, left, hand_over, control, observed)

    return score


def _score(
    options: RayOptions,
    stages: Stages,
    left: dict[int, Part],
    hand_over: Callable[[Batch], None],
    control: Control,
    observed: Observed,
) -> None:
    """Passes over what is left until all came through. Errors: EngineError."""
    counted: set[int] = set()
    for _ in range(_PASSES):
        # By reading of a part: which of its clumps came.
        came: dict[tuple[int, str], set[int]] = {}
        # Closed before the connection is: its threads speak with Ray until then.
        with closing(_results(options, stages, left, counted, control)) as results:
            for done in results:
                hand_over(done.batch)
                observed.add(done.seconds, done.scores)
                place = done.place
                came.setdefault((place.part, place.reading), set()).add(place.number)
                if place.number == 0:
                    counted.add(place.part)
                if len(came[place.part, place.reading]) == place.of:
                    left.pop(place.part, None)
        if control.stopped or not left:
            return
        control.say(f"{len(left)} parts did not come through whole and are read again.")
    raise EngineError(f"{len(left)} parts were lost {_PASSES} times: see Ray's own logs.")


def _results(
    options: RayOptions,
    stages: Stages,
    left: Mapping[int, Part],
    counted: set[int],
    control: Control,
) -> Generator[Scored]:
    cpus = resources().get("CPU", 1.0)
    share = max(0.01, round(cpus * _SCORERS_CPUS / options.scorers, 2))
    server = (
        ray.remote(**_here())(_ImageServer).remote(stages.roots) if options.send_images else None
    )
    # By value what the nodes cannot import, such as a class of a script.
    reference = ray.put(cloudpickle.dumps(stages))
    read = ray.data.read_datasource(
        _Parts(reference, left, counted, everywhere=not options.send_images),
        override_num_blocks=max(1, len(left)),
        num_cpus=min(_READER_CPUS, max(0.01, cpus * _SCORERS_CPUS)),
    )
    scored = read.map_batches(
        _Scorer,
        fn_constructor_args=(reference, server),
        batch_size=None,
        batch_format="pyarrow",
        compute=ActorPoolStrategy(
            min_size=1,
            max_size=options.scorers,
            initial_size=options.scorers,
            max_tasks_in_flight_per_actor=2,
            max_concurrent_calls_per_actor=2,
            enable_true_multi_threading=True,
        ),
        num_cpus=min(share, 0.5),
        num_gpus=options.gpus,
    )
    blocks = scored.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=1)
    end = ending_executions()
    try:
        with closing(watched(blocks, options.stall_seconds, control, end)) as tables:
            for table in tables:
                for row in table["row"].to_pylist():
                    done: Scored = loads(row)
                    yield done
    except RayError as error:
        raise translated(error) from error


def _here() -> dict[str, Any]:
    """Options of an actor that stays on this node and comes back when it dies."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    node = ray.get_runtime_context().get_node_id()
    return {
        "num_cpus": 0,
        "max_restarts": -1,
        "max_task_retries": -1,
        "scheduling_strategy": NodeAffinitySchedulingStrategy(node, soft=False),
    }


class _Parts(Datasource):
    """A read task a part."""

    def __init__(
        self, stages: Any, left: Mapping[int, Part], counted: set[int], everywhere: bool
    ) -> None:
        super().__init__()
        self._stages, self._left, self._counted = stages, left, counted
        self._everywhere = everywhere

    @property
    def supports_distributed_reads(self) -> bool:
        """Where the nodes do not see the images, only this one reads."""
        return self._everywhere

    def estimate_inmemory_data_size(self) -> int | None:
        return None

    def get_read_tasks(
        self, parallelism: int, per_task_row_limit: int | None = None, data_context: Any = None
    ) -> list[Any]:
        return [
            ReadTask(
                _Reading(self._stages, number, part, number in self._counted),
                BlockMetadata(None, None, None, None),
            )
            for number, part in self._left.items()
        ]


@dataclass(frozen=True)
class _Reading:
    """What a read task does; a row a clump."""

    stages: Any
    number: int
    part: Part
    counted: bool

    def __call__(self) -> Iterator[Any]:
        for clump in _reader(self.stages).read(self.number, self.part, self.counted):
            yield _row(clump)


_readers: dict[str, Reader] = {}


def _reader(reference: Any) -> Reader:
    """This process's reader of a run, with one connection for all of its parts."""
    stages: Stages = loads(ray.get(reference))
    if stages.run not in _readers:
        _readers[stages.run] = Reader(stages)
    return _readers[stages.run]


class _Scorer:
    """A scorer, in a process of its own."""

    def __init__(self, reference: Any, server: Any) -> None:
        fetch = None
        if server is not None:
            fetch = Fetcher(lambda file: ray.get(server.read.remote(str(file)))).fetch
        self._scoring = Scoring(loads(ray.get(reference)), fetch)

    def __call__(self, table: Any) -> Any:
        return pa.concat_tables(
            [_row(self._scoring.score(loads(row))) for row in table["row"].to_pylist()]
        )


class _ImageServer:
    """Reads image files below the roots for scorers that do not see them."""

    def __init__(self, roots: tuple[Path, ...]) -> None:
        self._roots = roots

    def read(self, file: str) -> bytes:
        return read_bytes(Path(file), self._roots)


def _row(value: Any) -> Any:
    return pa.table({"row": pa.array([dumps(value)], pa.large_binary())})


def identity(options: RayOptions, open_scorer: Callable[[], Scorer]) -> Identity:
    """What a scorer says of itself, asked on a node that can load it. Errors: EngineError."""
    with connected(options, Control(say=lambda _: None)):
        ask = ray.remote(num_cpus=0.01, num_gpus=options.gpus)(_identity)
        try:
            found: Identity = ray.get(ask.remote(open_scorer), timeout=options.stall_seconds)
        except RayError as error:
            raise translated(error) from error
        return found


def _identity(open_scorer: Callable[[], Scorer]) -> Identity:
    return Identity.of(open_scorer())
