"""Loads folders of Markdown with images, and loads them again: files a second.

    python -m benchmarks.loading ~/wiki/docs ~/site/docs

Every folder is loaded three times into a graph that is empty at first: all of it; with nothing
changed; and with every hundredth file changed (in a copy; the folder itself is left as it is).
walk: the walk over the folder alone, without any graph.
"""

import argparse
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.output import print_markdown
from benchmarks.servers import temporary_server
from kg_enrich.graph.connection import Graph
from kg_enrich.loading.markdown import load_markdown
from kg_enrich.loading.records import Loaded
from kg_enrich.loading.walk import walk


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--problems", action="store_true", help="count what was left out, and why")
    given = parser.parse_args()
    rows: list[list[object]] = []
    with temporary_server() as server, tempfile.TemporaryDirectory() as copies:
        for number, folder in enumerate(given.folders):
            copy = Path(copies) / f"{number}-{folder.name}"
            shutil.copytree(folder, copy, symlinks=True)
            first = _measure(rows, server.graph, copy, "first")
            _measure(rows, server.graph, copy, "nothing changed")
            for file in sorted(walk(copy, (copy,)).markdown)[::100]:
                with (copy / file).open("a", encoding="utf-8") as text:
                    text.write("\n\nOne more line.\n")
            _measure(rows, server.graph, copy, "1 in 100 changed")
            began = time.monotonic()
            found = walk(copy, (copy,))
            files, seconds = len(found.markdown) + len(found.images), time.monotonic() - began
            rows.append([copy.name, "walk", files, "", "", "", "", "", f"{seconds:.2f}",
                         f"{files / seconds:,.0f}"])  # fmt: skip
            if given.problems:
                _print_problems(first)
    print_markdown(
        ["folder", "load", "files", "opened", "documents", "images", "references", "left out",
         "seconds", "files/s"],
        rows,
    )  # fmt: skip


def _measure(rows: list[list[object]], graph: Graph, folder: Path, name: str) -> Loaded:
    began = time.monotonic()
    loaded = load_markdown(graph, folder, (folder.parent.resolve(),))
    seconds = time.monotonic() - began
    files = loaded.opened + loaded.unchanged
    rows.append(
        [folder.name, name, files, loaded.opened, loaded.documents, loaded.images,
         loaded.references, len(loaded.problems), f"{seconds:.2f}", f"{files / seconds:,.0f}"]
    )  # fmt: skip
    return loaded


def _print_problems(loaded: Loaded) -> None:
    reasons = Counter(problem.rpartition("' ")[2] for problem in loaded.problems)
    for reason, many in reasons.most_common():
        print(f"{many:6} {reason}")


if __name__ == "__main__":
    main()
