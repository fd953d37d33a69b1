"""`calibrate`, whose one write is so short that it is made to wait for another's lock."""

from contextlib import ExitStack
from subprocess import Popen

from benchmarks.chaos.scenario import Scenario
from benchmarks.chaos.world import Program, World
from kg_enrich.evidence.models import Decision, Word
from kg_enrich.evidence.said import keep
from kg_enrich.graph.queries import Query
from kg_enrich.measure.answering import WAY, read_asked
from kg_enrich.measure.audits import read_audit

PAIRS = 120
_LOCK = Query("lock", "MERGE (c:EvidenceCalibration {key: $key}) SET c.locked = true")


class Held(Program):
    """A program that finds a key locked. The lock is gone once the program was killed."""

    def __init__(self, process: "Popen[str]", lock: ExitStack) -> None:
        super().__init__(process)
        self._lock = lock

    def end(self) -> tuple[int, str]:
        self._lock.close()
        return super().end()


class Calibrating(Scenario):
    """A calibration fitted to an audit that has all its answers."""

    def begin_to_be_killed(self) -> Program:
        lock = ExitStack()
        lock.enter_context(self.world.graph.hold(_LOCK, key=self._key()))
        return Held(self.world.begin(*self.arguments), lock)

    def _key(self) -> str:
        (made,) = [one for one in self.after - self.before if "EvidenceCalibration" in one]
        return made.partition("('key', '")[2].partition("'")[0]


def answer_audit(world: World, source: str) -> None:
    """Draws an audit, and gives all its answers: most of what scores high is right, not all."""
    world.do("audit", "draw", "--size", str(PAIRS), "--seed", "chaos")
    audit = read_audit(world.graph, source)
    asked = read_asked(world.graph, audit, audit.pairs)
    odds = sorted(one.drawn.pair.log_odds for one in asked)
    middle = odds[len(odds) // 2]
    words = [
        Word(
            f"chaos {one.drawn.key}",
            one.drawn.pair.document,
            one.drawn.pair.image,
            Decision.ACCEPT
            if (one.drawn.pair.log_odds > middle) != (number % 5 == 0)
            else Decision.REJECT,
            "chaos",
            text_hash=one.drawn.text_hash,
            image_hash=one.drawn.image_hash,
            way=WAY,
            blind=True,
        )
        for number, one in enumerate(asked)
    ]
    world.graph.write(lambda transaction: keep(transaction, words))
