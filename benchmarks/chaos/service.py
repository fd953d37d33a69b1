"""The service, while people say what they think of evidence."""

import json
import re
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from subprocess import Popen

from benchmarks.chaos.scenario import Scenario
from benchmarks.chaos.world import Program, World, free_port
from tests.support.graphs import ask

PEOPLE = 4
# A word's key is drawn by chance.
CHANCE = re.compile(r"\('key', '[0-9a-f-]+'\)")


@dataclass(frozen=True)
class Said:
    document: str
    image: str
    decision: str


class Service(Program):
    """`kg-enrich serve`, and people who ask it at the same time, each word again until it is heard.

    It ends when all is said, or when the service is dead.
    """

    def __init__(self, process: "Popen[str]", port: int, words: Sequence[Said]) -> None:
        super().__init__(process)
        self._address = f"http://127.0.0.1:{port}"
        self._people = [
            threading.Thread(target=self._say_all, args=(words[one::PEOPLE],), daemon=True)
            for one in range(PEOPLE)
        ]
        self._open = PEOPLE
        self.refused: list[str] = []
        for person in self._people:
            person.start()

    def end(self) -> tuple[int, str]:
        for person in self._people:
            person.join(300)
        self.process.terminate()
        code, said = super().end()
        return (code, said) if not self.refused else (1, said + "\n".join(self.refused))

    def _say_all(self, words: Sequence[Said]) -> None:
        for word in words:
            while self.alive() and not self._heard(word):
                time.sleep(0.1)

    def _heard(self, word: Said) -> bool:
        request = urllib.request.Request(
            f"{self._address}/api/reviews",
            json.dumps(vars(word)).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            urllib.request.urlopen(request, timeout=200).close()
            return True
        except urllib.error.HTTPError as error:
            if error.code < 500:
                self.refused.append(f"{word}: {error.code} {error.read()[:200]!r}")
                return True
        except OSError:  # it does not listen yet, or no more
            pass
        return False


class Serving(Scenario):
    """Words over HTTP; a person whose word was not answered says it again."""

    def __init__(self, world: World, name: str, documents: int) -> None:
        super().__init__(world, name, "serve", "--no-scorer", "--port")
        rows = ask(
            world.graph,
            "MATCH (d:Document)-[e:HAS_EVIDENCE]->(i:Image) WITH d, i ORDER BY e.score DESC, i.id "
            "WITH d, collect(i.id) AS images ORDER BY d.id LIMIT $documents "
            "RETURN d.id AS document, images[0] AS first, images[-1] AS last",
            documents=documents,
        )
        # Whatever is said of one document is said by one person, one after the other.
        self.words = [
            Said(row["document"], row[which], decision)
            for which, decision in (("first", "accept"), ("last", "reject"))
            for row in rows
        ]

    def begin(self) -> Service:
        port = free_port()
        return Service(self.world.begin(*self.arguments, str(port)), port, self.words)

    def things(self) -> Counter[str]:
        return without_chance(super().things())


def without_chance(things: Counter[str]) -> Counter[str]:
    """With words' keys left out, which chance draws; how many words there are still counts."""
    found: Counter[str] = Counter()
    for thing, many in things.items():
        word = "'EvidenceReview'" in thing or "'REVIEWED'" in thing
        found[CHANCE.sub("", thing) if word else thing] += many
    return found
