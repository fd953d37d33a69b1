"""A watcher: jobs that come as files, and a folder that comes into the graph."""

import json
import shutil
from collections import Counter
from pathlib import Path

from benchmarks.chaos.scenario import Scenario
from benchmarks.chaos.world import Program, World
from benchmarks.company import words
from tests.support.jobs import put

JOBS = 6


class Watching(Scenario):
    """What is compared are the answers and the jobs, too."""

    def __init__(self, world: World, name: str) -> None:
        self.place = world.folder / "watched"
        self.waiting = world.folder / "waiting"
        self.waiting.mkdir()
        pictures = [world.folder / "small" / f"{number}.png" for number in range(3)]
        for number in range(JOBS):
            put(self.waiting, f"job{number}", " ".join(words(number)), pictures)
        line = ("watched/in", "--output", "watched/out", "--load", "large", "--once")
        super().__init__(world, name, "watch", *line, "--interval", "0.1")

    def put_back(self) -> None:
        super().put_back()
        shutil.rmtree(self.place, ignore_errors=True)
        (self.place / "out").mkdir(parents=True)
        shutil.copytree(self.waiting, self.place / "in")

    def at_work(self, program: Program) -> bool:
        working = self.place / "in" / "working"
        return (working.is_dir() and any(working.iterdir())) or super().at_work(program)

    def things(self) -> Counter[str]:
        answers = Counter(map(_answer, (self.place / "out").iterdir()))
        jobs = Counter(
            f"{folder.parent.name} {folder.name.partition('_')[2]}"
            for name in ("working", "done")
            for folder in (self.place / "in" / name).glob("*")
        )
        waiting = Counter(file.name for file in (self.place / "in").glob("*.*"))
        return super().things() + answers + jobs + waiting


def _answer(file: Path) -> str:
    if not file.name.endswith("_result.json"):
        return file.name  # an error, or a part that was left behind
    answer = json.loads(file.read_text("utf-8"))
    del answer["total_time_ms"]
    return json.dumps(answer, sort_keys=True)
