"""A command on a graph, and what it leaves there when nobody disturbs it."""

import time
from collections import Counter

from benchmarks.chaos.kept import Kept, keep, put_back
from benchmarks.chaos.world import Program, World
from tests.support.graphs import ask


class Scenario:
    """A command and the graph that it begins with: the one that is there now.

    kills: those that interrupted a write. idle: other ones. server_kills: of Neo4j, that the
    command noticed; carried: of these, those that it got over by itself. wrong: differences.
    """

    def __init__(self, world: World, name: str, *arguments: str) -> None:
        self.world = world
        self.name = name
        self.arguments = list(arguments)
        self.base: Kept = keep(world.graph)
        self.before: Counter[str] = Counter()
        self.after: Counter[str] = Counter()
        self.sums: list[dict[str, object]] = []
        self.window = 0.0  # seconds from its first write to its end
        self.kills = self.idle = self.server_kills = self.carried = self.reruns = 0
        self.wrong: list[str] = []

    def begin(self) -> Program:
        """Begins a try that shall succeed."""
        return Program(self.world.begin(*self.arguments))

    def begin_to_be_killed(self) -> Program:
        return self.begin()

    def put_back(self) -> None:
        """Makes everything what it was."""
        put_back(self.world.graph, self.base)

    def things(self) -> Counter[str]:
        """All that is compared."""
        return self.world.things()

    def at_work(self, program: Program) -> bool:
        """Whether a kill at this moment interrupts a write."""
        return self.world.writes(program)

    def undisturbed(self) -> "Scenario":
        """Does it once in peace, and remembers what comes of it, which is left there."""
        self.put_back()
        self.before = self.things()
        program, seen, began = self.begin(), False, 0.0
        while program.alive() and not seen:
            seen, began = self.at_work(program), time.monotonic()
            time.sleep(0.015)
        code, said = program.end()
        if code:
            raise RuntimeError(f"{self.name} ended with {code}: {said[-500:]}")
        self.window = time.monotonic() - began if seen else 0.0
        self.after = self.things()
        if self.after == self.before:
            raise RuntimeError(f"{self.name} changed nothing: {said[-500:]}")
        self.sums = self.world.sums()
        return self


def old_words(world: World, many: int) -> None:
    """People's words as an older version kept them: as edges alone."""
    ask(
        world.graph,
        "MATCH (d:Document)-[e:HAS_EVIDENCE]->(i:Image) WITH d, i ORDER BY d.id, i.id LIMIT $many "
        "CREATE (d)-[:REVIEWED {decision: 'accept', by: 'chaos', at: datetime()}]->(i)",
        many=many,
    )
