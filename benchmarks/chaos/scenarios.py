"""The commands that are killed, each on the graph that it needs."""

from collections.abc import Callable, Collection

from benchmarks.chaos.calibrating import Calibrating, answer_audit
from benchmarks.chaos.kept import Kept, keep, put_back
from benchmarks.chaos.migrating import Migrating
from benchmarks.chaos.scenario import Scenario, old_words
from benchmarks.chaos.service import Serving
from benchmarks.chaos.watched import Watching
from benchmarks.chaos.world import World
from tests.support.graphs import ask

ALL = ("run", "review", "publish", "rollback", "prune", "serve", "calibrate", "migrate", "load",
       "read-images", "watch")  # fmt: skip


def scenarios(world: World, wanted: Collection[str] = ALL) -> list[Scenario]:
    """The commands wanted, each on the graph that it needs."""
    # Reading pictures takes long, and only once: the large folder has some of the small one's.
    world.do("load", "small")
    world.do("read-images")
    judging = Scenario(world, "run", "run", "--wait").undisturbed()
    made = [judging] if judging.name in wanted else []
    for base, scenes in ((keep(world.graph), _on_judged(world)), (Kept([], []), _on_none(world))):
        for name, make in scenes.items():
            if name in wanted:
                put_back(world.graph, base)
                made.append(make().undisturbed())
    return made


def _on_judged(world: World) -> dict[str, Callable[[], Scenario]]:
    """What is done in a graph where everything was judged."""
    run = ask(world.graph, "MATCH (r:EnrichmentRun {kind: 'run'}) RETURN r.id AS id")[0]["id"]
    source = ask(world.graph, "MATCH (s:EvidenceSource) RETURN s.name AS name")[0]["name"]

    def plain(name: str, *arguments: str) -> Callable[[], Scenario]:
        return lambda: Scenario(world, name, name, *arguments)

    def calibrate() -> Scenario:
        answer_audit(world, source)
        return Calibrating(world, "calibrate", "calibrate")

    def migrate() -> Scenario:
        old_words(world, 40)
        return Migrating(world, "migrate", "migrate")

    accept = ("--accept", "--min-confidence", "0.13", "--token", "chaos", "--by", "chaos")
    return {
        "review": plain("review", *accept, "--yes"),
        "publish": plain("publish", "--top-k", "1", "--min-score", "1", "--yes", "--wait"),
        "rollback": plain("rollback", run, "--wait"),
        "prune": plain("prune", "--source", source, "--yes", "--wait"),
        "serve": lambda: Serving(world, "serve", 60),
        "calibrate": calibrate,
        "migrate": migrate,
    }


def _on_none(world: World) -> dict[str, Callable[[], Scenario]]:
    """What begins with an empty graph."""

    def read_images() -> Scenario:
        world.do("load", "large")
        return Scenario(world, "read-images", "read-images")

    return {
        "load": lambda: Scenario(world, "load", "load", "large", "--wait"),
        "read-images": read_images,
        "watch": lambda: Watching(world, "watch"),
    }
