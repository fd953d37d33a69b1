"""`migrate` on a graph that an older version left, without any constraint."""

from collections import Counter

from benchmarks.chaos.kept import dress_of, undress
from benchmarks.chaos.scenario import Scenario
from benchmarks.chaos.service import without_chance


class Migrating(Scenario):
    """What is compared are constraints, indexes and the chain of migrations, too."""

    def put_back(self) -> None:
        undress(self.world.graph)
        super().put_back()

    def things(self) -> Counter[str]:
        return without_chance(super().things()) + dress_of(self.world.graph)
