"""An operator's month: every command on a graph of another shape, on a good day and on bad ones.

Reports and photos have integer keys, the reports' text lies in chunks, orders hold both, and the
photos are copies of a few pictures. The script prints a transcript: each command, its exit code,
how long it took, and the beginning of what it said. A step that does not come out as it must is
marked, and the script then exits 1.

    python -m benchmarks.month --reports 300 --photos 200 --pictures 20 > benchmarks/month.txt
"""

import argparse
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from benchmarks.servers import Running, temporary_server
from tests.support.commands import COMMAND, bare_environment
from tests.support.graphs import ask

_ROWS = 500
_SHOWN = 8
_PARTS = ("pump", "valve", "motor", "sensor", "belt", "filter", "gearbox", "cable", "relay", "fan")
_TROUBLES = ("leaks", "overheats", "stalls", "rattles", "trips", "corrodes", "drifts", "jams")
_NAMES = """
KG_ENRICH_DOCUMENT_LABEL=Report
KG_ENRICH_DOCUMENT_KEY=number
KG_ENRICH_DOCUMENT_TITLE=subject
KG_ENRICH_DOCUMENT_UPDATED=changed
KG_ENRICH_FILTER_PROPERTIES=severity,opened
KG_ENRICH_CHUNK_LABEL=Passage
KG_ENRICH_CHUNK_TYPE=PART_OF
KG_ENRICH_IMAGE_LABEL=Photo
KG_ENRICH_IMAGE_KEY=number
KG_ENRICH_IMAGE_PATH=file
KG_ENRICH_CONTAINER_LABEL=Order
KG_ENRICH_CONTAINER_KEY=number
KG_ENRICH_CONTAINER_TYPE=HAS_REPORT,HAS_PHOTO
"""


def trouble(draw: random.Random) -> str:
    part, fault = draw.choice(_PARTS), draw.choice(_TROUBLES)
    code, serial = draw.randrange(10, 60), draw.randrange(10**6)
    return f"{part} P-{draw.randrange(100, 140)} {fault}, code E{code}, serial {serial:06}"


def draw_pictures(folder: Path, troubles: Sequence[str]) -> None:
    for number, words in enumerate(troubles):
        image = Picture.new("RGB", (480, 200), "white")
        text = words.replace(", ", "\n")
        ImageDraw.Draw(image).multiline_text((12, 12), text, "black", ImageFont.load_default(32))
        image.save(folder / f"{number}.png")


def lay_out(running: Running, reports: int, photos: int, troubles: Sequence[str]) -> None:
    """Integer keys, text in chunks, orders that hold both, and nodes that nobody can use."""
    draw, graph = random.Random(1), running.graph
    for start in range(0, reports, _ROWS):
        several = range(start, min(start + _ROWS, reports))
        ask(
            graph,
            "UNWIND $rows AS row CREATE (d:Report {number: row.number, subject: row.subject, "
            "severity: row.severity, opened: date(row.opened), changed: row.changed}) "
            "FOREACH (k IN [0, 1] | CREATE (:Passage {text: row.parts[k], index: k})"
            "-[:PART_OF]->(d)) MERGE (o:Order {number: row.order}) CREATE (o)-[:HAS_REPORT]->(d)",
            rows=[
                {
                    "number": number,
                    "subject": f"Report {number}: {trouble(draw)}",
                    "severity": draw.randrange(1, 6),
                    "opened": f"2026-{draw.randrange(1, 12):02}-01",
                    # Milliseconds of the epoch, as many programs write them.
                    "changed": 1_760_000_000_000 + number * 1_000_000,
                    "parts": [f"The {draw.choice(troubles)}.", f"Before: {trouble(draw)}."],
                    "order": number // 10,
                }
                for number in several
            ],
        )
    for start in range(0, photos, _ROWS):
        several = range(start, min(start + _ROWS, photos))
        ask(
            graph,
            "UNWIND $rows AS row CREATE (i:Photo {number: row.number, file: row.file}) "
            "WITH i, row MATCH (o:Order {number: row.order}) CREATE (o)-[:HAS_PHOTO]->(i)",
            rows=[
                {"number": n, "file": f"{n}.png", "order": n % max(1, reports // 10)}
                for n in several
            ],
        )
    ask(graph, "UNWIND range(1, 150) AS n CREATE (:Report {subject: 'without a number'})")
    ask(graph, "UNWIND range(1, 6) AS n CREATE (:Photo {file: 'nowhere.png'})")


class Month:
    """Runs commands as the operator does, and writes down what came of them."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment
        self.wrong = 0

    def say(self, line: str) -> None:
        print(f"\n## {line}", flush=True)

    def run(self, *arguments: str, code: int = 0, tells: str = "") -> str:
        """One command; `code` and `tells` are what must come of it."""
        began = time.monotonic()
        done = subprocess.run(
            [COMMAND, *arguments],
            env=self.environment, cwd=self.folder, capture_output=True, text=True,
        )  # fmt: skip
        return self.report(arguments, done.returncode, done.stdout, done.stderr, began, code, tells)

    def report(
        self,
        arguments: Sequence[str],
        got: int,
        out: str,
        err: str,
        began: float,
        code: int = 0,
        tells: str = "",
    ) -> str:
        well = got == code and re.search(tells, out + err) is not None
        self.wrong += not well
        mark = "" if well else f"   <-- WRONG: exit {code} and {tells!r} were due"
        seconds = time.monotonic() - began
        print(f"\n$ kg-enrich {' '.join(arguments)}   # exit {got}, {seconds:.1f} s{mark}")
        said = (err + out).replace(str(self.folder), "FOLDER")
        lines = [line for line in said.splitlines() if line.strip()]
        for line in lines[:_SHOWN]:
            print(f"  {re.sub(r'^20[-0-9T:]+Z ', '', line)[:150]}")
        if len(lines) > _SHOWN:
            print(f"  ... {len(lines) - _SHOWN} more lines")
        sys.stdout.flush()
        return out

    def stop_one(self, seconds: float) -> None:
        """A run that is asked to stop after a while, with pictures in hand."""
        began = time.monotonic()
        process = subprocess.Popen(
            [COMMAND, "run"],
            env=self.environment, cwd=self.folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        time.sleep(seconds)
        process.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        out, err = process.communicate(timeout=300)
        self.report(["run", "  (SIGTERM)"], process.returncode, out, err, began, code=130)
        print(f"  It ended {time.monotonic() - asked:.1f} s after it was asked to.")


def days(month: Month, running: Running, images: Path) -> None:
    env_file = ["--env-file", "graph.env"]
    month.say("Day 1: no settings are found, and no command does nothing in silence")
    month.run("settings", tells="there is no .*/.env")
    month.run("doctor", tells="0 Document")
    month.run("migrate")
    month.run("run", code=1, tells="has no Document node")
    month.say("Day 1: the file of settings is named, and one name in it is wrong")
    month.environment["KG_ENRICH_DOCUMENT_KEY"] = "id"
    month.run(*env_file, "migrate")
    month.run(*env_file, "run", code=1, tells="KG_ENRICH_DOCUMENT_KEY")
    month.run(*env_file, "doctor", code=1, tells="KG_ENRICH_DOCUMENT_KEY")
    del month.environment["KG_ENRICH_DOCUMENT_KEY"]
    shutil.copy(month.folder / "graph.env", month.folder / ".env")
    month.run("migrate")
    month.run("doctor", tells="never read|no image has")
    month.say("Day 1: how long, what, and then for good")
    month.run("read-images")
    month.run("estimate", tells="have yet to be read")
    month.run("run", "--dry-run")
    month.run("run", tells="156 x unusable-id")
    month.run("run", tells="156 x unusable-id")
    month.say("Day 2: looking at it")
    month.run("show", "--limit", "4", tells="cop(y|ies)")
    month.run("show", "--unreviewed", "--min-confidence", "0.9", "--limit", "3", "--csv")
    month.run("unreferenced", "--min-confidence", "0.5", "--limit", "2", tells="cop(y|ies)")
    month.run("publish", "--min-score", "7", "--dry-run")
    month.say("Day 5: backfills, with slips")
    month.run("backfill", "--container", "3", "--rescore")
    month.run("backfill", "--where", "severity<>2", "--limit", "20", "--rescore")
    month.run("backfill", "--where", "opened>=2026-06-01", "--limit", "20", "--rescore")
    month.run("backfill", "--since", "2025-10-20", "--limit", "20", "--rescore")
    month.run("backfill", "--where", "severity=>2", code=2, tells="write property=value")
    month.run("backfill", "--id", "999999", code=2, tells="no Report has this id")
    month.run("backfill", "--container", "999999", code=2, tells="no Order has this key")
    month.run("backfill", "--label", "Ticket", code=2, tells="no Report has this label")
    month.run("prune", "--source", "orc", code=2, tells="no evidence source")
    month.say("Day 9: pictures change, and some are gone")
    for number in range(10):
        shutil.copy(images / "19.png", images / f"{number}.png")
    for number in range(10, 16):
        (images / f"{number}.png").unlink()
    month.run("run", code=4, tells="stale-text")
    month.run("unreadable", "--limit", "4", tells="images cannot be read")
    month.run("read-images", code=0, tells="known to be unreadable|could not be read")
    month.run("run")
    month.say("Day 12: a stop in the middle of unread pictures")
    shutil.rmtree(month.folder / "cache")
    month.environment["KG_ENRICH_SOURCE"] = "second"
    month.stop_one(12.0)
    month.run("runs", "--limit", "5", tells="interrupted")
    del month.environment["KG_ENRICH_SOURCE"]
    month.say("Day 20: what was that run?")
    listed = month.run("runs", "--limit", "3")
    if found := re.search(r"20\d{6}T\d{6}-\w+", listed):
        month.run("runs", found[0], "--limit", "3", tells="candidates")
    month.say("Day 25: somebody else's slips")
    month.environment["NEO4J_URI"] = running.server.uri.replace("bolt://", "http://")
    month.run("run", code=2, tells="browser")
    month.environment["NEO4J_URI"] = running.server.uri + "/neo4j"
    month.run("run", code=2, tells="NEO4J_DATABASE")
    month.environment["NEO4J_URI"] = running.server.uri


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=3000)
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--pictures", type=int, default=120, help="Distinct ones among the photos.")
    given = parser.parse_args()
    with temporary_server() as running, tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "images").mkdir()
        draw = random.Random(2)
        troubles = [trouble(draw) for _ in range(given.pictures)]
        draw_pictures(folder / "images", troubles)
        for number in range(given.pictures, given.photos):
            source = folder / "images" / f"{number % given.pictures}.png"
            shutil.copy(source, folder / "images" / f"{number}.png")
        lay_out(running, given.reports, given.photos, troubles)
        print(f"{given.reports} reports, {given.photos} photos of {given.pictures} pictures")
        (folder / "graph.env").write_text(
            _NAMES + f"KG_ENRICH_IMAGE_ROOTS={folder / 'images'}\n", encoding="utf-8"
        )
        environment = bare_environment() | {
            "NEO4J_URI": running.server.uri,
            "NEO4J_PASSWORD": running.server.password,
            "KG_ENRICH_CACHE_DIR": str(folder / "cache"),
            "COLUMNS": "100",
        }
        month = Month(folder, environment)
        days(month, running, folder / "images")
    print(f"\n{month.wrong} steps did not come out as they must.")
    sys.exit(1 if month.wrong else 0)


if __name__ == "__main__":
    main()
