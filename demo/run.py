"""The demo: from an empty Neo4j to evidence, by the same commands that a person would type.

It uses a Neo4j home of its own, begun anew each time, and none of your settings.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import platformdirs

DEMO = Path(__file__).resolve().parent
HOME = platformdirs.user_data_path("kg-enrich") / "demo"
COMMAND = Path(sys.executable).with_name("kg-enrich")


def environment() -> dict[str, str]:
    """The caller's environment without any setting of ours or of Neo4j's."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NEO4J_", "KG_ENRICH_"))}
    return kept | {
        "KG_ENRICH_NEO4J_HOME": str(HOME / "neo4j"),
        "KG_ENRICH_IMAGE_ROOTS": str(DEMO),
    }


def call(*arguments: str, show: bool = True) -> str:
    """Runs one command, shows it and what it prints, and returns what it printed."""
    print(f"\n$ kg-enrich {' '.join(arguments)}", flush=True)
    done = subprocess.run(
        [COMMAND, *arguments],
        env=environment(),
        # Away from the checkout, whose .env is not ours to read.
        cwd=HOME,
        stdout=None if show else subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"kg-enrich {' '.join(arguments)} ended with exit code {done.returncode}.")
    return done.stdout or ""


def main() -> None:
    began = time.monotonic()
    HOME.mkdir(parents=True, exist_ok=True)
    print("kg-enrich demo: which of 42 pictures are evidence for which of 15 documents?")
    call("neo4j", "stop")
    shutil.rmtree(HOME / "neo4j", ignore_errors=True)
    call("neo4j", "start")
    try:
        call("migrate")
        call("load", str(DEMO))
        call("read-images")
        call("run")
        call("show")
        call("show", "--without-evidence")
        print("\nAnd again: what is on record is not judged a second time.")
        again = json.loads(call("run", "--json", show=False))
        print(json.dumps(again))
        if again["scored"] or again["published"] or again["withdrawn"]:
            sys.exit("The second run should have had nothing to do.")
        call("report", "-o", str(HOME / "report.html"))
    finally:
        call("neo4j", "stop")
    print(f"""
Done in {time.monotonic() - began:.0f} s. The scorer of this demo reads the text in pictures; it is
blind to pictures without text, and says so above instead of guessing.

See it all with pictures: open this file in a browser.
  {HOME / "report.html"}

Try next:
  .venv/bin/kg-enrich score "PLC module shows ERR" demo/images/*.png   (no graph needed)
  KG_ENRICH_NEO4J_HOME={HOME / "neo4j"} KG_ENRICH_IMAGE_ROOTS={DEMO} .venv/bin/kg-enrich serve
    (the review page on this graph, in your browser)
  .venv/bin/kg-enrich --help
  and your own Neo4j: README.md, "Your own graph".""")


if __name__ == "__main__":
    main()
