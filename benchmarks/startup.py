"""How long `kg-enrich --help` takes, beside a Python that does nothing.

python -m benchmarks.startup --repeats 20
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time

from benchmarks.output import machine, print_markdown

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "kg-enrich --help": [
        sys.executable, "-c", "from kg_enrich.cli import main; main()", "--help",
    ],
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=20)
    given = parser.parse_args()
    print(machine("kg-enrich", "click"))
    rows = []
    for name, command in COMMANDS.items():
        seconds, cpu = zip(*(_time(command) for _ in range(given.repeats)), strict=True)
        rows.append(
            [name, f"{min(seconds):.2f}", f"{statistics.median(seconds):.2f}", f"{min(cpu):.2f}"]
        )
    print_markdown(["command", "seconds, least", "seconds, median", "CPU seconds, least"], rows)


def _time(command: list[str]) -> tuple[float, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu


if __name__ == "__main__":
    main()
