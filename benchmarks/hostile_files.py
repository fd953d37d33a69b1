"""What becomes of hundreds of files that nobody should open, each read as a run reads it.

python -m benchmarks.hostile_files --seconds 3 --workers 2
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import hostile_corpus
from benchmarks.output import machine, print_markdown
from kg_enrich.errors import ReadingError, UnreadableImageError
from kg_enrich.images.decoding import image_roots, resolve
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.images.ocr import OcrReader
from kg_enrich.images.workers import WorkerLimits
from kg_enrich.models import Image, ImageId

OUTCOMES = ("read", "named for good", "named, tried again", "anything else")


def read_all(
    reader: OcrReader, root: Path, corpus: Mapping[str, Sequence[str]]
) -> dict[str, Counter[str]]:
    """How many files of each family came to which of the outcomes."""
    roots = image_roots([root])
    hashes = ImageHashes()
    found: dict[str, Counter[str]] = {}
    for family, names in corpus.items():
        counter = found[family] = Counter[str]()
        images = []
        for name in names:
            try:
                file = resolve(name, roots)
                images.append(Image(ImageId(name), file, hashes.of(file)))
            except UnreadableImageError:
                counter["named for good"] += 1
            except ReadingError:
                counter["named, tried again"] += 1
        reader.prefetch(images)
        for image in images:
            counter[_read(reader, image)] += 1
    return found


def _read(reader: OcrReader, image: Image) -> str:
    try:
        reader.read(image)
    except UnreadableImageError as error:
        return "named for good" if "\n" not in str(error) else f"anything else: {error}"
    except ReadingError as error:
        return "named, tried again" if "\n" not in str(error) else f"anything else: {error}"
    except BaseException as error:  # what the table must never show
        return f"anything else: {image.id} {type(error).__name__} {error}"
    return "read"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=3.0, help="of computing, for one file")
    parser.add_argument("--memory", type=int, default=1 << 30, help="of a worker, bytes")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(machine("kg-enrich", "pillow"))
    with tempfile.TemporaryDirectory() as folder:
        hostile_corpus.install_decoder(Path(folder) / "decoder")
        sys.path.insert(0, str(Path(folder) / "decoder"))
        corpus = hostile_corpus.make(Path(folder) / "images", given.seed)
        reader = OcrReader(
            Path(folder) / "cache",
            given.workers,
            worker_limits=WorkerLimits(given.seconds, given.memory),
        )
        began, cpu = time.monotonic(), _cpu()
        found = read_all(reader, Path(folder) / "images", corpus)
        reader.close()
        seconds, cpu = time.monotonic() - began, _cpu() - cpu
    rows: list[list[str | int]] = [
        [family, sum(counter.values()), *(_count(counter, outcome) for outcome in OUTCOMES)]
        for family, counter in found.items()
    ]
    rows.append(["all", *(sum(int(row[n]) for row in rows) for n in range(1, 6))])
    print_markdown(["family", "files", *OUTCOMES], rows)
    print(f"{seconds:.0f} s, {cpu:.0f} s of computing, in process {os.getpid()}, which still runs.")
    for counter in found.values():
        for outcome in counter:
            if outcome not in OUTCOMES:
                print(outcome)


def _count(counter: Counter[str], outcome: str) -> int:
    return sum(count for name, count in counter.items() if name.startswith(outcome))


def _cpu() -> float:
    of = resource.getrusage(resource.RUSAGE_CHILDREN)
    return of.ru_utime + of.ru_stime


if __name__ == "__main__":
    main()
